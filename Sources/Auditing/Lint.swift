package import Credentials
import Encoding

/// Looks at a credential's claims once more before they are signed: the answer must be about what
/// was asked, and its times exact. The mistakes looked for are those that certificate authorities
/// had to revoke millions of certificates for: an extra second, an answer to another question.
/// - Parameter payload: the claims as they are to be signed.
/// - Returns: one sentence for each thing that is wrong; empty when the claims may be signed.
package func lint(
    _ claims: CredentialClaims, as payload: [UInt8], for judgement: Judgement, keyWindow: Validity
) -> [String] {
    var problems: [String] = []
    func check(_ isGood: Bool, _ problem: String) {
        if !isGood { problems.append(problem) }
    }
    let application = judgement.application
    check(claims.application == application.digest, "the application's digest differs")
    check(claims.node == application.nodeKey, "the node differs")
    check(claims.network.hasSameBytes(as: application.network), "the network differs")
    check(claims.consensusKey == application.consensusKey, "the consensus key differs")
    check(claims.endpoint.hasSameBytes(as: application.endpoint), "the endpoint differs")
    check(claims.issuer.hasSameBytes(as: judgement.issuer), "the issuer differs")
    check(
        claims.evidence.first?.policyDigest == judgement.policy.digest,
        "the policy named is not the one that judged")
    check(!claims.id.isEmpty, "the id is not set")

    let seconds = [claims.validity.from, claims.validity.until, claims.issuedAt]
    check(seconds.allSatisfy { Instant(seconds: $0.seconds) == $0 }, "a time has milliseconds")
    check(claims.validity.contains(claims.issuedAt), "it is signed outside its validity")
    let length = claims.validity.until.milliseconds(since: claims.issuedAt)
    check(
        length <= judgement.validForSeconds * 1000,
        "it is valid for longer than \(judgement.validForSeconds) s")
    check(claims.validity.until <= judgement.evidenceEnds, "it outlives its evidence")
    check(keyWindow.contains(claims.issuedAt), "it is signed outside the key's window")
    check(claims.validity.until <= keyWindow.until, "it outlives its key's window")

    // Read back as any verifier will: ids, exp and every repeated member have to agree.
    do {
        let reread = try CredentialClaims(json: JSON.parse(payload))
        check(reread == claims, "it reads back differently")
    } catch {
        problems.append("it cannot be read back: \(error)")
    }
    return problems
}
