import Cryptography
import Encoding
import Ledger
import Proofs

/// What the public asks for, over HTTPS as anybody would.
extension VotesBench {
    struct Queries {
        /// Seconds that a result of one candidate with its proof takes, for each question.
        var cutoff: [Double] = []
        /// The same for all candidates at once.
        var sheet: [Double] = []
        var sheetByteCount = 0
        var receiptByteCount = 0
        /// CPU seconds that checking a receipt takes, reading it included.
        var receiptChecks: [Double] = []
        /// CPU seconds that checking a result's proof takes.
        var cutoffChecks: [Double] = []
    }

    struct Asked {
        let service: Service
        let genesis: Genesis
        let from: Instant
        let until: Instant
        let candidates: [String]
        /// Compact; committed by now.
        let votes: [String]
    }

    private static let warmUpCount = 50
    private static let checkedCount = 200

    func measureQueries(_ asked: Asked) async throws -> Queries {
        var queries = Queries()
        let span = max(1, asked.until.milliseconds(since: asked.from))
        let count = min(2000, 100 + voterCount)
        for number in 0..<Self.warmUpCount + count {
            // Any moment while votes were cast, and any candidate.
            let moment = asked.until.adding(milliseconds: -(Int64(number) * 7919 % span))
            let candidate = asked.candidates[number * 31 % asked.candidates.count]
            let path = "/v1/results?before=\(moment.rfc3339)&candidate=\(candidate)&proof=true"
            let start = CPUTime.wall()
            let answer = try await asked.service.get(path)
            let seconds = CPUTime.wall() - start
            guard number >= Self.warmUpCount else { continue }
            queries.cutoff.append(seconds)
            if number.isMultiple(of: count / min(count, Self.checkedCount)) {
                let start = CPUTime.thread()
                _ = try CutoffProof(answer).verify(genesis: asked.genesis)
                queries.cutoffChecks.append(CPUTime.thread() - start)
            }
        }
        for _ in 0..<5 {
            let start = CPUTime.wall()
            let bytes = try await asked.service.bytes(
                "/v1/results?before=\(asked.until.rfc3339)&proof=true")
            queries.sheet.append(CPUTime.wall() - start)
            queries.sheetByteCount = bytes.count
        }
        try await measureReceipts(asked, &queries)
        return queries
    }

    private func measureReceipts(_ asked: Asked, _ queries: inout Queries) async throws {
        let count = min(Self.checkedCount, asked.votes.count)
        for number in 0..<count {
            let vote = asked.votes[number * (asked.votes.count / count)]
            let id = try Transaction(compact: vote).id
            let bytes = try await asked.service.bytes("/v1/transactions/\(id.text)/receipt")
            queries.receiptByteCount = max(queries.receiptByteCount, bytes.count)
            let start = CPUTime.thread()
            _ = try Receipt(try JSON.parse(bytes)).verify(genesis: asked.genesis)
            queries.receiptChecks.append(CPUTime.thread() - start)
        }
    }
}
