import AuditorServer
import Encoding
import Storage
import Web

/// A whole network on this machine, with keys made for it and thrown away with it: three auditors,
/// an aggregator, a voting gateway and ledger nodes. This is its description; `write()` makes the files, `Supervisor`
/// runs the servers.
struct DevelopmentNetwork: Sendable {
    /// A server of the network: what it is called, where it listens and lives.
    struct Place: Sendable, Hashable {
        let name: String
        let folder: String
        let address: SocketAddress

        var url: String { "https://\(address)" }
    }

    /// An auditor: who runs it and by which policy it judges.
    struct Auditor: Sendable {
        let place: Place
        let operatorName: String
        let policy: String

        var keyRing: KeyRingFolder { KeyRingFolder(path: "\(place.folder)/keys") }
        var logKey: String { "\(place.folder)/log.pem" }
        var accountKey: String { "\(place.folder)/account.pem" }
        /// Of the person who gives this auditor orders.
        var operatorKey: String { "\(place.folder)/operator.pem" }
        var configuration: String { "\(place.folder)/auditor.json" }
    }

    /// A ledger node and the account of who runs it.
    struct Node: Sendable, Hashable {
        let place: Place
        /// Whether genesis seats it.
        let isFounder: Bool

        var nodeKey: String { "\(place.folder)/node.pem" }
        var consensusKey: String { "\(place.folder)/consensus.pem" }
        var configuration: String { "\(place.folder)/node.json" }
        /// Settings for the command, to act as this node.
        var client: String { "\(place.folder)/client.json" }
    }

    struct Parameters: Sendable {
        var electionInterval = 30
        var seats = 4
        var minimumSeats = 4
        var voterCount = 20
        /// How many of the voters, the last ones, genesis does not list: the registrar enrols them.
        var lateVoterCount = 0
        var allowance = 10
        var votesPerCandidate = 10
        var blockIntervalMilliseconds = 200
        var heartbeatMilliseconds = 500
        /// How long past an election a candidate's credentials have to last, in seconds.
        var termMarginSeconds = 60
        var aggregatorDeadlineMilliseconds = 10_000
    }

    static let founderNames = ["ash", "birch", "cedar", "elm"]
    static let nodeBalance: UInt64 = 100_000
    static let voterBalance: UInt64 = 100
    static let registrarBalance: UInt64 = 1_000_000

    let folder: String
    let network: String
    let policyFolder: String
    let parameters: Parameters
    /// The loopback address every server listens on, and their ports in the order of `init`.
    let host: String
    let ports: [UInt16]
    let auditors: [Auditor]
    let aggregator: Place
    let gateway: Place
    let nodes: [Node]

    /// - Parameters:
    ///   - applicants: names of nodes that genesis does not seat.
    ///   - ports: one for each auditor, the aggregator, the gateway and each node, in this
    ///     order.
    init(
        folder: String, network: String, policyFolder: String, applicants: [String],
        host: String, ports: [UInt16], parameters: Parameters
    ) {
        func place(_ name: String, _ folder: String, _ port: UInt16) -> Place {
            Place(name: name, folder: folder, address: SocketAddress(host: host, port: port))
        }
        self.folder = folder
        self.network = network
        self.policyFolder = policyFolder
        self.parameters = parameters
        self.host = host
        self.ports = ports
        let judges = [
            ("a1", "Northwind Assurance", "device-performance.json"),
            ("a2", "Lakeside Audit", "deposit-and-credit.json"),
            ("a3", "Meridian Review", "full-review.json"),
        ]
        auditors = judges.enumerated().map { index, judge in
            Auditor(
                place: place(judge.0, "\(folder)/auditors/\(judge.0)", ports[index]),
                operatorName: judge.1, policy: judge.2)
        }
        aggregator = place("aggregator", "\(folder)/aggregator", ports[judges.count])
        gateway = place("gateway", "\(folder)/gateway", ports[judges.count + 1])
        let names = Self.founderNames + applicants
        nodes = zip(names, ports.dropFirst(judges.count + 2)).enumerated().map { index, entry in
            Node(
                place: place(entry.0, "\(folder)/nodes/\(entry.0)", entry.1),
                isFounder: index < Self.founderNames.count)
        }
    }

    /// How many ports a network with this many applicants takes.
    static func portCount(applicants: Int) -> Int { 3 + 2 + founderNames.count + applicants }

    var founders: [Node] { nodes.filter(\.isFounder) }
    var applicants: [Node] { nodes.filter { !$0.isFounder } }
    var authority: String { "\(folder)/authority/authority.pem" }
    var passphraseFile: String { "\(folder)/passphrase" }
    var genesisFile: String { "\(folder)/genesis.json" }
    var auditorSetFile: String { "\(folder)/auditor-set.json" }
    var registrarKey: String { "\(folder)/keys/registrar.pem" }
    var creditSourceKey: String { "\(folder)/keys/credit-source.pem" }
    /// Written when a network is complete; a folder without it is not started.
    var marker: String { "\(folder)/\(Self.markerName)" }
    static let markerName = "DEV-NETWORK"

    func voterKey(_ number: Int) -> String {
        "\(folder)/keys/voter-\(number < 10 ? "0" : "")\(number).pem"
    }

    func node(_ name: String) -> Node? { nodes.first { $0.place.name == name } }
}
