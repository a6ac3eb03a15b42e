import Encoding

/// What the servers of a network tell anybody who asks: all that the checks look at, as it came.
struct PublicRecord: Sendable {
    struct Block: Sendable {
        var header: [UInt8]
        /// Compact JWS.
        var transactions: [String]
        /// `code` of each transaction's result.
        var codes: [String]
        var certificate: JSON

        /// Reads `GET /v1/blocks/{height}`.
        init?(_ json: JSON) {
            guard let header = json["header"]?.stringValue,
                let transactions = json["transactions"]?.arrayValue,
                let results = json["results"]?.arrayValue, let certificate = json["certificate"]
            else { return nil }
            self.header = Array(header.utf8)
            self.transactions = transactions.compactMap(\.stringValue)
            codes = results.compactMap { $0["code"]?.stringValue }
            self.certificate = certificate
            guard self.transactions.count == transactions.count, codes.count == results.count
            else { return nil }
        }
    }

    /// The genesis file.
    var genesis: [UInt8]
    /// From height 1 on.
    var blocks: [Block] = []
    /// Each node's header of the last height that all have, by the node's name.
    var headersByNode: [String: [UInt8]] = [:]
    /// `GET /v1/elections/{n}` from 1 on.
    var elections: [JSON] = []
    /// `GET /v1/results`, now and before some times.
    var results: [JSON] = []
    var accounts: [JSON] = []
    var deposits: [JSON] = []
    /// `GET /v1/status` of each node.
    var statuses: [JSON] = []
    /// `GET /v1/candidates`.
    var candidates: JSON = .null
    /// Receipts, each with the `id` of the transaction that was asked for.
    var receipts: [JSON] = []
    /// The bundle of each applicant, by its name.
    var bundles: [String: String] = [:]
    /// What the issuers answer to `GET /v1/credentials/{jti}`, by jti.
    var credentials: [String: String] = [:]
    /// The published key sets of auditors and aggregator, by their address.
    var keySets: [String: JSON] = [:]
}

/// What the story says should have come of an applicant.
struct ExpectedOutcome: Sendable {
    let name: String
    /// did of the node.
    let node: String
    /// Digest of its application, in hexadecimal.
    let application: String
    /// Addresses of the auditors that consent and that refuse.
    let consenting: Set<String>
    let refusing: Set<String>
    let isQuorumMet: Bool
    /// The ledger's answer to its `candidate.add`.
    let admission: String
}

/// What the story says should have come of a withdrawn candidate's deposit.
struct ExpectedRefund: Sendable {
    /// Id of the deposit.
    let deposit: String
    let payer: String
    let amount: UInt64
}
