import Cryptography
import Encoding
import Ledger

/// `vote`: casts, withdraws and lists votes.
enum VoteCommands {
    static let all = [cast, withdraw, list, show]

    private static let options = Option.transaction + [.gateway, .receipt]

    static let cast = Command(
        path: ["vote", "cast"],
        summary: "Cast votes for candidates",
        discussion: """
            Votes add up: casting 3 and then 2 makes 5. All changes of one command are applied
            together or not at all. accredit account show tells how many votes remain. With
            --gateway the command logs in there with the key, hands the vote in and shows the
            receipt: the proof that the vote is in a block, which accredit receipt verify checks.
            """,
        arguments: [Argument("CANDIDATE=VOTES", "a candidate's did:key and how many votes", .many)],
        options: options,
        examples: [
            .init("accredit vote cast did:key:zDnae…=3 did:key:zDnab…=1 --key alice", "four votes"),
            .init(
                "accredit vote cast did:key:zDnae…=3 --key alice --gateway https://votes.example",
                "through a voting gateway"),
            .init(
                "accredit vote cast did:key:zDnae…=3 --key alice --dry-run", "what would be signed"),
        ],
        run: { invocation in
            let changes = try changes(invocation.arguments("CANDIDATE=VOTES"), sign: 1)
            try await invocation.vote(changes)
        })

    static let withdraw = Command(
        path: ["vote", "withdraw"],
        summary: "Take back votes that were cast",
        arguments: [
            Argument(
                "CANDIDATE=VOTES", "a candidate's did:key and how many votes to take back", .many)
        ],
        options: options,
        examples: [
            .init("accredit vote withdraw did:key:zDnae…=2 --key alice", "take two back"),
            .init(
                "accredit vote withdraw did:key:zDnae…=2 --key alice --no-wait", "without waiting"),
        ],
        run: { invocation in
            let changes = try changes(invocation.arguments("CANDIDATE=VOTES"), sign: -1)
            try await invocation.vote(changes)
        })

    static let list = Command(
        path: ["vote", "list"],
        summary: "List the votes an account has cast",
        arguments: [Argument("DID", "the account; that of --key when absent", .optional)],
        options: Option.ledger + [.key, .keys],
        examples: [
            .init("accredit vote list --key alice", "my votes"),
            .init("accredit vote list did:key:zDnae… --output json", "the votes of any account"),
        ],
        run: { invocation in
            let did =
                try invocation.argument("DID")
                ?? invocation.did()
            let account = try await invocation.ledger().account(did)
            let votes = account["votes"] ?? .array([])
            invocation.console.result(["account": .string(did), "votes": votes]) {
                let rows = votes.arrayValue ?? []
                if rows.isEmpty { return "\(did) has cast no votes" }
                return invocation.console.table(.columns(rows, ["candidate", "votes"]))
            }
        })

    static let show = Command(
        path: ["vote", "show"],
        summary: "Show what became of a vote that a gateway took",
        discussion: """
            Exits 0 when it counts, 1 when the ledger's rules refused it, 3 while it is not in a
            block, and 5 when neither the gateway nor the ledger knows it.
            """,
        arguments: [Argument("ID", "the vote's id")],
        options: [.gateway, .authority, .receipt],
        examples: [
            .init("accredit vote show 3f5a… --gateway https://votes.example", "does it count?"),
            .init(
                "accredit vote show 3f5a… --gateway https://votes.example --receipt vote.json",
                "its receipt, into a file"),
        ],
        run: { invocation in
            let id = try Invocation.digest(invocation.requiredArgument("ID"), "ID").text
            let gateway = GatewayClient(
                gateway: try invocation.required(.gateway), http: try invocation.http())
            let outcome = try await gateway.outcome(of: id)
            guard outcome.outcome.state == .committed else {
                throw Failure(
                    .remote, "vote.pending", "vote \(id) is not in a block yet",
                    fix: "ask again in a moment")
            }
            try invocation.show(outcome)
        })

    /// `did:key:…=3` → three votes for it, or fewer when `sign` is −1; sorted and summed, as the
    /// ledger wants each candidate once, in the order of its bytes.
    static func changes(_ words: [String], sign: Int64) throws(Failure) -> [VoteChange] {
        var changes: [VoteChange] = []
        for word in words {
            guard let equals = word.lastIndex(of: "="),
                let count = Int64(word[word.index(after: equals)...]), count > 0,
                count <= 1_000_000_000
            else {
                throw .usage(
                    "\"\(word)\" is not CANDIDATE=VOTES", code: "usage.bad-value",
                    why: "votes is a whole number from 1 to 1000000000",
                    fix: "write did:key:zDnae…=3")
            }
            let candidate = try Invocation.identity(String(word[..<equals]), "the candidate")
            guard !changes.contains(where: { $0.candidate == candidate }) else {
                throw .usage(
                    "\(candidate.text) stands there twice", code: "usage.bad-value",
                    fix: "give one number for it")
            }
            changes.append(VoteChange(candidate: candidate, votes: sign * count))
        }
        return changes.sorted { $0.candidate < $1.candidate }
    }
}
