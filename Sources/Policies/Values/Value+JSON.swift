package import Encoding

extension Value {
    /// A JSON value as CEL sees it. A number without point or exponent is an int if it fits, else a
    /// uint; any other is a double. The members of an object come in the order of their UTF-8
    /// bytes.
    ///
    /// Errors: more elements than a list or map may hold.
    package init(_ json: JSON) throws(EvaluationError) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .string(let value): self = .string(Text(value))
        case .number(let number):
            if let value = number.int64 {
                self = .int(value)
            } else if let value = number.uint64 {
                self = .uint(value)
            } else if let value = NumberText.double(Text(number.text)) {
                self = .double(value)
            } else {
                throw EvaluationError(.range, "\(number.text.prefix(40)) exceeds every number kind")
            }
        case .array(let elements):
            try Self.checkCount(elements.count)
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for element in elements { values.append(try Value(element)) }
            self = .list(values)
        case .object(let object):
            try Self.checkCount(object.members.count)
            let names = object.members.map { Text($0.name) }
            let order = names.indices.sorted { names[$0] < names[$1] }
            var values: [Value] = []
            values.reserveCapacity(order.count)
            for place in order { values.append(try Value(object.members[place].value)) }
            self = .map(try MapValue.make(sortedNames: order.map { names[$0] }, values: values))
        }
    }

    private static func checkCount(_ count: Int) throws(EvaluationError) {
        guard count <= Limits.elementCountMaximum else {
            throw EvaluationError(.limit, "a list or map may hold \(Limits.elementCountMaximum)")
        }
    }
}
