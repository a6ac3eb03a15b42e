import Credentials
import Cryptography
import Encoding
import TestSupport
import Testing

@Suite struct DeviceChallengeTests {
    let node: KeyPair
    let challenge: DeviceChallenge

    init() throws {
        node = try KeyPair()
        challenge = try DeviceChallenge(
            nonce: Array(0..<32), network: "n", application: .sha256([1]), node: node.did,
            signatures: 5, memoryMebibytes: 1, deadlineMilliseconds: 1000)
    }

    private func faults(_ answer: String, by key: KeyPair? = nil) -> [CredentialError.Code] {
        challenge.check(answer, node: (key ?? node).publicKey).map(\.code)
    }

    @Test func `a right answer is found right`() throws {
        #expect(faults(try challenge.answer(with: node.key)) == [])
        #expect(try DeviceChallenge(json: JSON.parse(challenge.json.bytes)) == challenge)
    }

    @Test func `the memory walk gives one digest for one nonce`() throws {
        let answer = try JWS(challenge.answer(with: node.key), maximumByteCount: 1 << 20)
        let digest = try JSON.parse(answer.payload)["memoryDigest"]?.stringValue
        // Found with a second implementation of the documented steps, in Python.
        #expect(digest == "c98f0f5b9dd6f03f8edf3eaae772c8d47ea3344400e6a8614e4d1ee3aa6087ad")
    }

    @Test func `a wrong signature, count, digest or challenge is named`() throws {
        let answer = try JWS(challenge.answer(with: node.key), maximumByteCount: 1 << 20)
        func changed(_ change: (inout JSONObject) throws -> Void) throws -> String {
            try resigned(answer, node, change)
        }
        let swapped = try changed {
            var signatures = $0["signatures"]?.arrayValue ?? []
            signatures.swapAt(0, 1)
            $0["signatures"] = .array(signatures)
        }
        #expect(faults(swapped) == [.badSignature])
        let few = try changed {
            $0["signatures"] = .array(($0["signatures"]?.arrayValue ?? []).dropLast())
        }
        #expect(faults(few) == [.malformed])
        #expect(
            faults(try changed { $0["memoryDigest"] = .string(Digest.zero.text) })
                == [.inconsistent])
        let nonce = JSON.string(Base64URL.encode(Array(repeating: 0, count: 32)))
        #expect(faults(try changed { $0["nonce"] = nonce }) == [.malformed])
        #expect(
            faults(try changed { $0["application"] = .string(Digest.zero.text) }) == [.malformed])
        #expect(faults(try changed { $0["more"] = 1 }) == [.malformed])
    }

    @Test func `only the node's own key answers`() throws {
        let other = try KeyPair()
        #expect(
            code { () throws(CredentialError) in try challenge.answer(with: other.key) }
                == .wrongNode)
        let answer = try challenge.answer(with: node.key)
        #expect(faults(answer, by: other) == [.wrongNode])
        let jws = try JWS(answer, maximumByteCount: 1 << 20)
        #expect(faults(try resigned(jws, other)) == [.badSignature])
        #expect(faults(try resigned(jws, node, type: "application+jwt")) == [.wrongType])
    }

    @Test func `a challenge that asks for too much is refused`() throws {
        func refused(_ signatures: Int, _ memory: Int, _ deadline: Int, nonce: Int = 32)
            -> CredentialError.Code?
        {
            code { () throws(CredentialError) in
                try DeviceChallenge(
                    nonce: Array(repeating: 1, count: nonce), network: "n", application: .zero,
                    node: node.did, signatures: signatures, memoryMebibytes: memory,
                    deadlineMilliseconds: deadline)
            }
        }
        #expect(refused(1000, 256, 600_000) == nil)
        #expect(refused(1001, 1, 1) == .malformed)
        #expect(refused(1, 257, 1) == .malformed)
        #expect(refused(1, 1, 600_001) == .malformed)
        #expect(refused(0, 1, 1) == .malformed)
        #expect(refused(1, 0, 1) == .malformed)
        #expect(refused(1, 1, 0) == .malformed)
        #expect(refused(1, 1, 1, nonce: 31) == .malformed)
    }
}
