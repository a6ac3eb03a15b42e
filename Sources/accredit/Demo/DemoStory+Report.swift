import Credentials
import Cryptography
import Encoding

extension DemoStory {
    /// What the story says should be found in the public record.
    func expectations() throws -> DemoChecks.Expectations {
        DemoChecks.Expectations(
            applicants: try applicants.map { applicant in
                let refusing = try applicant.node.refusedBy.map { try auditor($0).place.url }
                let all = network.auditors.map(\.place.url)
                return ExpectedOutcome(
                    name: applicant.node.name, node: applicant.did,
                    application: applicant.application,
                    consenting: Set(all).subtracting(refusing), refusing: Set(refusing),
                    isQuorumMet: all.count - refusing.count >= 2,
                    admission: applicant.node.admission)
            },
            refunds: try deposits.filter { DemoCast.refunded.contains($0.node) }.map { deposit in
                ExpectedRefund(
                    deposit: deposit.id, payer: try signer(deposit.payer).did,
                    amount: deposit.amount)
            },
            switches: 2)
    }

    /// The one document of `--output json`.
    func document(_ record: PublicRecord, _ checks: [DemoCheck]) -> JSON {
        let founders = network.founders.map { JSON($0.place.name) }
        return [
            "network": [
                "dev": true, "name": JSON(network.network),
                "genesis": JSON(Digest.sha256(record.genesis).text),
                "nodes": .array(network.nodes.map { JSON($0.place.name) }),
                "founders": .array(founders), "voters": JSON(network.parameters.voterCount),
                "electionInterval": JSON(network.parameters.electionInterval),
                "device": device.json,
            ],
            "auditors": .array(
                network.auditors.map { auditor in
                    [
                        "name": JSON(auditor.place.name), "issuer": JSON(auditor.place.url),
                        "operator": JSON(auditor.operatorName), "policy": JSON(auditor.policy),
                    ]
                }),
            "applicants": .array(applicants.map { $0.json(name: name) }),
            "elections": .array(elections.map(\.json)),
            "refunds": .array(refunds.map(\.json)),
            "rotation": rotation.map(\.json) ?? .null,
            "review": review.map(\.json) ?? .null,
            "blocks": .array(record.blocks.map(summary)),
            "checks": .array(checks.map(\.json)),
        ]
    }

    /// `{"height","id","time","proposer","round","transactions","signatures"}`.
    private func summary(_ block: PublicRecord.Block) -> JSON {
        let header = (try? JSON.parse(block.header)) ?? .null
        return [
            "height": header["height"] ?? .null, "id": JSON(Digest.sha256(block.header).text),
            "time": header["time"] ?? .null,
            "proposer": JSON(name(header["proposer"]?.stringValue ?? "?")),
            "round": header["round"] ?? .null, "transactions": JSON(block.transactions.count),
            "signatures": JSON(block.certificate["signatures"]?.arrayValue?.count ?? 0),
        ]
    }

    /// The checks, one line each; what does not hold with what was expected and found.
    func tell(_ checks: [DemoCheck]) {
        teller.chapter("14. Everything checked again, from public outputs alone")
        for check in checks {
            teller.say("\(check.holds ? "✓" : "✗") \(check.name): \(check.claim)")
            for reason in check.explanation where !check.holds {
                teller.say("    \(named(reason))")
            }
        }
    }
}

extension DemoStory {
    /// What to fetch for the checks: everybody's account, the receipts of admissions and refunds.
    func fetching() -> RecordFetching {
        RecordFetching(
            network: network, http: ledger.http, accounts: signers.values.map(\.did).sorted(),
            applicants: applicants,
            receipts: Set(applicants.compactMap(\.admission?.id) + refunds.map(\.outcome.id))
                .sorted())
    }
}
