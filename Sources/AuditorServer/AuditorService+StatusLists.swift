import Auditing
import Credentials
import Cryptography
import Encoding
import Storage

/// The status lists: signed when somebody asks and the last one is old or says too little, stored,
/// then served. They live for minutes; whoever has none that is valid knows nothing.
extension AuditorService {
    /// The entries of a new credential.
    nonisolated func status(at place: StatusPlace) -> [StatusEntry] {
        StatusPurpose.allCases.map { purpose in
            StatusEntry(
                purpose: purpose,
                list: StatusListNumber(purpose, shard: place.shard).address(issuer: issuer),
                index: Int(place.index))
        }
    }

    /// - Returns: the list as a compact JWS; nil when there is none of that number.
    nonisolated func statusList(
        _ number: StatusListNumber, at now: Instant
    ) async throws -> String? {
        guard number.shard <= statusPlaces.shard else { return nil }
        // Without leave to sign, what was signed before goes on.
        try? await store.standing.requireSigning()
        let signing = Result { try keys.signing(at: now) }
        if let list = try store.statusList(number), now < list.renewal,
            list.version == (try store.statusVersion())
        {
            // Without a key that signs, what was signed before goes on; but what another key than
            // the active one signed is replaced, for that key may have been revoked.
            guard let active = try? signing.get() else { return list.token }
            let own = CredentialClaims.keyID(issuer: issuer, key: active.key.publicKey)
            if try JWS(list.token).header.keyID?.hasSameBytes(as: own) == true {
                return list.token
            }
        }
        let (bits, version) = try store.statusBits(number)
        let active = try signing.get()
        let issuedAt = Instant(seconds: now.seconds)
        let end = min(
            issuedAt.adding(milliseconds: Limits.statusListLifeMilliseconds),
            Instant(seconds: active.key.window.until.seconds))
        let list = try await active.signer.sign(
            StatusList.unsigned(
                bits, purpose: number.purpose, id: number.address(issuer: issuer), issuer: issuer,
                validity: Validity(from: issuedAt, until: end), key: active.key.publicKey))
        let renewal = issuedAt.adding(milliseconds: end.milliseconds(since: issuedAt) / 2)
        let signed = AuditorStore.SignedStatusList(
            token: list.compact, version: version, renewal: renewal)
        try await store.keep(signed, number)
        return signed.token
    }
}
