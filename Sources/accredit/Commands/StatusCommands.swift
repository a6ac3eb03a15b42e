import Encoding

/// `status`: how the network does, seen from one node.
enum StatusCommands {
    static let all = [status]

    static let status = Command(
        path: ["status"],
        summary: "Show how the network does, seen from a node",
        discussion: """
            Says why there is no block: which step of which round waits for whom, since when, when
            each representative was last heard, and what else keeps this node from agreeing
            (`why` and `deciders` with --output json). Exits 0 when all is well; 1 when blocks are
            late, a step takes long or somebody is missing (degraded); 3 when the node cannot be
            reached.
            """,
        options: Option.ledger,
        examples: [
            .init("accredit status", "height, representatives, who is missing"),
            .init("accredit status --output json --node https://127.0.0.1:7101", "for a program"),
        ],
        run: { invocation in
            let json = try await invocation.ledger().status()
            let complaints = complaints(json)
            invocation.console.result(json) { describe(json) }
            guard complaints.isEmpty else {
                throw Failure(
                    .failure, "status.degraded", "the network is degraded",
                    why: complaints.joined(separator: "\n       "),
                    fix: "start the nodes that are missing, or look at their logs")
            }
        })

    /// What keeps the network from being well. Who is waited for in a first round is no complaint:
    /// somebody always is.
    static func complaints(_ json: JSON) -> [String] {
        var complaints: [String] = []
        if json["synchronised"]?.boolValue == false { complaints.append("the node is behind") }
        if let late = json["late"]?.stringValue { complaints.append(late) }
        if let withheld = json["withheld"]?.stringValue { complaints.append(withheld) }
        if let difference = json["recount"]?["detail"]?.stringValue {
            complaints.append("votes counted again differ: \(difference)")
        }
        for reason in json["why"]?["reasons"]?.arrayValue ?? []
        where reason["trouble"]?.boolValue == true {
            // These two have members of their own, and were told above.
            guard let code = reason["code"]?.stringValue, code != "late", code != "withheld",
                let text = reason["text"]?.stringValue
            else { continue }
            complaints.append(text)
        }
        return complaints
    }

    /// `agrees, election 3, to block 91`.
    private static func recount(_ json: JSON?) -> String? {
        guard let outcome = json?["outcome"]?.plain, let height = json?["height"]?.plain else {
            return nil
        }
        let election = json?["election"]?.plain.map { ", election \($0)" } ?? ""
        return "\(outcome)\(election), to block \(height)"
    }

    private static func describe(_ json: JSON) -> String {
        func count(_ json: JSON?) -> String? { json?.arrayValue.map { String($0.count) } }
        let consensus = json["consensus"]
        let rows = [
            ("network", json["network"]?.plain), ("height", json["height"]?.plain),
            ("time", json["time"]?.plain), ("node", json["node"]?.plain),
            ("node status", json["nodeStatus"]?.plain),
            ("representatives", count(json["representatives"])),
            ("next election", json["nextElection"]?.plain),
            ("pending", json["pending"]?.plain),
            (
                "why no block",
                json["why"]?["text"]?.plain
                    ?? consensus?["explanation"]?.plain ?? consensus?["step"]?.plain
            ),
            ("recount", recount(json["recount"])), ("round", consensus?["round"]?.plain),
            ("missing", consensus?["missing"]?.plain),
            (
                "unreachable",
                json["peers"]?["unreachable"]?.arrayValue.map { peers in
                    peers.compactMap { $0["endpoint"]?.plain }.joined(separator: ", ")
                }
            ),
        ]
        return Table.pairs(
            rows.compactMap { name, value in
                value.flatMap { $0.isEmpty ? nil : (name, $0) }
            })
    }
}
