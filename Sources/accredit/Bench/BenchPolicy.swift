/// What `bench policy` measures: a policy of eight conditions over an application of the size that
/// nodes hand in. Both are part of its report, so that another engine can be asked the same.
enum BenchPolicy {
    static let now = "2026-11-21T00:00:00Z"

    /// What judging the passing application costs. cel-go counts 194 once it has computed the two
    /// constant durations beforehand, whose cost counts here.
    static let cost = 197

    /// The rules that refuse the other application.
    static let refusing = ["hardware", "latency", "credit", "time", "evidence"]

    static let passing = application(
        cores: 16, latency: "27.3", score: 712, notAfter: "2027-05-01T00:00:00Z",
        attestation: #""attestation": {"vendor": "sev-snp", "level": 3}, "#)

    static let refused = application(
        cores: 4, latency: "81.0", score: 512, notAfter: "2026-12-01T00:00:00Z", attestation: "")

    private static func application(
        cores: Int, latency: String, score: Int, notAfter: String, attestation: String
    ) -> String {
        """
        {"node": {"name": "node-17", "region": "eu-west",
                  "publicKey": "3059301306072a8648ce3d020106082a8648ce3d030107034200"},
         "device": {"cpu": {"cores": \(cores), "model": "EPYC 7402P"}, "memoryGiB": 64,
                    "diskGiB": 2000,
                    "benchmark": {"verifiesPerSecond": 18250.5, "sealsPerSecond": 3100.25}},
         "network": {"latencyMs": [12.5, 18.2, 22.9, 31.0, 9.8, 44.1, \(latency), 15.6, 19.9, 38.4],
                     "bandwidthMbps": 940.0, "nearRegions": ["eu-west", "eu-north"],
                     "peers": [{"region": "us-east", "rttMs": 88},
                               {"region": "us-west", "rttMs": 141},
                               {"region": "eu-north", "rttMs": 31},
                               {"region": "eu-west", "rttMs": 12}]},
         "deposit": {"amount": 2500000000, "confirmations": 24, "currency": "USD",
                     "transaction": "6f1e0c54"},
         "credit": {"score": \(score), "history": [{"kind": "uptime", "value": 0.9991}]},
         "submittedAt": "2026-11-20T10:00:00Z",
         "certificate": {"notAfter": "\(notAfter)"},
         "evidence": {\(attestation)"notes": "rack B, feed 2"}}
        """
    }

    static let document = #"""
        {"name": "ledger-node", "version": "1",
         "parameters": {"minCores": 8, "minMemoryGiB": 32, "minVerifiesPerSecond": 10000,
                        "maxLatencyMs": 60, "maxRttMs": 20, "minDeposit": 1000000000,
                        "minConfirmations": 12, "currencies": ["USD", "EUR"],
                        "minCreditScore": 650, "minGuarantorScore": 800,
                        "minAttestationLevel": 2},
         "rules": [
          {"id": "hardware", "reason": "DeviceTooSmall",
           "message": "too few cores or too little memory",
           "expression": "application.device.cpu.cores >= parameters.minCores\#
         && application.device.memoryGiB >= parameters.minMemoryGiB"},
          {"id": "benchmark", "reason": "DeviceTooSlow", "message": "too slow",
           "expression": "application.device.benchmark.verifiesPerSecond\#
         >= parameters.minVerifiesPerSecond"},
          {"id": "latency", "reason": "NetworkTooSlow", "message": "a latency sample is too high",
           "expression": "application.network.latencyMs.all(ms, ms <= parameters.maxLatencyMs)"},
          {"id": "peer", "reason": "NoNearPeer", "message": "no near peer in its region",
           "expression": "application.network.peers.exists(p, p.region == application.node.region\#
         && p.rttMs < parameters.maxRttMs)"},
          {"id": "deposit", "reason": "DepositMissing", "message": "deposit missing",
           "expression": "application.deposit.amount >= parameters.minDeposit\#
         && application.deposit.confirmations >= parameters.minConfirmations\#
         && application.deposit.currency in parameters.currencies"},
          {"id": "credit", "reason": "CreditTooLow", "message": "credit too low",
           "expression": "application.credit.score >= parameters.minCreditScore\#
         || (has(application.credit.guarantor)\#
         && application.credit.guarantor.score >= parameters.minGuarantorScore)"},
          {"id": "time", "reason": "OutOfTime",
           "message": "stale application or certificate about to end",
           "expression": "timestamp(application.submittedAt) > now - duration('720h')\#
         && timestamp(application.certificate.notAfter) > now + duration('720h')"},
          {"id": "evidence", "reason": "NoEvidence", "message": "no attestation",
           "expression": "has(application.evidence.attestation)\#
         && application.evidence.attestation.level >= parameters.minAttestationLevel\#
         && application.node.name.startsWith('node-')"}],
         "validFor": "720h"}
        """#
}
