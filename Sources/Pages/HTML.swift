/// A piece of HTML. Markup comes from literals of this source code only; every string put into it
/// becomes text, in an element or in a quoted attribute, and can be nothing else.
package struct HTML: Sendable, ExpressibleByStringInterpolation {
    fileprivate(set) var bytes: [UInt8]

    package static let empty = HTML(bytes: [])

    /// The markup as it is sent.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    package init(stringLiteral value: StaticString) {
        bytes = Array(value.description.utf8)
    }

    package init(stringInterpolation: Interpolation) { bytes = stringInterpolation.bytes }

    /// A string as text.
    package init(_ text: String) { bytes = Array(HarmlessText.escaped(text).utf8) }

    package init(_ pieces: [HTML]) { bytes = pieces.flatMap(\.bytes) }

    var isEmpty: Bool { bytes.isEmpty }

    /// The literal parts are markup, which the compiler takes from source code alone; the
    /// interpolated ones are text unless they are HTML already.
    package struct Interpolation: StringInterpolationProtocol {
        package typealias StringLiteralType = StaticString

        fileprivate var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            bytes.reserveCapacity(literalCapacity + 24 * interpolationCount)
        }

        package mutating func appendLiteral(_ literal: StaticString) {
            bytes += literal.description.utf8
        }

        package mutating func appendInterpolation(_ text: String) {
            bytes += HarmlessText.escaped(text).utf8
        }

        package mutating func appendInterpolation(_ number: Int) {
            bytes += String(number).utf8
        }

        package mutating func appendInterpolation(_ number: UInt64) {
            bytes += String(number).utf8
        }

        package mutating func appendInterpolation(_ html: HTML) { bytes += html.bytes }

        package mutating func appendInterpolation(_ pieces: [HTML]) {
            for piece in pieces { bytes += piece.bytes }
        }
    }
}
