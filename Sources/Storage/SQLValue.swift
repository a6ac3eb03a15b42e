/// One value bound to a statement.
package enum SQLValue: Sendable, Equatable {
    case integer(Int64)
    case text(String)
    case blob([UInt8])
    case null
}

extension SQLValue {
    /// `null` for nil.
    package static func optional(_ text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    package static func optional(_ number: Int64?) -> SQLValue {
        number.map(SQLValue.integer) ?? .null
    }
    package static func optional(_ bytes: [UInt8]?) -> SQLValue {
        bytes.map(SQLValue.blob) ?? .null
    }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringInterpolation,
    ExpressibleByNilLiteral
{
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(stringLiteral value: String) { self = .text(value) }
    package init(nilLiteral: ()) { self = .null }
}
