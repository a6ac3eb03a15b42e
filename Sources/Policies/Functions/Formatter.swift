/// `format`: a text whose clauses, such as `%s` and `%.3f`, are replaced by values.
struct Formatter {
    private let template: [UInt8]
    private let operands: [Value]
    private var output: [UInt8] = []
    private var nextOperand = 0
    /// What is put in beyond this many octets is paid for by tens.
    private var paidByteCount = 256

    /// - Parameters:
    ///   - template: text with clauses; `%%` stands for a per cent sign.
    ///   - operands: one for each clause; more are left alone.
    static func format(
        _ template: Text, _ operands: [Value], _ meter: inout Meter
    ) throws(EvaluationError) -> Text {
        var formatter = Formatter(template: template.bytes, operands: operands)
        try formatter.run(&meter)
        return Text(wellFormed: formatter.output)
    }

    private init(template: [UInt8], operands: [Value]) {
        self.template = template
        self.operands = operands
    }

    private mutating func run(_ meter: inout Meter) throws(EvaluationError) {
        var place = 0
        while place < template.count {
            let byte = template[place]
            place += 1
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            if place < template.count, template[place] == byte {
                output.append(byte)
                place += 1
                continue
            }
            let precision = try precision(&place)
            guard place < template.count else {
                throw EvaluationError(.invalidArgument, "the format ends within a clause")
            }
            let letter = template[place]
            place += 1
            guard nextOperand < operands.count else {
                throw EvaluationError(
                    .invalidArgument,
                    "the format has more clauses than the \(operands.count) values")
            }
            let operand = operands[nextOperand]
            nextOperand += 1
            try put(operand, letter, precision, &meter)
        }
    }

    /// `.3` before the letter of a clause.
    private func precision(_ place: inout Int) throws(EvaluationError) -> Int? {
        guard place < template.count, template[place] == UInt8(ascii: ".") else { return nil }
        place += 1
        let digits = template[place...].prefix(while: \.isDigit)
        place += digits.count
        guard (1...4).contains(digits.count) else {
            throw EvaluationError(.invalidArgument, "a precision is written as in %.3f")
        }
        let precision = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        guard precision <= Limits.formatPrecisionMaximum else {
            throw EvaluationError(
                .invalidArgument, "a precision is at most \(Limits.formatPrecisionMaximum)")
        }
        return precision
    }

    private mutating func put(
        _ operand: Value, _ letter: UInt8, _ precision: Int?, _ meter: inout Meter
    ) throws(EvaluationError) {
        switch letter {
        case UInt8(ascii: "s"):
            try text(operand, depth: 0, &meter)
        case UInt8(ascii: "d"):
            try append(try Self.decimal(operand), &meter)
        case UInt8(ascii: "f"):
            let number = try Self.number(operand, "%f")
            try append(
                Self.special(number) ?? Decimal.fixed(number, precision: precision ?? 6), &meter)
        case UInt8(ascii: "e"):
            let number = try Self.number(operand, "%e")
            try append(
                Self.special(number) ?? Decimal.scientific(number, precision: precision ?? 6),
                &meter)
        case UInt8(ascii: "b"):
            if case .bool(let holds) = operand {
                try append(holds ? "1" : "0", &meter)
            } else {
                try append(try Self.integer(operand, radix: 2, "%b"), &meter)
            }
        case UInt8(ascii: "o"):
            try append(try Self.integer(operand, radix: 8, "%o"), &meter)
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            try hexadecimal(operand, isUpper: letter == UInt8(ascii: "X"), &meter)
        default:
            throw EvaluationError(
                .invalidArgument,
                "the format has an unknown clause; there are %s %d %f %e %x %X %o %b %%")
        }
    }

    private mutating func append(
        _ text: String, _ meter: inout Meter
    ) throws(EvaluationError) {
        try pay(text.utf8.count, &meter)
        output += text.utf8
    }

    /// Pays for octets about to be put in.
    private mutating func pay(_ count: Int, _ meter: inout Meter) throws(EvaluationError) {
        let beyond = max(0, count - paidByteCount)
        paidByteCount -= count - beyond
        try meter.charge(tenthOf: beyond)
        guard output.count + count <= Limits.textByteCountMaximum else {
            throw EvaluationError(.limit, "a string may have \(Limits.textByteCountMaximum) bytes")
        }
    }

    // MARK: Clauses

