/// `format` and `strings.quote`.
extension FunctionTable {
    mutating func addFormat() {
        add("format", isMethod: true, isFlat: false) {
            (value, operands, meter) throws(EvaluationError) in
            guard case .string(let template) = value, case .list(let elements) = operands else {
                throw .noSuchOverload("format", value, operands)
            }
            try meter.charge(max(1, Self.tenth(template.bytes.count)))
            return .string(try Formatter.format(template, elements, &meter))
        }
        add("strings.quote", isMethod: false, isFlat: false) {
            (value, meter) throws(EvaluationError) in
            guard case .string(let text) = value else {
                throw .noSuchOverload("strings.quote", value)
            }
            try meter.charge(max(1, Self.tenth(text.bytes.count)))
            guard text.bytes.count <= Limits.textByteCountMaximum / 2 - 2 else {
                throw EvaluationError(
                    .limit, "a string may have \(Limits.textByteCountMaximum) bytes")
            }
            return .string(Text(wellFormed: Self.quoted(text.bytes)))
        }
    }

    private static let escapes: [UInt8: Unicode.Scalar] = [
        0x07: "a", 0x08: "b", 0x0C: "f", 0x0A: "n", 0x0D: "r", 0x09: "t", 0x0B: "v", 0x22: "\"",
        0x5C: "\\",
    ]

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var quoted: [UInt8] = [UInt8(ascii: "\"")]
        for byte in bytes {
            if let escape = escapes[byte] {
                quoted += [UInt8(ascii: "\\"), UInt8(ascii: escape)]
            } else {
                quoted.append(byte)
            }
        }
        return quoted + [UInt8(ascii: "\"")]
    }
}
