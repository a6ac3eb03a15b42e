import Encoding

/// What the type checker knows of a policy's parameters, which stand in the document itself: all
/// members of every object, and the types of their values.
struct ParameterTypes {
    private(set) var types: [(path: String, type: CheckedType)] = []
    /// The members of objects, by dotted path.
    private(set) var members: [String: [String]] = [:]

    init(_ parameters: JSON) {
        add(parameters, "parameters")
    }

    private mutating func add(_ json: JSON, _ path: String) {
        guard case .object(let object) = json else {
            if let type = Self.type(json) { types.append((path, type)) }
            return
        }
        members[path] = object.members.map(\.name)
        for member in object.members { add(member.value, "\(path).\(member.name)") }
    }

    /// Nil for what may be used as anything.
    private static func type(_ json: JSON) -> CheckedType? {
        switch json {
        case .null, .object: return nil
        case .bool: return .bool
        case .string: return .string
        case .number(let number):
            if number.int64 != nil { return .int }
            return number.uint64 == nil ? .double : .uint
        case .array(let elements):
            let types = elements.map(type)
            guard let first = types.first, let element = first,
                types.allSatisfy({ $0 == element })
            else { return .list(.dyn) }
            return .list(element)
        }
    }
}
