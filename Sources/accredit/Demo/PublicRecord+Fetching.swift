import Credentials
import Cryptography
import Encoding
import Ledger
import Web

/// Fetches the public record of a network over HTTP, as anybody could.
struct RecordFetching: Sendable {
    let network: DevelopmentNetwork
    let http: HTTPClient
    /// dids of the accounts to look at.
    let accounts: [String]
    let applicants: [DemoApplicant]
    /// Transactions to fetch a receipt of.
    let receipts: [String]

    private func ledger(_ node: DevelopmentNetwork.Node) -> Service {
        LedgerClient(node: node.place.url, http: http).service
    }

    /// Blocks come last, so that they reach past everything said before.
    func fetch() async throws -> PublicRecord {
        guard let first = network.nodes.first else {
            throw Failure(.failure, "demo.cast", "the network has no nodes")
        }
        let reader = ledger(first)
        var record = PublicRecord(genesis: try await genesis(first))
        try await fetchState(reader, &record)
        try await fetchCredentials(&record)
        for node in network.nodes {
            record.statuses.append(try await ledger(node).get("/v1/status"))
        }
        let told = (record.statuses + record.accounts + record.results + [record.candidates])
            .compactMap { $0["height"]?.uint64Value }
        let common = record.statuses.compactMap { $0["height"]?.uint64Value }.min() ?? 0
        for node in network.nodes {
            let block = try await block(common, ledger(node))
            record.headersByNode[node.place.name] = block.header
        }
        record.blocks = try await blocks(through: told.max() ?? 0, reader)
        record.elections = try await elections(
            through: UInt64(record.blocks.count), reader)
        for election in record.elections {
            let place = Int(election["height"]?.uint64Value ?? 0) - 1
            guard record.blocks.indices.contains(place) else { continue }
            let time = try BlockHeader(bytes: record.blocks[place].header).time
            record.results.append(try await reader.get("/v1/results?before=\(time.rfc3339)"))
        }
        return record
    }

    private func genesis(_ node: DevelopmentNetwork.Node) async throws -> [UInt8] {
        let response = try await http.send(
            "GET", "\(node.place.url)/v1/genesis",
            deadlineMilliseconds: Limits.requestMilliseconds,
            maximumBodyByteCount: Limits.answerByteCountMaximum)
        guard response.status == 200 else {
            throw Failure(
                .remote, "server.format",
                "\(node.place.url) answers \(response.status) for genesis")
        }
        return response.body
    }

    private func fetchState(_ reader: Service, _ record: inout PublicRecord) async throws {
        for account in accounts {
            record.accounts.append(
                try await reader.get("/v1/accounts/\(Service.escaped(account))"))
        }
        for applicant in applicants {
            let node = Service.escaped(applicant.did)
            let json = try await reader.get("/v1/deposits?node=\(node)")
            record.deposits += json["deposits"]?.arrayValue ?? []
        }
        record.candidates = try await reader.get("/v1/candidates")
        for node in network.nodes {
            record.results.append(try await ledger(node).get("/v1/results"))
        }
        for id in receipts {
            let receipt = try await reader.get("/v1/transactions/\(id)/receipt")
            var members = receipt.objectValue ?? JSONObject()
            members["id"] = .string(id)
            record.receipts.append(.object(members))
        }
    }

    private func fetchCredentials(_ record: inout PublicRecord) async throws {
        for auditor in network.auditors {
            record.keySets[auditor.place.url] = try await keySet(auditor.place)
        }
        record.keySets[network.aggregator.url] = try await keySet(network.aggregator)
        for applicant in applicants {
            let token = try await text(
                "\(network.aggregator.url)/v1/bundles/\(applicant.application)")
            record.bundles[applicant.node.name] = token
            for credential in try Bundle(token).credentials {
                let claims = credential.claims
                record.credentials[claims.id] = try await text(
                    "\(claims.issuer)/v1/credentials/\(claims.id)")
            }
        }
    }

    private func keySet(_ place: DevelopmentNetwork.Place) async throws -> JSON {
        try await Service(noun: "the server", base: place.url, http: http)
            .get("/.well-known/jwks.json")
    }

    private func text(_ address: String) async throws -> String {
        let response = try await http.send(
            "GET", address, deadlineMilliseconds: Limits.requestMilliseconds,
            maximumBodyByteCount: Limits.answerByteCountMaximum)
        guard response.status == 200 else {
            throw Failure(
                .remote, "server.format", "\(address) answers with status \(response.status)")
        }
        return String(decoding: response.body, as: UTF8.self)
    }

    private func block(_ height: UInt64, _ reader: Service) async throws -> PublicRecord.Block {
        guard let block = PublicRecord.Block(try await reader.get("/v1/blocks/\(height)")) else {
            throw Failure(
                .remote, "server.format", "block \(height) of \(reader.base) cannot be read")
        }
        return block
    }

    /// The nodes are not all equally far, so the reader may have to wait for the last block.
    private func blocks(
        through height: UInt64, _ reader: Service
    ) async throws -> [PublicRecord.Block] {
        try await DemoLedger(network: network, http: http).reach(height)
        var blocks: [PublicRecord.Block] = []
        for height in 1...max(height, 1) { blocks.append(try await block(height, reader)) }
        return blocks
    }

    private func elections(through height: UInt64, _ reader: Service) async throws -> [JSON] {
        let list = try await reader.get("/v1/elections")
        var elections: [JSON] = []
        for entry in list["elections"]?.arrayValue ?? [] {
            guard let number = entry["n"]?.uint64Value, number > 0,
                let held = entry["height"]?.uint64Value, held <= height
            else { continue }
            elections.append(try await reader.get("/v1/elections/\(number)"))
        }
        return elections
    }
}
