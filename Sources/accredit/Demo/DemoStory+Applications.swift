import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
import Web

extension DemoStory {
    /// Every applicant pays a deposit to each auditor that it pays one to.
    mutating func payDeposits() async throws {
        teller.step("paying deposits")
        let story = self
        deposits = try await withThrowingTaskGroup(of: [DemoDeposit].self) { group in
            for node in DemoCast.nodes {
                group.addTask { try await story.payDeposits(of: node) }
            }
            var all: [DemoDeposit] = []
            for try await paid in group { all += paid }
            return all
        }
        teller.say(
            "\(deposits.count) deposits of \(DemoCast.depositAmount) are held: two from each node, "
                + "but hazel pays only one, to a3. rowan's are paid by its operator's account.")
    }

    private func payDeposits(of node: DemoNode) async throws -> [DemoDeposit] {
        var paid: [DemoDeposit] = []
        for auditor in node.deposits { paid.append(try await payDeposit(of: node, at: auditor)) }
        return paid
    }

    /// Never inlined: the optimizer of Swift 6.3.1 crashes when it splits a coroutine that this one
    /// was inlined into.
    @inline(never)
    private func payDeposit(of node: DemoNode, at name: String) async throws -> DemoDeposit {
        let payer = payer(of: node)
        let outcome = try await ledger.apply(
            .depositPay(
                auditor: try auditor(name).place.url, node: try identity(node.name),
                amount: DemoCast.depositAmount),
            by: try signer(payer), through: ledger.client(try self.node(node.name)))
        return DemoDeposit(
            id: outcome.id, auditor: name, node: node.name, payer: payer,
            amount: DemoCast.depositAmount, height: UInt64(outcome.height ?? 0))
    }

    /// Every node applies at the aggregator, all at once.
    mutating func apply() async throws {
        teller.chapter("3. Nine applications, three auditors")
        teller.say(
            "Each application carries the measured device, its deposits and a signed credit "
                + "statement. Auditors challenge each node, read deposits from the ledger, check "
                + "the statement's signature.")
        teller.step("auditors challenge and judge \(DemoCast.nodes.count) nodes")
        // Auditors ask the founders one after the other, so these have to know the deposits.
        let height = deposits.map(\.height).max() ?? 0
        for founder in network.founders {
            try await ledger.reach(height, on: ledger.client(founder))
        }
        let story = self
        let judged = try await withThrowingTaskGroup(of: DemoApplicant.self) { group in
            for node in DemoCast.nodes {
                group.addTask { try await story.apply(node) }
            }
            var all: [DemoApplicant] = []
            for try await applicant in group { all.append(applicant) }
            return all
        }
        applicants = DemoCast.nodes.compactMap { node in
            judged.first { $0.node.name == node.name }
        }
        tellVerdicts()
        teller.say(
            "Both auditors that hold a deposit of \(DemoCast.refused) have refused it, so that "
                + "nothing rests on its deposits:")
        try await awaitRefunds(of: DemoCast.refused)
    }

    private func apply(_ node: DemoNode) async throws -> DemoApplicant {
        let application = try application(of: node)
        let aggregator = AggregatorClient(url: network.aggregator.url, http: ledger.http)
        let id = try await aggregator.submit(application.jws.compact)
        let answer = try await aggregator.wait(
            for: id, complete: true, timeoutMilliseconds: 60_000)
        guard let bundle = answer.bundle else {
            throw Failure(
                .remote, "demo.no-bundle", "no auditor gave \(node.name) a credential",
                why: answer.outcomes.map { "\(name($0.issuer)): \($0.outcome), \($0.reason)" }
                    .joined(separator: "; "))
        }
        return DemoApplicant(
            node: node, did: try signer(node.name).did, application: id, verdicts: answer.outcomes,
            isQuorumMet: answer.state == .complete, bundle: try Bundle(bundle))
    }

