import Encoding

/// Every check of the demo, recomputed from what the servers make public by code apart from theirs.
enum DemoChecks {
    /// What the story says should be found.
    struct Expectations: Sendable {
        let applicants: [ExpectedOutcome]
        let refunds: [ExpectedRefund]
        /// How many elections at least have to have changed the set of representatives.
        let switches: Int
    }

    /// - Returns: all checks, in the order in which they are told. One that could not be made for
    ///   want of something before it does not hold.
    static func run(_ record: PublicRecord, _ expected: Expectations) -> [DemoCheck] {
        var recount: Recount
        do { recount = try Recount(genesis: record.genesis) } catch {
            var check = DemoCheck("genesis", "the genesis file can be read")
            check.expect("genesis") { check in throw error }
            return [check]
        }
        let (chain, blocks) = ChainChecks.chain(record, network: recount.network)
        let codes = blocks.map { recount.follow($0) }
        return [
            chain,
            ChainChecks.transactions(blocks),
            ChainChecks.certificates(blocks, recount),
            ChainChecks.switches(blocks, recount, atLeast: expected.switches),
            ChainChecks.agreement(record, blocks),
            ChainChecks.receipts(record, blocks, recount),
            CredentialChecks.credentials(record),
            CredentialChecks.bundles(
                record, set: recount.auditorSet, network: recount.network,
                expected: expected.applicants),
            LedgerChecks.rules(blocks, codes: codes),
            LedgerChecks.admissions(record, blocks, recount, expected: expected.applicants),
            LedgerChecks.tallies(record, recount),
            LedgerChecks.allowances(recount),
            LedgerChecks.elections(record, recount),
            LedgerChecks.statuses(record, recount),
            LedgerChecks.refunds(record, recount, expected: expected.refunds),
            LedgerChecks.money(record, recount),
        ]
    }
}
