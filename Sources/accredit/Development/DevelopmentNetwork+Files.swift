import Auditing
import AuditorServer
import Credentials
import Cryptography
import Encoding
import Storage
import Web

extension DevelopmentNetwork {
    /// Makes every key, certificate and configuration file. The marker is written last, so that a
    /// half-made network is never taken for a whole one.
    func write(at now: Instant) throws {
        try DurableFile.makeDirectory(folder)
        try writePassphrase()
        try DurableFile.makeDirectory("\(folder)/authority")
        _ = try DevelopmentAuthority.create(directory: "\(folder)/authority")
        let passphrase = try SecretFile.passphrase(passphraseFile)
        try writeAuditors(passphrase, from: now)
        try writeNodes(passphrase)
        try writeAggregator(passphrase)
        try writeGateway()
        try writeAccounts()
        try writeGenesis(at: now)
        try writeClients()
        try writeJSON(description, to: marker)
    }

    /// What `init(opening:)` needs to find everything again.
    private var description: JSON {
        [
            "network": JSON(network), "host": JSON(host),
            "ports": .array(ports.map { JSON(Int64($0)) }),
            "applicants": .array(applicants.map { JSON($0.place.name) }),
            "voters": JSON(parameters.voterCount),
        ]
    }

    /// A network that an earlier run wrote into `folder`; nil when there is none.
    init?(opening folder: String, policyFolder: String) throws {
        let marker = "\(folder)/\(Self.markerName)"
        let bytes: [UInt8]
        do throws(StorageError) {
            bytes = try DurableFile.read(marker, maximumByteCount: 65_536)
        } catch {
            guard case .missing = error.code else { throw error }
            return nil
        }
        var fields = try Fields(JSON.parse(bytes), marker)
        var parameters = Parameters()
        let network = try fields.string("network")
        let host = try fields.string("host")
        let ports = try fields.array("ports", maximumCount: 64).compactMap(\.int64Value)
        let applicants = try fields.strings("applicants", maximumCount: 32)
        parameters.voterCount = try fields.int("voters", in: 1...1000)
        try fields.end()
        guard ports.count == Self.portCount(applicants: applicants.count),
            ports.allSatisfy({ (1...65_535).contains($0) })
        else { throw FormatError(.shape, "\(marker): ports do not fit the servers") }
        self.init(
            folder: folder, network: network, policyFolder: policyFolder, applicants: applicants,
            host: host, ports: ports.map { UInt16($0) }, parameters: parameters)
    }

    private func writePassphrase() throws {
        let words = Hexadecimal.encode(SecureRandom.bytes(16))
        try DurableFile.write(
            Array((words + "\n").utf8), to: passphraseFile, mode: 0o600, replacing: false)
    }

    private func writeJSON(_ json: JSON, to path: String) throws {
        try DurableFile.write(Array((json.prettyText + "\n").utf8), to: path, replacing: false)
    }

    /// Makes a key file, and beside it what is public about the key.
    private func makeKey(
        _ path: String, _ algorithm: KeyAlgorithm = .es256, passphrase: [UInt8]?
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        _ = try KeyFolder(path: Folders.parent(of: path)).add(
            key, name: path, passphrase: passphrase)
    }

    /// The public part of a key made by `makeKey`.
    func publicKey(_ path: String) throws -> PublicKey {
        try KeyFolder(path: Folders.parent(of: path)).entry(path).publicKey
    }

    /// - Parameter root: the way from the place's folder up to the network's.
    private func writeTLS(_ place: Place, root: String) throws -> JSON {
        _ = try DevelopmentAuthority.issue(
            server: place.name, directory: place.folder, authority: "\(folder)/authority")
        return [
            "certificate": JSON("\(place.name).pem"), "key": JSON("\(place.name).key"),
            "authority": JSON("\(root)/authority/authority.pem"),
        ]
    }

