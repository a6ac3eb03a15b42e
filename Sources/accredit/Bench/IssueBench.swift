import AggregatorServer
import AuditorServer
import Cryptography
import Encoding
import Synchronization
import Web

/// Credentials issued by one auditor to 1, 16 and 256 applicants at once, over HTTPS; then bundles
/// of four auditors. Each application is verified, judged on evidence that is fetched and checked,
/// written down before it is signed, signed, and stored with its entries of the audit log before it
/// is answered.
struct IssueBench {
    let applicationCount: Int
    /// On the disk to be measured.
    let folder: String
    let policyFolder: String
    /// CPU seconds on each core, and seconds on the disk, to measure the limits.
    var probeSeconds = 0.5

    static let clientCounts = [1, 16, 256]
    /// The application's, the credit statement's, and the auditor's own before it is stored.
    static let verifiedPerCredential = 3
    private static let auditorCount = 4
    private static let bundleCount = 200
    private static let deadlineMilliseconds = 30_000

    /// What one number of applicants saw.
    struct Load: Sendable {
        let clients: Int
        let count: Int
        let span: CPUTime.Span
        let median: Double
        let ninetyNinth: Double
        /// How often the disk took the same bytes in as many writes from as many writers, a second.
        let groupCommits: Double
        /// How often the auditor's own store took them, with its indexes and its log.
        let stored: Double

        var rate: Double { Double(count) / span.wall }
    }

    /// What was measured, step by step.
    struct Findings {
        var loads: [Load] = []
        var stored: Int64 = 0
        /// For the largest crowd, the parts of issuing alone, a second.
        var parts = 0.0
        var bundles = Latencies()
        var raw = RawRates(sign: 0, verify: 0)
        var syncs: Int64 = 0
    }

    func run(_ progress: Progress) async throws -> BenchReport {
        try await BenchFolder.with(in: folder) { folder in
            var findings = Findings()
            let probe = try await MachineProbe(folder.path, seconds: probeSeconds, progress)
            findings.syncs = probe.syncs
            try await issue(folder, &findings, progress)
            progress.step("measuring the parts of issuing alone")
            findings.parts = try await IssueParts.rate(
                count: applicationCount, width: Self.clientCounts.max() ?? 1, folder: folder)
            findings.raw = try await probe.rates()
            try await merge(folder, &findings, progress)
            return report(findings)
        }
    }

    /// One applicant alone waits for the disk most of the time: he hands in a part.
    private func counts() -> [(clients: Int, count: Int)] {
        Self.clientCounts.map { clients in
            (clients, max(1, applicationCount * min(max(clients, 8), 64) / 64))
        }
    }

    private func issue(
        _ folder: BenchFolder, _ findings: inout Findings, _ progress: Progress
    ) async throws {
        let total = counts().reduce(0) { $0 + $1.count }
        progress.step("signing \(total) applications")
        let authority = try await BenchAuthority(
            folder: folder, policyFolder: policyFolder, auditorCount: 1, applicationCount: total)
        do {
            let auditor = authority.auditors[0]
            // One for all: an auditor takes no more connections of one address than the largest
            // crowd has.
            let client = HTTPClient(trust: folder.trust)
            var offset = 0
            for (clients, count) in counts() {
                progress.step("issuing \(count) credentials to \(clients) at once")
                findings.loads.append(
                    try await load(
                        auditor, Array(authority.applications[offset..<offset + count]),
                        clients: clients, client, folder))
                offset += count
            }
            findings.stored =
                try auditor.service.counts.first { $0.state == "issued" }?.count ?? 0
            guard findings.stored == Int64(total) else {
                throw Failure(
                    .failure, "bench.wrong",
                    "\(total) credentials were answered, \(findings.stored) are stored")
            }
        } catch {
            await authority.stop()
            throw error
        }
        await authority.stop()
    }

