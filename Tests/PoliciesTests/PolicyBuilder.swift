import Encoding
import Foundation
import Policies
import Testing

/// Facts and documents for tests of policies.
enum PolicyBuilder {
    static let now = try! Instant(rfc3339: "2026-11-21T09:00:00Z")

    static let application: JSON = [
        "network": "test", "node": "did:key:zNode", "account": "did:key:zNode",
        "kind": "candidacy",
        "qualifications": [
            "device": [
                "cores": 2, "memoryMebibytes": 2048, "diskMebibytes": 20_000,
                "verificationsPerSecond": 12_000, "durableWritesPerSecond": 300,
                "measuredAt": "2026-11-21T08:00:00Z",
            ],
            "deposits": ["aa"],
        ],
    ]

    static let evidence: JSON = [
        "device": [
            "answered": true, "milliseconds": 250, "signaturesPerSecond": 400, "signatures": 100,
            "memoryMebibytes": 16,
        ],
        "deposit": [
            "id": "aa", "amount": 1000, "account": "did:key:zNode", "node": "did:key:zNode",
            "auditor": "https://a1.example", "state": "held", "height": 7,
        ],
        "credit": [
            "score": 700, "source": "bureau", "issuedAt": "2026-11-01T00:00:00Z",
            "expires": "2026-12-01T00:00:00Z",
        ],
    ]

    /// A document that stands in the repository under `Policies/`.
    static func shipped(_ name: String) throws -> PolicyDocument {
        try PolicyDocument.parse(file("\(name).json"))
    }

    /// A file under `Policies/`.
    static func file(_ name: String) throws -> [UInt8] {
        let root = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: root.appendingPathComponent("Policies/\(name)")))
    }

    /// A document with these members over a minimal one; null removes a member.
    static func document(_ changes: [(String, JSON)]) throws -> PolicyDocument {
        try PolicyDocument.parse(json(changes).bytes)
    }

    static func json(_ changes: [(String, JSON)]) -> JSON {
        var object: [(String, JSON)] = [
            ("name", "test"), ("version", "1"),
            ("rules", [["id": "one", "expression": "true"]]), ("validFor", "720h"),
        ]
        for (name, value) in changes {
            object.removeAll { $0.0 == name }
            if value != .null { object.append((name, value)) }
        }
        return .object(JSONObject(object))
    }

    static func rule(_ expression: String) -> JSON {
        [["id": "one", "expression": .string(expression), "message": "no", "reason": "No"]]
    }
}

extension JSON {
    /// The same with another value at a path such as `deposit.amount`; nil removes it.
    func with(_ path: String, _ value: JSON?) -> JSON {
        let steps = path.split(separator: ".", maxSplits: 1).map(String.init)
        guard case .object(var object) = self else { return self }
        object[steps[0]] =
            steps.count == 1
            ? value : (object[steps[0]] ?? .object(JSONObject())).with(steps[1], value)
        return .object(object)
    }
}

extension Result {
    var error: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }

    var value: Success? { try? get() }
}
