package import Credentials
import Encoding

/// A person whom an auditor asks about referred applications.
package struct Reviewer: Sendable, Hashable {
    /// The did:key whose signature counts as this person's.
    package let did: String
    package let name: String
    /// The roles this person may act in.
    package let roles: [String]
    /// Whom this person works for, in words.
    package let organisation: String?

    package init(did: String, name: String, roles: [String] = [], organisation: String? = nil) {
        self.did = did
        self.name = name
        self.roles = roles
        self.organisation = organisation
    }

    package func has(role: String) -> Bool { roles.contains { $0.hasSameBytes(as: role) } }

    /// Why this reviewer must keep out of the application; nil when there is nothing against it.
    /// Names of organisations are compared by their letters and digits, whatever their case.
    package func interest(in application: Application) -> String? {
        if did.hasSameBytes(as: application.node) { return "\(name) is the node that applies" }
        if did.hasSameBytes(as: application.account) {
            return "\(name) is the account that paid for the application"
        }
        if let organisation {
            let own = Self.letters(organisation)
            if !own.isEmpty, own == Self.letters(application.operatorName) {
                return "\(name) works for \(organisation), which runs the node"
            }
        }
        return nil
    }

    private static func letters(_ name: String) -> [UInt8] {
        Array(name.lowercased().filter { $0.isLetter || $0.isNumber }.utf8)
    }
}
