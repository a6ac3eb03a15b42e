import Cryptography
package import Encoding
package import Ledger
import Storage
package import Web

extension TestNetwork {
    package struct Unexpected: Error, CustomStringConvertible {
        package let description: String
    }

    /// What a node answers, whatever its status.
    package func send(
        _ method: String, _ path: String, to index: Int, json: JSON? = nil
    ) async throws -> Response {
        try await client.send(
            method, nodes[index].endpoint + path,
            headers: json == nil ? [] : [("content-type", "application/json")],
            body: json?.bytes ?? [], deadlineMilliseconds: 120_000,
            maximumBodyByteCount: 16 * 1024 * 1024)
    }

    /// The JSON at a path.
    /// - Throws: `Unexpected` unless the answer is 200.
    package func get(_ path: String, from index: Int) async throws -> JSON {
        let response = try await send("GET", path, to: index)
        guard response.status == 200 else {
            throw Unexpected(
                description: "\(path): \(response.status) "
                    + String(decoding: response.body, as: UTF8.self))
        }
        return try response.json()
    }

    package func sign(
        _ body: TransactionBody, by pair: KeyPair, sequence: UInt64, validForSeconds: Int64 = 600
    ) throws -> Transaction {
        try TransactionDraft(
            network: network, sequence: sequence,
            notAfter: Instant(seconds: SystemClock.now().seconds + validForSeconds), body: body
        ).sign(pair.key)
    }

    package func submit(_ transaction: Transaction, to index: Int) async throws -> Response {
        try await send(
            "POST", "/v1/transactions", to: index,
            json: ["transaction": .string(transaction.jws.compact)])
    }

    /// Hands a transaction in and waits until it is committed there.
    /// - Returns: its result's code.
    @discardableResult
    package func run(_ transaction: Transaction, at index: Int) async throws -> String {
        let response = try await submit(transaction, to: index)
        guard response.status == 202 else {
            throw Unexpected(description: String(decoding: response.body, as: UTF8.self))
        }
        let path = "/v1/transactions/\(transaction.id.text)?wait=20000"
        while true {
            let answer = try await get(path, from: index)
            if answer["state"] == "pending" { continue }
            guard answer["state"] == "committed", let code = answer["code"]?.stringValue
            else { throw Unexpected(description: answer.text) }
            return code
        }
    }

    /// Makes blocks, one with each transaction, until a node has this one.
    package func drive(to height: UInt64, at index: Int) async throws {
        while try await get("/v1/status", from: index)["height"]?.uint64Value ?? 0 < height {
            let account = try await get("/v1/accounts/\(registrar.did)", from: index)
            let next = account["sequence"]?.uint64Value ?? 0
            try await run(
                sign(.data(content: "block"), by: registrar, sequence: next), at: index)
        }
    }

    /// Waits until a node has this block, and gives its header.
    package func block(_ height: UInt64, from index: Int) async throws -> BlockHeader {
        while true {
            let response = try await send("GET", "/v1/blocks/\(height)?wait=20000", to: index)
            if response.status == 200, let text = try response.json()["header"]?.stringValue {
                return try BlockHeader(bytes: Array(text.utf8))
            }
            guard response.status == 404 else {
                throw Unexpected(description: String(decoding: response.body, as: UTF8.self))
            }
            // Too far ahead to be waited for: look again soon.
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
