import Cryptography
import Encoding
import Ledger

/// `parameters`: what a network fixed for itself, and how its representatives change it.
enum ParametersCommands {
    static let all = [show, propose, sign, submit]

    private static let proposal = Argument("PROPOSAL", "the file that propose wrote")

    static let show = Command(
        path: ["parameters", "show"],
        summary: "Show a network's parameters and contract rules",
        options: Option.ledger,
        examples: [
            .init("accredit parameters show", "what holds now"),
            .init("accredit parameters show --output json", "with rules as they are written"),
        ],
        run: { invocation in
            let json = try await invocation.ledger().service.get("/v1/parameters")
            invocation.console.result(json) { describe(json, invocation.console) }
        })

    static let propose = Command(
        path: ["parameters", "propose"],
        summary: "Write a change of parameters for representatives to sign",
        discussion: """
            VALUE is JSON, or @FILE for the JSON in a file, or text such as an expression. A
            parameter changes as a whole: contracts=@rules.json replaces all contract rules,
            contracts={} ends them. The change is checked as the ledger checks it, with line and
            column in expressions. The file names the version it replaces; another change that
            comes first makes it void. approval, timeouts and the network's identity never change.
            """,
        arguments: [Argument("NAME=VALUE", "a parameter and its new value", .many)],
        options: [.out] + Option.ledger,
        examples: [
            .init(
                "accredit parameters propose electionInterval=200 votesPerCandidate=5"
                    + " --out change.json", "two at once"),
            .init(
                "accredit parameters propose seats='math.least(21, 4 + nodes / 10)'"
                    + " --out change.json", "seats that grow with the network"),
            .init(
                "accredit parameters propose contracts=@rules.json --out change.json",
                "contract rules"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let state = try await invocation.ledger().parameters()
            let proposal = try ParametersProposal(
                invocation.arguments("NAME=VALUE"), network: state.network,
                over: state.parameters)
            invocation.console.message(proposal.description)
            try invocation.writeOut(proposal.json.text)
        })

    static let sign = Command(
        path: ["parameters", "sign"],
        summary: "Agree to a change of parameters with a representative's node key",
        discussion: """
            Asks no server, so that the key may stay on a machine without a network. Prints what is
            agreed to; the approval holds for exactly that change and that version.
            """,
        arguments: [proposal],
        options: [.out] + Option.signing,
        examples: [
            .init("accredit parameters sign change.json --key node --out ash.approval", "agree"),
            .init("accredit parameters sign change.json --key node", "the approval, printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let proposal = try ParametersProposal(file: invocation.requiredArgument("PROPOSAL"))
            let signer = try invocation.signer()
            invocation.console.message("\(signer.did) agrees to this:")
            invocation.console.message(proposal.description)
            let approval = try ParametersApproval.sign(
                proposal.update, network: proposal.network, key: signer.key)
            try invocation.writeOut(approval.jws.compact)
        })

    static let submit = Command(
        path: ["parameters", "submit"],
        summary: "Send a change of parameters with the approvals of the representatives",
        discussion: """
            Any account may send it; as many representatives as it takes to decide a block have to
            have signed. Approvals are verified here first, and whose are missing is told. The
            change holds from the block after the one it stands in.
            """,
        arguments: [proposal, Argument("APPROVAL", "the files that sign wrote", .many)],
        options: Option.transaction,
        examples: [
            .init(
                "accredit parameters submit change.json ash.approval elm.approval fir.approval"
                    + " --key alice", "and wait for the result"),
            .init(
                "accredit parameters submit change.json ash.approval --key alice --dry-run",
                "what would be signed"),
        ],
        run: { invocation in
            let proposal = try ParametersProposal(file: invocation.requiredArgument("PROPOSAL"))
            let approvals = try approvals(invocation.arguments("APPROVAL"), of: proposal)
            let ledger = try invocation.ledger()
            try await ledger.check(proposal, approvedBy: approvals.map(\.node))
            try await invocation.transact(
                .parametersUpdate(
                    ParametersUpdate(
                        replaces: proposal.update.replaces,
                        parameters: proposal.update.parameters,
                        approvals: approvals.map(\.jws.compact))))
        })

    /// The approvals in these files, one of each node.
    private static func approvals(
        _ files: [String], of proposal: ParametersProposal
    ) throws -> [ParametersApproval] {
        var approvals: [ParametersApproval] = []
        for file in files {
            let text = try InputFile.text(file)
            do throws(LedgerError) {
                let approval = try ParametersApproval(
                    text, of: proposal.update, network: proposal.network)
                if !approvals.contains(where: { $0.node == approval.node }) {
                    approvals.append(approval)
                }
            } catch {
                throw Failure(
                    .verification, "parameters.approval",
                    "\(file) is no approval of this change", why: error.detail,
                    fix: "have it signed again: accredit parameters sign PROPOSAL --key NODE")
            }
        }
        return approvals
    }

    private static func describe(_ json: JSON, _ console: Console) -> String {
        var pairs = ["network", "height", "genesis", "supply", "nextElection"].compactMap { name in
            json[name]?.plain.map { (name, $0) }
        }
        var rules: [[String]] = []
        for member in json["parameters"]?.objectValue?.members ?? [] {
            guard member.name == "contracts" else {
                pairs.append((member.name, member.value.plain ?? ""))
                continue
            }
            for type in member.value.objectValue?.members ?? [] {
                rules += (type.value.arrayValue ?? []).map { rule in
                    [type.name] + ["id", "expression", "message"].map { rule[$0]?.plain ?? "" }
                }
            }
        }
        guard !rules.isEmpty else { return Table.pairs(pairs) }
        return Table.pairs(pairs) + "\n\n"
            + console.table(Table(["CONTRACT ABOUT", "RULE", "EXPRESSION", "MESSAGE"], rules))
    }
}

extension LedgerClient {
    /// A network's name and the parameters in force.
    func parameters() async throws -> (network: String, parameters: Parameters) {
        let json = try await service.get("/v1/parameters")
        guard let network = json["network"]?.stringValue, let parameters = json["parameters"] else {
            throw malformed("/v1/parameters has no network or no parameters")
        }
        return (network, try Parameters(parameters))
    }

    /// Tells before anything is sent why the ledger would refuse a change that these agree to.
    fileprivate func check(
        _ proposal: ParametersProposal, approvedBy nodes: [Identity]
    ) async throws {
        let state = try await parameters()
        guard state.network == proposal.network else {
            throw Failure(
                .conflict, "parameters.network",
                "the proposal is for \(proposal.network), the node is one of \(state.network)",
                fix: "give a --node of \(proposal.network)")
        }
        guard state.parameters.version == proposal.update.replaces else {
            throw Failure(
                .conflict, ResultCode.parametersVersion.rawValue,
                "the proposal replaces version \(proposal.update.replaces) of the parameters",
                why: "they have version \(state.parameters.version) by now",
                fix: "propose it again and have it signed again")
        }
        let board = try await service.get("/v1/representatives")
        guard let quorum = board["quorum"]?.int64Value,
            let list = board["representatives"]?.arrayValue
        else { throw malformed("/v1/representatives has no quorum or no representatives") }
        let seated = list.compactMap { $0["node"]?.stringValue }
        let agreeing = seated.filter { did in nodes.contains { $0.text.hasSameBytes(as: did) } }
        guard agreeing.count >= quorum else {
            let missing = seated.filter { !agreeing.contains($0) }
            throw Failure(
                .verification, ResultCode.approvalsNotMet.rawValue,
                "\(agreeing.count) of \(seated.count) representatives agree, \(quorum) are needed",
                why: "there is no approval of \(missing.joined(separator: ", "))",
                fix: "have more of them sign: accredit parameters sign PROPOSAL --key NODE")
        }
    }
}
