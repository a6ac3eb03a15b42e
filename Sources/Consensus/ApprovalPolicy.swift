package import Encoding

/// How many representatives have to agree on a block, as the genesis file says it.
package enum ApprovalPolicy: Sendable, Hashable {
    /// Every representative.
    case all
    /// This many.
    case count(Int)
    /// This share of them, rounded up.
    case ratio(numerator: Int, denominator: Int)

    /// The quorum q for `count` representatives.
    ///
    /// Only ⌊2n/3⌋+1 ≤ q ≤ n is accepted: below it two quorums could meet in liars alone.
    package func quorum(of count: Int) throws(ConsensusError) -> Int {
        guard (1...Limits.representativeCountMaximum).contains(count) else {
            throw ConsensusError(
                .representatives,
                "\(count) representatives; between 1 and \(Limits.representativeCountMaximum) fit")
        }
        let least = 2 * count / 3 + 1
        let wanted = unchecked(of: count)
        guard let wanted, (least...count).contains(wanted) else {
            throw ConsensusError(.quorum, refusal(of: wanted, count: count, least: least))
        }
        return wanted
    }

    /// Why a quorum is refused: what it would stand, and what the least one that is safe stands.
    private func refusal(of wanted: Int?, count: Int, least: Int) -> String {
        func stands(_ quorum: Int) -> String {
            "\(quorum) of \(count) stand \(count - quorum) silent and "
                + "\(max(0, 2 * quorum - count - 1)) malicious representatives"
        }
        let reason: String
        switch wanted {
        case .some(let wanted) where (1..<least).contains(wanted): reason = stands(wanted)
        case .some(let wanted): reason = "\(wanted) of \(count) can never agree"
        case .none: reason = "it gives no number"
        }
        return """
            approval \(self) is not safe with \(count) representatives: \(reason), while \
            \(stands(least)); use "all" or {"count":\(least)}
            """
    }

    private func unchecked(of count: Int) -> Int? {
        switch self {
        case .all: return count
        case .count(let wanted): return wanted
        case .ratio(let numerator, let denominator):
            guard denominator > 0 else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: numerator)
            guard !overflow else { return nil }
            let (sum, carried) = product.addingReportingOverflow(denominator - 1)
            return carried ? nil : sum / denominator
        }
    }
}

extension ApprovalPolicy: CustomStringConvertible {
    package var description: String { json.text }

    /// `"all"`, `{"count":3}` or `{"ratio":"2/3"}`.
    package var json: JSON {
        switch self {
        case .all: "all"
        case .count(let count): ["count": JSON(count)]
        case .ratio(let numerator, let denominator): ["ratio": JSON("\(numerator)/\(denominator)")]
        }
    }

    package init(json: JSON, path: String = "approval") throws(FormatError) {
        if let text = json.stringValue {
            guard text.utf8.elementsEqual("all".utf8) else {
                throw FormatError(
                    .shape, #"\#(path) has to be "all", {"count":k} or {"ratio":"a/b"}"#)
            }
            self = .all
            return
        }
        var fields = try Fields(json, path)
        if json["count"] != nil {
            self = .count(try fields.int("count", in: 1...Limits.representativeCountMaximum))
        } else {
            let text = try fields.string("ratio", maximumByteCount: 16)
            let parts = text.utf8.split(
                separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            guard parts.count == 2, let numerator = Self.number(parts[0]),
                let denominator = Self.number(parts[1]), numerator <= denominator
            else { throw fields.error("ratio", "has to be a/b with 0 < a ≤ b ≤ 9999") }
            self = .ratio(numerator: numerator, denominator: denominator)
        }
        try fields.end()
    }

    /// A whole number from 1 to 9999 without sign or leading zero.
    private static func number(_ digits: Substring.UTF8View) -> Int? {
        guard (1...4).contains(digits.count), digits.first != UInt8(ascii: "0") else { return nil }
        var value = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value
    }
}