    func application(of node: DemoNode) throws -> Application {
        let account = try signer(payer(of: node)).did
        let now = Instant(seconds: SystemClock.now().seconds)
        let credit = try CreditStatement.sign(
            source: DevelopmentNetwork.creditSourceName, account: account,
            network: network.network, score: node.creditScore,
            validity: Validity(from: now, until: now.adding(milliseconds: 90 * 86_400_000)),
            key: try KeyFile.read(network.creditSourceKey, passphrase: nil))
        let paid = deposits.filter { $0.node == node.name }
        guard let consensusKey = consensusSigners[node.name]?.key.publicKey else {
            throw Failure(.failure, "demo.cast", "\(node.name) has no consensus key")
        }
        let draft = ApplicationFile.draft(
            network: network.network, operatorName: "\(node.name) operations", account: account,
            endpoint: try self.node(node.name).place.url, consensusKey: consensusKey,
            validFor: node.validForSeconds,
            Qualifications(
                device: device, deposits: try paid.map { try Digest(hexadecimal: $0.id) },
                credit: credit.jws.compact))
        return try draft.sign(with: try signer(node.name).key)
    }

    private func tellVerdicts() {
        let auditors = network.auditors.map(\.place)
        teller.show(
            Table(
                ["node"] + auditors.map(\.name) + ["quorum (2 of 3)", "about it"],
                applicants.map { applicant in
                    [applicant.node.name]
                        + auditors.map { auditor in
                            applicant.verdicts.first { $0.issuer == auditor.url }?.outcome ?? "-"
                        }
                        + [applicant.isQuorumMet ? "met" : "not met", applicant.node.summary]
                }))
        for applicant in applicants {
            for verdict in applicant.verdicts where verdict.outcome != "consent" {
                teller.say(
                    "\(name(verdict.issuer)) tells \(applicant.node.name): \(verdict.outcome), "
                        + named(Self.shortened(verdict.reason)))
            }
        }
    }

    /// The first of several findings; the document has all of them.
    private static func shortened(_ reason: String) -> String {
        let findings = reason.split(separator: "; ")
        guard findings.count > 1, let first = findings.first else { return reason }
        return "\(first) (and \(findings.count - 1) more)"
    }

    // MARK: - Standing

    /// Bundles go to the ledger; the founders' in one transaction.
    mutating func stand() async throws {
        teller.chapter("4. Standing for election")
        let founders = DemoCast.founders.map(\.name)
        teller.step("the founders stand")
        let outcome = try await addCandidates(founders, by: "ash")
        tell(outcome, "\(founders.joined(separator: ", ")) in one transaction")
        // linden knows that its quorum is not met and tries anyway.
        for name in ["fir", "hazel", "linden", "rowan"] {
            teller.step("\(name) stands")
            let outcome = try await addCandidates([name], by: name)
            tell(outcome, name)
        }
    }

    /// maple hands its bundle in once its credentials have ended: all of them, because auditors
    /// sign up to a second apart and those that last are a quorum on their own.
    mutating func comeTooLate() async throws {
        let name = DemoCast.expiring
        let bundle = applicants.first { $0.node.name == name }?.bundle
        guard let end = bundle?.credentials.map(\.claims.validity.until).max() else { return }
        teller.chapter("9. \(name) comes too late")
        teller.step("\(name) waits until its credentials have ended")
        try await ledger.passes(end)
        let outcome = try await addCandidates([name], by: name)
        tell(outcome, "\(name), whose credentials ended at \(end.rfc3339)")
        try await awaitRefunds(of: name)
    }

    private mutating func addCandidates(
        _ names: [String], by sender: String
    ) async throws -> TransactionOutcome {
        let entries = try names.map { name in
            guard let applicant = applicants.first(where: { $0.node.name == name }),
                let key = consensusSigners[name]
            else { throw Failure(.failure, "demo.cast", "\(name) has not applied") }
            return try CandidateCommands.entry(
                applicant.bundle, network: network.network, consensusKey: key)
        }
        let outcome = try await ledger.carry(
            .candidateAdd(entries), by: try signer(sender),
            through: ledger.client(try node(sender)))
        for index in applicants.indices where names.contains(applicants[index].node.name) {
            applicants[index].admission = outcome
        }
        return outcome
    }

    private func tell(_ outcome: TransactionOutcome, _ who: String) {
        let place = "block \(outcome.height ?? 0)"
        if outcome.isApplied {
            teller.say("The ledger admits \(who) (\(place)).")
        } else {
            teller.say(
                "The ledger refuses \(who) (\(place)): \(outcome.code ?? ""), "
                    + named(Self.shortened(outcome.detail ?? "")))
        }
    }

    /// A text with the names of nodes and auditors in place of their dids and addresses.
    func named(_ text: String) -> String {
        names.sorted { $0.key < $1.key }.reduce(text) { $0.replacing($1.key, with: $1.value) }
    }
}
