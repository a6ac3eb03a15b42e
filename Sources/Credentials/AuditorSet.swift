package import Cryptography
import Encoding

/// The auditors of a network, their keys with the windows in which they may sign, and the quorum
/// rule. A set that is empty, contradicts itself or lets a minority decide cannot be made.
package struct AuditorSet: Sendable, Hashable {
    package struct Key: Sendable, Hashable {
        package let key: PublicKey
        /// A credential must be signed in this window and end in it.
        package let window: Validity
        /// The height of the last block at which nobody but its owner is believed to have had the
        /// key: what it signed and the ledger first saw later is refused, whatever it claims to
        /// be. Nil for a key in good hands.
        package let compromisedSince: UInt64?
        /// RFC 7638.
        package let thumbprint: String

        package init(key: PublicKey, window: Validity, compromisedSince: UInt64? = nil) {
            self.key = key
            self.window = window
            self.compromisedSince = compromisedSince
            thumbprint = key.thumbprint
        }

        /// `kid` of what the key signs for this issuer.
        package func keyID(issuer: String) -> String { issuer + "#" + thumbprint }
    }

    package struct Auditor: Sendable, Hashable {
        /// An https address; the auditor's identity.
        package let issuer: String
        package let name: String
        /// Who runs it. Auditors of one operator count once towards `operators`.
        package let operatorName: String
        /// The did:key of the ledger account that may refund deposits paid to this auditor.
        package let account: String
        package let keys: [Key]

        package init(
            issuer: String, name: String, operatorName: String, account: String, keys: [Key]
        ) {
            self.issuer = issuer
            self.name = name
            self.operatorName = operatorName
            self.account = account
            self.keys = keys
        }
    }

    package let version: Int64
    package let network: String
    /// Consents from so many distinct auditors are needed.
    package let threshold: Int
    /// And from so many distinct operators.
    package let operators: Int
    /// In the order of the document.
    package let auditors: [Auditor]

    /// SHA-256 of the JSON text this type writes.
    package var digest: Digest { Digest.sha256(json.bytes) }

    /// The auditor with this issuer address.
    package func auditor(_ issuer: String) -> Auditor? {
        auditors.first { $0.issuer.hasSameBytes(as: issuer) }
    }

    /// - Throws: `auditorSet` for an empty set, a threshold that is not a majority or more than
    ///   there are, an operator count that cannot be reached, and issuers or keys that appear
    ///   twice.
    package init(
        version: Int64, network: String, threshold: Int, operators: Int, auditors: [Auditor]
    ) throws(CredentialError) {
        self.version = version
        self.network = network
        self.threshold = threshold
        self.operators = operators
        self.auditors = auditors
        try checkAuditors()
        try checkRule()
    }

    private func checkAuditors() throws(CredentialError) {
        guard !auditors.isEmpty else {
            throw CredentialError(.auditorSet, "the auditor set is empty: name its auditors")
        }
        var keys: Set<PublicKey> = []
        for (index, auditor) in auditors.enumerated() {
            guard
                !auditors[..<index].contains(where: { $0.issuer.hasSameBytes(as: auditor.issuer) })
            else {
                throw CredentialError(.auditorSet, "\(auditor.issuer) is in the set twice")
            }
            guard !auditor.keys.isEmpty else {
                throw CredentialError(.auditorSet, "\(auditor.issuer) has no key")
            }
            for key in auditor.keys {
                guard key.window.from < key.window.until else {
                    throw CredentialError(
                        .auditorSet, "a key of \(auditor.issuer) ends before it begins")
                }
                guard keys.insert(key.key).inserted else {
                    throw CredentialError(
                        .auditorSet,
                        "a key of \(auditor.issuer) is in the set twice: one key must not "
                            + "count for two auditors or have two windows")
                }
            }
        }
    }

    private func checkRule() throws(CredentialError) {
        let count = auditors.count
        guard threshold >= 1, threshold <= count else {
            throw CredentialError(
                .auditorSet, "the threshold has to be from 1 to \(count), not \(threshold)")
        }
        guard threshold > count / 2 else {
            throw CredentialError(
                .auditorSet,
                "a threshold of \(threshold) out of \(count) is no majority: two applications "
                    + "could be judged by auditors who never see each other's; "
                    + "use \(count / 2 + 1) or more")
        }
        let distinct = AuditorSet.distinctOperators(auditors)
        guard operators >= 1, operators <= distinct, operators <= threshold else {
            throw CredentialError(
                .auditorSet,
                "the operator count has to be from 1 to \(min(distinct, threshold)), "
                    + "not \(operators)")
        }
    }

    /// How many different operators run these auditors.
    static func distinctOperators(_ auditors: [Auditor]) -> Int {
        auditors.indices.count { index in
            !auditors[..<index].contains {
                $0.operatorName.hasSameBytes(as: auditors[index].operatorName)
            }
        }
    }
}
