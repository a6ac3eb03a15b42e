/// Why a document is no policy: which member, and for an expression the place with a caret under
/// it.
package struct PolicyError: Error, Sendable, Equatable {
    package enum Code: String, Sendable {
        /// Not JSON, or not the members and kinds a policy has.
        case format
        /// An expression that does not parse or uses names nobody declared.
        case expression
        /// Two rules or variables of one name, or members that contradict each other.
        case contradiction
    }

    package let code: Code
    package let detail: String

    init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package static func == (left: PolicyError, right: PolicyError) -> Bool {
        left.code == right.code
    }
}

extension PolicyError: CustomStringConvertible {
    package var description: String { detail }
}
