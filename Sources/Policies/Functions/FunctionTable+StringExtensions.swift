/// The `strings` extension, all of it in code points. An offset out of range is an error.
extension FunctionTable {
    mutating func addStringExtensions() {
        addSearching()
        addCutting()
        addRewriting()
    }

    private mutating func addSearching() {
        add("charAt", isMethod: true, isFlat: false) {
            (value, position, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("charAt", [value, position], &meter)
            let offset = try Self.offset(position, 0...scalars.count)
            return .string(Text(scalars: scalars[offset...].prefix(1)))
        }
        add("indexOf", isMethod: true, counts: 2...3, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("indexOf", operands, &meter)
            let part = try Self.part(operands, of: scalars, &meter)
            let start =
                operands.count == 3 ? try Self.offset(operands[2], 0...scalars.count) : 0
            let last = scalars.count - part.count
            guard start <= last else { return -1 }
            for offset in start...last
            where scalars[offset..<offset + part.count].elementsEqual(part) {
                return .int(Int64(offset))
            }
            return -1
        }
        add("lastIndexOf", isMethod: true, counts: 2...3, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("lastIndexOf", operands, &meter)
            let part = try Self.part(operands, of: scalars, &meter)
            let last = scalars.count - part.count
            let start =
                operands.count == 3
                ? try Self.offset(operands[2], 0...scalars.count) : scalars.count
            guard last >= 0 else { return -1 }
            for offset in (0...min(start, last)).reversed()
            where scalars[offset..<offset + part.count].elementsEqual(part) {
                return .int(Int64(offset))
            }
            return -1
        }
    }

    private mutating func addCutting() {
        add("substring", isMethod: true, counts: 2...3, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("substring", operands, &meter)
            let start = try Self.offset(operands[1], 0...scalars.count)
            let end =
                operands.count == 3
                ? try Self.offset(operands[2], 0...scalars.count) : scalars.count
            guard start <= end else {
                throw EvaluationError(.range, "a substring from \(start) to \(end)")
            }
            return .string(Text(scalars: scalars[start..<end]))
        }
        add("trim", isMethod: true, isFlat: false) { (value, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("trim", [value], &meter)
            let head = scalars.drop(while: \.isTrimmed)
            let tail = head.reversed().drop(while: \.isTrimmed)
            return .string(Text(scalars: tail.reversed()))
        }
        add("split", isMethod: true, counts: 2...3, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("split", operands, &meter)
            guard case .string(let separator) = operands[1] else {
                throw .noSuchOverload("split", operands)
            }
            let limit = try Self.limit("split", operands, at: 2)
            // Every part is a value of its own.
            try meter.charge(scalars.count)
            let parts = Self.parts(of: scalars, between: separator.scalars, limit)
            guard parts.count <= Limits.elementCountMaximum else {
                throw EvaluationError(.limit, "a list may hold \(Limits.elementCountMaximum)")
            }
            return .list(parts.map { .string(Text(scalars: $0)) })
        }
    }

    private mutating func addRewriting() {
        add("lowerAscii", isMethod: true, isFlat: false) {
            (value, meter) throws(EvaluationError) in
            try Self.mapBytes("lowerAscii", value, &meter) {
                (0x41...0x5A).contains($0) ? $0 + 32 : $0
            }
        }
        add("upperAscii", isMethod: true, isFlat: false) {
            (value, meter) throws(EvaluationError) in
            try Self.mapBytes("upperAscii", value, &meter) {
                (0x61...0x7A).contains($0) ? $0 - 32 : $0
            }
        }
        add("reverse", isMethod: true, isFlat: false) { (value, meter) throws(EvaluationError) in
            .string(Text(scalars: try Self.scalars("reverse", [value], &meter).reversed()))
        }
        add("replace", isMethod: true, counts: 3...4, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            let scalars = try Self.scalars("replace", operands, &meter)
            guard case .string(let old) = operands[1], case .string(let new) = operands[2] else {
                throw .noSuchOverload("replace", operands)
            }
            let limit = try Self.limit("replace", operands, at: 3)
            guard limit != 0 else { return operands[0] }
            let parts = Self.replaceable(scalars, old.scalars, limit)
            return .string(try Self.joined(parts.map { Text(scalars: $0) }, new, &meter))
        }
        add("join", isMethod: true, counts: 1...2, isFlat: false) {
            (operands, meter) throws(EvaluationError) in
            guard case .list(let elements) = operands[0] else {
                throw .noSuchOverload("join", operands)
            }
            var separator: Text = ""
            if operands.count == 2 {
                guard case .string(let text) = operands[1] else {
                    throw .noSuchOverload("join", operands)
                }
                separator = text
            }
            var parts: [Text] = []
            try meter.charge(1)
            for element in elements {
                guard case .string(let text) = element else {
                    throw .noSuchOverload("join", elements)
                }
                parts.append(text)
            }
            return .string(try Self.joined(parts, separator, &meter))
        }
    }

    // MARK: Operands

    /// The code points of the receiver, paid for.
    private static func scalars(
        _ function: String, _ operands: [Value], _ meter: inout Meter
    ) throws(EvaluationError) -> [Unicode.Scalar] {
        guard case .string(let text) = operands[0] else {
            throw .noSuchOverload(function, operands)
        }
        try meter.charge(max(1, tenth(text.bytes.count)))
        return text.scalars
    }

    /// The string searched for, with the search paid for.
    private static func part(
        _ operands: [Value], of scalars: [Unicode.Scalar], _ meter: inout Meter
    ) throws(EvaluationError) -> [Unicode.Scalar] {
        guard case .string(let part) = operands[1] else {
            throw .noSuchOverload("indexOf", operands)
        }
        let searches = tenth(scalars.count) * tenth(part.bytes.count)
        if searches > 1 { try meter.charge(searches - 1) }
        return part.scalars
    }

    private static func offset(
        _ value: Value, _ range: ClosedRange<Int>
    ) throws(EvaluationError) -> Int {
        guard case .int(let number) = value else {
            throw .noSuchOverload("an offset", value)
        }
        guard let offset = Int(exactly: number), range.contains(offset) else {
            throw EvaluationError(.range, "offset \(number) in a string of \(range.upperBound)")
        }
        return offset
    }

    /// How many replacements or parts; nil for as many as there are.
    private static func limit(
        _ function: String, _ operands: [Value], at position: Int
    ) throws(EvaluationError) -> Int? {
        guard operands.count > position else { return nil }
        guard case .int(let number) = operands[position] else {
            throw .noSuchOverload(function, operands)
        }
        return number < 0 ? nil : Int(clamping: number)
    }

    // MARK: Work

    private static func parts(
        of scalars: [Unicode.Scalar], between separator: [Unicode.Scalar], _ limit: Int?
    ) -> [ArraySlice<Unicode.Scalar>] {
        let maximum = limit ?? Int.max
        guard maximum > 0 else { return [] }
        guard !separator.isEmpty else {
            let singles = scalars.indices.prefix(maximum).map { scalars[$0..<$0 + 1] }
            guard let last = singles.last, singles.count == maximum else { return singles }
            return singles.dropLast() + [scalars[last.startIndex...]]
        }
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var start = 0
        var offset = 0
        while offset + separator.count <= scalars.count, parts.count + 1 < maximum {
            if scalars[offset..<offset + separator.count].elementsEqual(separator) {
                parts.append(scalars[start..<offset])
                offset += separator.count
                start = offset
            } else {
                offset += 1
            }
        }
        parts.append(scalars[start...])
        return parts
    }

    /// The parts between which a replacement goes. An empty string stands before, between and after
    /// all code points.
    private static func replaceable(
        _ scalars: [Unicode.Scalar], _ old: [Unicode.Scalar], _ limit: Int?
    ) -> [ArraySlice<Unicode.Scalar>] {
        let partLimit = limit.map { $0 == Int.max ? $0 : $0 + 1 }
        guard old.isEmpty else { return parts(of: scalars, between: old, partLimit) }
        let count = min(partLimit ?? Int.max, scalars.count + 2)
        var parts: [ArraySlice<Unicode.Scalar>] = [[]]
        for position in 0..<max(0, count - 2) { parts.append(scalars[position..<position + 1]) }
        parts.append(scalars[max(0, count - 2)...])
        return parts
    }

    private static func joined(
        _ parts: [Text], _ separator: Text, _ meter: inout Meter
    ) throws(EvaluationError) -> Text {
        var count = separator.bytes.count * max(0, parts.count - 1)
        for part in parts { count += part.bytes.count }
        try meter.charge(tenth(count) + parts.count / 10)
        guard count <= Limits.textByteCountMaximum else {
            throw EvaluationError(.limit, "a string may have \(Limits.textByteCountMaximum) bytes")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for (position, part) in parts.enumerated() {
            if position > 0 { bytes += separator.bytes }
            bytes += part.bytes
        }
        return Text(wellFormed: bytes)
    }

    private static func mapBytes(
        _ function: String, _ value: Value, _ meter: inout Meter, _ change: (UInt8) -> UInt8
    ) throws(EvaluationError) -> Value {
        guard case .string(let text) = value else { throw .noSuchOverload(function, value) }
        try meter.charge(max(1, tenth(text.bytes.count)))
        return .string(Text(wellFormed: text.bytes.map(change)))
    }
}

extension Unicode.Scalar {
    /// What `trim` takes away: the property White_Space, written out so that no later table of
    /// Unicode changes an answer.
    fileprivate var isTrimmed: Bool {
        switch value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F,
            0x205F, 0x3000:
            true
        default: false
        }
    }
}
