import Encoding

extension IssueBench {
    func report(_ findings: Findings) -> BenchReport {
        var report = BenchReport(name: "issue")
        report.facts = [
            ("credentials stored", JSON(findings.stored)),
            ("policy", JSON(BenchAuthority.policy)),
            (
                "evidence",
                JSON(
                    "deposit read over HTTPS from a stand-in for the ledger, credit statement "
                        + "verified; the device is not challenged, this policy does not ask for it")
            ),
        ]
        for load in findings.loads {
            let suffix = ", \(load.clients) at once"
            report.facts += [
                ("milliseconds each, median" + suffix, Self.tenths(load.median)),
                ("milliseconds each, 99 of 100" + suffix, Self.tenths(load.ninetyNinth)),
                (
                    "CPU microseconds each" + suffix,
                    JSON(Int(load.span.processor * 1e6 / Double(load.count)))
                ),
                ("cores used" + suffix, JSON(BenchReport.hundredths(load.span.cores))),
            ]
        }
        report.facts += [
            ("milliseconds a bundle of 4 auditors, median", Self.tenths(findings.bundles.median)),
            ("counted too", "the stand-in and the applicants, in the same process"),
        ]
        let perCore = 1 / (1 / findings.raw.verify + 1 / findings.raw.sign)
        for load in findings.loads {
            let limit = "durable writes alone, \(load.clients) at once"
            let store = "the store's own writes alone, \(load.clients) at once"
            report.rates += [
                BenchReport.Rate(
                    name: "durable credentials, \(load.clients) at once", perSecond: load.rate,
                    limit: (limit, load.rate / load.groupCommits)),
                BenchReport.Rate(name: limit, perSecond: load.groupCommits),
                BenchReport.Rate(
                    name: store, perSecond: load.stored,
                    limit: (limit, load.stored / load.groupCommits)),
            ]
        }
        if let most = findings.loads.last {
            report.facts.append(
                (
                    "percent of the parts of issuing alone, \(most.clients) at once",
                    JSON(Int((100 * most.rate / findings.parts).rounded()))
                ))
            report.facts.append(("what limits, \(most.clients) at once", limit(most, findings.raw)))
        }
        report.rates += [
            BenchReport.Rate(
                name: "the parts of issuing alone: 2 exchanges, 2 verified, 1 signed, 3 writes",
                perSecond: findings.parts),
            BenchReport.Rate(
                name: "OpenSSL ES256 verify and sign on one core", perSecond: perCore),
            BenchReport.Rate(name: "OpenSSL ES256 sign on one core", perSecond: findings.raw.sign),
            BenchReport.Rate(
                name: "disk: 4 KiB written and synced", perSecond: Double(findings.syncs)),
        ]
        report.bars = bars(findings)
        return report
    }

    /// Which resource a load used up, and what part of it nothing could save.
    private func limit(_ load: Load, _ raw: RawRates) -> JSON {
        let signatures = Double(Self.verifiedPerCredential) / raw.verify + 1 / raw.sign
        let each = Int((signatures * 1e6).rounded())
        let most = Int((Double(CPUTime.coreCount) / signatures).rounded())
        let isProcessor = load.span.cores >= 0.75 * Double(CPUTime.coreCount)
        return JSON(
            (isProcessor ? "the processor" : "waiting, for the disk or for cores others use")
                + ": \(BenchReport.hundredths(load.span.cores)) of \(CPUTime.coreCount) cores at "
                + "work; \(each) microseconds of signatures each, which alone allow \(most) a "
                + "second")
    }

    private func bars(_ findings: Findings) -> [BenchReport.Bar] {
        guard let most = findings.loads.last else { return [] }
        return [
            BenchReport.Bar(
                what: "durable credentials, \(most.clients) at once",
                measure: .perSecond(most.rate, atLeast: 3000)),
            BenchReport.Bar(
                what: "of the durable writes alone, \(most.clients) at once",
                measure: .ratio(most.rate / most.groupCommits, atLeast: 0.6)),
            BenchReport.Bar(
                what: "milliseconds of a bundle of 4 auditors, 99 of 100",
                measure: .count(Int(findings.bundles.ninetyNinth.rounded(.up)), atMost: 100)),
        ]
    }

    /// `12.3`.
    private static func tenths(_ value: Double) -> JSON {
        let digits = Int((value * 10).rounded())
        return JSON("\(digits / 10).\(digits % 10)")
    }
}
