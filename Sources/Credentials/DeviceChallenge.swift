package import Cryptography
package import Encoding

/// A bounded piece of work that an auditor gives to a node, to see the device work and its key.
///
/// Document: {"nonce" (base64url, 32 bytes), "network", "application" (digest), "node" (did:key),
/// "signatures", "memoryMebibytes", "deadlineMilliseconds"}.
package struct DeviceChallenge: Sendable, Hashable {
    package let nonce: [UInt8]
    package let network: String
    package let application: Digest
    package let node: String
    /// How many signatures the node has to make.
    package let signatures: Int
    /// How much memory the node has to fill and walk.
    package let memoryMebibytes: Int
    package let deadlineMilliseconds: Int

    /// - Parameter nonce: 32 random bytes, never used before.
    /// - Throws: `limit` for more work than a challenge may ask for, `malformed`.
    package init(
        nonce: [UInt8], network: String, application: Digest, node: String, signatures: Int,
        memoryMebibytes: Int, deadlineMilliseconds: Int
    ) throws(CredentialError) {
        let json: JSON = [
            "nonce": .string(Base64URL.encode(nonce)), "network": .string(network),
            "application": .string(application.text), "node": .string(node),
            "signatures": JSON(signatures), "memoryMebibytes": JSON(memoryMebibytes),
            "deadlineMilliseconds": JSON(deadlineMilliseconds),
        ]
        try self.init(json: json)
    }

    /// - Throws: `malformed`, or `limit`.
    package init(json: JSON) throws(CredentialError) {
        self = try CredentialError.reading { () throws(FormatError) in
            var fields = try Fields(json, "challenge")
            let challenge = try DeviceChallenge(&fields)
            try fields.end()
            return challenge
        }
    }

    private init(_ fields: inout Fields) throws(FormatError) {
        nonce = try fields.bytes("nonce", count: Limits.challengeNonceByteCount)
        network = try fields.network("network")
        application = try fields.digest("application")
        node = try fields.key("node").did
        signatures = try fields.int("signatures", in: 1...Limits.challengeSignatureCountMaximum)
        memoryMebibytes = try fields.int(
            "memoryMebibytes", in: 1...Limits.challengeMemoryMebibytesMaximum)
        deadlineMilliseconds = try fields.int(
            "deadlineMilliseconds", in: 1...Limits.challengeDeadlineMillisecondsMaximum)
    }

    package var json: JSON {
        [
            "nonce": .string(Base64URL.encode(nonce)), "network": .string(network),
            "application": .string(application.text), "node": .string(node),
            "signatures": JSON(signatures), "memoryMebibytes": JSON(memoryMebibytes),
            "deadlineMilliseconds": JSON(deadlineMilliseconds),
        ]
    }

    /// What signature number `index` is made over: "accredit/v1/device\n", the nonce, and the index
    /// in four big-endian bytes. The node signs nothing else of the auditor's choosing.
    func message(_ index: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.fixed(Array("accredit/v1/device\n".utf8))
        writer.fixed(nonce)
        writer.uint32(UInt32(clamping: index))
        return writer.bytes
    }
}

extension DeviceChallenge {
    /// Does the work and signs the answer: a JWS with `typ` device-answer+jwt and the node as
    /// `kid`; claims {"nonce", "application", "node", "signatures": [base64url], "memoryDigest"}.
    /// - Throws: `wrongNode` when the key is not the challenged node's, `signing`.
    package func answer(with key: borrowing PrivateKey) throws(CredentialError) -> String {
        guard key.publicKey.did.hasSameBytes(as: node) else {
            throw CredentialError(.wrongNode, "the challenge is for \(node)")
        }
        var made: [JSON] = []
        for index in 0..<signatures {
            do {
                made.append(.string(Base64URL.encode(try key.sign(message(index)))))
            } catch {
                throw CredentialError(.signing, error.detail)
            }
        }
        let claims: JSON = [
            "nonce": .string(Base64URL.encode(nonce)), "application": .string(application.text),
            "node": .string(node), "signatures": .array(made),
            "memoryDigest": .string(memoryDigest.text),
        ]
        return try JWS.signing(
            claims, type: DocumentType.deviceAnswer, keyID: node, key: key
        ).compact
    }

    /// Checks an answer completely: the envelope, each signature, the memory work done again. What
    /// time it took is for the caller to measure.
    /// - Returns: what is wrong; empty when the challenge is met.
    package func check(_ answer: String, node key: PublicKey) -> [CredentialError] {
        do throws(CredentialError) {
            let (given, digest) = try read(answer, key)
            var faults: [CredentialError] = []
            let wrong = given.indices.count { index in
                !key.verify(signature: given[index], message: message(index))
            }
            if wrong > 0 {
                faults.append(
                    CredentialError(
                        .badSignature, "\(wrong) of \(signatures) signatures do not verify"))
            }
            if digest != memoryDigest {
                faults.append(
                    CredentialError(.inconsistent, "the digest of the memory walk is wrong"))
            }
            return faults
        } catch {
            return [error]
        }
    }

    private func read(
        _ answer: String, _ key: PublicKey
    ) throws(CredentialError) -> (signatures: [[UInt8]], memoryDigest: Digest) {
        let jws = try JWS.reading(
            answer, type: DocumentType.deviceAnswer, what: "a device answer",
            maximumByteCount: Limits.deviceAnswerByteCountMaximum)
        guard key.did.hasSameBytes(as: node) else {
            throw CredentialError(.wrongNode, "the challenge is for \(node), not \(key.did)")
        }
        guard jws.header.keyID?.hasSameBytes(as: node) == true else {
            throw CredentialError(
                .inconsistent, "the kid of a device answer has to be its node, a did:key")
        }
        try jws.verified(by: key, type: DocumentType.deviceAnswer, what: "a device answer")
        let claims = try jws.claims(maximumByteCount: Limits.deviceAnswerByteCountMaximum)
        let challenge = self
        return try CredentialError.reading { () throws(FormatError) in
            var fields = try Fields(claims, "answer")
            let nonce = try fields.bytes("nonce", count: Limits.challengeNonceByteCount)
            let application = try fields.digest("application")
            let node = try fields.string("node")
            guard nonce == challenge.nonce, application == challenge.application,
                node.hasSameBytes(as: challenge.node)
            else { throw fields.error("nonce", "belongs to another challenge") }
            let texts = try fields.strings(
                "signatures", maximumCount: challenge.signatures, maximumByteCount: 128)
            guard texts.count == challenge.signatures else {
                throw fields.error("signatures", "has to hold \(challenge.signatures)")
            }
            var given: [[UInt8]] = []
            for text in texts { given.append(try Base64URL.decode(text)) }
            let digest = try fields.digest("memoryDigest")
            try fields.end()
            return (given, digest)
        }
    }
}