    private func writeAuditors(_ passphrase: [UInt8], from now: Instant) throws {
        try makeKey(creditSourceKey, passphrase: nil)
        let creditSource = try publicKey(creditSourceKey)
        for reviewer in Self.reviewers { try makeKey(reviewerKey(reviewer), passphrase: nil) }
        for auditor in auditors {
            let place = auditor.place
            try DurableFile.makeDirectory(place.folder)
            try auditor.keyRing.create(
                issuer: place.url, window: signingWindow(from: now), passphrase: passphrase, at: now
            )
            try makeKey(auditor.logKey, .ed25519, passphrase: passphrase)
            try makeKey(auditor.accountKey, passphrase: nil)
            try makeKey(auditor.operatorKey, passphrase: nil)
            let policy = try DurableFile.read(
                "\(policyFolder)/\(auditor.policy)",
                maximumByteCount: Limits.inputByteCountMaximum)
            try DurableFile.write(policy, to: "\(place.folder)/policy.json", replacing: false)
            try writeJSON(
                [
                    "issuer": JSON(place.url), "name": JSON(auditor.operatorName),
                    "listen": JSON(place.address.description),
                    "tls": writeTLS(place, root: "../.."),
                    "data": "data", "network": JSON(network), "keyRing": "keys",
                    "logKey": "log.pem", "account": "account.pem",
                    "passphraseFile": "../../passphrase", "policy": "policy.json",
                    "ledger": .array(founders.map { JSON($0.place.url) }),
                    "creditSources": [
                        ["name": JSON(Self.creditSourceName), "jwk": creditSource.jwk]
                    ],
                    "reviewers": auditor.asksReviewers ? reviewersMember() : [],
                    "peers": .array(
                        auditors.filter { $0.place != place }.map { JSON($0.place.url) }),
                    "operators": [
                        [
                            "did": JSON(try publicKey(auditor.operatorKey).did),
                            "name": JSON("Operator of \(auditor.operatorName)"),
                        ]
                    ],
                    "challenge": [
                        "signatures": 64, "memoryMebibytes": 4, "deadlineMilliseconds": 5000,
                        "allowLoopback": true,
                    ],
                ], to: auditor.configuration)
        }
        try writeJSON(auditorSet(from: now), to: auditorSetFile)
    }

    static let creditSourceName = "Union Credit Bureau"

    /// A year, in whole seconds, and the hour before: the rings and the set have to agree.
    private func signingWindow(from now: Instant) -> Validity {
        Validity(
            from: Instant(seconds: now.seconds - 3600),
            until: Instant(seconds: now.seconds + 365 * 86_400))
    }

    private func auditorSet(from now: Instant) throws -> JSON {
        [
            "version": 1, "network": JSON(network), "threshold": 2, "operators": 2,
            "auditors": .array(
                try auditors.map { auditor in
                    [
                        "issuer": JSON(auditor.place.url), "name": JSON(auditor.operatorName),
                        "operator": JSON(auditor.operatorName),
                        "account": JSON(try publicKey(auditor.accountKey).did),
                        "keys": .array(
                            try auditor.keyRing.read().keys.map { key in
                                [
                                    "jwk": key.publicKey.jwk,
                                    "from": JSON(key.window.from.rfc3339),
                                    "until": JSON(key.window.until.rfc3339),
                                ]
                            }),
                    ]
                }),
        ]
    }

    private func writeNodes(_ passphrase: [UInt8]) throws {
        for node in nodes {
            try DurableFile.makeDirectory(node.place.folder)
            try makeKey(node.nodeKey, passphrase: passphrase)
            try makeKey(node.consensusKey, .ed25519, passphrase: passphrase)
            try writeJSON(
                [
                    "listen": JSON(node.place.address.description),
                    "endpoint": JSON(node.place.url), "tls": writeTLS(node.place, root: "../.."),
                    "data": "data", "genesis": "../../genesis.json", "nodeKey": "node.pem",
                    "consensusKey": "consensus.pem", "passphraseFile": "../../passphrase",
                    "peers": .array(founders.filter { $0 != node }.map { JSON($0.place.url) }),
                ], to: node.configuration)
        }
    }

    private func writeAggregator(_ passphrase: [UInt8]) throws {
        try DurableFile.makeDirectory(aggregator.folder)
        try makeKey("\(aggregator.folder)/key.pem", passphrase: passphrase)
        try writeJSON(
            [
                "id": JSON(aggregator.url), "listen": JSON(aggregator.address.description),
                "tls": writeTLS(aggregator, root: ".."),
                "data": "data", "network": JSON(network), "key": "key.pem",
                "passphraseFile": "../passphrase", "auditorSet": "../auditor-set.json",
                "deadlineMilliseconds": JSON(parameters.aggregatorDeadlineMilliseconds),
            ], to: "\(aggregator.folder)/aggregator.json")
    }

