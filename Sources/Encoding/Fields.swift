/// A strict reader of one JSON object. Every member is read by name and kind; what was not read is
/// refused by `end()`, so that a misspelt or unknown member never passes unnoticed.
///
/// An optional member may be absent; a `null` in its place is refused. Errors have the code
/// `.shape` (or that of the format of a member's text) and name the path.
package struct Fields: Sendable {
    /// Where the object stands in the document, for messages.
    package let path: String
    private let members: [JSONObject.Member]
    private var wasRead: [Bool]

    /// - Parameter path: what to call the object in messages, such as `application`.
    package init(_ json: JSON, _ path: String) throws(FormatError) {
        guard case .object(let object) = json else {
            throw FormatError(.shape, "\(path) has to be an object, not \(json.kind)")
        }
        self.path = path
        members = object.members
        wasRead = Array(repeating: false, count: members.count)
    }

    /// Refuses members that nobody read.
    package func end() throws(FormatError) {
        let unknown = members.indices.filter { !wasRead[$0] }
        guard let first = unknown.first else { return }
        var names = members[first].name.quotedForMessage
        for index in unknown.dropFirst().prefix(7) {
            names += ", " + members[index].name.quotedForMessage
        }
        if unknown.count > 8 { names += ", …" }
        throw FormatError(.shape, "\(path) has members that are not known here: \(names)")
    }

    /// Lets every member that was not read pass, where a standard says to ignore unknown ones.
    package mutating func skipRest() {
        wasRead = Array(repeating: true, count: members.count)
    }

    /// The member, if present, marked as read.
    package mutating func optionalJSON(_ name: String) -> JSON? {
        guard let index = members.index(of: name) else { return nil }
        wasRead[index] = true
        return members[index].value
    }

    /// The member, whatever its kind.
    package mutating func json(_ name: String) throws(FormatError) -> JSON {
        try required(optionalJSON(name), name)
    }

    /// An error about one member, for checks that the caller makes.
    package func error(_ name: String, _ detail: String) -> FormatError {
        FormatError(.shape, "\(path).\(name) \(detail)")
    }

    func required<T>(_ value: T?, _ name: String) throws(FormatError) -> T {
        guard let value else { throw error(name, "is missing") }
        return value
    }

    func wrongKind(_ name: String, _ expected: String, _ json: JSON) -> FormatError {
        error(name, "has to be \(expected), not \(json.kind)")
    }
}
