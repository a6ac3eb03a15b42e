/// Why an expression gave no value.
package struct EvaluationError: Error, Sendable, Equatable {
    package enum Code: String, Sendable {
        /// A fact the expression selects is not there; `missing` has its path.
        case missing
        /// An operator or function met kinds of values it does not take.
        case noSuchOverload
        /// A name or function nobody declared.
        case unknownName
        /// A value out of range: overflow, index, year.
        case range
        case divisionByZero
        /// A value of the right kind that makes no sense there.
        case invalidArgument
        /// Something the language has and this evaluator refuses.
        case unsupported
        /// The budget is spent. No operator absorbs this.
        case budget
        /// A list, string or nesting grew past its limit. No operator absorbs this.
        case limit
    }

    package let code: Code
    package let detail: String
    /// The full path of the missing fact, such as `evidence.deposit.amount`.
    package let missing: String?

    package init(_ code: Code, _ detail: String, missing: String? = nil) {
        self.code = code
        self.detail = detail
        self.missing = missing
    }

    package static func == (left: EvaluationError, right: EvaluationError) -> Bool {
        left.code == right.code && left.missing == right.missing
    }

    /// Whether evaluation ends here, whatever stands around it. Otherwise `true || spent()` would
    /// pass.
    var isFinal: Bool { code == .budget || code == .limit }

    static func noSuchOverload(_ function: String, _ arguments: Value...) -> EvaluationError {
        noSuchOverload(function, arguments)
    }

    static func noSuchOverload(_ function: String, _ arguments: [Value]) -> EvaluationError {
        let kinds = arguments.map(\.typeName.rawValue).joined(separator: ", ")
        return EvaluationError(.noSuchOverload, "no such overload: \(function)(\(kinds))")
    }
}

extension EvaluationError: CustomStringConvertible {
    package var description: String { "\(code.rawValue): \(detail)" }
}
