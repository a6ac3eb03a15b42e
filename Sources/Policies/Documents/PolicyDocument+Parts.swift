import Encoding

extension PolicyDocument {
    /// The members of a document, read but not yet understood.
    struct Parts {
        struct Rule {
            let id: String
            let expression: String
            let message: String
            let messageExpression: String?
            let reason: String
        }

        let name: String
        let version: String
        let language: Int
        let appliesTo: [String]?
        let matchConditions: [(name: String, expression: String)]
        let schema: FactSchema
        let parameters: JSON
        let variables: [(name: String, expression: String)]
        let rules: [Rule]
        let referWhen: String?
        let validForSeconds: Int64
        let evidenceMaxAgeSeconds: Int64
        let review: Review?
        let budget: Int

        init(_ json: JSON) throws(FormatError) {
            var fields = try Fields(json, "policy")
            name = try fields.name("name")
            version = try fields.name("version")
            language = try Self.language(&fields)
            appliesTo = try Self.appliesTo(&fields)
            matchConditions = try Self.matchConditions(&fields)
            schema = try FactSchema(fields.optionalJSON("schema"), "policy.schema")
            parameters = fields.optionalJSON("parameters") ?? .object(JSONObject())
            guard case .object = parameters else {
                throw fields.error("parameters", "has to be an object")
            }
            variables = try Self.variables(&fields)
            rules = try Self.rules(&fields)
            referWhen = try fields.optionalString(
                "referWhen", maximumByteCount: Limits.sourceByteCountMaximum)
            validForSeconds = try fields.period("validFor")
            evidenceMaxAgeSeconds =
                try fields.optionalPeriod("evidenceMaxAge") ?? Limits.evidenceMaxAgeSeconds
            review = try PolicyDocument.Review(&fields)
            budget =
                try fields.optionalInt("budget", in: 1...Limits.policyBudgetMaximum)
                ?? Limits.policyBudget
            try fields.end()
        }

        private static func language(_ fields: inout Fields) throws(FormatError) -> Int {
            let language = try fields.optionalInt64("language") ?? Int64(Limits.languageVersion)
            guard language == Limits.languageVersion else {
                throw fields.error(
                    "language",
                    "is version \(language); this release reads \(Limits.languageVersion)")
            }
            return Limits.languageVersion
        }

        private static func appliesTo(_ fields: inout Fields) throws(FormatError) -> [String]? {
            guard
                let kinds = try fields.optionalStrings(
                    "appliesTo", maximumCount: Limits.applicationKindCountMaximum,
                    maximumByteCount: Limits.nameByteCountMaximum)
            else { return nil }
            guard !kinds.isEmpty, !kinds.contains("") else {
                throw fields.error(
                    "appliesTo", "has to name a kind of applications; leave it out for all kinds")
            }
            return kinds
        }

        private static func matchConditions(
            _ fields: inout Fields
        ) throws(FormatError) -> [(name: String, expression: String)] {
            var conditions: [(name: String, expression: String)] = []
            for var member in try fields.optionalObjects(
                "matchConditions", maximumCount: Limits.matchConditionCountMaximum)
            {
                conditions.append((try member.name("name"), try member.source("expression")))
                try member.end()
            }
            return conditions
        }

        private static func variables(
            _ fields: inout Fields
        ) throws(FormatError) -> [(name: String, expression: String)] {
            var variables: [(name: String, expression: String)] = []
            for var member in try fields.optionalObjects(
                "variables", maximumCount: Limits.variableCountMaximum)
            {
                let name = try member.name("name")
                guard name.utf8.first?.isIdentifierStart == true,
                    name.utf8.allSatisfy(\.isIdentifierPart)
                else {
                    throw member.error("name", "has to be letters, digits and _, no digit first")
                }
                variables.append((name, try member.source("expression")))
                try member.end()
            }
            return variables
        }

