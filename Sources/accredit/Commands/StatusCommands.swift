import Encoding

/// `status`: how the network does, seen from one node.
enum StatusCommands {
    static let all = [status]

    static let status = Command(
        path: ["status"],
        summary: "Show how the network does, seen from a node",
        discussion: """
            Exits 0 when all is well, 1 when representatives are missing (degraded), 3 when the
            node cannot be reached.
            """,
        options: Option.ledger,
        examples: [
            .init("accredit status", "height, representatives, who is missing"),
            .init("accredit status --output json --node https://127.0.0.1:7101", "for a program"),
        ],
        run: { invocation in
            let json = try await invocation.ledger().status()
            let missing = json["consensus"]?["missing"]?.arrayValue ?? []
            invocation.console.result(json) {
                var pairs = ["network", "height", "time", "node", "nodeStatus"]
                    .compactMap { name in json[name]?.plain.map { (name, $0) } }
                let seats = json["representatives"]?.arrayValue ?? []
                pairs.append(("representatives", String(seats.count)))
                pairs.append(
                    ("missing", missing.isEmpty ? "none" : JSON.array(missing).plain ?? ""))
                for (name, member) in [("round", "round"), ("step", "step")] {
                    if let value = json["consensus"]?[member]?.plain { pairs.append((name, value)) }
                }
                if let peers = json["peers"] {
                    pairs.append(
                        ("peers", peers.arrayValue.map { String($0.count) } ?? peers.plain ?? ""))
                }
                return Table.pairs(pairs)
            }
            guard missing.isEmpty else {
                throw Failure(
                    .failure, "status.degraded", "the network is degraded",
                    why: "\(missing.count) representatives are missing",
                    fix: "start the missing nodes, or look at their logs")
            }
        })
}
