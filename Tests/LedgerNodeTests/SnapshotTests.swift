import Cryptography
import Encoding
import Ledger
import LedgerNode
import Proofs
import Storage
import Synchronization
import TestSupport
import Testing
import Web

/// Passes on what another node has of snapshots, and lies about some of it.
private final class LyingShelf: Sendable {
    typealias Lie = @Sendable (_ path: String, Response) async -> Response

    private let lie: Mutex<Lie>

    init(_ lie: @escaping Lie) { self.lie = Mutex(lie) }

    func start(_ network: TestNetwork, honest: String) async throws -> (HTTPServer, String) {
        var router = Router()
        for path in [
            "/v1/snapshots", "/v1/snapshots/{height}", "/v1/snapshots/{height}/chunks/{number}",
            "/v1/handovers", "/v1/election-proofs",
        ] {
            router.on("GET", path) { request in
                var target = path
                for name in ["height", "number"] where path.contains("{\(name)}") {
                    target = target.replacing("{\(name)}", with: request[name])
                }
                target = target.replacing("9999", with: "16")
                let query = request.query("after").map { "?after=\($0)" } ?? ""
                let answer = try await network.client.send(
                    "GET", honest + target + query, deadlineMilliseconds: 60_000,
                    maximumBodyByteCount: 32 * 1024 * 1024)
                let lie = self.lie.withLock { $0 }
                return await lie(
                    target,
                    Response(
                        status: answer.status, headers: [("content-type", "application/json")],
                        body: answer.body))
            }
        }
        let port = try await freePort()
        // Requests that it never answers do not hold up its end.
        var limits = ServerLimits()
        limits.drainMilliseconds = 100
        let server = try network.stand(inFor: 0, with: router, port: port, limits: limits)
        return (server, "https://127.0.0.1:\(port)")
    }
}

