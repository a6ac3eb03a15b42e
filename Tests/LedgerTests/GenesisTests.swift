import Cryptography
import Encoding
import Simulator
import Testing

@testable import Ledger

@Suite struct GenesisTests {
    private static func genesis(_ change: (inout JSONObject) -> Void) throws -> Genesis {
        let bytes = try World().genesis.bytes
        var object = try #require(try JSON.parse(bytes).objectValue)
        change(&object)
        return try Genesis(bytes: JSON.object(object).bytes)
    }

    private static func parameters(_ name: String, _ value: JSON?) throws -> Genesis {
        try genesis { object in
            var parameters = object["parameters"]?.objectValue ?? JSONObject([])
            parameters[name] = value
            object["parameters"] = .object(parameters)
        }
    }

    @Test func `genesis gives supply, accounts, representatives and its digest`() throws {
        let world = try World()
        let state = world.state
        #expect(state.supply == 16_000)
        #expect(state.tip == Tip(height: 0, block: world.genesis.digest, time: World.start))
        #expect(world.genesis.digest == Digest.sha256(world.genesis.bytes))
        #expect(state.representatives(at: 0).list.count == 4)
        #expect(state.representatives(at: 0) == state.representatives(at: 2))
        #expect(state.account(world.voters[0].identity)?.allowance == 10)
        #expect(state.quorum(at: 1) == 4)
        let keys = state.representatives(at: 1).list.map(\.consensusKey)
        #expect(keys == keys.sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test func `an account without an own allowance takes the network's`() throws {
        let person = try Person("newcomer")
        let genesis = try Self.genesis {
            $0["accounts"] = [["account": .string(person.did), "balance": "1"]]
        }
        #expect(genesis.holders.map(\.allowance) == [10])
    }

    @Test func `a genesis that contradicts itself is refused`() throws {
        let account: JSON = ["account": .string(try Person("x").did), "balance": "1"]
        let rich: JSON = [
            "account": .string(try Person("y").did), "balance": "18446744073709551615",
        ]
        let changes: [(inout JSONObject) -> Void] = [
            { $0["accounts"] = [account, account] }, { $0["accounts"] = [account, rich] },
            { $0["accounts"] = [["account": "did:key:z6Mk", "balance": "1"]] },
            { $0["representatives"] = [] }, { $0["more"] = 1 }, { $0["registrar"] = nil },
            { $0["network"] = "a b" }, { $0["network"] = "" }, { $0["network"] = "other" },
            { $0["time"] = 5 }, { $0["auditorSet"] = nil },
            { object in
                let list = object["representatives"]?.arrayValue ?? []
                object["representatives"] = .array(list + list)
            },
        ]
        for (index, change) in changes.enumerated() {
            #expect(throws: LedgerError.self, "\(index)") { try Self.genesis(change) }
        }
    }

    @Test func `parameters out of their range are refused`() throws {
        let changes: [(String, JSON?)] = [
            ("approval", ["count": 2]), ("approval", ["ratio": "1/2"]), ("approval", "most"),
            ("electionInterval", 1), ("electionInterval", 0), ("electionInterval", -1),
            ("seats", 0), ("seats", 22), ("seats", 3), ("minimumSeats", 0),
            ("minimumSeats", 5), ("allowance", -1), ("allowance", 1_000_000_001),
            ("votesPerCandidate", 0), ("blockInterval", 0), ("heartbeat", 50),
            ("termMarginSeconds", -1), ("termMarginSeconds", nil), ("approval", nil),
            ("limits", ["transactionCount": 0]), ("limits", ["more": 1]), ("limits", 5),
            ("limits", ["blockByteCount": 4096, "transactionByteCount": 4097]),
            ("contracts", []),
        ]
        for (name, value) in changes {
            #expect(throws: LedgerError.self, "\(name)") { try Self.parameters(name, value) }
        }
    }

    @Test func `more work than 32 bits is refused with a clear message`() throws {
        for bits: Int64 in [0, 1, 31, 32] {
            let genesis = try Self.parameters("proofOfWorkBits", .number(JSONNumber(bits)))
            #expect(genesis.parameters.proofOfWorkBits == UInt64(bits))
        }
        #expect {
            try Self.parameters("proofOfWorkBits", 33)
        } throws: { error in
            (error as? LedgerError)?.detail.contains("proofOfWorkBits is 33") == true
        }
    }

    @Test func `rules for evidence and silence may be left out, in whole or in part`() throws {
        let plain = try Self.parameters("proofOfWorkBits", 0).parameters
        #expect(plain.evidence == .standard)
        #expect(plain.silenceBlocks == 0)
        #expect(plain.json["evidence"] == nil)
        #expect(plain.json["silenceBlocks"] == nil)
        let partly = try Self.parameters("evidence", ["suspensionBlocks": 5]).parameters
        #expect(partly.evidence.suspensionBlocks == 5)
        #expect(partly.evidence.suspend)
        #expect(partly.evidence.maximumAgeBlocks == EvidenceRules.standard.maximumAgeBlocks)
        #expect(try Parameters(partly.json) == partly)
        let silent = try Self.parameters("silenceBlocks", 40).parameters
        #expect(try Parameters(silent.json) == silent)
        for (name, value): (String, JSON) in [
            ("evidence", 5), ("evidence", ["more": 1]), ("evidence", ["suspend": 1]),
            ("evidence", ["maximumAgeBlocks": -1]), ("silenceBlocks", -1),
            ("silenceBlocks", "many"),
        ] {
            #expect(throws: LedgerError.self, "\(name)") { try Self.parameters(name, value) }
        }
    }

    @Test func `parameters read back as they are written`() throws {
        let genesis = try Self.parameters("timeouts", ["propose": 1000])
        #expect(try Parameters(genesis.parameters.json) == genesis.parameters)
        #expect(genesis.parameters.timeouts?["propose"]?.int64Value == 1000)
        #expect(genesis.parameters.limits.transactionCount == 5000)
    }
}
