import AuditorServer
import Cryptography
import Encoding
import Web

/// Credentials issued by one auditor: many applications at once, first handed to its service, then
/// over HTTPS. Each is verified, judged on evidence that is fetched and checked, written down
/// before it is signed, signed, and stored before it is answered.
struct IssueBench {
    let applicationCount: Int
    /// On the disk to be measured.
    let folder: String
    let policyFolder: String
    /// CPU seconds on each core, and seconds on the disk, to measure the limits.
    var probeSeconds = 0.5

    /// Applications that are under way at one time.
    private static let width = 192
    private static let deadlineMilliseconds = 30_000
    private static let limit = "OpenSSL ES256 verify and sign, on the cores used"

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            progress.step("signing \(2 * applicationCount) applications")
            let auditor = try await BenchAuditor(
                folder: folder, policyFolder: policyFolder, applicationCount: 2 * applicationCount)
            do {
                let report = try await measure(auditor, folder, progress)
                await auditor.stop()
                return report
            } catch {
                await auditor.stop()
                throw error
            }
        }
    }

    private func measure(
        _ auditor: BenchAuditor, _ folder: BenchFolder, _ progress: Progress
    ) async throws -> BenchReport {
        progress.step("measuring OpenSSL and the disk")
        let syncs = try DeviceMeasurement.durableWritesPerSecond(
            folder: folder.path, milliseconds: Int64(probeSeconds * 1000))
        let before = try await RawRates.measure(.es256, seconds: probeSeconds)
        progress.step("issuing \(applicationCount) credentials")
        let service = auditor.server.service
        let direct = try await CPUTime.span {
            try await InParallel.run(applicationCount, width: Self.width) { index in
                let answer = try await service.submit(auditor.applications[index])
                guard answer.outcome == .consent else { throw Self.refused(answer.json) }
            }
        }
        progress.step("issuing \(applicationCount) credentials over HTTPS")
        let client = HTTPClient(trust: folder.trust)
        let url = "https://\(auditor.server.address)/v1/applications"
        let offset = applicationCount
        let web = try await CPUTime.span {
            try await InParallel.run(applicationCount, width: Self.width) { index in
                let body: JSON = ["application": JSON(auditor.applications[offset + index])]
                let response = try await client.send(
                    "POST", url, headers: [("content-type", "application/json")],
                    body: body.bytes, deadlineMilliseconds: Self.deadlineMilliseconds)
                let answer = try response.json()
                guard answer["outcome"] == "consent" else { throw Self.refused(answer) }
            }
        }
        let after = try await RawRates.measure(.es256, seconds: probeSeconds)
        let stored = try service.counts.first { $0.state == "issued" }?.count ?? 0
        guard stored == Int64(2 * applicationCount) else {
            throw Failure(
                .failure, "bench.wrong",
                "\(2 * applicationCount) credentials were answered, \(stored) are stored")
        }
        return report(
            direct, web, raw: RawRates.mean(before, after), syncs: syncs, stored: stored)
    }

    private static func refused(_ answer: JSON) -> Failure {
        Failure(
            .failure, "bench.wrong", "an application that the policy grants was not granted",
            why: answer.text)
    }

    private func report(
        _ direct: CPUTime.Span, _ web: CPUTime.Span, raw: RawRates, syncs: Int64, stored: Int64
    ) -> BenchReport {
        let count = Double(applicationCount)
        let perCore = 1 / (1 / raw.verify + 1 / raw.sign)
        func rate(_ name: String, _ span: CPUTime.Span) -> BenchReport.Rate {
            let rate = count / span.wall
            return BenchReport.Rate(
                name: name, perSecond: rate, limit: (Self.limit, rate / (perCore * span.cores)))
        }
        let service = rate("durable credentials, service", direct)
        let https = rate("durable credentials, over HTTPS", web)
        var report = BenchReport(name: "issue")
        report.facts = [
            ("credentials stored", JSON(stored)), ("at one time", JSON(Self.width)),
            ("policy", JSON(BenchAuditor.policy)),
            (
                "evidence",
                JSON(
                    "deposit read over HTTPS from a stand-in for the ledger, credit statement "
                        + "verified; the device is not challenged, this policy does not ask for it")
            ),
            ("cores used, service", JSON(BenchReport.hundredths(direct.cores))),
            ("cores used, over HTTPS", JSON(BenchReport.hundredths(web.cores))),
            ("CPU microseconds each, service", JSON(Int(direct.processor * 1e6 / count))),
            ("CPU microseconds each, over HTTPS", JSON(Int(web.processor * 1e6 / count))),
            ("counted too", "the stand-in and the applicants, in the same process"),
        ]
        report.rates = [
            service, https,
            // What a busy machine leaves to this process counts in the first two, and not here.
            BenchReport.Rate(
                name: "per core at work, service", perSecond: count / direct.processor),
            BenchReport.Rate(
                name: "per core at work, over HTTPS", perSecond: count / web.processor),
            BenchReport.Rate(
                name: Self.limit, perSecond: perCore * direct.cores),
            BenchReport.Rate(name: "OpenSSL ES256 verify on one core", perSecond: raw.verify),
            BenchReport.Rate(name: "OpenSSL ES256 sign on one core", perSecond: raw.sign),
            BenchReport.Rate(name: "disk: 4 KiB written and synced", perSecond: Double(syncs)),
        ]
        report.bars = [service, https].map { rate in
            BenchReport.Bar(
                what: rate.name, measure: .perSecond(rate.perSecond, atLeast: 1000))
        }
        return report
    }
}
