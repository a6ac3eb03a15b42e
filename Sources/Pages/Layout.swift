import Encoding

/// One page, before the frame is put around it.
struct Page {
    /// Which entry of the navigation it belongs to.
    enum Section: String, CaseIterable {
        case results = "Results"
        case candidates = "Candidates"
        case elections = "Elections"
        case explorer = "Explorer"
        case representatives = "Representatives"
        case auditors = "Auditors"
        case parameters = "Parameters"

        var path: HTML {
            switch self {
            case .results: "/"
            case .candidates: "/candidates"
            case .elections: "/elections"
            case .explorer: "/explorer"
            case .representatives: "/representatives"
            case .auditors: "/auditors"
            case .parameters: "/parameters"
            }
        }
    }

    var status = 200
    var title: String
    var section: Section?
    /// The document that says the same, as a path on this server.
    var twin: String?
    /// Commands that check what the page says; none where there is nothing to check.
    var commands: [String] = []
    var content: HTML
}

/// What every page shows around its content.
struct Frame {
    let network: String
    let height: UInt64?

    init(status: JSON?) {
        network = status?["network"]?.stringValue ?? "unknown network"
        height = status?["height"]?.uint64Value
    }

    func document(_ page: Page) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(page.title) · \(network) · Accredit</title>
        <link rel="stylesheet" href="\(Asset.stylesheet.path)">
        <link rel="icon" type="image/svg+xml" href="\(Asset.icon.path)">
        <script src="\(Asset.script.path)" defer></script>
        </head>
        <body>
        <a class="skip" href="#content">Skip to content</a>
        \(header(page))
        <main id="content" tabindex="-1">
        \(page.content)
        \(Frame.verification(page))
        </main>
        \(footer)
        </body>
        </html>

        """
    }

    private func header(_ page: Page) -> HTML {
        let entries = Page.Section.allCases.map { section -> HTML in
            let current: HTML = section == page.section ? " aria-current=\"page\"" : ""
            return "<li><a href=\"\(section.path)\"\(current)>\(section.rawValue)</a></li>\n"
        }
        return """
            <header class="top">
            <div class="bar">
            <a class="brand" href="/"><span class="mark" aria-hidden="true"></span>Accredit \
            <span class="network">\(network)</span></a>
            \(pulse)
            <form class="search" role="search" action="/search" method="get">
            <label for="q" class="hidden">Search by height, block, transaction, account, deposit \
            or auditor</label>
            <input id="q" name="q" type="search" autocomplete="off" spellcheck="false" \
            maxlength="512" required>
            <button type="submit">Search</button>
            </form>
            </div>
            <nav aria-label="Main"><ul>
            \(entries)</ul></nav>
            </header>
            """
    }

    /// The newest height, kept up to date where scripts run.
    private var pulse: HTML {
        guard let height else { return "<p class=\"pulse stale\">No ledger node answers</p>" }
        return """
            <p class="pulse" id="pulse">Block <a href="/blocks/\(height)" data-height="\(height)">\
            \(Words.grouped(height))</a> <span class="hidden" id="live">as of this page</span></p>
            """
    }

    /// Where the same can be had as data, and how anyone can check it.
    private static func verification(_ page: Page) -> HTML {
        guard page.twin != nil || !page.commands.isEmpty else { return .empty }
        var lines: [HTML] = []
        if !page.commands.isEmpty {
            lines.append(
                """
                <p>Nobody has to trust this server. A receipt is verified with the network’s \
                genesis file alone; everything else can be asked of any other node, which has \
                to say the same.</p>
                <pre tabindex="0" aria-label="Commands"><code>\
                \(page.commands.joined(separator: "\n"))</code></pre>
                """)
        }
        if let twin = page.twin {
            lines.append(
                "<p>The same as data: <a href=\"\(twin)\"><code>GET \(twin)</code></a></p>")
        }
        return """
            <section class="check" aria-labelledby="check">
            <h2 id="check">Check it yourself</h2>
            \(lines)
            </section>
            """
    }

    private var footer: HTML {
        """
        <footer>
        <p>Votes are public and pseudonymous. <a href="/privacy">What that means</a></p>
        <p><a href="/openapi.json">Interface description</a></p>
        <p class="muted">Times are in UTC<span id="zone"></span>.</p>
        </footer>
        """
    }
}
