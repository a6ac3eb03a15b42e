extension JSON {
    /// The document without whitespace, members in stored order: the same value always gives the
    /// same bytes.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        switch self {
        case .array, .object: output.reserveCapacity(JSON.expectedByteCount)
        case .null, .bool, .number, .string: break
        }
        write(to: &output)
        return output
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// What most documents fit in, so that an output does not grow from nothing byte by byte.
    private static let expectedByteCount = 512

    /// The document for people: one member a line, two spaces of indent.
    package var prettyText: String {
        var output: [UInt8] = []
        writePretty(to: &output, indent: 0)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(to output: inout [UInt8]) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let value): output.append(contentsOf: value.text.utf8)
        case .string(let value): JSON.write(value, to: &output)
        case .array(let elements):
            output.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                elements[index].write(to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            output.append(UInt8(ascii: "{"))
            for index in object.members.indices {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                JSON.write(object.members[index].name, to: &output)
                output.append(UInt8(ascii: ":"))
                object.members[index].value.write(to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }

    private func writePretty(to output: inout [UInt8], indent: Int) {
        func line(_ indent: Int) {
            output.append(UInt8(ascii: "\n"))
            output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent))
        }
        switch self {
        case .null, .bool, .number, .string: write(to: &output)
        case .array(let elements):
            guard !elements.isEmpty else { return write(to: &output) }
            output.append(UInt8(ascii: "["))
            for index in elements.indices {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 2)
                elements[index].writePretty(to: &output, indent: indent + 2)
            }
            line(indent)
            output.append(UInt8(ascii: "]"))
        case .object(let object):
            guard !object.members.isEmpty else { return write(to: &output) }
            output.append(UInt8(ascii: "{"))
            for index in object.members.indices {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                line(indent + 2)
                JSON.write(object.members[index].name, to: &output)
                output.append(contentsOf: ": ".utf8)
                object.members[index].value.writePretty(to: &output, indent: indent + 2)
            }
            line(indent)
            output.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ string: String, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\""))
        if containsEscape(string.utf8.span) {
            for byte in string.utf8 {
                if needsEscape(byte) { escape(byte, to: &output) } else { output.append(byte) }
            }
        } else {
            output.append(contentsOf: string.utf8)
        }
        output.append(UInt8(ascii: "\""))
    }

    private static func containsEscape(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where needsEscape(bytes[index]) { return true }
        return false
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func escape(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: output.append(UInt8(ascii: "b"))
        case 0x09: output.append(UInt8(ascii: "t"))
        case 0x0A: output.append(UInt8(ascii: "n"))
        case 0x0C: output.append(UInt8(ascii: "f"))
        case 0x0D: output.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): output.append(byte)
        default:
            output.append(contentsOf: "u00".utf8)
            output.append(Hexadecimal.character(byte >> 4))
            output.append(Hexadecimal.character(byte & 15))
        }
    }
}
