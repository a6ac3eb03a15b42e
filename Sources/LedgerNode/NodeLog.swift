package import Encoding

/// One JSON object per event. Where they go is the caller's choice; a server writes each as a line
/// with the time to standard error.
package struct NodeLog: Sendable {
    private let write: @Sendable (JSON) -> Void

    package init(write: @escaping @Sendable (JSON) -> Void) { self.write = write }

    /// - Parameter name: what happened, in a few words with hyphens, such as `block-committed`.
    package func event(_ name: String, _ members: [(String, JSON)] = []) {
        write(.object(JSONObject([("event", .string(name))] + members)))
    }
}
