import Credentials
import Cryptography
import Encoding

/// `application` and `apply`: a node asks to be judged.
enum ApplicationCommands {
    static let all = [create, apply, status]

    private static let operatorName = Option.value("operator", "NAME", "who runs the node")
    private static let account = Option.value(
        "account", "DID", "account that paid the deposits; the node itself when absent")
    private static let endpoint = Option.value(
        "endpoint", "URL", "where auditors reach the node's server")
    private static let consensusKey = Option.value(
        "consensus-key", "KEY", "the node's consensus key: its name in the key folder, or a file")
    private static let device = Option.path(
        "device", "what device measure printed as JSON; measured now when absent")
    private static let deposit = Option.value(
        "deposit", "ID", "a deposit paid for this application", repeats: true)
    private static let credit = Option.path("credit", "a credit source's signed statement")
    private static let evidence = Option.path("evidence", "further evidence, a JSON object")
    private static let validFor = Option.value(
        "valid-for", "TIME", "the longest validity asked for, e.g. 30d")
    private static let auditor = Option.value(
        "auditor", "URL", "ask this auditor alone and write its credential")
    private static let complete = Option.flag(
        "complete", "wait for every auditor, not only for the quorum")

    static let create = Command(
        path: ["application", "create"],
        summary: "Write a signed application for a node",
        discussion: """
            The node's key signs (--key). Auditors take an application for an hour after it was
            signed.
            """,
        options: [
            operatorName, account, endpoint, consensusKey, device, deposit, credit, evidence,
            validFor, .out, .dryRun, .network,
        ] + Option.ledger + Option.signing,
        examples: [
            .init(
                "accredit application create --key node1 --consensus-key node1-consensus"
                    + " --operator Acme --endpoint https://node1.example:7001 --out node1.jws",
                "measure this machine and sign"),
            .init(
                "accredit application create --key node1 --consensus-key node1-consensus"
                    + " --operator Acme --endpoint https://node1.example:7001 --device device.json"
                    + " --deposit 3f5a… --credit credit.jws --out node1.jws",
                "with a deposit and a credit statement"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let draft = try await draft(invocation)
            if invocation.flag(.dryRun) {
                let node = try invocation.did()
                invocation.console.message("not signed: this would be signed by \(node)")
                return invocation.console.line(Escaping.escapedJSON(draft.claims(of: node).text))
            }
            let application = try draft.sign(with: try invocation.signer().key)
            invocation.console.message("application \(application.digest.text)")
            try invocation.writeOut(application.jws.compact)
        })

    private static func draft(_ invocation: Invocation) async throws -> ApplicationDraft {
        let operatorName = try invocation.required(operatorName)
        let endpoint = try invocation.required(endpoint)
        let key = try invocation.publicKey(of: try invocation.required(consensusKey))
        guard case .ed25519 = key.algorithm else {
            throw Failure.usage(
                "the consensus key is not an Ed25519 key", code: "usage.bad-value",
                fix: "accredit keys generate NAME --algorithm Ed25519")
        }
        let validity = try invocation.seconds(validFor, in: 1...34_560_000)
        let qualifications = Qualifications(
            device: try await measured(invocation),
            deposits: try invocation.all(deposit).map { try Invocation.digest($0, "--deposit") },
            credit: try invocation.text(credit).map { path throws(Failure) in
                try InputFile.text(path)
            },
            evidence: try invocation.text(evidence).map { try InputFile.json($0) })
        let network: String
        if let name = try invocation.text(.network) {
            network = name
        } else {
            network = try await invocation.ledger().network()
        }
        return ApplicationFile.draft(
            network: network, operatorName: operatorName, account: try invocation.text(account),
            endpoint: endpoint, consensusKey: key, validFor: validity, qualifications)
    }

    private static func measured(_ invocation: Invocation) async throws -> Qualifications.Device {
        if let path = try invocation.text(device) { return try Self.read(path) }
        let progress = Progress(invocation.console)
        defer { progress.finish() }
        return try await DeviceMeasurement.measure(folder: ".", progress: progress)
    }

    private static func read(_ path: String) throws -> Qualifications.Device {
        try InputFile.parse(path, as: "what accredit device measure --output json prints") {
            try Qualifications.Device(json: try JSON.parse($0))
        }
    }

    static let apply = Command(
        path: ["apply"],
        summary: "Hand an application in, wait for the auditors, keep the bundle",
        discussion: """
            FILE is a signed application, or a draft in JSON that --key signs now. The bundle goes
            to --out, else to standard output. When the quorum refuses, the command tells every
            auditor's reason and exits 1. With --auditor the credential of that auditor is kept.
            """,
        arguments: [Argument("FILE", "the application; - for standard input")],
        options: [.out, auditor, complete, .timeout, .aggregator, .authority, .network]
            + Option.signing,
        examples: [
            .init("accredit apply node1.jws --out node1.bundle", "through the aggregator"),
            .init(
                "accredit apply node1.jws --auditor https://a1.example --out a1.credential",
                "from one auditor alone"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let application = try application(invocation)
            if try invocation.text(auditor) != nil {
                try await askAuditor(application, invocation)
            } else {
                try await askAggregator(application, invocation)
            }
        })

    private static func application(_ invocation: Invocation) throws -> Application {
        let path = try invocation.requiredArgument("FILE")
        let network = try invocation.text(.network)
        let text = try InputFile.text(path)
        guard ApplicationFile.isDraft(text) else {
            do { return try ApplicationFile.verified(text, network: network) } catch {
                throw InputFile.none(of: "an application", path, error)
            }
        }
        let name = try invocation.required(.network)
        let draft: ApplicationDraft
        do { draft = try ApplicationFile.draft(text, network: name, path: path) } catch {
            throw InputFile.none(of: "a draft of an application", path, error)
        }
        return try draft.sign(with: try invocation.signer().key)
    }

    private static func askAggregator(
        _ application: Application, _ invocation: Invocation
    ) async throws {
        let client = AggregatorClient(
            url: try invocation.required(.aggregator), http: try invocation.http())
        let progress = Progress(invocation.console)
        defer { progress.finish() }
        progress.step("handing in application \(application.digest.text)")
        let id = try await client.submit(application.jws.compact)
        guard id == application.digest.text else {
            throw Failure(
                .remote, "server.format", "the aggregator took the application under another id")
        }
        let result = try await client.wait(
            for: id, complete: invocation.flag(complete),
            timeoutMilliseconds: try invocation.timeoutMilliseconds
        ) { now in
            progress.step("answers so far: \(now.outcomes.count), \(now.state.rawValue)")
        }
        progress.finish()
        // A bundle of refusals exists too, but it admits nobody.
        guard result.hasQuorum, let bundle = result.bundle else {
            throw ApplicationReport.refusal(result)
        }
        try ApplicationReport.keep(bundle, "bundle", result.json, invocation) {
            ApplicationReport.table(result.outcomes, invocation.console)
        }
    }

    private static func askAuditor(
        _ application: Application, _ invocation: Invocation
    ) async throws {
        let client = AuditorClient(
            url: try invocation.required(auditor), http: try invocation.http())
        let progress = Progress(invocation.console)
        defer { progress.finish() }
        progress.step("handing in application \(application.digest.text)")
        let answer = try await client.decide(
            application.jws.compact, digest: application.digest.text,
            timeoutMilliseconds: try invocation.timeoutMilliseconds
        ) { progress.step($0) }
        progress.finish()
        guard let credential = answer.credential else {
            throw Failure(
                .failure, "application.\(answer.outcome.outcome)",
                "\(answer.outcome.issuer) gave no credential: \(answer.outcome.outcome)",
                why: answer.outcome.reason, members: [("answer", answer.json)])
        }
        try ApplicationReport.keep(credential, "credential", answer.json, invocation) {
            ApplicationReport.table([answer.outcome], invocation.console)
        }
        guard answer.outcome.outcome == "consent" else {
            throw Failure(
                .failure, "application.refusal", "\(answer.outcome.issuer) refused",
                why: answer.outcome.reason)
        }
    }

    static let status = Command(
        path: ["application", "status"],
        summary: "Show how far an application has come",
        discussion: "Exits 0 while auditors are asked or the quorum stands, 1 when it failed.",
        arguments: [Argument("ID", "the application's id, its digest")],
        options: [.aggregator, .authority],
        examples: [
            .init("accredit application status 3f5a…", "who has answered what"),
            .init("accredit application status 3f5a… --output json", "the same, with the bundle"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID").text
            let client = AggregatorClient(
                url: try invocation.required(.aggregator), http: try invocation.http())
            let now = try await client.progress(of: id)
            invocation.console.result(now.json) {
                Table.members(now.json, ["id", "node", "state", "validUntil"]) + "\n\n"
                    + ApplicationReport.table(now.outcomes, invocation.console)
            }
            if now.state == .failed { throw ApplicationReport.refusal(now) }
        })
}
