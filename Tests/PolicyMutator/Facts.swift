import Encoding
import Policies

/// What mutated expressions are asked about.
enum Facts {
    private static let types: [(name: String, type: CheckedType)] = [
        ("i", .int), ("u", .uint), ("d", .double), ("p", .bool), ("s", .string), ("r", .string),
        ("y", .bytes), ("t", .timestamp), ("n", .duration), ("l", .list(.int)),
        ("m", .map(.string, .int)), ("x", .dyn),
    ]

    static let unchecked = Environment(variables: types.map(\.name), unknownNames: .fail)
    static let checked = Environment(declaring: types)
    static let contract = Environment(contract: [
        ("i", .int), ("u", .uint), ("p", .bool), ("s", .string(maximumByteCount: 40)),
        ("r", .string(maximumByteCount: 40)), ("t", .timestamp), ("n", .duration),
        ("l", .list(.int, maximumCount: 40)),
        (
            "x",
            .object(
                "Fact",
                [
                    ("a", .list(.int, maximumCount: 3)), ("k", .bool),
                    ("s", .string(maximumByteCount: 9)),
                ])
        ),
    ])
    static let matching: Expression = {
        do {
            return try Expression.compile("t.matches(p)", variables: ["t", "p"])
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static let values: [String: Value] = [
        "i": .int(1), "u": .uint(.max), "d": .double(-0.0), "p": .bool(true), "s": "Grüße, 日本",
        "r": "a-b-c", "y": .bytes([0x61, 0xC3, 0xFF]), "n": .duration(.max),
        "t": .timestamp(moment),
        "l": .list((0..<40).map { .int($0 % 7 - 2) }), "m": object([("a", 1), ("k", 2)]),
        "x": object([("a", [3, 0, -1]), ("k", .bool(false)), ("s", "x")]),
    ]

    private static let moment: Timestamp = {
        do {
            return try Timestamp(seconds: 253_402_300_799, nanoseconds: 999_999_999)
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    private static func object(_ members: [(name: String, value: Value)]) -> Value {
        do {
            return try Value.object(members)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static let applications: [JSON] = [
        [:], ["kind": "candidacy", "account": "acc", "list": [["a": 1], ["a": 2]]],
        ["kind": "candidacy", "account": 7, "list": [1, [], nil]], 5, [],
    ]
    static let evidence: [JSON] = [
        [:], ["amount": 5, "at": "2026-11-20T00:00:00Z", "rate": 1],
        ["amount": "5", "at": "soon", "rate": []], nil,
    ]
}
