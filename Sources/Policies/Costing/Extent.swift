/// How large a value can be, as far as that is known before anything is evaluated.
indirect enum Extent: Sendable {
    /// What no evaluation gives, such as an element of an empty list.
    case nothing
    /// A value that the cost rules take as one unit: a number, a truth value, a moment.
    case scalar
    /// A string or bytes of so many octets.
    case text(Bound)
    case list(Bound, Extent)
    case map(Bound, key: Extent, value: Extent)
    /// A map whose fields are known by name; unless that is all of them, of others nothing is
    /// known.
    case object([(name: Text, extent: Extent)], isComplete: Bool)
    case optional(Extent)
    /// Anything.
    case unknown

    /// The extent of a value that is there.
    init(_ value: Value) {
        switch value {
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type, .network:
            self = .scalar
        case .string(let text): self = .text(Bound(text.bytes.count))
        case .bytes(let bytes): self = .text(Bound(bytes.count))
        case .list(let elements):
            self = .list(
                Bound(elements.count),
                elements.reduce(.nothing) { $0.joined(Extent($1)) })
        case .map(let map):
            var fields: [(name: Text, extent: Extent)] = []
            for (key, value) in zip(map.keys, map.values) {
                guard case .string(let name) = key else { break }
                fields.append((name, Extent(value)))
            }
            if fields.count == map.count, map.count > 0 {
                self = .object(fields, isComplete: true)
            } else {
                self = .map(
                    Bound(map.count), key: map.keys.reduce(.nothing) { $0.joined(Extent($1)) },
                    value: map.values.reduce(.nothing) { $0.joined(Extent($1)) })
            }
        case .optional(let optional):
            self = .optional(optional.value.map { Extent($0) } ?? .nothing)
        }
    }

    /// The extent of a value of which the type alone is known.
    init(_ type: CheckedType) {
        switch type {
        case .null, .bool, .int, .uint, .double, .timestamp, .duration, .type: self = .scalar
        case .string, .bytes: self = .text(.unbounded)
        case .list(let element): self = .list(.unbounded, Extent(element))
        case .map(let key, let value):
            self = .map(.unbounded, key: Extent(key), value: Extent(value))
        case .abstract:
            self = type.optionalInner.map { .optional(Extent($0)) } ?? .unknown
        case .dyn, .parameter, .variable: self = .unknown
        }
    }

    /// What covers both.
    func joined(_ other: Extent) -> Extent {
        switch (self, other) {
        case (.nothing, let extent), (let extent, .nothing): extent
        case (.scalar, .scalar): .scalar
        case (.text(let left), .text(let right)): .text(max(left, right))
        case (.list(let leftCount, let left), .list(let rightCount, let right)):
            .list(max(leftCount, rightCount), left.joined(right))
        case (
            .map(let leftCount, let leftKey, let left),
            .map(let rightCount, let rightKey, let right)
        ):
            .map(
                max(leftCount, rightCount), key: leftKey.joined(rightKey),
                value: left.joined(right))
        case (.optional(let left), .optional(let right)): .optional(left.joined(right))
        case (.object(let left, true), .object(let right, true))
        where Self.haveSameNames(left, right):
            .object(
                zip(left, right).map { ($0.name, $0.extent.joined($1.extent)) }, isComplete: true)
        case (.scalar, _), (.text, _), (.list, _), (.map, _), (.object, _), (.optional, _),
            (.unknown, _):
            .unknown
        }
    }

    private static func haveSameNames(
        _ left: [(name: Text, extent: Extent)], _ right: [(name: Text, extent: Extent)]
    ) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { $0.name == $1.name }
    }

    /// The size the cost rules use: see `Value.costSize`.
    var size: Bound {
        switch self {
        case .nothing, .scalar, .optional: Bound(1)
        case .text(let size), .list(let size, _), .map(let size, _, _): size
        case .object(let fields, let isComplete): isComplete ? Bound(fields.count) : .unbounded
        case .unknown: .unbounded
        }
    }

    /// How many elements a comparison visits below the outermost ones.
    var innerCount: Bound {
        switch self {
        case .nothing, .scalar, .text: Bound(0)
        case .list(let count, let element): count * element.elementCount
        case .map(let count, _, let value): count * value.elementCount
        case .optional(let inner): inner.elementCount
        case .object(let fields, let isComplete):
            isComplete ? fields.reduce(Bound(0)) { $0 + $1.extent.elementCount } : .unbounded
        case .unknown: .unbounded
        }
    }

    /// How many elements there are, those of elements included.
    private var elementCount: Bound {
        switch self {
        case .nothing, .scalar, .text: Bound(0)
        case .list(let count, _), .map(let count, _, _): count + innerCount
        case .optional: innerCount + 1
        case .object: size + innerCount
        case .unknown: .unbounded
        }
    }

    /// What a name, index or element of the value gives.
    func field(_ name: Text) -> Extent {
        switch self {
        case .object(let fields, _): fields.first { $0.name == name }?.extent ?? .unknown
        case .map(_, _, let value): value
        case .optional(let inner): .optional(inner.field(name))
        case .nothing: .nothing
        case .scalar, .text, .list, .unknown: .unknown
        }
    }

    /// What an index into the value gives.
    func element(at index: Value?) -> Extent {
        switch self {
        case .list(_, let element): return element
        case .map(_, _, let value): return value
        case .object:
            guard case .string(let name) = index else { return .unknown }
            return field(name)
        case .optional(let inner): return .optional(inner.element(at: index))
        case .nothing: return .nothing
        case .scalar, .text, .unknown: return .unknown
        }
    }

    /// What an optional holds; any other extent as it is.
    var unwrapped: Extent {
        if case .optional(let inner) = self { inner } else { self }
    }

    /// What a comprehension visits: how many, with keys or indexes and values or elements.
    var visited: (count: Bound, key: Extent, value: Extent) {
        switch self {
        case .list(let count, let element): (count, .scalar, element)
        case .map(let count, let key, let value): (count, key, value)
        case .nothing: (Bound(0), .nothing, .nothing)
        // Nothing but lists and maps can be visited; the rest ends in an error at once.
        case .scalar, .text, .optional: (Bound(0), .nothing, .nothing)
        case .object(let fields, true):
            (
                Bound(fields.count), .text(Bound(fields.map(\.name.bytes.count).max() ?? 0)),
                fields.reduce(.nothing) { $0.joined($1.extent) }
            )
        case .object, .unknown: (.unbounded, .unknown, .unknown)
        }
    }
}
