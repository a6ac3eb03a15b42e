import Encoding

extension PolicyDocument.Review {
    /// The member `review`; nil when the policy has none.
    init?(_ policy: inout Fields) throws(FormatError) {
        guard var member = try policy.optionalObject("review") else { return nil }
        of = try member.int("of", in: 1...Limits.reviewerCountMaximum)
        approvals = try member.int("approvals", in: 1...of)
        expiresAfterSeconds = try member.period("expiresAfter")
        let isLimited = member.optionalJSON("approvalExpiresAfter") != nil
        approvalExpiresAfterSeconds =
            isLimited ? try member.period("approvalExpiresAfter") : expiresAfterSeconds
        let roles = try Self.parts(&member, "roles")
        let steps = try Self.parts(&member, "steps")
        guard roles == nil || steps == nil else {
            throw member.error("steps", "cannot stand beside roles: say which of them counts")
        }
        parts = steps ?? roles ?? []
        isInOrder = steps != nil
        try refuseContradictions(member)
        try member.end()
    }

    private static func parts(
        _ member: inout Fields, _ name: String
    ) throws(FormatError) -> [Part]? {
        guard member.optionalJSON(name) != nil else { return nil }
        let isStep = name == "steps"
        var parts: [Part] = []
        for var part in try member.objects(name, maximumCount: Limits.reviewPartCountMaximum) {
            let role =
                isStep
                ? try part.optionalString("role", maximumByteCount: Limits.nameByteCountMaximum)
                : try part.name("role")
            parts.append(
                Part(
                    name: isStep ? try part.name("name") : role ?? "", role: role,
                    approvals: try part.int("approvals", in: 1...Limits.reviewerCountMaximum)))
            try part.end()
        }
        guard !parts.isEmpty else { throw member.error(name, "is empty; leave it out") }
        return parts
    }

    private func refuseContradictions(_ member: Fields) throws(FormatError) {
        for (index, part) in parts.enumerated()
        where parts[..<index].contains(where: { $0.name.hasSameBytes(as: part.name) }) {
            throw member.error(isInOrder ? "steps" : "roles", "names \(part.name) twice")
        }
        let sum = parts.reduce(0) { $0 + $1.approvals }
        if isInOrder, sum != approvals {
            throw member.error(
                "approvals", "is \(approvals), and the steps together ask for \(sum)")
        }
        if sum > approvals {
            throw member.error(
                "approvals", "is \(approvals), fewer than the \(sum) that the roles ask for")
        }
    }
}
