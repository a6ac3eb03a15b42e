import Encoding
import Ledger
import Storage
import Web

/// The ledger as the people of the story reach it: each through a node of its own choice.
struct DemoLedger: Sendable {
    let network: DevelopmentNetwork
    let http: HTTPClient

    /// Nothing in the story takes longer unless something is broken.
    static let timeoutMilliseconds: Int64 = 60_000

    func client(_ node: DevelopmentNetwork.Node) -> LedgerClient {
        LedgerClient(node: node.place.url, http: http)
    }

    /// The node that most of the story is read from.
    var first: LedgerClient {
        LedgerClient(node: network.nodes.first?.place.url ?? "", http: http)
    }

    /// Carries a transaction into a block, whatever the rules say of it there.
    func carry(
        _ body: TransactionBody, by signer: Signer, through ledger: LedgerClient? = nil
    ) async throws -> TransactionOutcome {
        let ledger = ledger ?? first
        return try await ledger.commit(
            body, by: signer, network: network.network,
            timeoutMilliseconds: Self.timeoutMilliseconds)
    }

    /// The same for one that the rules must apply.
    func apply(
        _ body: TransactionBody, by signer: Signer, through ledger: LedgerClient? = nil
    ) async throws -> TransactionOutcome {
        let outcome = try await carry(body, by: signer, through: ledger)
        guard outcome.isApplied else { throw Invocation.refusal(outcome) }
        return outcome
    }

    func height(_ ledger: LedgerClient? = nil) async throws -> UInt64 {
        let status = try await (ledger ?? first).status()
        guard let height = status["height"]?.uint64Value else {
            throw first.malformed("/v1/status has no height")
        }
        return height
    }

    /// Waits until a node has the block of this height.
    func reach(
        _ height: UInt64, on ledger: LedgerClient? = nil, report: (UInt64) -> Void = { _ in }
    ) async throws {
        let ledger = ledger ?? first
        var last: UInt64 = 0
        var deadline = SystemClock.monotonicMilliseconds() + Self.timeoutMilliseconds
        while true {
            let now = try await self.height(ledger)
            report(now)
            if now >= height { return }
            if now > last {
                last = now
                deadline = SystemClock.monotonicMilliseconds() + Self.timeoutMilliseconds
            }
            guard SystemClock.monotonicMilliseconds() < deadline else {
                throw Failure(
                    .remote, "demo.no-blocks",
                    "\(ledger.service.base) has made or fetched no block after \(now) in "
                        + "\(Self.timeoutMilliseconds / 1000) s",
                    fix: "see the logs of the nodes; --data FOLDER keeps them")
            }
            // Answered when the next block is there; a refusal in time only means not yet.
            do throws(Failure) {
                _ = try await ledger.service.get("/v1/blocks/\(now + 1)", wait: 2000)
            } catch {
                guard case .notFound = error.exit else { throw error }
            }
        }
    }

    /// Waits until a block is later than this: its time decides what has expired, not the clock.
    func passes(_ instant: Instant) async throws {
        while true {
            let status = try await first.status()
            guard let height = status["height"]?.uint64Value,
                let time = status["time"]?.stringValue
            else { throw first.malformed("/v1/status has no height or time") }
            if try Instant(rfc3339: time) >= instant { return }
            try await reach(height + 1)
        }
    }
}
