import Encoding
import Ledger
import Storage

extension Invocation {
    /// Carries votes through: by the gateway when one is named, else by a ledger node.
    func vote(_ changes: [VoteChange]) async throws {
        guard let url = try text(.gateway) else {
            guard try text(.receipt) == nil else {
                throw Failure.usage(
                    "--receipt needs --gateway", code: "usage.missing-option",
                    why: "a gateway answers with the receipt",
                    fix: "name a gateway, or get it with accredit receipt get ID")
            }
            return try await transact(.vote(changes))
        }
        var gateway = GatewayClient(gateway: url, http: try http())
        if flag(.dryRun) {
            let named = try required(.network)
            return try showDraft(
                try await gateway.draft(changes, from: try did(), network: named), by: try did())
        }
        let signer = try signer()
        let network = try await gateway.logIn(signer, network: try text(.network))
        do {
            try await cast(changes, by: signer, network: network, at: gateway)
        } catch {
            await gateway.logOut()
            throw error
        }
        await gateway.logOut()
    }

    private func cast(
        _ changes: [VoteChange], by signer: Signer, network: String, at gateway: GatewayClient
    ) async throws {
        let vote = try await gateway.draft(changes, from: signer.did, network: network)
            .sign(signer.key)
        let progress = Progress(console)
        defer { progress.finish() }
        if flag(.noWait) {
            let outcome = try await gateway.handIn(vote, wait: 0).outcome
            return console.result(outcome.json) { outcome.id }
        }
        let outcome = try await gateway.commit(
            vote, timeoutMilliseconds: try timeoutMilliseconds,
            progress: { progress.step($0) })
        progress.finish()
        try show(outcome)
    }

    /// An account as a gateway has it: the own one after a login, another as told to anybody.
    func account(at url: String) async throws -> JSON {
        var gateway = GatewayClient(gateway: url, http: try http())
        if let did = argument("DID") { return try await gateway.account(did) }
        let signer = try signer()
        _ = try await gateway.logIn(signer, network: try text(.network))
        do {
            let account = try await gateway.account(signer.did)
            await gateway.logOut()
            return account
        } catch {
            await gateway.logOut()
            throw error
        }
    }

    /// Prints a committed vote, and writes its receipt where `--receipt` says.
    func show(_ outcome: GatewayOutcome) throws {
        if let path = try text(.receipt), let receipt = outcome.receipt {
            try DurableFile.write(receipt.bytes, to: path, replacing: true)
        }
        guard outcome.outcome.isApplied else { throw Self.refusal(outcome.outcome) }
        console.result(outcome.json) { outcome.table }
    }
}
