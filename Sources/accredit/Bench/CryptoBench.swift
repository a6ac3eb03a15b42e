import Cryptography
import Encoding

/// Signatures, tokens and keys beside OpenSSL's own calls, in turn on one thread.
struct CryptoBench {
    /// CPU seconds in all.
    let seconds: Double
    /// Every operation is measured once a round; the medians count.
    let rounds: Int

    private struct Operation {
        let name: String
        /// The operation that is its limit.
        var limit: String?
        let run: () throws -> Bool
    }

    private static let tokenCount = 16
    private static let type = "transaction+jwt"

    func run(_ progress: Progress) throws -> BenchReport {
        let operations = try KeyAlgorithm.allCases.flatMap(Self.operations)
        let slice = seconds / Double(rounds * operations.count)
        var rates = [[Double]](repeating: [], count: operations.count)
        for round in 0..<rounds {
            progress.step("measuring", done: round, total: rounds)
            for (index, operation) in operations.enumerated() {
                rates[index].append(try CPUTime.rate(seconds: slice, operation.run))
            }
        }
        var report = BenchReport(name: "crypto")
        report.facts = [
            ("rounds", JSON(rounds)), ("threads", 1),
            ("rates", "per second of thread CPU time; medians of the rounds"),
        ]
        for (index, operation) in operations.enumerated() {
            var limit: (name: String, ratio: Double)?
            if let name = operation.limit,
                let place = operations.firstIndex(where: { $0.name == name })
            {
                // Within a round both saw the same machine.
                limit = (name, zip(rates[index], rates[place]).map { $0 / $1 }.median)
            }
            report.rates.append(
                BenchReport.Rate(
                    name: operation.name, perSecond: rates[index].median, limit: limit))
        }
        for algorithm in KeyAlgorithm.allCases {
            let name = Self.tokenName(algorithm)
            guard let ratio = report.rates.first(where: { $0.name == name })?.limit?.ratio else {
                continue
            }
            report.bars.append(
                BenchReport.Bar(what: name, measure: .ratio(ratio, atLeast: 0.8)))
        }
        return report
    }

    private static func tokenName(_ algorithm: KeyAlgorithm) -> String {
        "\(algorithm.rawValue) token read and verified"
    }

    /// All operations of one algorithm, over tokens as long as a vote.
    private static func operations(_ algorithm: KeyAlgorithm) throws -> [Operation] {
        let name = algorithm.rawValue
        let signer = Signer(try PrivateKey.generate(algorithm))
        let key = signer.key.publicKey
        var tokens: [JWS] = []
        for sequence in 0..<tokenCount {
            tokens.append(
                try JWS.sign(
                    payload: payload(sequence, did: key.did).bytes, type: type, keyID: key.did,
                    key: signer.key))
        }
        let first = tokens[0]
        let baseline = try SignatureBaseline(signer.key, message: first.signingInput)
        let rawVerify = "\(name) OpenSSL verify"
        let rawSign = "\(name) OpenSSL sign"
        var turn = 0
        func next() -> JWS {
            turn = (turn + 1) % tokenCount
            return tokens[turn]
        }
        return [
            Operation(name: rawVerify) { baseline.verify() },
            Operation(name: "\(name) signature verified", limit: rawVerify) {
                let token = next()
                return key.verify(signature: token.signature, message: token.signingInput)
            },
            Operation(name: tokenName(algorithm), limit: rawVerify) {
                let token = try JWS(next().compact)
                _ = try token.verify(key: key, type: type)
                return true
            },
            Operation(name: "\(name) key from its did:key, token verified", limit: rawVerify) {
                let token = try JWS(next().compact)
                _ = try token.verify(key: try PublicKey(did: key.did), type: type)
                return true
            },
            Operation(name: rawSign) { baseline.sign() != nil },
            Operation(name: "\(name) message signed", limit: rawSign) {
                try signer.key.sign(next().signingInput).count == 64
            },
            Operation(name: "\(name) token made and signed", limit: rawSign) {
                let made = try JWS.sign(
                    payload: next().payload, type: type, keyID: key.did, key: signer.key)
                return !made.compact.isEmpty
            },
            Operation(name: "\(name) key from its did:key") {
                try PublicKey(did: key.did) == key
            },
        ]
    }

    private static func payload(_ sequence: Int, did: String) -> JSON {
        [
            "network": "bench", "sequence": JSON(sequence), "notAfter": 1_900_000_000,
            "type": "vote", "body": ["changes": [["candidate": JSON(did), "votes": 1]]],
        ]
    }
}
