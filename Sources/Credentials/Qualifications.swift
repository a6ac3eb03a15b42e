package import Cryptography
package import Encoding

/// What a node says about itself. Nothing here is believed: auditors challenge the device, read the
/// deposits from the ledger and check the statement's signature.
package struct Qualifications: Sendable, Hashable {
    /// The device as its operator measured it.
    package struct Device: Sendable, Hashable {
        package let cores: Int64
        package let memoryMebibytes: Int64
        package let diskMebibytes: Int64
        /// P-256 signatures that all cores together verify in a second.
        package let verificationsPerSecond: Int64
        /// Small writes synced to the disk in a second.
        package let durableWritesPerSecond: Int64
        package let measuredAt: Instant

        package init(
            cores: Int64, memoryMebibytes: Int64, diskMebibytes: Int64,
            verificationsPerSecond: Int64, durableWritesPerSecond: Int64, measuredAt: Instant
        ) {
            self.cores = cores
            self.memoryMebibytes = memoryMebibytes
            self.diskMebibytes = diskMebibytes
            self.verificationsPerSecond = verificationsPerSecond
            self.durableWritesPerSecond = durableWritesPerSecond
            self.measuredAt = measuredAt
        }
    }

    package let device: Device
    /// Ids of the `deposit.pay` transactions that pay for this application.
    package let deposits: [Digest]
    /// A credit source's statement, verbatim.
    package let credit: String?
    /// Anything else an auditor's policy may ask for.
    package let evidence: JSON?

    package init(
        device: Device, deposits: [Digest], credit: String? = nil, evidence: JSON? = nil
    ) {
        self.device = device
        self.deposits = deposits
        self.credit = credit
        self.evidence = evidence
    }
}

extension Qualifications {
    init(_ fields: inout Fields) throws(FormatError) {
        var device = try fields.object("device")
        self.device = try Device(&device)
        try device.end()
        var deposits: [Digest] = []
        for text in try fields.strings("deposits", maximumCount: Limits.depositCountMaximum) {
            let deposit = try Digest(hexadecimal: text)
            guard !deposits.contains(deposit) else {
                throw fields.error("deposits", "names \(text) twice")
            }
            deposits.append(deposit)
        }
        self.deposits = deposits
        credit = try fields.optionalString(
            "credit", maximumByteCount: Limits.creditStatementByteCountMaximum)
        evidence = fields.optionalJSON("evidence")
        guard evidence == nil || evidence?.objectValue != nil else {
            throw fields.error("evidence", "has to be an object")
        }
    }

    var json: JSON {
        var members: [(String, JSON)] = [
            ("device", device.json),
            ("deposits", .array(deposits.map { .string($0.text) })),
        ]
        if let credit { members.append(("credit", .string(credit))) }
        if let evidence { members.append(("evidence", evidence)) }
        return .object(JSONObject(members))
    }
}

extension Qualifications.Device {
    init(_ fields: inout Fields) throws(FormatError) {
        cores = try fields.int64("cores", in: 1...65_536)
        memoryMebibytes = try fields.int64("memoryMebibytes", in: 1...(1 << 40))
        diskMebibytes = try fields.int64("diskMebibytes", in: 0...(1 << 50))
        verificationsPerSecond = try fields.int64("verificationsPerSecond", in: 0...(1 << 40))
        durableWritesPerSecond = try fields.int64("durableWritesPerSecond", in: 0...(1 << 40))
        measuredAt = try fields.instant("measuredAt")
    }

    /// The members as they stand in an application.
    package var json: JSON {
        [
            "cores": JSON(cores), "memoryMebibytes": JSON(memoryMebibytes),
            "diskMebibytes": JSON(diskMebibytes),
            "verificationsPerSecond": JSON(verificationsPerSecond),
            "durableWritesPerSecond": JSON(durableWritesPerSecond),
            "measuredAt": .string(measuredAt.rfc3339),
        ]
    }

    /// Reads what `accredit device measure` printed.
    package init(json: JSON) throws(CredentialError) {
        self = try CredentialError.reading { () throws(FormatError) in
            var fields = try Fields(json, "device")
            let device = try Qualifications.Device(&fields)
            try fields.end()
            return device
        }
    }
}
