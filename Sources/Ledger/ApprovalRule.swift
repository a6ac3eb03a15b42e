package import Encoding

/// How many of n representatives must approve a block. Safe only when any two quorums share an
/// honest member with fewer than a third faulty: ⌊2n/3⌋+1 ≤ q ≤ n.
package enum ApprovalRule: Sendable, Hashable {
    case all
    case count(Int)
    /// At least `numerator`/`denominator` of the representatives, rounded up.
    case ratio(numerator: UInt64, denominator: UInt64)

    /// The quorum for `count` representatives, or nil when the rule is unsafe for that many.
    package func quorum(of count: Int) -> Int? {
        guard count > 0, count <= Limits.representativesMaximum else { return nil }
        let quorum = wanted(of: count)
        return quorum >= Self.least(of: count) && quorum <= count ? quorum : nil
    }

    /// Why the rule is refused for `count` representatives: what it would stand, and what the least
    /// number that is safe stands.
    package func refusal(of count: Int) -> String {
        func stands(_ quorum: Int) -> String {
            "\(quorum) of \(count) stand \(count - quorum) silent and "
                + "\(max(0, 2 * quorum - count - 1)) malicious"
        }
        let quorum = wanted(of: count)
        let reason =
            quorum <= count ? stands(quorum) : "\(quorum) of \(count) can never agree"
        return "approval \(json.text) is not safe for \(count) representatives: \(reason); "
            + stands(Self.least(of: count))
    }

    private static func least(of count: Int) -> Int { 2 * count / 3 + 1 }

    private func wanted(of count: Int) -> Int {
        switch self {
        case .all: return count
        case .count(let fixed): return fixed
        case .ratio(let numerator, let denominator):
            let product = UInt64(count) * numerator
            return Int((product + denominator - 1) / denominator)
        }
    }

    /// `"all"`, `{"count":k}` or `{"ratio":"2/3"}`.
    package var json: JSON {
        switch self {
        case .all: "all"
        case .count(let count): ["count": .number(JSONNumber(Int64(count)))]
        case .ratio(let numerator, let denominator):
            ["ratio": .string("\(numerator)/\(denominator)")]
        }
    }

    /// - Throws: `genesis`.
    package init(_ json: JSON) throws(LedgerError) {
        let problem = LedgerError(
            .genesis,
            "approval is \"all\", {\"count\": k} or {\"ratio\": \"a/b\"} with a ≤ b, "
                + "numbers of at most \(Limits.ratioTermMaximum)")
        if let text = json.stringValue {
            guard text.hasSameBytes(as: "all") else { throw problem }
            self = .all
            return
        }
        guard let members = json.objectValue?.members, members.count == 1 else { throw problem }
        if let count = json["count"]?.uint64Value,
            (1...UInt64(Limits.representativesMaximum)).contains(count)
        {
            self = .count(Int(count))
            return
        }
        let terms = json["ratio"]?.stringValue?.utf8.split(
            separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard let terms, terms.count == 2,
            let numerator = Self.term(terms[0]), let denominator = Self.term(terms[1]),
            numerator <= denominator
        else { throw problem }
        self = .ratio(numerator: numerator, denominator: denominator)
    }

    /// A decimal number from 1, without sign or leading zero.
    private static func term(_ text: Substring.UTF8View) -> UInt64? {
        guard !text.isEmpty, text.count <= 4,
            text.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), text.first != 0x30
        else { return nil }
        let value = text.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - 0x30) }
        return value <= Limits.ratioTermMaximum ? value : nil
    }
}
