import Synchronization

/// Counters, gauges and histograms of one process, rendered as Prometheus text (format 0.0.4).
/// Names carry their unit; a metric has to be declared before it is counted, once.
package final class MetricRegistry: Sendable {
    package enum Kind: String, Sendable { case counter, gauge, histogram }
    package typealias Labels = [(String, String)]

    private struct Family {
        let kind: Kind
        let help: String
        var values: [String: Double] = [:]
        var buckets: [String: [UInt64]] = [:]
    }

    /// Upper bounds of a histogram's buckets, in seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    /// More label sets than this per metric are not kept: labels must not grow with what strangers
    /// send.
    private static let seriesCount = 1_000

    private let families = Mutex<[String: Family]>([:])

    package init() {}

    package func declare(_ name: String, _ kind: Kind, _ help: String) {
        families.withLock { families in
            guard families[name] == nil else { return }
            families[name] = Family(kind: kind, help: help)
        }
    }

    /// Adds to a counter or gauge.
    package func add(_ name: String, _ amount: Double = 1, labels: Labels = []) {
        let key = Self.key(labels)
        update(name) { family in
            if let place = family.values.index(forKey: key) {
                family.values.values[place] += amount
            } else if family.values.count < Self.seriesCount {
                family.values[key] = amount
            }
        }
    }

    /// Sets a gauge.
    package func set(_ name: String, _ value: Double, labels: Labels = []) {
        let key = Self.key(labels)
        update(name) { family in
            guard family.values[key] != nil || family.values.count < Self.seriesCount else {
                return
            }
            family.values[key] = value
        }
    }

    /// Counts one duration in a histogram.
    package func observe(_ name: String, seconds: Double, labels: Labels = []) {
        let key = Self.key(labels)
        update(name) { family in
            let bound = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
            if let place = family.buckets.index(forKey: key) {
                family.buckets.values[place][bound] &+= 1
            } else if family.buckets.count < Self.seriesCount {
                var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)
                counts[bound] = 1
                family.buckets[key] = counts
            } else {
                return
            }
            family.values[key, default: 0] += seconds
        }
    }

    private func update(_ name: String, _ body: (inout Family) -> Void) {
        families.withLock { families in
            guard let index = families.index(forKey: name) else { return }
            body(&families.values[index])
        }
    }

    package var text: String {
        let families = self.families.withLock { $0 }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.escaped(family.help))\n"
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, value) in family.values.sorted(by: { $0.key < $1.key }) {
                guard family.kind == .histogram else {
                    text += "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(Self.number(value))\n"
                    continue
                }
                text += Self.histogram(name, labels, value, family.buckets[labels] ?? [])
            }
        }
        return text
    }

    private static func histogram(
        _ name: String, _ labels: String, _ sum: Double, _ counts: [UInt64]
    ) -> String {
        var text = ""
        var total: UInt64 = 0
        let comma = labels.isEmpty ? "" : ","
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        for (index, count) in counts.enumerated() {
            total &+= count
            let bound = index < bounds.count ? number(bounds[index]) : "+Inf"
            text += "\(name)_bucket{\(labels)\(comma)le=\"\(bound)\"} \(total)\n"
        }
        return text + "\(name)_sum\(braces) \(number(sum))\n\(name)_count\(braces) \(total)\n"
    }

    private static func number(_ value: Double) -> String {
        guard let whole = Int64(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }

    private static func key(_ labels: Labels) -> String {
        var key = ""
        for label in labels {
            if !key.isEmpty { key += "," }
            key += label.0
            key += "=\""
            key += escaped(label.1)
            key += "\""
        }
        return key
    }

    private static func escaped(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\"")
                && byte != UInt8(ascii: "\n")
        }
        if isPlain { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": result.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case _: result.append(scalar)
            }
        }
        return String(result)
    }
}