@Suite(.serialized, .timeLimit(.minutes(10))) struct SnapshotTests {
    private static let interval: UInt64 = 16

    private static func start(
        _ network: TestNetwork, _ index: Int, log: EventLog = EventLog(), deadline: Int = 60_000,
        _ change: (inout NodeConfiguration) -> Void
    ) async throws -> LedgerNodeServer {
        var configuration = network.nodes[index].configuration
        change(&configuration)
        var surroundings = LedgerNodeServer.Surroundings(log: log.append)
        surroundings.snapshotDeadlineMilliseconds = deadline
        return try await LedgerNodeServer.start(
            configuration: configuration, surroundings: surroundings)
    }

    /// The ids of a node's snapshots by height.
    private static func snapshots(
        _ network: TestNetwork, from index: Int
    ) async throws -> [UInt64: String] {
        let list = try await network.get("/v1/snapshots", from: index)["snapshots"]
        var found: [UInt64: String] = [:]
        for entry in list?.arrayValue ?? [] {
            found[entry["height"]?.uint64Value ?? 0] = entry["id"]?.stringValue
        }
        return found
    }

    private static func waitForSnapshot(_ network: TestNetwork, from index: Int) async throws {
        while try await snapshots(network, from: index).isEmpty {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Node 3 proves what came with the snapshot, and says what it does not have.
    private static func checkAnswers(
        _ network: TestNetwork, joinedAt taken: UInt64
    ) async throws {
        let account = try await network.get("/v1/accounts/\(network.voters[0].did)", from: 3)
        #expect(account["remaining"] == 7)
        let genesis = try Genesis(
            bytes: DurableFile.read(network.genesisPath, maximumByteCount: 1 << 20))
        let certificate = try ElectionCertificate(
            try await network.get("/v1/elections/1/certificate", from: 3))
        #expect(try certificate.verify(genesis: genesis).seats.count == 2)
        let proof = try await network.get(
            "/v1/results?before=\(SystemClock.now().rfc3339)&proof=true", from: 3)
        _ = try CutoffProof(proof).verify(genesis: genesis)
        // It says what it does not have, and who may.
        let gone = try await network.send("GET", "/v1/blocks/1", to: 3)
        #expect(gone.status == 410)
        let problem = try gone.json()
        #expect(problem["keptFrom"]?.uint64Value == taken + 1)
        #expect((problem["ask"]?.arrayValue ?? []).isEmpty == false)
    }

    @Test func `a node joins with a snapshot, proves what it took, and offers the same one`()
        async throws
    {
        let network = try await TestNetwork {
            $0.others = 3
            $0.electionInterval = 20
            $0.seats = 2
            $0.heartbeat = TestNetwork.Parameters.slowHeartbeat
        }
        let events = EventLog()
        let founders = try await [
            Self.start(network, 0) { $0.snapshotInterval = Self.interval },
            Self.start(network, 1) { $0.snapshotInterval = Self.interval },
            Self.start(network, 2) { _ in },
        ]
        for index in [1, 2] {
            let stand = try network.sign(
                .candidateAdd([try network.candidacy(of: index)]), by: network.nodes[index].pair,
                sequence: 0)
            let code = try await network.run(stand, at: index)
            #expect(code == "ok")
        }
        let change = VoteChange(candidate: network.nodes[1].identity, votes: 3)
        _ = try await network.run(
            try network.sign(.vote([change]), by: network.voters[0], sequence: 0), at: 0)
        // Past the hand-over, and past another snapshot.
        try await network.drive(to: 50, at: 0)

        let joined = try await Self.start(network, 3, log: events) {
            $0.sync = .snapshot
            $0.snapshotInterval = Self.interval
        }
        let taken = try #require(events.all("snapshot-taken").first?["height"]?.uint64Value)
        #expect(taken >= 32)
        #expect(taken.isMultiple(of: Self.interval))
        // Follows, and answers like the others.
        try await network.drive(to: taken + 20, at: 0)
        let next = try await network.block(taken + 20, from: 3)
        let same = try await network.block(taken + 20, from: 0)
        #expect(next.id == same.id)
        try await Self.checkAnswers(network, joinedAt: taken)
        // The snapshot of a height is the same, whoever made it.
        var common: [UInt64] = []
        while common.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            let (theirs, ours) = try await (
                Self.snapshots(network, from: 0), Self.snapshots(network, from: 3)
            )
            common = ours.keys.filter { theirs[$0] != nil && $0 > taken }
            for height in common { #expect(theirs[height] == ours[height]) }
        }
        await joined.stop()
        // What it stored is what it starts with.
        let again = try await Self.start(network, 3, log: events) { $0.sync = .snapshot }
        #expect(again.height >= taken)
        #expect(events.count(of: "snapshot-taken") == 1)
        for node in founders + [again] { await node.stop() }
    }

    /// Lies, and what the node that joins says of who told them.
    private static let lies: [(String, String, LyingShelf.Lie)] = [
        (
            "a chunk with one bit changed", "peer-refused",
            { path, answer in
                guard path.contains("/chunks/"), !answer.body.isEmpty else { return answer }
                var changed = answer
                changed.body[answer.body.count / 2] ^= 1
                return changed
            }
        ),
        (
            "a truncated chunk", "peer-refused",
            { path, answer in
                guard path.contains("/chunks/") else { return answer }
                var changed = answer
                changed.body.removeLast(answer.body.count / 2)
                return changed
            }
        ),
        (
            "a chunk that does not end", "peer-silent",
            { path, answer in
                if path.contains("/chunks/") { try? await Task.sleep(for: .seconds(600)) }
                return answer
            }
        ),
        (
            "a height that nobody certified", "peer-refused",
            { path, answer in
                guard !path.contains("/chunks/"), path.hasPrefix("/v1/snapshots") else {
                    return answer
                }
                let text = String(decoding: answer.body, as: UTF8.self)
                var changed = answer
                changed.body = Array(
                    text.replacing("height\":16,", with: "height\":9999,").replacing(
                        "height\\\":16,", with: "height\\\":9999,"
                    ).utf8)
                return changed
            }
        ),
        (
            "a certificate with another signature", "peer-refused",
            { path, answer in
                guard path.utf8.count > 14, path.hasPrefix("/v1/snapshots/"),
                    !path.contains("/chunks/")
                else { return answer }
                let text = String(decoding: answer.body, as: UTF8.self)
                let start = text.firstRange(of: "\"signatures\":[\"")
                guard let start else { return answer }
                var changed = answer
                var bytes = Array(text.utf8)
                let place = text[..<start.upperBound].utf8.count + 10
                bytes[place] = bytes[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : 65
                changed.body = bytes
                return changed
            }
        ),
    ]

    @Test(arguments: lies.indices)
    func `a peer that lies about its snapshot is named, and another one is taken`(
        _ number: Int
    ) async throws {
        let (name, event, lie) = Self.lies[number]
        let network = try await TestNetwork {
            $0.others = 1
            // So slow that the one snapshot stays the only one.
            $0.heartbeat = 2_000
        }
        let maker = try await Self.start(network, 0) { $0.snapshotInterval = Self.interval }
        try await network.drive(to: Self.interval + 1, at: 0)
        try await Self.waitForSnapshot(network, from: 0)
        await maker.stop()
        // Makes no more of them, so that this one stays.
        let honest = try await Self.start(network, 0) { _ in }
        let (server, liar) = try await LyingShelf(lie).start(
            network, honest: network.nodes[0].endpoint)
        let events = EventLog()
        // Where the lie is that no answer comes, the node gives up soon; an honest peer answers
        // well within that.
        let deadline = event == "peer-silent" ? 10_000 : 60_000
        let joined = try await Self.start(network, 1, log: events, deadline: deadline) {
            $0.sync = .snapshot
            // The first to be asked for everything is the second one.
            $0.peers = [network.nodes[0].endpoint, liar]
        }
        #expect(events.count(of: "snapshot-taken") == 1, "\(name)")
        let named = events.all(event).compactMap { $0["peer"]?.stringValue }
        #expect(named == [liar], "\(name)")
        let left = try DurableFolder.names(in: network.nodes[1].configuration.data)
        #expect(!left.contains { $0.contains("joining") }, "\(name): \(left)")
        try await network.drive(to: joined.height + 2, at: 0)
        _ = try await network.block(joined.height + 2, from: 1)
        for node in [honest, joined] { await node.stop() }
        await server.stop()
    }

    @Test func `proofs of elections that nobody asked for are not taken`() async throws {
        let network = try await TestNetwork {
            $0.others = 1
            $0.electionInterval = 10
            $0.heartbeat = TestNetwork.Parameters.slowHeartbeat
        }
        let maker = try await Self.start(network, 0) { $0.snapshotInterval = Self.interval }
        try await network.drive(to: Self.interval + 1, at: 0)
        try await Self.waitForSnapshot(network, from: 0)
        await maker.stop()
        let honest = try await Self.start(network, 0) { _ in }
        // The first proof comes twice: the second is behind the one election that is asked for.
        let (server, liar) = try await LyingShelf { path, answer in
            guard path == "/v1/election-proofs", let list = try? answer.json()["elections"],
                let proofs = list.arrayValue
            else { return answer }
            var changed = answer
            changed.body = (["elections": .array(proofs.prefix(1) + proofs)] as JSON).bytes
            return changed
        }.start(network, honest: network.nodes[0].endpoint)
        let events = EventLog()
        let joined = try await Self.start(network, 1, log: events) {
            $0.sync = .snapshot
            $0.peers = [liar]
        }
        #expect(events.count(of: "snapshot-taken") == 1)
        let proofs = try await network.get("/v1/election-proofs", from: 1)["elections"]?.arrayValue
        #expect(proofs?.first?["number"] == 1)
        for node in [honest, joined] { await node.stop() }
        await server.stop()
    }
}
