import Encoding

/// The building blocks that pages share.
enum Component {
    /// Text of a stranger, kept from reordering what stands around it, and never endless.
    static func quoted(_ text: String, to count: Int = Limits.shownTextMaximum) -> HTML {
        "<bdi>\(HarmlessText.shortened(text, to: count))</bdi>"
    }

    static func code(_ text: String) -> HTML { "<code>\(text)</code>" }

    static func time(_ instant: Instant) -> HTML {
        "<time datetime=\"\(instant.rfc3339)\">\(Words.utc(instant))</time>"
    }

    static func time(_ json: JSON?) -> HTML {
        guard let instant = instant(json) else { return "–" }
        return time(instant)
    }

    static func instant(_ json: JSON?) -> Instant? {
        json?.stringValue.flatMap { try? Instant(rfc3339: $0) }
    }

    /// A time in the future, counted down where scripts run.
    static func countdown(to instant: Instant, from now: Instant) -> HTML {
        let left = instant.milliseconds(since: now)
        return
            "<span data-until=\"\(instant.rfc3339)\">\(Words.duration(milliseconds: left))</span>"
    }

    static func block(_ height: UInt64) -> HTML {
        "<a href=\"/blocks/\(height)\">\(Words.grouped(height))</a>"
    }

    static func candidate(_ did: String) -> HTML { link("/candidates/", did) }

    static func account(_ did: String) -> HTML { link("/accounts/", did) }

    static func transaction(_ id: String) -> HTML { link("/transactions/", id) }

    static func deposit(_ id: String) -> HTML { link("/deposits/", id) }

    private static func link(_ folder: HTML, _ id: String) -> HTML {
        """
        <a class="id" href="\(folder)\(HarmlessText.segment(id))" title="\(id)">\
        \(Words.short(id))</a>
        """
    }

    /// A long identifier in full, which may break anywhere.
    static func whole(_ id: String) -> HTML { "<code class=\"whole\">\(id)</code>" }

    enum Tone: String {
        case good
        case warning
        case bad
        case plain
    }

    /// A word in a pill. The word says it; the colour only helps.
    static func badge(_ text: String, _ tone: Tone) -> HTML {
        "<span class=\"badge \(tone.rawValue)\">\(text)</span>"
    }

    static func facts(_ entries: [(HTML, HTML)]) -> HTML {
        let lines = entries.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as HTML }
        return "<dl class=\"facts\">\n\(lines)</dl>"
    }

    /// Large figures in a row; `note` stands small below.
    static func figures(_ entries: [(label: HTML, value: HTML, note: HTML)]) -> HTML {
        let lines = entries.map { entry -> HTML in
            """
            <div><dt>\(entry.label)</dt><dd>\(entry.value)\
            <small>\(entry.note)</small></dd></div>

            """
        }
        return "<dl class=\"figures\">\n\(lines)</dl>"
    }

    /// A column of a table; numbers stand to the right.
    struct Column {
        let heading: HTML
        var isNumber = false

        static func text(_ heading: HTML) -> Column { Column(heading: heading) }
        static func number(_ heading: HTML) -> Column { Column(heading: heading, isNumber: true) }
    }

    /// A table that a narrow screen shows row by row: each cell then carries its heading.
    static func table(_ caption: HTML, _ columns: [Column], _ rows: [[HTML]]) -> HTML {
        let heads = columns.map { column -> HTML in
            column.isNumber
                ? "<th scope=\"col\" class=\"number\">\(column.heading)</th>"
                : "<th scope=\"col\">\(column.heading)</th>"
        }
        let lines = rows.map { row -> HTML in
            let cells = zip(columns, row).map { column, cell -> HTML in
                let kind: HTML = column.isNumber ? " class=\"number\"" : ""
                return """
                    <td\(kind)><span class="head" aria-hidden="true">\(column.heading)</span>\
                    <div>\(cell)</div></td>
                    """
            }
            return "<tr>\(cells)</tr>\n"
        }
        return """
            <table class="list">
            <caption class="hidden">\(caption)</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(lines)</tbody>
            </table>
            """
    }

    /// Part of a page that is replaced when a new block comes; `id` names it within the page.
    static func live(_ id: HTML, _ content: HTML) -> HTML {
        "<div data-live id=\"live-\(id)\">\n\(content)\n</div>"
    }

    static func section(_ id: HTML, _ heading: HTML, _ content: HTML) -> HTML {
        """
        <section aria-labelledby="\(id)">
        <h2 id="\(id)">\(heading)</h2>
        \(content)
        </section>
        """
    }

    static func note(_ content: HTML) -> HTML { "<p class=\"note\">\(content)</p>" }

    /// Links to newer and older entries of a list; nil where there are none.
    static func pager(newest: HTML?, older: HTML?, _ noun: HTML) -> HTML {
        guard newest != nil || older != nil else { return .empty }
        var links: [HTML] = []
        if let newest { links.append("<a href=\"\(newest)\">Newest \(noun)</a>\n") }
        if let older { links.append("<a href=\"\(older)\" rel=\"next\">Older \(noun)</a>\n") }
        return "<nav class=\"pager\" aria-label=\"Pages of \(noun)\">\n\(links)</nav>"
    }

    /// JSON for reading: indented, as text, cut where it gets too long.
    static func json(_ json: JSON, _ label: HTML) -> HTML {
        """
        <pre tabindex="0" aria-label="\(label)"><code>\
        \(HarmlessText.shortened(json.prettyText, to: Limits.shownDocumentMaximum))</code></pre>
        """
    }
}

extension JSON {
    func text(_ name: String) -> String { self[name]?.stringValue ?? "" }

    func number(_ name: String) -> UInt64 { self[name]?.uint64Value ?? 0 }

    func list(_ name: String) -> [JSON] { self[name]?.arrayValue ?? [] }
}

extension Component {
    /// An amount, which documents carry as a decimal string.
    static func amount(_ json: JSON?) -> HTML {
        guard let text = json?.stringValue else { return "–" }
        return UInt64(text).map { "\(Words.grouped($0))" } ?? quoted(text, to: 40)
    }
}
