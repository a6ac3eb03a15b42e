internal import Cryptography
package import Encoding

/// An auditor of a simulated network: an account, and a key for credentials.
package struct SimulatedAuditor: Sendable {
    package let issuer: String
    package let person: Person
    /// Signs credentials.
    package let signer: Person

    package init(issuer: String, person: Person, signer: Person) {
        self.issuer = issuer
        self.person = person
        self.signer = signer
    }

    /// Three auditors, the same in every run.
    /// - Throws: `KeyError` where OpenSSL takes no Ed25519 key.
    package static func three() throws -> [SimulatedAuditor] {
        try (1...3).map {
            SimulatedAuditor(
                issuer: "https://a\($0).example", person: try Person("auditor \($0)"),
                signer: try Person("signer \($0)"))
        }
    }

    /// The auditor set of a genesis: each auditor by an operator of its own, and two of them a
    /// quorum.
    package static func set(of auditors: [SimulatedAuditor], network: String) -> JSON {
        [
            "version": 1, "network": .string(network), "threshold": 2, "operators": 2,
            "auditors": .array(
                auditors.enumerated().map { index, auditor in
                    [
                        "issuer": .string(auditor.issuer), "name": .string("A\(index + 1)"),
                        "operator": .string("operator \(index + 1)"),
                        "account": .string(auditor.person.did),
                        "keys": [
                            [
                                "jwk": auditor.signer.key.publicKey.jwk,
                                "from": "2026-01-01T00:00:00Z", "until": "2040-01-01T00:00:00Z",
                            ]
                        ],
                    ]
                }),
        ]
    }
}
