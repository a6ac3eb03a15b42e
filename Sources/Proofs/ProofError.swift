/// Why a file proves nothing.
package struct ProofError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Not a file of this format, or a part of it that cannot be read.
        case format
        /// Made for another network or another genesis file.
        case network
        /// The chain from the representatives of genesis to those of a header does not hold.
        case handover
        /// A header that the representatives of its height did not certify.
        case certificate
        /// Something that is not under the root it is said to be under.
        case inclusion
        /// Headers that do not enclose the moment asked about.
        case cutoff
        /// A block that does not follow from those before it.
        case replay
        /// Votes that, counted again, come to something else.
        case recount
        /// An election whose parts contradict each other.
        case election
    }

    package let code: Code
    /// What does not hold.
    package let detail: String

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    package var description: String { "\(code.rawValue): \(detail)" }
}
