/// The operations of the `math` extension on bits. Signed numbers are taken in two's complement.
extension FunctionTable {
    private typealias Operation = @Sendable (UInt64, UInt64) -> UInt64

    mutating func addBits() {
        let operations: [(name: String, body: Operation)] = [
            ("math.bitAnd", { $0 & $1 }), ("math.bitOr", { $0 | $1 }), ("math.bitXor", { $0 ^ $1 }),
        ]
        for (name, body) in operations {
            add(name, isMethod: false) { left, right, _ throws(EvaluationError) in
                switch (left, right) {
                case (.int(let left), .int(let right)):
                    return .int(
                        Int64(bitPattern: body(UInt64(bitPattern: left), UInt64(bitPattern: right)))
                    )
                case (.uint(let left), .uint(let right)):
                    return .uint(body(left, right))
                default:
                    throw .noSuchOverload(name, left, right)
                }
            }
        }
        add("math.bitNot", isMethod: false) { value, _ throws(EvaluationError) in
            switch value {
            case .int(let number): return .int(~number)
            case .uint(let number): return .uint(~number)
            case .null, .bool, .double, .string, .bytes, .list, .map, .timestamp, .duration, .type,
                .optional, .network:
                throw .noSuchOverload("math.bitNot", value)
            }
        }
        // A shift by 64 or more leaves nothing; to the right, zeros move in also before a sign.
        addShift("math.bitShiftLeft") { $1 < 64 ? $0 << $1 : 0 }
        addShift("math.bitShiftRight") { $1 < 64 ? $0 >> $1 : 0 }
    }

    private mutating func addShift(_ name: String, _ body: @escaping Operation) {
        add(name, isMethod: false) { value, places, _ throws(EvaluationError) in
            guard case .int(let places) = places else {
                throw .noSuchOverload(name, value, places)
            }
            func shifted(_ bits: UInt64) throws(EvaluationError) -> UInt64 {
                guard let places = UInt64(exactly: places) else {
                    throw EvaluationError(.invalidArgument, "\(name) by \(places) places")
                }
                return body(bits, places)
            }
            switch value {
            case .int(let number):
                return .int(Int64(bitPattern: try shifted(UInt64(bitPattern: number))))
            case .uint(let number):
                return .uint(try shifted(number))
            case .null, .bool, .double, .string, .bytes, .list, .map, .timestamp, .duration, .type,
                .optional, .network:
                throw .noSuchOverload(name, value)
            }
        }
    }
}