    private static func decimal(_ operand: Value) throws(EvaluationError) -> String {
        switch operand {
        case .int(let number): return String(number)
        case .uint(let number): return String(number)
        case .double(let number): return NumberText.plain(number)
        case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type, .optional,
            .network:
            throw .noSuchOverload("%d", operand)
        }
    }

    /// A number; `NaN`, `Infinity` and `-Infinity` may stand as texts, as JSON has them.
    private static func number(
        _ operand: Value, _ clause: String
    ) throws(EvaluationError) -> Double {
        switch operand {
        case .int(let number): return Double(number)
        case .uint(let number): return Double(number)
        case .double(let number): return number
        case .string("NaN"): return .nan
        case .string("Infinity"): return .infinity
        case .string("-Infinity"): return -.infinity
        case .null, .bool, .string, .bytes, .list, .map, .timestamp, .duration, .type, .optional,
            .network:
            throw .noSuchOverload(clause, operand)
        }
    }

    private static func special(_ number: Double) -> String? {
        number.isFinite ? nil : NumberText.plain(number)
    }

    private static func integer(
        _ operand: Value, radix: Int, _ clause: String
    ) throws(EvaluationError) -> String {
        switch operand {
        case .int(let number): return String(number, radix: radix)
        case .uint(let number): return String(number, radix: radix)
        case .null, .bool, .double, .string, .bytes, .list, .map, .timestamp, .duration, .type,
            .optional, .network:
            throw .noSuchOverload(clause, operand)
        }
    }

    private mutating func hexadecimal(
        _ operand: Value, isUpper: Bool, _ meter: inout Meter
    ) throws(EvaluationError) {
        let bytes: [UInt8]
        switch operand {
        case .string(let text): bytes = text.bytes
        case .bytes(let octets): bytes = octets
        case .int(let number):
            return try append(String(number, radix: 16, uppercase: isUpper), &meter)
        case .uint(let number):
            return try append(String(number, radix: 16, uppercase: isUpper), &meter)
        case .null, .bool, .double, .list, .map, .timestamp, .duration, .type, .optional, .network:
            throw .noSuchOverload(isUpper ? "%X" : "%x", operand)
        }
        try pay(bytes.count * 2, &meter)
        let digits = Array((isUpper ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        for byte in bytes {
            output.append(digits[Int(byte >> 4)])
            output.append(digits[Int(byte & 15)])
        }
    }

    // MARK: Text

    /// `%s`: strings as they are, also within lists and maps; the entries of a map in the order of
    /// the text of their keys.
    private mutating func text(
        _ value: Value, depth: Int, _ meter: inout Meter
    ) throws(EvaluationError) {
        guard depth < Limits.valueDepthMaximum else {
            throw EvaluationError(.limit, "the value nests too deep to be written")
        }
        switch value {
        case .null: try append("null", &meter)
        case .double(let number): try append(NumberText.plain(number), &meter)
        case .string(let text):
            try pay(text.bytes.count, &meter)
            output += text.bytes
        case .bytes(let bytes):
            let text = Text(repairing: bytes)
            try pay(text.bytes.count, &meter)
            output += text.bytes
        case .type(let name): try append(name.rawValue, &meter)
        case .list(let elements):
            try append("[", &meter)
            for (place, element) in elements.enumerated() {
                if place > 0 { try append(", ", &meter) }
                try text(element, depth: depth + 1, &meter)
            }
            try append("]", &meter)
        case .map(let map):
            try entries(of: map, depth: depth, &meter)
        case .bool, .int, .uint, .timestamp, .duration, .network:
            guard case .string(let text) = try Conversion.string(value) else { return }
            try pay(text.bytes.count, &meter)
            output += text.bytes
        case .optional:
            throw .noSuchOverload("%s", value)
        }
    }

    private mutating func entries(
        of map: MapValue, depth: Int, _ meter: inout Meter
    ) throws(EvaluationError) {
        try meter.charge(tenthOf: map.count)
        var entries: [(key: Text, value: Value)] = []
        for (key, value) in zip(map.keys, map.values) {
            guard case .string(let text) = try Conversion.string(key) else { continue }
            entries.append((text, value))
        }
        entries.sort { $0.key < $1.key }
        try append("{", &meter)
        for (place, entry) in entries.enumerated() {
            if place > 0 { try append(", ", &meter) }
            try pay(entry.key.bytes.count, &meter)
            output += entry.key.bytes
            try append(": ", &meter)
            try text(entry.value, depth: depth + 1, &meter)
        }
        try append("}", &meter)
    }
}
