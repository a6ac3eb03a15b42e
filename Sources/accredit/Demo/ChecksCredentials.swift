import Credentials
import Cryptography
import Encoding

/// The checks of bundles and credentials against the auditor set and the published keys.
enum CredentialChecks {
    /// What each bundle proves at the time it was merged.
    static func bundles(
        _ record: PublicRecord, set: AuditorSet, network: String, expected: [ExpectedOutcome]
    ) -> DemoCheck {
        var check = DemoCheck(
            "bundles",
            "each bundle carries the answers told, and meets the quorum exactly where it should")
        for outcome in expected {
            let place = outcome.name
            guard let token = record.bundles[outcome.name] else {
                check.expect(false, place, "a bundle", "none")
                continue
            }
            check.expect(place) { check in
                let bundle = try Bundle(token)
                let answers = bundle.credentials.map(\.claims)
                let consenting = answers.filter(\.consent.isGranted).map(\.issuer)
                let refusing = answers.filter { !$0.consent.isGranted }.map(\.issuer)
                check.expect(Set(consenting), outcome.consenting, "\(place): who consents")
                check.expect(Set(refusing), outcome.refusing, "\(place): who refuses")
                for claims in answers {
                    check.expect(claims.node.did, outcome.node, "\(place): node")
                    check.expect(
                        claims.application.text, outcome.application, "\(place): application")
                }
                expect(
                    outcome,
                    QuorumVerifier.verify(
                        bundle, set: set, network: network, at: bundle.issuedAt,
                        application: try Digest(hexadecimal: outcome.application)), &check)
            }
        }
        return check
    }

    private static func expect(
        _ outcome: ExpectedOutcome, _ result: QuorumResult, _ check: inout DemoCheck
    ) {
        switch result {
        case .met:
            check.expect(
                outcome.isQuorumMet, "\(outcome.name): quorum", "that it is refused", "it is met")
        case .refused(let rejections):
            check.expect(
                !outcome.isQuorumMet, "\(outcome.name): quorum", "that it is met",
                rejections.map { "\($0.code.rawValue): \($0.detail)" }.joined(separator: "; "))
        }
    }

    /// Signatures by the keys that issuers publish, and the same bytes from the issuer itself.
    static func credentials(_ record: PublicRecord) -> DemoCheck {
        var check = DemoCheck(
            "credentials",
            "every credential and bundle verifies with its issuer's published key, and the issuer "
                + "gives out the same bytes")
        for (name, token) in record.bundles.sorted(by: { $0.key < $1.key }) {
            check.expect("\(name): bundle") { check in
                let bundle = try Bundle(token)
                let holder = try key(bundle.jws, publishedAt: bundle.holder, record)
                try bundle.verifyHolder(holder)
                for credential in bundle.credentials {
                    let claims = credential.claims
                    let place = "\(name): credential by \(claims.issuer)"
                    check.expect(place) { check in
                        let key = try key(credential.jws, publishedAt: claims.issuer, record)
                        _ = try credential.jws.verify(key: key, type: "vc+jwt")
                    }
                    check.expect(
                        record.credentials[claims.id], credential.jws.compact,
                        "\(place), as the issuer gives it out")
                }
            }
        }
        return check
    }

    /// The key that a token's `kid` names in the set published at an address.
    private static func key(
        _ token: JWS, publishedAt address: String, _ record: PublicRecord
    ) throws -> PublicKey {
        guard let json = record.keySets[address] else {
            throw KeyError(.malformed, "no key set is published at \(address)")
        }
        guard let name = token.header.keyID, let key = try JWKSet(json: json).key(name) else {
            throw KeyError(.malformed, "\(address) publishes no key \(token.header.keyID ?? "")")
        }
        return key
    }
}