    private func writeGateway() throws {
        try DurableFile.makeDirectory(gateway.folder)
        try writeJSON(
            [
                "id": JSON(gateway.url), "listen": JSON(gateway.address.description),
                "tls": writeTLS(gateway, root: ".."), "data": "data", "network": JSON(network),
                "ledger": .array(founders.map { JSON($0.place.url) }),
            ], to: "\(gateway.folder)/gateway.json")
    }

    private func writeAccounts() throws {
        try makeKey(registrarKey, passphrase: nil)
        for number in 1...parameters.voterCount {
            try makeKey(voterKey(number), passphrase: nil)
        }
    }

    private func writeGenesis(at now: Instant) throws {
        var accounts: [JSON] = []
        func add(_ key: String, _ balance: UInt64, allowance: Int) throws {
            accounts.append([
                "account": JSON(try publicKey(key).did), "balance": JSON(amount: balance),
                "allowance": JSON(allowance),
            ])
        }
        try add(registrarKey, Self.registrarBalance, allowance: 0)
        for node in nodes { try add(node.nodeKey, Self.nodeBalance, allowance: 0) }
        for auditor in auditors { try add(auditor.accountKey, 0, allowance: 0) }
        for number in 1...(parameters.voterCount - parameters.lateVoterCount) {
            try add(
                voterKey(number), Self.voterBalance, allowance: parameters.allowance)
        }
        try writeJSON(
            [
                "network": JSON(network), "time": JSON(now.rfc3339),
                "registrar": JSON(try publicKey(registrarKey).did),
                "representatives": .array(try founders.map(representative)),
                "accounts": .array(accounts),
                "auditorSet": try JSON.parse(
                    DurableFile.read(
                        auditorSetFile, maximumByteCount: Limits.inputByteCountMaximum)),
                "parameters": [
                    "approval": ["ratio": "2/3"],
                    "electionInterval": JSON(parameters.electionInterval),
                    "seats": JSON(parameters.seats),
                    "minimumSeats": JSON(parameters.minimumSeats),
                    "allowance": JSON(parameters.allowance),
                    "votesPerCandidate": JSON(parameters.votesPerCandidate),
                    "proofOfWorkBits": 0,
                    "blockInterval": JSON(parameters.blockIntervalMilliseconds),
                    "heartbeat": JSON(parameters.heartbeatMilliseconds),
                    "termMarginSeconds": JSON(parameters.termMarginSeconds),
                ],
            ], to: genesisFile)
    }

    private func representative(_ node: Node) throws -> JSON {
        [
            "node": JSON(try publicKey(node.nodeKey).did),
            "consensusKey": JSON(Base64URL.encode(try publicKey(node.consensusKey).bytes)),
            "endpoint": JSON(node.place.url),
        ]
    }

    /// Settings for the command: as each node, as the registrar, as each voter, as each auditor.
    private func writeClients() throws {
        func client(_ path: String, key: String, passphrase: Bool, node: Node) throws {
            var members: [(String, JSON)] = [
                ("node", JSON(node.place.url)), ("aggregator", JSON(aggregator.url)),
                ("authority", JSON(authority)), ("network", JSON(network)),
                ("auditorSet", JSON(auditorSetFile)), ("key", JSON(key)),
            ]
            if passphrase { members.append(("passphraseFile", JSON(passphraseFile))) }
            try writeJSON(.object(JSONObject(members)), to: path)
        }
        for node in nodes {
            try client(node.client, key: node.nodeKey, passphrase: true, node: node)
        }
        guard let first = founders.first else { return }
        try DurableFile.makeDirectory("\(folder)/clients")
        try client(
            "\(folder)/clients/registrar.json", key: registrarKey, passphrase: false, node: first)
        for auditor in auditors {
            try client(
                "\(folder)/clients/\(auditor.place.name).json", key: auditor.accountKey,
                passphrase: false, node: first)
        }
        for number in 1...parameters.voterCount {
            let key = voterKey(number)
            let name = Folders.name(of: key).replacing(".pem", with: ".json")
            try client(
                "\(folder)/clients/\(name)", key: key, passphrase: false,
                node: founders[number % founders.count])
        }
    }
}
