import Encoding
import Simulator
import Testing

@testable import Ledger

/// Seats as a number, or as an expression over the size of the network.
@Suite struct SeatsTests {
    private static func election(
        _ seats: JSON, listed: Int, minimumSeats: Int = 1, approval: JSON = "all"
    ) throws -> Election {
        var world = try World(
            nodes: 24, interval: 5, minimumSeats: minimumSeats, approval: approval,
            parameters: [("seats", seats)])
        try world.list(Array(world.nodes.prefix(listed)))
        try world.advance(to: 5)
        return try #require(world.state.election(1))
    }

    @Test func `seats grow with candidates and known nodes`() throws {
        #expect(try Self.election("candidates - 1", listed: 5).seats.count == 4)
        // Four representatives of genesis never stood.
        #expect(try Self.election("nodes - 6", listed: 5).seats.count == 3)
        #expect(try Self.election("nodes > 8 ? 2 : 1", listed: 4).seats.count == 1)
        #expect(try Self.election("nodes > 8 ? 2 : 1", listed: 5).seats.count == 2)
        #expect(try Self.election(3, listed: 5).seats.count == 3)
    }

    @Test func `there are never more seats than the greatest number`() throws {
        #expect(try Self.election("candidates * 1000", listed: 24).seats.count == 21)
        #expect(try Self.election("9223372036854775807", listed: 24).seats.count == 21)
    }

    @Test func `without a number the sitting representatives stay, and the block says why`() throws
    {
        for (seats, part) in [
            ("10 / (candidates - 5)", "division by zero"), ("candidates - 9", "seats gives -4"),
            ("0", "seats gives 0, and minimumSeats is 1"),
            ("candidates + 9223372036854775807", "64 bits"),
        ] {
            let election = try Self.election(.string(seats), listed: 5)
            #expect(election.seats == [])
            #expect(election.representatives.list.count == 4)
            #expect(election.note?.contains(part) == true, "\(election.note ?? "")")
        }
        let few = try Self.election("2", listed: 5, minimumSeats: 3)
        #expect(few.note?.contains("minimumSeats is 3") == true)
    }

    @Test func `an approval rule that is not safe for so many keeps the sitting ones`() throws {
        let election = try Self.election("candidates", listed: 7, approval: ["count": 3])
        #expect(election.seats == [] && election.note?.contains("not safe for 7") == true)
    }

    @Test(arguments: [
        "nodes > 1", "nodes * 1.5", "seats", "", "nodes +", "'4'", "dyn(4)",
        "[1].map(x, x)[0] + [[1]].map(x, x.map(y, y).size() * \(String(repeating: "1", count: 30)))[0]",
    ])
    func `an expression that is no number is refused with genesis`(_ seats: String) throws {
        let error = #expect(throws: LedgerError.self) {
            try World(parameters: [("seats", .string(seats))])
        }
        #expect(error?.detail.contains("seats") == true)
    }

    @Test(arguments: [0, 22, -1, true, nil, []] as [JSON])
    func `other seats are refused`(_ seats: JSON) throws {
        #expect(throws: LedgerError.self) { try World(parameters: [("seats", seats)]) }
    }

    @Test func `seats read back as written`() throws {
        for seats in [5, "math.least(21, 4 + nodes / 10)"] as [JSON] {
            let parameters = try World(parameters: [("seats", seats)]).genesis.parameters
            #expect(parameters.json["seats"] == seats)
            #expect(try Parameters(parameters.json) == parameters)
        }
    }
}
