/// The type of something an expression may read, with the most it can hold, so that the cost of an
/// expression is known before it is evaluated.
package indirect enum DeclaredType: Sendable {
    case bool, int, uint, timestamp, duration
    case string(maximumByteCount: Int)
    case list(DeclaredType, maximumCount: Int)
    /// A map with these members and no others; asking for another is refused by the checker. Two
    /// objects of one name are of one type.
    case object(String, [(name: String, type: DeclaredType)])

    /// The types of the members of objects, by the name of the object and that of the member.
    typealias Objects = [String: [(name: String, type: CheckedType)]]

    /// What the checker takes it for. Adds the objects in it.
    func checked(_ objects: inout Objects) -> CheckedType {
        switch self {
        case .bool: return .bool
        case .int: return .int
        case .uint: return .uint
        case .timestamp: return .timestamp
        case .duration: return .duration
        case .string: return .string
        case .list(let element, _): return .list(element.checked(&objects))
        case .object(let name, let members):
            var types: [(name: String, type: CheckedType)] = []
            for member in members { types.append((member.name, member.type.checked(&objects))) }
            objects[name] = types
            return .abstract(name, [])
        }
    }

    var extent: Extent {
        switch self {
        case .bool, .int, .uint, .timestamp, .duration: .scalar
        case .string(let maximum): .text(Bound(maximum))
        case .list(let element, let maximum): .list(Bound(maximum), element.extent)
        case .object(_, let members):
            .object(members.map { (Text($0.name), $0.type.extent) }, isComplete: true)
        }
    }
}
