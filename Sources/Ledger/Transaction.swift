package import Cryptography
package import Encoding

/// A transaction of the right shape: gate one, without its signature. The id is the digest of the
/// JWS signing input, so two signatures over the same payload share an id: a cache of verified
/// signatures is keyed by the whole compact text.
package struct Transaction: Sendable {
    /// The exact `typ` of the header.
    package static let jwsType = "transaction+jwt"

    // Blocks, caches and waiting rooms pass these around by the thousand: one reference is cheaper
    // to copy than a dozen members that each hold one.
    private final class Content: Sendable {
        let jws: JWS
        let network: String
        let sequence: UInt64
        let notAfter: Instant
        let sender: Identity
        let account: RecordAddress
        let body: TransactionBody

        init(
            jws: JWS, network: String, sequence: UInt64, notAfter: Instant, sender: Identity,
            body: TransactionBody
        ) {
            self.jws = jws
            self.network = network
            self.sequence = sequence
            self.notAfter = notAfter
            self.sender = sender
            account = RecordAddress(.account(sender))
            self.body = body
        }
    }

    private let content: Content

    package var jws: JWS { content.jws }
    package var network: String { content.network }
    /// The sender's next number, counted from 0.
    package var sequence: UInt64 { content.sequence }
    /// Counted only in blocks earlier than this; whole seconds.
    package var notAfter: Instant { content.notAfter }
    /// `kid` of the header.
    package var sender: Identity { content.sender }
    /// Where the sender's account is found.
    var account: RecordAddress { content.account }
    /// `accountName` of the sender, worked out once.
    package var accountName: Digest { content.account.name }
    package var body: TransactionBody { content.body }

    package var id: Digest { content.jws.digest }
    package var compact: String { content.jws.compact }
    /// The bytes under the transactions root: the compact JWS.
    package var bytes: [UInt8] { Array(compact.utf8) }
    package var byteCount: Int { compact.utf8.count }

    /// Checks shape alone: no state, no clock, no signature.
    /// - Throws: `shape`.
    package init(compact: String) throws(LedgerError) {
        let jws: JWS
        do {
            jws = try JWS(compact, maximumByteCount: Limits.transactionByteCountMaximum)
        } catch {
            throw LedgerError(.shape, "the transaction is no compact JWS: \(error)")
        }
        guard jws.header.type?.hasSameBytes(as: Self.jwsType) == true else {
            throw LedgerError(.shape, "the header's typ must be \(Self.jwsType)")
        }
        guard let keyID = jws.header.keyID else {
            throw LedgerError(.shape, "the header's kid must be the sender's did:key")
        }
        let sender = try Identity(did: keyID)
        do {
            let limits = JSONLimits(byteCountMaximum: Limits.transactionByteCountMaximum)
            var fields = try Fields(try JSON.parse(jws.payload, limits: limits), "transaction")
            let network = try fields.string(
                "network", maximumByteCount: Limits.networkNameByteCountMaximum)
            let sequence = try fields.exactUnsigned("sequence")
            let notAfter = Instant(
                seconds: Int64(clamping: try fields.exactUnsigned("notAfter")))
            let type = try fields.string("type", maximumByteCount: 32)
            var inner = try fields.object("body")
            try fields.end()
            content = Content(
                jws: jws, network: network, sequence: sequence, notAfter: notAfter, sender: sender,
                body: try TransactionBody(type: type, &inner))
        } catch let error as LedgerError {
            throw error
        } catch {
            throw LedgerError(.shape, "\(error)")
        }
    }

    /// Verifies the signature; may run on any thread. `key` must be the sender's.
    /// - Throws: `signature`.
    package func verified(_ key: PublicKey) throws(LedgerError) -> VerifiedTransaction {
        guard key.did.hasSameBytes(as: sender.text) else {
            throw LedgerError(.signature, "the key belongs to \(key.did), not to \(sender)")
        }
        do {
            _ = try jws.verify(key: key, type: Self.jwsType)
        } catch {
            throw LedgerError(.signature, "transaction \(id.text): \(error)")
        }
        return VerifiedTransaction(verified: self)
    }

    /// Verifies the signature with the key in the sender's did.
    package func verified(keys: KeyCache) throws(LedgerError) -> VerifiedTransaction {
        let key: PublicKey
        do { key = try keys.key(did: sender.text) } catch {
            throw LedgerError(.signature, "\(sender) is not the did:key of a key: \(error)")
        }
        return try verified(key)
    }
}

/// A transaction whose signature is the sender's. Only `Transaction.verified` makes one.
package struct VerifiedTransaction: Sendable {
    package let transaction: Transaction

    fileprivate init(verified transaction: Transaction) { self.transaction = transaction }

    package var id: Digest { transaction.id }
}

/// A transaction to be signed.
package struct TransactionDraft: Sendable {
    package var network: String
    package var sequence: UInt64
    /// Whole seconds.
    package var notAfter: Instant
    package var body: TransactionBody

    package init(network: String, sequence: UInt64, notAfter: Instant, body: TransactionBody) {
        self.network = network
        self.sequence = sequence
        self.notAfter = notAfter
        self.body = body
    }

    /// The JWS payload.
    package var payload: JSON {
        [
            "network": .string(network), "sequence": .number(JSONNumber(sequence)),
            "notAfter": .number(JSONNumber(notAfter.seconds)), "type": .string(body.type),
            "body": body.json,
        ]
    }

    /// Signs with the sender's key, whose did becomes the `kid`.
    package func sign(_ key: borrowing PrivateKey) throws(LedgerError) -> Transaction {
        let jws: JWS
        do {
            jws = try JWS.sign(
                payload: payload.bytes, type: Transaction.jwsType, keyID: key.publicKey.did,
                key: key)
        } catch {
            throw LedgerError(.signature, "the transaction could not be signed: \(error)")
        }
        return try Transaction(compact: jws.compact)
    }
}

extension Fields {
    /// A non-negative integer that every JSON reader keeps exact.
    mutating func exactUnsigned(_ name: String) throws -> UInt64 {
        let value = try uint64(name)
        guard value <= UInt64(Limits.exactIntegerMaximum) else {
            throw LedgerError(.shape, "\(name) is at most \(Limits.exactIntegerMaximum)")
        }
        return value
    }
}
