/// Why a source text is no expression: what is wrong, where, and the line with a caret under the
/// place.
package struct ExpressionError: Error, Sendable, Equatable {
    package let detail: String
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in code points.
    package let column: Int
    /// The line of the source the error stands in, shortened around the place when it is long.
    package let excerpt: String

    private static let excerptMaximum = 120

    init(_ detail: String, at offset: Int, in source: [UInt8]) {
        let place = max(0, min(offset, source.count))
        let newline = UInt8(ascii: "\n")
        let start = source[..<place].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let end = source[place...].firstIndex(of: newline) ?? source.count
        self.detail = detail
        line = source[..<place].count { $0 == newline } + 1
        let before = Array(String(decoding: source[start..<place], as: UTF8.self).unicodeScalars)
        let after = String(decoding: source[place..<end], as: UTF8.self).unicodeScalars
        column = before.count + 1
        let shown = before.suffix(Self.excerptMaximum / 2)
        let text =
            shown.map { $0 == "\t" ? " " : String($0) }.joined()
            + String(String.UnicodeScalarView(after.prefix(Self.excerptMaximum / 2)))
        excerpt = text + "\n" + String(repeating: " ", count: shown.count) + "^"
    }
}

extension ExpressionError: CustomStringConvertible {
    package var description: String { "line \(line), column \(column): \(detail)\n\(excerpt)" }
}
