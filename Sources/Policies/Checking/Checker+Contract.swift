/// What a contract may not do, although its types fit.
extension Checker {
    /// Refuses what could differ between two machines, or between two readers of the specification.
    func refuseUnpinned(_ syntax: Syntax, _ type: CheckedType) throws(ExpressionError) {
        guard !type.containsDouble else {
            throw error(
                "a contract has no doubles; count in whole units, as in thousandths",
                at: syntax.offset)
        }
        guard case .call(let receiver, let name, let arguments, _) = syntax.kind else { return }
        if name == "format", let receiver { try refuseDoubleClauses(receiver) }
        let isAccessor =
            name == "getMilliseconds" || FunctionTable.accessors.contains { $0.name == name }
        if isAccessor, receiver != nil, arguments.count == 1 { try refuseNamedZone(arguments[0]) }
    }

    private func refuseNamedZone(_ zone: Syntax) throws(ExpressionError) {
        guard case .literal(.string(let name)) = zone.kind,
            FunctionTable.isFixedZone(name)
        else {
            throw error(
                "a contract knows no named time zones; write 'UTC' or an offset such as '+05:30'",
                at: zone.offset)
        }
    }

    /// `%f` and `%e` turn every number into a double first.
    private func refuseDoubleClauses(_ template: Syntax) throws(ExpressionError) {
        guard case .literal(.string(let text)) = template.kind else {
            throw error("the format of a contract is a literal string", at: template.offset)
        }
        var isClause = false
        for byte in text.bytes {
            switch byte {
            case UInt8(ascii: "%"): isClause.toggle()
            case UInt8(ascii: "f"), UInt8(ascii: "e"):
                guard !isClause else {
                    throw error(
                        "a contract has no doubles, so that a format has no %f and no %e",
                        at: template.offset)
                }
            case UInt8(ascii: "."), 0x30...0x39: break
            default: isClause = false
            }
        }
    }
}

extension CheckedType {
    /// Whether a double is part of the type.
    var containsDouble: Bool {
        self == .double || parts.contains(where: \.containsDouble)
    }
}
