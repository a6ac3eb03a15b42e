import Consensus
import Cryptography
import Encoding
import Ledger
import TestSupport
import Testing

@testable import LedgerNode

@Suite(.serialized, .timeLimit(.minutes(10))) struct StandstillTests {
    private func fourNodes() async throws -> TestNetwork {
        try await TestNetwork {
            $0.representatives = 4
            $0.seats = 4
            $0.minimumSeats = 4
        }
    }

    /// Asks a node's status until `why` is as wanted.
    private func why(
        _ network: TestNetwork, at index: Int, until isWanted: (JSON) -> Bool
    ) async throws -> JSON {
        while true {
            let status = try await network.get("/v1/status", from: index)
            if let why = status["why"], isWanted(why) { return status }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Waits until these nodes have heard of every other one.
    private func allHeard(_ network: TestNetwork, at indices: [Int]) async throws {
        for index in indices {
            try await eventually("all are heard") {
                let status = try await network.get("/v1/status", from: index)
                let deciders = status["deciders"]?.arrayValue ?? []
                return deciders.count == 4
                    && deciders.allSatisfy { $0["self"] == true || $0["lastHeard"] != nil }
            }
        }
    }

    private func codes(_ why: JSON) -> [String] {
        (why["reasons"]?.arrayValue ?? []).filter { $0["trouble"]?.boolValue == true }
            .compactMap { $0["code"]?.stringValue }
    }

    private func missing(_ why: JSON) -> [String] {
        (why["step"]?["missing"]?.arrayValue ?? []).compactMap { $0["node"]?.stringValue }
    }

    @Test func `with two of four stopped both are named, with the step and since when`()
        async throws
    {
        let network = try await fourNodes()
        let stopped = [try await network.start(2), try await network.start(3)]
        try await network.withNodes([0, 1]) { nodes in
            _ = try await network.block(2, from: 0)
            try await allHeard(network, at: [0, 1])
            for node in stopped { await node.stop() }
            let absent = [network.nodes[2].pair.did, network.nodes[3].pair.did].sorted()
            for index in [0, 1] {
                let status = try await why(network, at: index) { why in
                    codes(why).contains("prevotes")
                        && codes(why).filter { $0 == "silent" }.count == 2
                        && missing(why).count == 2
                }
                let why = try #require(status["why"])
                #expect(missing(why).sorted() == absent)
                #expect(why["step"]?["waitingFor"] == "prevotes")
                #expect(why["step"]?["heard"]?.arrayValue?.count == 2)
                #expect(why["step"]?["height"]?.uint64Value == nodes[index].height + 1)
                let since = try Instant(rfc3339: why["step"]?["since"]?.stringValue ?? "")
                let reason = why["reasons"]?.arrayValue?.first { $0["code"] == "prevotes" }
                #expect(reason?["since"]?.stringValue != nil)
                let text = why["text"]?.stringValue ?? ""
                for name in absent { #expect(text.contains(name)) }
                #expect(text.contains("2 of the 3 prevotes needed at height"))
                #expect(text.contains("last heard"))
                for entry in why["step"]?["missing"]?.arrayValue ?? [] {
                    let heard = try Instant(rfc3339: entry["lastHeard"]?.stringValue ?? "")
                    #expect(heard <= since.adding(milliseconds: 60_000))
                    #expect(entry["reason"]?.stringValue?.isEmpty == false)
                }
            }
        }
    }

    @Test func `with one of four stopped blocks go on and the silent one is named`() async throws {
        let network = try await fourNodes()
        let stopped = try await network.start(3)
        try await network.withNodes([0, 1, 2]) { nodes in
            _ = try await network.block(2, from: 0)
            await stopped.stop()
            var status: JSON = .null
            // Of one that a busy machine kept from speaking the same is told for a moment.
            try await eventually("the silent one is named, and nobody else") {
                status = try await network.get("/v1/status", from: 1)
                let reasons = status["why"]?["reasons"]?.arrayValue ?? []
                let deciders = status["deciders"]?.arrayValue ?? []
                return reasons.filter { $0["code"] == "silent" }.map { $0["node"] }
                    == [.string(network.nodes[3].pair.did)]
                    && deciders.count { $0["unreachable"] != nil } == 1
            }
            let height = nodes[0].height
            _ = try await network.block(height + 2, from: 0)
            let list = status["deciders"]?.arrayValue ?? []
            #expect(list.count == 4)
            #expect(list.count { $0["self"]?.boolValue == true } == 1)
        }
    }

    @Test func `a node that hears nobody says that it is cut off`() async throws {
        let network = try await fourNodes()
        try await network.withNodes([0]) { _ in
            let status = try await why(network, at: 0) { codes($0).contains("cut-off") }
            #expect(status["why"]?["text"]?.stringValue?.contains("cut off") == true)
            #expect(status["why"]?["trouble"] == true)
        }
    }

    @Test func `a node without a seat says whose blocks it waits for`() async throws {
        let network = try await TestNetwork { $0.others = 1 }
        try await network.withNodes([1]) { _ in
            let status = try await why(network, at: 1) { codes($0).contains("fetching") }
            let reasons = status["why"]?["reasons"]?.arrayValue ?? []
            #expect(reasons.contains { $0["code"] == "no-decider" && $0["trouble"] == false })
            let text = status["why"]?["text"]?.stringValue ?? ""
            #expect(text.contains(network.nodes[0].endpoint))
        }
    }

    @Test func `a network without trouble says that nothing is missing`() async throws {
        let network = try await TestNetwork { $0.heartbeat = 600_000 }
        try await network.withNodes([0]) { _ in
            let status = try await why(network, at: 0) {
                codes($0).isEmpty && $0["step"]?["waitingFor"] == "start"
            }
            #expect(status["why"]?["trouble"] == false)
            #expect(status["why"]?["text"]?.stringValue?.contains("not due yet") == true)
        }
    }

    // MARK: Words for what is hard to bring about

    private func facts(_ count: Int = 4) throws -> Standstill.Facts {
        var facts = Standstill.Facts()
        facts.now = try Instant(rfc3339: "2026-11-21T12:00:00Z")
        facts.startedAgo = 60_000
        facts.heartbeat = 5_000
        facts.tip = 10
        facts.deciders = try (0..<count).map { index in
            let pair = try KeyPair(.ed25519)
            var decider = Standstill.Decider(
                node: Identity(try KeyPair().publicKey),
                endpoint: "https://node\(index).example:7100", consensusKey: pair.publicKey.bytes)
            decider.isSelf = index == 0
            decider.heardAgo = index == 0 ? nil : 100
            return decider
        }
        return facts
    }

    @Test func `a clock that differs is told, one's own where most others disagree with it`() throws
    {
        var facts = try facts()
        facts.deciders[1].clockLead = 4_500
        facts.deciders[2].clockLead = 20
        facts.deciders[3].clockLead = -30
        var reasons = Standstill(facts).reasons.filter { $0.code == .clock }
        #expect(reasons.map(\.node) == [facts.deciders[1].node])
        #expect(reasons.first?.text.contains("4.5 s ahead of this node's") == true)
        facts.deciders[2].clockLead = 4_400
        reasons = Standstill(facts).reasons.filter { $0.code == .clock }
        #expect(reasons.map(\.node) == [nil])
        #expect(reasons.first?.text.contains("This node's clock is 4.4 s behind") == true)
    }

    @Test func `trouble of the node itself comes first`() throws {
        var facts = try facts()
        facts.failure = "disk full"
        facts.freeBytes = 1 << 20
        facts.heightSpokenOf = 40
        facts.withheld = "it signed for height 30 before"
        facts.hasOtherKey = true
        facts.deciders[2].refusal = "its statement was copied"
        facts.deciders[3].excludedFor = 9_000
        facts.deciders[1].silence = ("connection refused", 8_000)
        let codes = Standstill(facts).reasons.map(\.code)
        #expect(
            codes == [
                .stopped, .disk, .behind, .withheld, .otherKey, .unreachable, .refused, .excluded,
            ])
        #expect(Standstill(facts).text.contains("29 blocks behind"))
    }

    @Test func `a node that only watches is not told that another process has its key`() throws {
        var facts = try facts()
        facts.consensus = try silentStatus()
        #expect(Standstill(facts).reasons.map(\.code).contains(.keyElsewhere))
        facts.withheld = "the log of height 5 is damaged"
        let codes = Standstill(facts).reasons.map(\.code)
        #expect(codes.contains(.withheld))
        #expect(!codes.contains(.keyElsewhere))
    }

    /// Of a machine that signs nothing.
    private func silentStatus() throws -> ConsensusStatus {
        let keys = try (0..<4).map { _ in try KeyPair(.ed25519).publicKey }
        return try ConsensusMachine(
            configuration: ConsensusConfiguration(
                network: "test", height: 5,
                set: try RepresentativeSet(
                    keys, approval: .count(3), genesis: .sha256([]), since: 1), ownKey: nil)
        ).status
    }

    @Test func `spans are told as people read them`() {
        #expect(Standstill.seconds(-5) == "0 ms")
        #expect(Standstill.seconds(999) == "999 ms")
        #expect(Standstill.seconds(12_345) == "12.3 s")
        #expect(Standstill.seconds(600_000) == "10 min")
    }
}
