import Encoding

/// A chart of step lines over time. Only the lines are drawn, stretched to whatever room there is;
/// ticks and legend are text beside them and stay readable at every width.
struct Plot {
    struct Point {
        let time: Instant
        let votes: UInt64
    }

    struct Line {
        let name: HTML
        /// In order of time; a line holds its value until the next point.
        let points: [Point]
    }

    let from: Instant
    let until: Instant
    let lines: [Line]
    /// Times marked by an upright line, such as elections.
    var marks: [Instant] = []
    let summary: String

    private static let width: Int64 = 1_000
    private static let height: UInt64 = 300

    var html: HTML {
        let top = scale
        let drawn = lines.prefix(Limits.chartLinesMaximum).enumerated().map { index, line -> HTML in
            """
            <path class="path s\(index + 1)" d="\(path(line, top: top))"/>

            """
        }
        return """
            <div class="plot">
            <ol class="y" aria-hidden="true">\(labels(top: top))</ol>
            <svg viewBox="0 0 \(UInt64(Self.width)) \(Self.height)" preserveAspectRatio="none" \
            role="img" aria-label="\(summary)">
            \(grid)\(markers)\(drawn)</svg>
            <ol class="x" aria-hidden="true">\(times)</ol>
            </div>
            \(legend)
            """
    }

    /// The top of the scale: four equal steps of 1, 2, 2.5 or 5 and zeros.
    private var scale: UInt64 {
        let highest = lines.flatMap(\.points).map(\.votes).max() ?? 0
        var unit: UInt64 = 1
        while true {
            for step in [unit, 2 * unit, 5 * unit] where 4 * step >= highest { return 4 * step }
            unit *= 10
        }
    }

    private func labels(top: UInt64) -> [HTML] {
        (0...4).map { step in "<li>\(Words.grouped(top / 4 * UInt64(4 - step)))</li>" }
    }

    private var times: [HTML] {
        let span = until.milliseconds(since: from)
        return (0...3).map { step in
            let instant = from.adding(milliseconds: span / 3 * Int64(step))
            let text =
                span > 86_400_000 ? String(Words.utc(instant).prefix(16)) : Words.clock(instant)
            return "<li><time datetime=\"\(instant.rfc3339)\" data-short>\(text)</time></li>"
        }
    }

    private var grid: [HTML] {
        (0...4).map { step in
            let y = Self.height / 4 * UInt64(step)
            return "<path class=\"grid\" d=\"M0 \(y)H1000\"/>\n"
        }
    }

    private var markers: [HTML] {
        marks.filter { $0 >= from && $0 <= until }.map { instant in
            "<path class=\"mark\" d=\"M\(x(instant)) 0V300\"/>\n"
        }
    }

    private func x(_ instant: Instant) -> UInt64 {
        let span = max(1, until.milliseconds(since: from))
        let offset = min(max(0, instant.milliseconds(since: from)), span)
        return UInt64(Double(offset) / Double(span) * Double(Self.width))
    }

    private func y(_ votes: UInt64, top: UInt64) -> UInt64 {
        Self.height - UInt64(Double(min(votes, top)) / Double(top) * Double(Self.height))
    }

    /// Numbers and letters only, all made here.
    private func path(_ line: Line, top: UInt64) -> String {
        guard let first = line.points.first else { return "" }
        var result = "M\(x(max(first.time, from))) \(y(first.votes, top: top))"
        for point in Self.thinned(line.points.dropFirst()) {
            result += "H\(x(point.time))V\(y(point.votes, top: top))"
        }
        return result + "H\(Self.width)"
    }

    /// Every so many points, and the last: more than there are pixels would not be seen.
    private static func thinned(_ points: ArraySlice<Point>) -> [Point] {
        let stride = max(1, points.count / Limits.chartPointsMaximum)
        return points.enumerated().filter { index, _ in
            index % stride == 0 || index == points.count - 1
        }.map(\.element)
    }

    private var legend: HTML {
        guard lines.count > 1 || !marks.isEmpty else { return .empty }
        var items = lines.prefix(Limits.chartLinesMaximum).enumerated().map { index, line -> HTML in
            """
            <li><svg class="swatch" viewBox="0 0 44 6" width="44" height="6" aria-hidden="true">\
            <path class="path s\(index + 1)" d="M2 3H42"/></svg>\(line.name)</li>

            """
        }
        if !marks.isEmpty {
            items.append(
                """
                <li><svg class="swatch" viewBox="0 0 44 6" width="44" height="6" \
                aria-hidden="true"><path class="mark" d="M2 3H42"/></svg>Election</li>

                """)
        }
        return "<ul class=\"legend\">\n\(items)</ul>"
    }
}

/// A bar that fills part of its track.
enum Meter {
    static func bar(_ part: UInt64, of whole: UInt64, isOut: Bool = false) -> HTML {
        let width = whole == 0 ? 0 : UInt64(Double(min(part, whole)) / Double(whole) * 1_000)
        let kind: HTML = isOut ? "meter out" : "meter"
        return """
            <svg class="\(kind)" viewBox="0 0 1000 10" preserveAspectRatio="none" \
            aria-hidden="true"><rect class="track" width="1000" height="10"/>\
            <rect class="fill" width="\(width)" height="10"/></svg>
            """
    }

    /// A stretch of time within a longer one, with a line at the present.
    static func span(
        _ from: Instant, _ until: Instant, within: (from: Instant, until: Instant), now: Instant
    ) -> HTML {
        func x(_ instant: Instant) -> UInt64 {
            let span = max(1, within.until.milliseconds(since: within.from))
            let offset = min(max(0, instant.milliseconds(since: within.from)), span)
            return UInt64(Double(offset) / Double(span) * 1_000)
        }
        let (start, end) = (x(from), x(until))
        let kind: HTML = until <= now ? "meter out" : "meter"
        return """
            <svg class="\(kind)" viewBox="0 0 1000 10" preserveAspectRatio="none" \
            aria-hidden="true"><rect class="track" width="1000" height="10"/>\
            <rect class="fill" x="\(start)" width="\(max(end, start + 4) - start)" height="10"/>\
            <path class="now" d="M\(x(now)) 0V10"/></svg>
            """
    }
}
