/// A JSON number as its literal, so that nothing is rounded on the way through.
package struct JSONNumber: Sendable, Hashable {
    /// The literal, verbatim; always RFC 8259 grammar and therefore ASCII.
    package let text: String

    /// `literal` must have been scanned by the parser.
    init(literal: String) { text = literal }

    package init(_ value: Int64) { text = String(value) }
    package init(_ value: UInt64) { text = String(value) }

    /// The value of an integer literal in range. `1.0`, `1e3` and `-0` are nil: one value has one
    /// form here.
    package var int64: Int64? { isNegativeZero ? nil : Int64(text) }

    /// The value of an integer literal in range. `1.0`, `1e3` and `-0` are nil.
    package var uint64: UInt64? { isNegativeZero ? nil : UInt64(text) }

    private var isNegativeZero: Bool { text == "-0" }
}
