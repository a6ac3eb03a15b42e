import Auditing
import Cryptography
import Encoding
import Web

/// Reads deposits from the ledger. What is asked for while other readings are under way is asked of
/// a node together: under load one request serves many applications, and alone none waits. Every
/// reading is asked for after the application that it is for came in.
actor DepositReader {
    /// The deposit, nil when the ledger has none of that id, or why nobody knows.
    typealias Reading = Result<DepositEvidence?, AuditorError>

    private struct Asked {
        let id: Digest
        let continuation: CheckedContinuation<Reading, Never>
    }

    private let source: DepositSource
    private var waiting: [Asked] = []
    private var underWay = 0

    /// - Parameter deadlineMilliseconds: how long one node may take for one answer.
    init(nodes: [String], client: HTTPClient, deadlineMilliseconds: Int) {
        source = DepositSource(
            nodes: nodes, client: client, deadlineMilliseconds: deadlineMilliseconds)
    }

    func read(_ id: Digest) async -> Reading {
        await withCheckedContinuation { continuation in
            waiting.append(Asked(id: id, continuation: continuation))
            begin()
        }
    }

    private func begin() {
        guard underWay < Limits.depositRequestsAtOnceMaximum, !waiting.isEmpty else { return }
        let batch = Array(waiting.prefix(Limits.depositsPerRequestMaximum))
        waiting.removeFirst(batch.count)
        underWay += 1
        Task { await answer(batch) }
    }

    private func answer(_ batch: [Asked]) async {
        let readings = await source.read(batch.map(\.id))
        underWay -= 1
        begin()
        for asked in batch {
            asked.continuation.resume(
                returning: readings[asked.id] ?? .failure(DepositSource.unread(asked.id, [])))
        }
    }
}

/// The ledger's nodes, asked one after the other until one answers.
struct DepositSource: Sendable {
    let nodes: [String]
    let client: HTTPClient
    let deadlineMilliseconds: Int

    /// How one node answers about several.
    private enum Answer {
        case found([Digest: DepositReader.Reading])
        /// It tells about one at a time only.
        case unknown
        case failed(String)
    }

    static func unread(_ id: Digest, _ failures: [String]) -> AuditorError {
        AuditorError(
            .evidenceUnavailable,
            "no ledger node told about deposit \(id.text): " + failures.joined(separator: "; "))
    }

    /// - Returns: a reading for each id.
    func read(_ ids: [Digest]) async -> [Digest: DepositReader.Reading] {
        guard ids.count > 1 else { return await readEach(ids) }
        var failures: [String] = []
        for node in nodes {
            switch await together(ids, node) {
            case .found(let readings): return readings
            case .unknown: return await readEach(ids)
            case .failed(let failure): failures.append(failure)
            }
        }
        let told = failures
        return Dictionary(ids.map { ($0, .failure(Self.unread($0, told))) }) { first, _ in first }
    }

    @inline(never)
    private func together(_ ids: [Digest], _ node: String) async -> Answer {
        do {
            let list = ids.map(\.text).joined(separator: ",")
            let response = try await client.send(
                "GET", "\(node)/v1/deposits?ids=\(list)",
                deadlineMilliseconds: deadlineMilliseconds,
                maximumBodyByteCount: Limits.depositsByteCountMaximum)
            switch response.status {
            case 200: break
            case 400, 404, 405: return .unknown
            default: return .failed("\(node) answered \(response.status)")
            }
            let json = try response.json()
            var readings: [Digest: DepositReader.Reading] = [:]
            for deposit in json["deposits"]?.arrayValue ?? [] {
                guard let text = deposit["id"]?.stringValue else { return .unknown }
                let id = try Digest(hexadecimal: text)
                // What cannot be read of one says nothing against the others.
                guard let found = try? Self.deposit(deposit, id) else { return .unknown }
                readings[id] = .success(found)
            }
            for missing in json["missing"]?.arrayValue ?? [] {
                guard let text = missing.stringValue else { return .unknown }
                readings[try Digest(hexadecimal: text)] = .success(nil)
            }
            // A node that does not say something of each has not understood the question.
            return ids.allSatisfy { readings[$0] != nil } ? .found(readings) : .unknown
        } catch {
            return .failed("\(node): \(error)")
        }
    }

    private func readEach(_ ids: [Digest]) async -> [Digest: DepositReader.Reading] {
        await withTaskGroup(of: (Digest, DepositReader.Reading).self) { group in
            for id in ids { group.addTask { (id, await read(id)) } }
            var readings: [Digest: DepositReader.Reading] = [:]
            while let (id, reading) = await group.next() { readings[id] = reading }
            return readings
        }
    }

    @inline(never)
    private func read(_ id: Digest) async -> DepositReader.Reading {
        var failures: [String] = []
        for node in nodes {
            do {
                let response = try await client.send(
                    "GET", "\(node)/v1/deposits/\(id.text)",
                    deadlineMilliseconds: deadlineMilliseconds,
                    maximumBodyByteCount: Limits.ledgerAnswerByteCountMaximum)
                switch response.status {
                case 200:
                    return .success(try Self.deposit(response.json(), id))
                case 404: return .success(nil)
                default: failures.append("\(node) answered \(response.status)")
                }
            } catch {
                failures.append("\(node): \(error)")
            }
        }
        return .failure(Self.unread(id, failures))
    }

    private static func deposit(_ json: JSON, _ id: Digest) throws -> DepositEvidence {
        var fields = try Fields(json, "deposit")
        let deposit = DepositEvidence(
            id: try fields.digest("id"), amount: try fields.amount("amount"),
            account: try fields.string("payer"), node: try fields.string("node"),
            auditor: try fields.string("auditor"), state: try fields.string("state"),
            height: try fields.uint64("height"))
        guard deposit.id == id else {
            throw FormatError(.shape, "the ledger node answered about another deposit")
        }
        return deposit
    }
}