    private func load(
        _ auditor: AuditorServer, _ applications: [String], clients: Int, _ client: HTTPClient,
        _ folder: BenchFolder
    ) async throws -> Load {
        let url = "https://\(auditor.address)/v1/applications"
        let latencies = Latencies()
        let last = Mutex<IssuedDocuments?>(nil)
        let span = try await CPUTime.span {
            try await InParallel.run(applications.count, width: clients) { index in
                let start = CPUTime.wall()
                let answer = try await Self.post(applications[index], to: url, client)
                guard answer["outcome"] == "consent" else { throw Self.refused(answer) }
                latencies.note(CPUTime.wall() - start)
                guard index == 0 else { return }
                let documents = try IssuedDocuments(applications[0], answer)
                last.withLock { $0 = documents }
            }
        }
        guard let documents = last.withLock({ $0 }) else {
            throw Failure(.failure, "bench.wrong", "no credential was answered")
        }
        let commits = try await GroupCommit.rate(
            count: applications.count, width: clients, documents: documents.all,
            folder: folder.path)
        let stored = try await StoreAlone.rate(
            count: applications.count, width: clients, documents, folder: folder.path)
        return Load(
            clients: clients, count: applications.count, span: span, median: latencies.median,
            ninetyNinth: latencies.ninetyNinth, groupCommits: commits, stored: stored)
    }

    /// One applicant after the other has four auditors judge at once and waits for the bundle.
    private func merge(
        _ folder: BenchFolder, _ findings: inout Findings, _ progress: Progress
    ) async throws {
        let count = min(Self.bundleCount, applicationCount)
        progress.step("merging \(count) bundles of \(Self.auditorCount) auditors")
        let authority = try await BenchAuthority(
            folder: folder, policyFolder: policyFolder, auditorCount: Self.auditorCount,
            applicationCount: count)
        do {
            let aggregator = try await authority.aggregator()
            do {
                let base = "https://\(aggregator.address)/v1/applications"
                let client = HTTPClient(trust: folder.trust)
                for application in authority.applications {
                    let start = CPUTime.wall()
                    try await Self.bundle(application, base, client)
                    findings.bundles.note(CPUTime.wall() - start)
                }
            } catch {
                await aggregator.stop()
                throw error
            }
            await aggregator.stop()
        } catch {
            await authority.stop()
            throw error
        }
        await authority.stop()
    }

    private static func bundle(
        _ application: String, _ base: String, _ client: HTTPClient
    ) async throws {
        let accepted = try await post(application, to: base, client)
        guard let id = accepted["id"]?.stringValue else { throw refused(accepted) }
        let deadline = CPUTime.wall() + Double(deadlineMilliseconds) / 1000
        while CPUTime.wall() < deadline {
            let answer = try await get("\(base)/\(id)?wait=\(deadlineMilliseconds)", client)
            if answer["bundle"] != nil { return }
            guard answer["interval"] != nil else { throw refused(answer) }
        }
        throw Failure(.failure, "bench.stuck", "the aggregator merged no bundle in time")
    }

    // Inlined into another asynchronous function they crash the optimizer of Swift 6.3.1.
    @inline(never)
    private static func post(
        _ application: String, to url: String, _ client: HTTPClient
    ) async throws -> JSON {
        let body: JSON = ["application": JSON(application)]
        return try await client.send(
            "POST", url, headers: [("content-type", "application/json")], body: body.bytes,
            deadlineMilliseconds: deadlineMilliseconds
        ).json()
    }

    @inline(never)
    private static func get(_ url: String, _ client: HTTPClient) async throws -> JSON {
        try await client.send(
            "GET", url, headers: [], body: [], deadlineMilliseconds: 2 * deadlineMilliseconds
        ).json()
    }

    private static func refused(_ answer: JSON) -> Failure {
        Failure(
            .failure, "bench.wrong", "an application that the policy grants was not granted",
            why: answer.text)
    }
}
