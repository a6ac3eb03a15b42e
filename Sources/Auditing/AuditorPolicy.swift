package import Cryptography
package import Policies

/// A policy document together with its identity. Frozen when an application is accepted: the
/// credential names this digest whatever the file says later.
package struct AuditorPolicy: Sendable {
    package let document: PolicyDocument
    /// SHA-256 of the document's bytes.
    package let digest: Digest

    /// - Parameter zones: the named time zones the policy may use.
    /// - Throws: `policy` with what is wrong and where.
    package init(bytes: [UInt8], zones: ZoneTable = .none) throws(AuditingError) {
        guard bytes.count <= Limits.policyByteCountMaximum else {
            throw AuditingError(
                .policy, "the policy has more than \(Limits.policyByteCountMaximum) bytes")
        }
        do {
            document = try PolicyDocument.parse(bytes, zones: zones)
        } catch {
            throw AuditingError(.policy, "\(error)")
        }
        digest = Digest.sha256(bytes)
    }

    /// Name and version, as credentials show them.
    package var title: String { "\(document.name)@\(document.version)" }
}
