package import Credentials
package import Cryptography
package import Encoding

/// The first state of a network, as its operators agreed on it.
package struct Genesis: Sendable {
    /// An account funded or enrolled from the start.
    package struct Holder: Sendable, Hashable {
        package let account: Identity
        package let balance: UInt64
        package let allowance: UInt64
    }

    /// The file as it was read.
    package let bytes: [UInt8]
    /// SHA-256 of `bytes`: the `previous` of block 1.
    package let digest: Digest
    package let network: String
    package let time: Instant
    /// The account that may enrol voters.
    package let registrar: Identity
    package let representatives: Representatives
    package let holders: [Holder]
    package let auditorSet: AuditorSet
    package let parameters: Parameters
    /// Sum of all balances: no transaction changes it.
    package let supply: UInt64

    /// Reads and judges a genesis file.
    /// - Throws: `genesis`, naming the member and what it must be.
    package init(bytes: [UInt8]) throws(LedgerError) {
        do {
            let limits = JSONLimits(
                byteCountMaximum: Limits.genesisByteCountMaximum,
                valueCountMaximum: 4 * Limits.genesisAccountsMaximum + 100_000)
            try self.init(reading: try JSON.parse(bytes, limits: limits), bytes)
        } catch let error as LedgerError {
            throw LedgerError(.genesis, error.detail)
        } catch {
            throw LedgerError(.genesis, "\(error)")
        }
    }

    private init(reading json: JSON, _ bytes: [UInt8]) throws {
        self.bytes = bytes
        digest = Digest.sha256(bytes)
        var fields = try Fields(json, "genesis")
        network = try fields.string(
            "network", maximumByteCount: Limits.networkNameByteCountMaximum)
        guard !network.isEmpty, network.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw LedgerError(.genesis, "network is a name of printable ASCII without spaces")
        }
        time = try fields.instant("time")
        registrar = try fields.owner("registrar")
        representatives = try Representatives(
            try fields.array(
                "representatives", maximumCount: Limits.representativesMaximum),
            "representatives")
        parameters = try Parameters(try fields.json("parameters"))
        guard parameters.version == 1 else {
            throw LedgerError(.genesis, "parameters.version is 1 in genesis, or left out")
        }
        auditorSet = try AuditorSet(json: try fields.json("auditorSet"))
        guard auditorSet.network.hasSameBytes(as: network) else {
            throw LedgerError(.genesis, "auditorSet is for \(auditorSet.network), not \(network)")
        }
        (holders, supply) = try Self.holders(&fields, allowance: parameters.allowance)
        try fields.end()
        let count = representatives.list.count
        guard parameters.approval.quorum(of: count) != nil else {
            throw LedgerError(.genesis, parameters.approval.refusal(of: count))
        }
    }

    private static func holders(
        _ fields: inout Fields, allowance: UInt64
    ) throws -> ([Holder], UInt64) {
        var holders: [Holder] = []
        var known: Set<Identity> = []
        var supply: UInt64 = 0
        let list = try fields.array("accounts", maximumCount: Limits.genesisAccountsMaximum)
        for (index, item) in list.enumerated() {
            var inner = try Fields(item, "accounts[\(index)]")
            let holder = Holder(
                account: try inner.owner("account"), balance: try inner.amount("balance"),
                allowance: try inner.optionalUInt64("allowance") ?? allowance)
            try inner.end()
            guard holder.allowance <= Limits.allowanceMaximum else {
                throw LedgerError(
                    .genesis,
                    "accounts[\(index)].allowance is at most "
                        + "\(Limits.allowanceMaximum)")
            }
            guard known.insert(holder.account).inserted else {
                throw LedgerError(.genesis, "\(holder.account) stands twice in accounts")
            }
            let (sum, overflow) = supply.addingReportingOverflow(holder.balance)
            guard !overflow else {
                throw LedgerError(.genesis, "the balances add up to 2^64 or more")
            }
            supply = sum
            holders.append(holder)
        }
        return (holders, supply)
    }
}
