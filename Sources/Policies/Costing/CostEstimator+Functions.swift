/// Functions: what their bodies charge, and how large their answers can be.
extension CostEstimator {
    /// The longest text a scalar has in a conversion: an IPv6 block or a time with nine digits
    /// after the point.
    private static let scalarTextMaximum = 64
    /// The longest text a clause of `format` makes of a scalar: the largest double with the most
    /// digits after its point.
    private static let clauseTextMaximum = 310 + 2 + Limits.formatPrecisionMaximum

    mutating func call(_ function: Function, _ first: Int32, _ count: Int32) -> Estimate {
        let operands = operands(first, count)
        let cost = operands.reduce(Bound(0)) { $0 + $1.cost }
        if case .zoned = function.body {
            return Estimate(cost + zone(plan.children[Int(first) + 1]), .scalar)
        }
        if function.name == "format", let texts = elements(plan.children[Int(first) + 1]) {
            let body = format(operands[0].extent.size, texts)
            return Estimate(cost + body.cost, body.extent)
        }
        let body = body(function, operands.map(\.extent))
        return Estimate(cost + body.cost, body.extent)
    }

    private func body(_ function: Function, _ operands: [Extent]) -> Estimate {
        guard let first = operands.first else { return Estimate(1, .optional(.nothing)) }
        if function.isFlat { return Estimate(1, flat(function.name, first)) }
        let size = first.size
        // Bodies that scan their text once.
        let scan = max(Bound(1), size.tenth)
        let part = operands.count > 1 ? operands[1].size : Bound(0)
        switch function.name {
        case "bytes", "string":
            return Estimate(scan, .text(max(size, Bound(Self.scalarTextMaximum))))
        case "startsWith", "endsWith":
            return Estimate(size.tenth, .scalar)
        case "contains":
            return Estimate(size.tenth * part.tenth, .scalar)
        case "matches":
            return Estimate(Pattern.cost(text: size, source: part), .scalar)
        case "indexOf", "lastIndexOf":
            return Estimate(scan + size.tenth * part.tenth, .scalar)
        case "charAt":
            return Estimate(scan, .text(Bound(4)))
        case "substring", "trim", "lowerAscii", "upperAscii", "reverse":
            return Estimate(scan, .text(size))
        case "split":
            return Estimate(scan + size, .list(size + 1, .text(size)))
        case "replace":
            // In the worst case an empty string is replaced, around every octet.
            let new = operands.count > 2 ? operands[2].size : Bound(0)
            let result = size + (size + 2) * new
            return Estimate(scan + result.tenth + size.tenth + 1, .text(result))
        case "join":
            let elements = first.visited
            let result = elements.count * (elements.value.size + part)
            return Estimate(result.tenth + elements.count.tenth + 1, .text(result))
        case "strings.quote":
            return Estimate(scan, .text(size * 2 + 2))
        case "base64.encode":
            return Estimate(scan, .text(size * 2 + 4))
        case "base64.decode":
            return Estimate(scan, .text(size))
        case "format":
            return format(size, operands.count > 1 ? operands[1] : .unknown)
        case "math.greatest", "math.least":
            let elements = operands.count == 1 ? size.tenth : Bound(operands.count > 2 ? 10 : 0)
            return Estimate(elements + 1, .scalar)
        case "optional.unwrap", "unwrapOpt":
            guard case .list(let count, let element) = first else {
                return Estimate(.unbounded, .unknown)
            }
            return Estimate(max(Bound(1), count), .list(count, element.unwrapped))
        default:
            return Estimate(.unbounded, .unknown)
        }
    }

    /// An accessor with a zone: the rules of one that no constant names are read each time.
    private func zone(_ name: NodeID) -> Int {
        guard case .string(let name) = constant(name),
            FunctionTable.isFixedZone(name) || plan.zones[name] != nil
        else { return 1 + FunctionTable.readingZoneCost }
        return 1
    }

    private func flat(_ name: String, _ operand: Extent) -> Extent {
        switch name {
        case "dyn": operand
        case "optional.of", "optional.ofNonZeroValue": .optional(operand)
        case "value": operand.unwrapped
        case "first", "last": .optional(operand.visited.value)
        // What is left answers with numbers, truth values, moments, types or addresses.
        default: .scalar
        }
    }

    /// The elements of a list literal, each by itself; nil for another node.
    private mutating func elements(_ list: NodeID) -> [Extent]? {
        switch plan.nodes[Int(list)] {
        case .list(let first, let count): operands(first, count).map(\.extent)
        case .constant:
            if case .list(let elements) = constant(list) {
                elements.map { Extent($0) }
            } else {
                nil
            }
        default: nil
        }
    }

    /// The template, and for each operand its text; every piece of text is paid for by itself.
    private func format(_ template: Bound, _ operands: Extent) -> Estimate {
        guard case .list(let count, let element) = operands else {
            return Estimate(.unbounded, .unknown)
        }
        let (size, pieces) = Self.formatted(element)
        let cost = max(Bound(1), template.tenth) + count * (size.tenth + pieces)
        return Estimate(cost, .text(template + count * size))
    }

    private func format(_ template: Bound, _ operands: [Extent]) -> Estimate {
        var cost = max(Bound(1), template.tenth)
        var length = template
        for operand in operands {
            let (size, pieces) = Self.formatted(operand)
            cost += size.tenth + pieces
            length += size
        }
        return Estimate(cost, .text(length))
    }

    /// How long the text of a value can be, and of how many pieces it is put together at most.
    private static func formatted(_ extent: Extent) -> (size: Bound, pieces: Bound) {
        switch extent {
        case .nothing: return (Bound(0), Bound(0))
        case .scalar: return (Bound(clauseTextMaximum), Bound(1))
        // Octets that are no UTF-8 become three, as hexadecimal digits two.
        case .text(let size): return (size * 3, Bound(1))
        case .list(let count, let element):
            let inner = formatted(element)
            return (count * (inner.size + 2) + 2, count * (inner.pieces + 1) + 2)
        case .map(let count, let key, let value):
            let (key, value) = (formatted(key), formatted(value))
            return (
                count * (key.size + value.size + 4) + 2,
                count * (key.pieces + value.pieces + 3) + 2 + count.tenth
            )
        case .object(let fields, true):
            let whole = extent.visited
            return formatted(.map(Bound(fields.count), key: whole.key, value: whole.value))
        case .object, .optional, .unknown: return (.unbounded, .unbounded)
        }
    }
}
