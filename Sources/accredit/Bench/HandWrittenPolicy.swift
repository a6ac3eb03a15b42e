import Encoding
import Policies

/// The conditions of `BenchPolicy` as they would be written into a program: over an application
/// that was read into a structure, without a limit on anything. No evaluator comes near it; what it
/// takes is mostly the reading of two times.
struct HandWrittenPolicy {
    struct Peer {
        let region: Text
        let rttMilliseconds: Int64
    }

    private let cores: Int64
    private let memoryGiB: Int64
    private let verifiesPerSecond: Double
    private let latencyMilliseconds: [Double]
    private let region: Text
    private let peers: [Peer]
    private let amount: Int64
    private let confirmations: Int64
    private let currency: Text
    private let score: Int64
    private let submittedAt: Text
    private let notAfter: Text
    private let attestationLevel: Int64?
    private let name: Text
    private let currencies: [Text] = ["USD", "EUR"]
    private let prefix = Array("node-".utf8)
    private let earliest: Timestamp
    private let latest: Timestamp

    init(application: JSON, now: Instant) throws {
        func number(_ json: JSON?) -> Int64 { json?.int64Value ?? 0 }
        func fraction(_ json: JSON?) -> Double { json?.plain.flatMap(Double.init) ?? 0 }
        func text(_ json: JSON?) -> Text { Text(json?.stringValue ?? "") }
        let device = application["device"]
        cores = number(device?["cpu"]?["cores"])
        memoryGiB = number(device?["memoryGiB"])
        verifiesPerSecond = fraction(device?["benchmark"]?["verifiesPerSecond"])
        latencyMilliseconds = application["network"]?["latencyMs"]?.arrayValue?.map(fraction) ?? []
        region = text(application["node"]?["region"])
        peers =
            application["network"]?["peers"]?.arrayValue?.map {
                Peer(region: text($0["region"]), rttMilliseconds: number($0["rttMs"]))
            } ?? []
        amount = number(application["deposit"]?["amount"])
        confirmations = number(application["deposit"]?["confirmations"])
        currency = text(application["deposit"]?["currency"])
        score = number(application["credit"]?["score"])
        submittedAt = text(application["submittedAt"])
        notAfter = text(application["certificate"]?["notAfter"])
        attestationLevel = application["evidence"]?["attestation"]?["level"]?.int64Value
        name = text(application["node"]?["name"])
        let period: Int64 = 720 * 3600
        earliest = try Timestamp(seconds: now.seconds - period)
        latest = try Timestamp(seconds: now.seconds + period)
    }

    /// Whether all conditions hold; each is looked at, as a policy does it.
    func holds() throws -> Bool {
        let hardware = cores >= 8 && memoryGiB >= 32
        let benchmark = verifiesPerSecond >= 10_000
        let latency = latencyMilliseconds.allSatisfy { $0 <= 60 }
        let peer = peers.contains { $0.region == region && $0.rttMilliseconds < 20 }
        let deposit =
            amount >= 1_000_000_000 && confirmations >= 12 && currencies.contains(currency)
        let time =
            try Timestamp(rfc3339: submittedAt).seconds > earliest.seconds
            && Timestamp(rfc3339: notAfter).seconds > latest.seconds
        let evidence = attestationLevel.map { $0 >= 2 } ?? false
        return hardware && benchmark && latency && peer && deposit && score >= 650 && time
            && evidence && name.bytes.starts(with: prefix)
    }
}