        private static func rules(_ fields: inout Fields) throws(FormatError) -> [Rule] {
            var rules: [Rule] = []
            for var member in try fields.objects("rules", maximumCount: Limits.ruleCountMaximum) {
                let id = try member.name("id")
                let expression = try member.source("expression")
                let message = try member.optionalString(
                    "message", maximumByteCount: Limits.messageByteCountMaximum)
                let messageExpression = try member.optionalString(
                    "messageExpression", maximumByteCount: Limits.sourceByteCountMaximum)
                let reason = try member.optionalString(
                    "reason", maximumByteCount: Limits.nameByteCountMaximum)
                try member.end()
                rules.append(
                    Rule(
                        id: id, expression: expression,
                        message: message ?? "failed expression: \(expression)",
                        messageExpression: messageExpression, reason: reason ?? "Invalid"))
            }
            guard !rules.isEmpty else {
                throw fields.error("rules", "has to have a rule; a policy without refuses nothing")
            }
            return rules
        }
    }
}

extension PolicyDocument.Parts {
    /// Ids that findings of another kind have.
    private static let reservedRules = [
        "schema", "variables", "referWhen", "appliesTo", "matchConditions", "review",
    ]

    /// - Throws: `contradiction`.
    func refuseContradictions() throws(PolicyError) {
        try Self.refuseRepeated(appliesTo ?? [], "policy.appliesTo have the kind")
        try Self.refuseRepeated(
            matchConditions.map(\.name), "policy.matchConditions have the name")
        try Self.refuseRepeated(variables.map(\.name), "policy.variables have the name")
        try Self.refuseRepeated(rules.map(\.id), "policy.rules have the id")
        if let rule = rules.first(where: { Self.reservedRules.contains($0.id) }) {
            throw PolicyError(
                .contradiction, "the rule id '\(rule.id)' is taken for findings of another kind")
        }
        guard referWhen == nil || review != nil else {
            throw PolicyError(
                .contradiction,
                "policy.referWhen refers applications to reviewers, and there is no policy.review")
        }
    }

    private static func refuseRepeated(
        _ names: [String], _ what: String
    ) throws(PolicyError) {
        var seen: Set<[UInt8]> = []
        for name in names where !seen.insert(Array(name.utf8)).inserted {
            throw PolicyError(.contradiction, "two of \(what) '\(name)'")
        }
    }
}

extension Fields {
    /// A name: not empty, short.
    mutating func name(_ member: String) throws(FormatError) -> String {
        let name = try string(member, maximumByteCount: Limits.nameByteCountMaximum)
        guard !name.isEmpty else { throw error(member, "is empty") }
        return name
    }

    /// The objects of an array that may be left out.
    fileprivate mutating func optionalObjects(
        _ member: String, maximumCount: Int
    ) throws(FormatError) -> [Fields] {
        guard optionalJSON(member) != nil else { return [] }
        return try objects(member, maximumCount: maximumCount)
    }

    fileprivate mutating func source(_ member: String) throws(FormatError) -> String {
        try string(member, maximumByteCount: Limits.sourceByteCountMaximum)
    }

    mutating func optionalPeriod(_ member: String) throws(FormatError) -> Int64? {
        optionalJSON(member) == nil ? nil : try period(member)
    }

    /// A span of time: whole seconds, or a duration such as `"720h"`. Answers seconds.
    mutating func period(_ member: String) throws(FormatError) -> Int64 {
        let seconds: Int64
        switch try json(member) {
        case .number(let number):
            guard let whole = number.int64 else { throw error(member, "has to be whole seconds") }
            seconds = whole
        case .string(let text):
            do throws(EvaluationError) {
                let nanoseconds = try DurationText.nanoseconds(Text(text))
                guard nanoseconds % Timestamp.nanosecondsPerSecond == 0 else {
                    throw EvaluationError(.invalidArgument, "is no whole number of seconds")
                }
                seconds = nanoseconds / Timestamp.nanosecondsPerSecond
            } catch let problem {
                throw error(member, problem.detail)
            }
        case .null, .bool, .array, .object:
            throw error(member, "has to be seconds or a duration such as \"720h\"")
        }
        guard (1...Limits.periodSecondsMaximum).contains(seconds) else {
            throw error(member, "has to be 1 to \(Limits.periodSecondsMaximum) seconds")
        }
        return seconds
    }
}
