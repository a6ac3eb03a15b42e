import Cryptography
import Encoding
import Testing

@testable import Consensus

/// Sets, policies, certificates and messages as bytes and JSON; hostile input.
@Suite struct FormatTests {
    let committee: Committee
    let one = ProposedValue.make("one")

    init() throws { committee = try Committee(4) }

    private func samples() throws -> [SignedMessage] {
        let proof = try committee.proof(0, one.id, by: [0, 2, 3])
        let certificate = try committee.certificate(1, one.id, by: [0, 1, 3])
        return [
            try committee.proposal(0, one), try committee.proposal(1, one, proof: proof),
            try committee.vote(.prevote, 3, nil, by: 2),
            try committee.vote(.precommit, 0, one.id, by: 0), .proofOfLock(proof),
            .decision(certificate, nil), .decision(certificate, one),
        ]
    }

    @Test func `every message reads back as it was written`() throws {
        for message in try samples() {
            #expect(try SignedMessage(decoding: message.encoded()) == message)
        }
    }

    @Test func `a message is read from the midst of others as if it stood alone`() throws {
        for message in try samples() {
            let bytes = message.encoded()
            let among = [1, 1] + bytes + [1, 1]
            #expect(try SignedMessage(decoding: among[2..<2 + bytes.count]) == message)
            #expect(throws: FormatError.self) {
                try SignedMessage(decoding: among[2..<1 + bytes.count])
            }
            #expect(throws: FormatError.self) {
                try SignedMessage(decoding: among[2..<3 + bytes.count])
            }
        }
    }

    @Test func `a cut, prolonged or flipped message is refused or reads as what it says`() throws {
        for message in try samples() {
            let bytes = message.encoded()
            for count in 0..<bytes.count {
                #expect(throws: FormatError.self) {
                    try SignedMessage(decoding: Array(bytes.prefix(count)))
                }
            }
            #expect(throws: FormatError.self) { try SignedMessage(decoding: bytes + [0]) }
            for index in bytes.indices {
                var flipped = bytes
                flipped[index] ^= 0x81
                if let read = try? SignedMessage(decoding: flipped) {
                    #expect(read.encoded() == flipped)
                }
            }
        }
    }

    @Test func `no flipped bit of a signed message is accepted`() throws {
        let message = try committee.vote(.precommit, 0, one.id, by: 2)
        let bytes = message.encoded()
        for index in bytes.indices {
            var flipped = bytes
            flipped[index] ^= 1
            guard let read = try? SignedMessage(decoding: flipped) else { continue }
            var seat = try Seat(committee, place: 0)
            try seat.feed(.start)
            #expect(try seat.feed(.message(read)).refusals.count == 1, "byte \(index)")
        }
    }

    @Test func `announced lengths beyond the limits are refused before they are read`() throws {
        var writer = ByteWriter()
        writer.fixed([1, 1])
        writer.uint64(1)
        writer.uint32(0)
        writer.fixed(one.id.bytes)
        writer.uint32(UInt32(Limits.valueByteCountMaximum) + 1)
        #expect(throws: FormatError(.limit, "")) { try SignedMessage(decoding: writer.bytes) }
        let beyond = try committee.vote(.prevote, Limits.roundMaximum + 1, nil, by: 0)
        #expect(throws: FormatError(.limit, "")) { try SignedMessage(decoding: beyond.encoded()) }
        let last = try committee.vote(.prevote, Limits.roundMaximum, nil, by: 0)
        #expect(try SignedMessage(decoding: last.encoded()) == last)
        let signatures = [[UInt8]](repeating: Array(repeating: 0, count: 64), count: 22)
        #expect(throws: FormatError(.limit, "")) {
            try QuorumSignatures(bitmap: [255, 255, 63], signatures: signatures)
        }
        #expect(throws: FormatError(.binary, "")) {
            try QuorumSignatures(bitmap: [1], signatures: Array(signatures.prefix(2)))
        }
    }

    @Test func `a machine says why it refuses a message`() throws {
        var seat = try Seat.started(in: committee)
        let other = try Committee(4)
        func refusals(_ message: SignedMessage) throws -> [Refusal] {
            try seat.feed(.message(message)).refusals
        }
        #expect(
            try refusals(committee.vote(.prevote, 0, nil, by: 1, height: 2)) == [.otherHeight])
        #expect(try refusals(other.vote(.prevote, 0, nil, by: 1)) == [.wrongSignature])
        let stranger = SignedVote(
            vote: Vote(kind: .prevote, height: 1, round: 0, valueID: nil), sender: 4,
            signature: [])
        #expect(try refusals(.vote(stranger)) == [.unknownSender])
        #expect(try refusals(committee.proposal(0, one, by: 2)) == [.wrongProposer])
        #expect(try refusals(committee.proposal(2, one)) == [.tooFarAhead])
        let few = try committee.proof(0, one.id, by: [1, 2])
        #expect(try refusals(.proofOfLock(few)) == [.wrongCertificate])
        #expect(try refusals(committee.proposal(1, one, proof: few)) == [.wrongCertificate])
        let late = try committee.proof(1, one.id, by: [1, 2, 3])
        #expect(try refusals(committee.proposal(1, one, proof: late)) == [.malformed])
        let foreign = try other.certificate(0, one.id, by: [0, 1, 2])
        #expect(try refusals(.decision(foreign, one)) == [.wrongCertificate])
        #expect(try refusals(.decision(foreign, .make("two"))) == [.malformed])
        #expect(!seat.machine.isDecided)
    }

    @Test func `swapped bytes under a proposal's name break its signature`() throws {
        guard case .proposal(let signed) = try committee.proposal(0, one) else { return }
        let swapped = Proposal(
            height: 1, round: 0, value: ProposedValue(id: one.id, bytes: [9]), proof: nil)
        var seat = try Seat.started(in: committee)
        let message = SignedMessage.proposal(
            SignedProposal(proposal: swapped, sender: 1, signature: signed.signature))
        #expect(try seat.hear(message).refusals == [.wrongSignature])
        #expect(try seat.hear(committee.proposal(0, one)).voted(.prevote, 0, one.id))
    }

    @Test func `a certificate reads back from JSON and bytes and verifies`() throws {
        let certificate = try committee.certificate(2, one.id, by: [0, 1, 3])
        #expect(certificate.signers == [0, 1, 3])
        let parsed = try CommitCertificate(json: JSON.parse(certificate.json.text))
        #expect(parsed == certificate)
        #expect(try CommitCertificate(decoding: certificate.encoded()) == certificate)
        try parsed.verify(set: committee.set, network: "test", height: 1, valueID: one.id)
    }

    @Test func `a certificate for something else does not verify`() throws {
        let certificate = try committee.certificate(0, one.id, by: [0, 1, 2])
        func verifies(
            _ certificate: CommitCertificate, set: RepresentativeSet? = nil,
            network: String = "test", height: UInt64 = 1, id: Digest? = nil
        ) -> Bool {
            do {
                try certificate.verify(
                    set: set ?? committee.set, network: network, height: height,
                    valueID: id ?? one.id)
                return true
            } catch { return false }
        }
        #expect(verifies(certificate))
        #expect(!verifies(certificate, network: "other"))
        #expect(!verifies(certificate, height: 2))
        #expect(!verifies(certificate, id: .zero))
        #expect(!verifies(certificate, set: try Committee(4).set))
        #expect(!verifies(certificate, set: try Committee(7).set))
        let stricter = try RepresentativeSet(
            committee.set.representatives, approval: .all, genesis: Committee.genesis, since: 1)
        #expect(!verifies(certificate, set: stricter))
        #expect(!verifies(try committee.certificate(0, one.id, by: [0, 1])))
        func claiming(_ bitmap: [UInt8]) throws -> CommitCertificate {
            CommitCertificate(
                SignedQuorum(
                    height: 1, round: 0, valueID: one.id,
                    signatures: try QuorumSignatures(
                        bitmap: bitmap, signatures: certificate.signatures.signatures)))
        }
        #expect(!verifies(try claiming([0b1110])))
        #expect(!verifies(try claiming([0b110001])))
    }

    @Test func `an approval policy gives a quorum or says what would be safe`() throws {
        #expect(try ApprovalPolicy.all.quorum(of: 4) == 4)
        #expect(try ApprovalPolicy.count(3).quorum(of: 4) == 3)
        #expect(try ApprovalPolicy.ratio(numerator: 2, denominator: 3).quorum(of: 4) == 3)
        #expect(try ApprovalPolicy.ratio(numerator: 3, denominator: 4).quorum(of: 21) == 16)
        #expect(try ApprovalPolicy.ratio(numerator: 2, denominator: 3).quorum(of: 1) == 1)
        let unsafe: [(ApprovalPolicy, Int)] = [
            (.count(2), 4), (.count(5), 4), (.count(14), 21), (.count(0), 1),
            (.ratio(numerator: 1, denominator: 2), 4), (.ratio(numerator: 2, denominator: 3), 3),
            (.ratio(numerator: 1, denominator: 0), 4),
            (.ratio(numerator: .max, denominator: 1), 4),
        ]
        for (policy, count) in unsafe {
            #expect(throws: ConsensusError(.quorum, "")) { try policy.quorum(of: count) }
        }
        for count in [0, 22, -1] {
            #expect(throws: ConsensusError(.representatives, "")) {
                try ApprovalPolicy.all.quorum(of: count)
            }
        }
        for policy in [ApprovalPolicy.all, .count(3), .ratio(numerator: 2, denominator: 3)] {
            #expect(try ApprovalPolicy(json: JSON.parse(policy.json.text)) == policy)
        }
        for text in [
            #""most""#, #"{"count":0}"#, #"{"count":22}"#, #"{"ratio":"4/3"}"#,
            #"{"ratio":"02/3"}"#,
            #"{"ratio":"2/3/4"}"#, #"{"ratio":"-2/3"}"#, #"{"count":3,"ratio":"2/3"}"#, "3", "{}",
        ] {
            #expect(throws: FormatError.self, "\(text)") {
                try ApprovalPolicy(json: JSON.parse(text))
            }
        }
    }

    @Test(arguments: [(4, 3, 1, 1), (7, 5, 2, 2), (21, 15, 6, 8), (4, 4, 0, 3), (1, 1, 0, 0)])
    func `a set says what its quorum stands`(
        count: Int, quorum: Int, silent: Int, malicious: Int
    ) throws {
        let set = try Committee(count, approval: .count(quorum)).set
        #expect(set.silentTolerance == silent)
        #expect(set.maliciousTolerance == malicious)
        #expect(set.toleranceText.contains("\(quorum) of \(count)"))
    }

    @Test func `a set has an order of its own, no duplicates and only Ed25519 keys`() throws {
        func set(
            _ keys: [PublicKey], _ approval: ApprovalPolicy
        ) throws -> RepresentativeSet {
            try RepresentativeSet(keys, approval: approval, genesis: Committee.genesis, since: 1)
        }
        let members = committee.set.representatives
        let shuffled = try set(members.reversed(), .count(3))
        #expect(shuffled == committee.set)
        #expect(shuffled.digest == committee.set.digest)
        #expect(throws: ConsensusError(.representatives, "")) {
            try set(members + [members[0]], .all)
        }
        let key = try PrivateKey.generate(.es256).publicKey
        #expect(throws: ConsensusError(.representatives, "")) {
            try set([key], .all)
        }
        #expect(throws: ConsensusError(.representatives, "")) {
            try set([], .all)
        }
    }

    @Test func `everybody proposes in turn, whatever the numbers`() throws {
        let set = committee.set
        let turns = (0..<4).map { set.proposer(height: 10, round: $0, offset: 0) }
        #expect(turns == [2, 3, 0, 1])
        #expect(set.proposer(height: 10, round: 0, offset: 3) == 1)
        #expect(set.proposer(height: .max, round: .max, offset: .max) == 1)
    }

    @Test func `timeouts grow by a fixed step up to the cap`() throws {
        let schedule = TimeoutSchedule.standard
        #expect(schedule.milliseconds(.propose, round: 0) == 1000)
        #expect(schedule.milliseconds(.prevote, round: 2) == 1000)
        #expect(schedule.milliseconds(.precommit, round: .max) == 15_000)
        #expect(schedule.milliseconds(.rebroadcast, round: 9) == 1000)
        #expect(throws: ConsensusError(.setting, "")) {
            try TimeoutSchedule(
                propose: 0, prevote: 1, precommit: 1, delta: 1, cap: 1, rebroadcast: 1)
        }
    }

    @Test func `sign bytes differ in every part and hold no time`() throws {
        let vote = Vote(kind: .prevote, height: 1, round: 0, valueID: one.id)
        let domain = committee.domain
        let others = [
            domain.bytes(of: Vote(kind: .precommit, height: 1, round: 0, valueID: one.id)),
            domain.bytes(of: Vote(kind: .prevote, height: 2, round: 0, valueID: one.id)),
            domain.bytes(of: Vote(kind: .prevote, height: 1, round: 1, valueID: one.id)),
            domain.bytes(of: Vote(kind: .prevote, height: 1, round: 0, valueID: nil)),
            SigningDomain(network: "other", set: domain.set).bytes(of: vote),
            SigningDomain(network: "test", set: .zero).bytes(of: vote),
        ]
        #expect(Set(others + [domain.bytes(of: vote)]).count == others.count + 1)
        #expect(domain.bytes(of: vote) == domain.bytes(of: vote))
    }
}
