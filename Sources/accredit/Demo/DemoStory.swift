import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// The story of one demo: what everybody does, in order, with what came of it.
struct DemoStory: Sendable {
    let network: DevelopmentNetwork
    let ledger: DemoLedger
    let teller: DemoTeller
    let device: Qualifications.Device
    /// Signers by name: nodes, `voter-01` …, `registrar`, `a1` … and `rowan's operator`.
    let signers: [String: Signer]
    let consensusSigners: [String: Signer]
    /// Names of nodes and accounts by did, of auditors by address.
    let names: [String: String]

    var deposits: [DemoDeposit] = []
    var applicants: [DemoApplicant] = []
    var elections: [DemoElection] = []
    var refunds: [DemoRefund] = []
    var rotation: DemoRotation?
    var review: DemoReview?

    static let registrar = "registrar"
    static let operatorAccount = "\(DemoCast.withdrawing)'s operator"

    init(
        _ network: DevelopmentNetwork, http: HTTPClient, teller: DemoTeller,
        device: Qualifications.Device
    ) throws {
        self.network = network
        self.teller = teller
        self.device = device
        ledger = DemoLedger(network: network, http: http)
        let passphrase = try SecretFile.passphrase(network.passphraseFile)
        var signers: [String: Signer] = [:]
        var consensusSigners: [String: Signer] = [:]
        var names: [String: String] = [:]
        for node in network.nodes {
            signers[node.place.name] = Signer(
                try KeyFile.read(node.nodeKey, passphrase: passphrase))
            consensusSigners[node.place.name] = Signer(
                try KeyFile.read(node.consensusKey, passphrase: passphrase))
        }
        for auditor in network.auditors {
            let signer = Signer(try KeyFile.read(auditor.accountKey, passphrase: nil))
            signers[auditor.place.name] = signer
            names[auditor.place.url] = auditor.place.name
        }
        for number in 1...network.parameters.voterCount {
            signers[Self.voter(number)] = Signer(
                try KeyFile.read(network.voterKey(number), passphrase: nil))
        }
        signers[Self.registrar] = Signer(try KeyFile.read(network.registrarKey, passphrase: nil))
        signers[Self.operatorAccount] = Signer(try PrivateKey.generate(.es256))
        for (name, signer) in signers { names[signer.did] = name }
        (self.signers, self.consensusSigners, self.names) = (signers, consensusSigners, names)
    }

    static func voter(_ number: Int) -> String { "voter-\(number < 10 ? "0" : "")\(number)" }

    /// The whole story.
    mutating func run() async throws {
        tellNetwork()
        try await prepareAccounts()
        try await payDeposits()
        try await apply()
        try await stand()
        try await firstTerm()
        try await withdraw()
        try await secondTerm()
        try await leaveToPeople()
        try await renewAndRevoke()
        try await changeKey()
    }

    private mutating func firstTerm() async throws {
        teller.chapter("5. Twenty voters vote")
        let counted = try await vote(DemoVotes.first)
        try await voteTooOften()
        teller.chapter("6. An election switches a seat")
        try await awaitElection(counting: counted)
    }

    private mutating func secondTerm() async throws {
        teller.chapter("8. Voters change and withdraw votes")
        let counted = try await vote(DemoVotes.second)
        try await comeTooLate()
        teller.chapter("10. Another election, another switch")
        try await awaitElection(counting: counted)
    }

    // MARK: - Names

    func signer(_ name: String) throws -> Signer {
        guard let signer = signers[name] else {
            throw Failure(.failure, "demo.cast", "nobody in the story is called \(name)")
        }
        return signer
    }

    func node(_ name: String) throws -> DevelopmentNetwork.Node {
        guard let node = network.node(name) else {
            throw Failure(.failure, "demo.cast", "no node in the story is called \(name)")
        }
        return node
    }

    func auditor(_ name: String) throws -> DevelopmentNetwork.Auditor {
        guard let auditor = network.auditors.first(where: { $0.place.name == name }) else {
            throw Failure(.failure, "demo.cast", "no auditor in the story is called \(name)")
        }
        return auditor
    }

    /// The name of a did or an address; itself when it has none.
    func name(_ identifier: String) -> String { names[identifier] ?? identifier }

    func identity(_ name: String) throws -> Identity { try Identity(did: signer(name).did) }

    /// The account that pays an applicant's deposits.
    func payer(of node: DemoNode) -> String { node.operatorPays ? Self.operatorAccount : node.name }

    // MARK: - Beginning

    private func tellNetwork() {
        teller.chapter("1. A network on this machine")
        let founders = network.founders.map(\.place.name).joined(separator: ", ")
        teller.say(
            "\(network.nodes.count) ledger nodes, three auditors, an aggregator and a voting "
                + "gateway, each a process of its own. \(founders) are the first "
                + "representatives, seated by genesis.")
        teller.show(
            Table(
                ["auditor", "run by", "policy"],
                network.auditors.map { [$0.place.name, $0.operatorName, $0.policy] }))
        teller.say(
            "This machine: \(device.cores) cores, \(device.memoryMebibytes) MiB memory, "
                + "\(device.verificationsPerSecond) verifications/s, "
                + "\(device.durableWritesPerSecond) durable writes/s.")
    }

    /// The registrar enrols who is missing in genesis and funds rowan's operator.
    private func prepareAccounts() async throws {
        teller.chapter("2. Accounts and deposits")
        let registrar = try signer(Self.registrar)
        for number in DemoVotes.enrolledLater {
            teller.step("enrolling \(Self.voter(number))")
            _ = try await ledger.apply(
                .voterEnroll(
                    account: try identity(Self.voter(number)),
                    allowance: UInt64(network.parameters.allowance)), by: registrar)
        }
        let later = DemoVotes.enrolledLater
        teller.say(
            "The registrar enrols \(Self.voter(later.lowerBound)) to "
                + "\(Self.voter(later.upperBound)); genesis lists the other voters.")
        let sent = try await ledger.apply(
            .transfer(
                to: try identity(Self.operatorAccount), amount: DemoCast.operatorFunds),
            by: registrar)
        teller.say(
            "It sends \(DemoCast.operatorFunds) to \(Self.operatorAccount) "
                + "(block \(sent.height ?? 0)).")
        // Everybody acts through an own node, which has to know these accounts.
        for node in network.nodes {
            try await ledger.reach(UInt64(sent.height ?? 0), on: ledger.client(node))
        }
    }
}
