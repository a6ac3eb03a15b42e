/// Why a node cannot start or go on: what, why and how to fix.
package struct NodeError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// The configuration or the genesis file is not what it has to be.
        case configuration
        /// A key is of the wrong kind.
        case key
        /// The data folder belongs to another network or another process.
        case conflict
        /// What is stored does not fit together.
        case data
        /// The record of what was signed is missing or is behind the chain.
        case signingRecord
    }

    package let code: Code
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }

    package static func == (left: NodeError, right: NodeError) -> Bool { left.code == right.code }
}
