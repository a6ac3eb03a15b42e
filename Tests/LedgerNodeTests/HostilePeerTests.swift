import Consensus
import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing
import Web

@testable import LedgerNode

/// A representative that turned hostile, against three honest ones: it may speak, and says what it
/// can to stall or bloat them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HostilePeerTests {
    private func network() async throws -> TestNetwork {
        try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
            $0.minimumSeats = 4
        }
    }

    /// Bytes of this process in memory.
    private func residentBytes() throws -> Int {
        let text = String(
            decoding: try DurableFile.read("/proc/self/status", maximumByteCount: 1 << 16),
            as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return try #require(kibibytes.flatMap { Int($0) }) * 1024
    }

    private func vote(height: UInt64, round: UInt32 = 0, sender: Int = 0) -> [UInt8] {
        SignedMessage.vote(
            SignedVote(
                vote: Vote(kind: .prevote, height: height, round: round, valueID: nil),
                sender: sender, signature: [UInt8](repeating: 7, count: 64))
        ).encoded()
    }

    private func proposal(height: UInt64, byteCount: Int, mark: UInt8) -> [UInt8] {
        let bytes = [UInt8](repeating: mark, count: byteCount)
        return SignedMessage.proposal(
            SignedProposal(
                proposal: Proposal(
                    height: height, round: 0,
                    value: ProposedValue(id: Digest.sha256(bytes), bytes: bytes), proof: nil),
                sender: 0, signature: [UInt8](repeating: 7, count: 64))
        ).encoded()
    }

    /// Sends what `batch` gives, from several tasks, while the honest ones make `blocks` blocks.
    private func attack(
        _ network: TestNetwork, _ nodes: [LedgerNodeServer], blocks: UInt64, tasks: Int = 8,
        until isEnough: ([Int: Int]) -> Bool,
        _ batch: @escaping @Sendable (_ height: UInt64, _ number: Int) -> [[UInt8]]
    ) async throws -> [Int: Int] {
        let client = try network.peerClient(as: network.nodes[3].pair)
        let answers = Answers()
        let start = nodes[0].height
        let attackers = (0..<tasks).map { task in
            Self.attacker(network, nodes[0], client, answers, first: task, by: tasks, batch)
        }
        for index in 0..<3 { _ = try await network.block(start + blocks, from: index) }
        // However the machine shares its time, the attack has come to what is asked afterwards.
        try await eventually("the attack has arrived") { isEnough(answers.counts) }
        for attacker in attackers { attacker.cancel() }
        for attacker in attackers { await attacker.value }
        return answers.counts
    }

    /// How often each status was answered; 0 for none.
    private final class Answers: Sendable {
        private let state = Mutex<[Int: Int]>([:])
        var counts: [Int: Int] { state.withLock { $0 } }
        func note(_ status: Int) { state.withLock { $0[status, default: 0] += 1 } }
    }

    private static func attacker(
        _ network: TestNetwork, _ node: LedgerNodeServer, _ client: HTTPClient, _ answers: Answers,
        first: Int, by step: Int,
        _ batch: @escaping @Sendable (_ height: UInt64, _ number: Int) -> [[UInt8]]
    ) -> Task<Void, Never> {
        Task {
            var number = first
            while !Task.isCancelled {
                let body = MessageBatch.pieces(batch(node.height + 1, number)).flatMap { $0 }
                let answer = try? await network.send(messages: body, to: number % 3, with: client)
                answers.note(answer?.status ?? 0)
                number += step
            }
        }
    }

    @Test func `a flood of wrong signatures leaves its sender out, and blocks go on`() async throws
    {
        let network = try await network()
        try await network.withNodes([0, 1, 2]) { nodes in
            let name = network.nodes[3].pair.did
            let exclusion = "accredit_node_peer_exclusions_total{peer=\"\(name)\"}"
            let answers = try await attack(network, nodes, blocks: 8) { answers in
                answers[429, default: 0] > 0
                    && nodes.allSatisfy { $0.services.metrics.text.contains(exclusion) }
            } _: { height, number in
                (0..<64).map { index in
                    vote(height: height, round: UInt32(index), sender: number % 4)
                }
            }
            #expect(answers[429, default: 0] > 0)
            for node in nodes {
                let text = node.services.metrics.text
                #expect(
                    text.contains(
                        "accredit_node_peer_offences_total{peer=\"\(name)\","
                            + "kind=\"wrong-signature\"}"))
                #expect(text.contains(exclusion))
                for honest in 0..<3 where network.nodes[honest].pair.did != name {
                    #expect(
                        !text.contains(
                            "exclusions_total{peer=\"\(network.nodes[honest].pair.did)\"}"))
                }
            }
        }
    }

    @Test func `votes of far heights make nobody believe that it is behind`() async throws {
        let network = try await network()
        try await network.withNodes([0, 1, 2]) { nodes in
            _ = try await attack(network, nodes, blocks: 6) { _ in
                nodes.allSatisfy { node in
                    let entry = node.services.book.entry(network.nodes[3].identity)
                    return entry?.claimedHeight ?? 0 > node.height + 1_000
                }
            } _: { height, number in
                (0..<200).map { vote(height: height + 3 + UInt64(number * 200 + $0) * 1_000) }
            }
            for (index, node) in nodes.enumerated() {
                #expect(!node.services.board.view.isBehind)
                let entry = node.services.book.entry(network.nodes[3].identity)
                #expect(entry?.claimedHeight ?? 0 > node.height + 1_000)
                let ready = try await network.send("GET", "/readyz", to: index)
                #expect(ready.status == 200)
            }
        }
    }

    @Test func `giant proposals neither fill the memory nor stop the blocks`() async throws {
        let network = try await network()
        try await network.withNodes([0, 1, 2]) { nodes in
            _ = try await network.block(2, from: 0)
            let before = try residentBytes()
            let answers = try await attack(network, nodes, blocks: 8, tasks: 4) { answers in
                answers[429, default: 0] > 0
            } _: { height, number in
                [
                    proposal(
                        height: height + UInt64(number % 3), byteCount: 4_000_000,
                        mark: UInt8(number % 251))
                ]
            }
            #expect(answers[429, default: 0] > 0)
            let grown = try residentBytes() - before
            // Three nodes share this process: each keeps at most what one peer may have waiting,
            // the few blocks that are kept early, and what is on its way in.
            let bound =
                3 * (Limits.waitingBytesPerPeerMaximum + Limits.peerHeldByteCountMaximum)
                + 3 * 8 * 4_000_000 + 64 * 1024 * 1024
            #expect(grown < bound, "\(grown >> 20) MiB")
        }
    }

    @Test func `drops of bytes and half-open connections hold up nobody`() async throws {
        let network = try await network()
        try await network.withNodes([0, 1, 2]) { nodes in
            let start = nodes[0].height
            // Connections that say nothing, and TLS that never ends.
            let address = try SocketAddress(network.nodes[0].configuration.listen)
            let silent = try (0..<64).map { _ in try SilentCaller(address, saying: [22, 3, 1]) }
            let client = try network.peerClient(as: network.nodes[3].pair)
            for _ in 0..<8 {
                let batch = MessageBatch.pieces((0..<200).map { _ in vote(height: 1) })
                    .flatMap { $0 }
                _ = try? await network.send(messages: batch, to: 0, with: client)
            }
            for index in 0..<3 { _ = try await network.block(start + 5, from: index) }
            #expect(silent.count == 64)
        }
    }

    @Test func `a peer has so many bytes on their way and no more`() throws {
        let clock = Mutex<Int64>(1_000)
        let book = PeerBook(
            log: NodeLog { _ in }, metrics: MetricRegistry(),
            clock: { clock.withLock { $0 } })
        let (peer, other) = (Identity(try KeyPair().publicKey), Identity(try KeyPair().publicKey))
        let half = Limits.peerHeldByteCountMaximum / 2
        try book.enter(peer, byteCount: half)
        try book.enter(peer, byteCount: half)
        #expect(throws: Problem.self) { try book.enter(peer, byteCount: 1) }
        try book.enter(other, byteCount: half)
        book.leave(peer, byteCount: half)
        try book.enter(peer, byteCount: 1)
    }

    @Test func `a budget comes back with time, and offences are forgiven`() throws {
        let clock = Mutex<Int64>(1_000)
        let book = PeerBook(
            log: NodeLog { _ in }, metrics: MetricRegistry(),
            clock: { clock.withLock { $0 } })
        let peer = Identity(try KeyPair().publicKey)
        try book.charge(peer, messages: Int(Limits.peerMessageRate.burst))
        let refused = #expect(throws: Problem.self) { try book.charge(peer, messages: 1) }
        #expect(refused?.type == "peer-budget")
        clock.withLock { $0 += 1_000 }
        try book.charge(peer, messages: Int(Limits.peerMessageRate.perSecond))
        #expect(throws: Problem.self) { try book.charge(peer, signatures: .max) }
        for _ in 0..<3 { book.blame(peer, .malformed) }
        #expect(book.entry(peer)?.excludedUntil == nil)
        clock.withLock { $0 += 60_000 }
        book.blame(peer, .malformed)
        #expect(book.entry(peer)?.excludedUntil == nil)
        for _ in 0..<4 { book.blame(peer, .malformed) }
        let until = try #require(book.entry(peer)?.excludedUntil)
        let excluded = #expect(throws: Problem.self) { try book.enter(peer, byteCount: 0) }
        #expect(excluded?.type == "peer-excluded")
        clock.withLock { $0 = until }
        try book.enter(peer, byteCount: 0)
    }

    @Test func `what one peer has waiting leaves room for the others`() throws {
        let inbox = Inbox()
        let (flooder, other) = (
            Identity(try KeyPair().publicKey), Identity(try KeyPair().publicKey)
        )
        let message = try SignedMessage(decoding: vote(height: 1))
        var taken = 0
        while inbox.offer(message, byteCount: 100, from: flooder) { taken += 1 }
        #expect(taken == Limits.waitingMessagesPerPeerMaximum)
        #expect(inbox.offer(message, byteCount: 100, from: other))
        #expect(!inbox.offer(message, byteCount: Limits.waitingBytesPerPeerMaximum, from: other))
        inbox.noteTaken(
            .message(message, parcel: Parcel(byteCount: 100, carrier: flooder)))
        #expect(inbox.offer(message, byteCount: 100, from: flooder))
        #expect(!inbox.offer(message, byteCount: 100, from: flooder))
    }

    @Test func `one liar's height is not believed, that of two is`() async throws {
        let network = try await network()
        try await network.withNodes([0]) { nodes in
            let services = nodes[0].services
            services.book.noteSpoken(network.nodes[1].identity, height: 900, round: 0)
            #expect(services.book.heightSpokenOf(services.directory) == 0)
            services.book.noteSpoken(network.nodes[2].identity, height: 70, round: 0)
            #expect(services.book.heightSpokenOf(services.directory) == 70)
        }
    }
}
