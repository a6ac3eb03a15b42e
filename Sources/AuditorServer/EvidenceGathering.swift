import Auditing
import Credentials
import Cryptography
import Encoding
import Storage
import Web

/// Gathers what an auditor checks instead of believing: the device is challenged, the deposit is
/// read from the ledger, the credit statement's signature is verified.
struct EvidenceGathering: Sendable {
    /// The evidence, and which of its sources failed on their own account. A missing fact whose
    /// source failed must not become a refusal.
    struct Result: Sendable {
        let evidence: Evidence
        var failedSources: [String] = []
        /// The device's challenge and its answer as they went over the wire, when it was met.
        var deviceTranscript: JSON?
    }

    let issuer: String
    let network: String
    let deposits: DepositReader
    let creditSources: [CreditSource]
    let challenge: AuditorConfiguration.Challenge
    let client: HTTPClient
    /// Whether a deposit is on its way back: the ledger may not show it yet.
    let isLeaving: @Sendable (Digest) throws -> Bool

    func gather(for application: Application, at now: Instant) async -> Result {
        async let device = device(of: application)
        let found = await deposit(of: application)
        let met = await device
        return Result(
            evidence: Evidence(
                device: met.fact, deposit: found.fact,
                credit: credit(of: application, at: now)),
            failedSources: found.failure.map { [$0] } ?? [],
            deviceTranscript: met.transcript)
    }

    // MARK: - Credit

    private func credit(of application: Application, at now: Instant) -> Fact<CreditStatement> {
        guard let statement = application.qualifications.credit else {
            return .absent(reason: "the application carries no credit statement")
        }
        do throws(CredentialError) {
            return .present(
                try CreditStatement.verify(
                    statement, sources: creditSources, network: network,
                    account: application.account, at: now))
        } catch {
            return .absent(reason: error.detail)
        }
    }

    // MARK: - Device

    private func device(
        of application: Application
    ) async -> (fact: Fact<DeviceEvidence>, transcript: JSON?) {
        do {
            return try await met(application)
        } catch let error as WebError {
            return (
                .absent(
                    reason: "the node at \(application.endpoint) was not met: \(error.detail)"),
                nil
            )
        } catch {
            return (.absent(reason: "the node's answer cannot be read: \(error)"), nil)
        }
    }

    private func met(
        _ application: Application
    ) async throws -> (fact: Fact<DeviceEvidence>, transcript: JSON?) {
        if let reason = refusal(ofEndpoint: application.endpoint) {
            return (.absent(reason: reason), nil)
        }
        let challenge = try DeviceChallenge(
            nonce: SecureRandom.bytes(32), network: network, application: application.digest,
            node: application.node, signatures: challenge.signatureCount,
            memoryMebibytes: challenge.memoryMebibytes,
            deadlineMilliseconds: challenge.deadlineMilliseconds)
        let began = SystemClock.monotonicMilliseconds()
        let response = try await client.send(
            "POST", "\(application.endpoint)/v1/device/challenges",
            headers: [("content-type", "application/json")], body: challenge.json.bytes,
            deadlineMilliseconds: challenge.deadlineMilliseconds
                + Limits.challengeTravelMilliseconds,
            maximumBodyByteCount: Limits.challengeAnswerByteCountMaximum)
        let elapsed = SystemClock.monotonicMilliseconds() - began
        guard response.status == 200 else {
            return (
                .absent(reason: "the node answered its challenge with \(response.status)"), nil
            )
        }
        var fields = try Fields(response.json(), "answer")
        let answer = try fields.string(
            "answer", maximumByteCount: Limits.challengeAnswerByteCountMaximum)
        let faults = await Self.check(challenge, answer, application.nodeKey)
        guard faults.isEmpty else {
            return (
                .absent(
                    reason: "the node's answer is wrong: "
                        + faults.map(\.detail).joined(separator: "; ")), nil
            )
        }
        return (
            .present(
                DeviceEvidence(challenge: challenge, faults: faults, milliseconds: elapsed)),
            ["challenge": challenge.json, "answer": JSON(answer)]
        )
    }

    /// Checking repeats the node's work, so it leaves the event loop.
    @concurrent private static func check(
        _ challenge: DeviceChallenge, _ answer: String, _ key: PublicKey
    ) async -> [CredentialError] {
        challenge.check(answer, node: key)
    }

    /// An applicant names the address, so it must not be a way to reach the auditor's own machine.
    /// Other addresses answer only if they hold a certificate of the network's authority.
    private func refusal(ofEndpoint endpoint: String) -> String? {
        let authority = String(
            decoding: endpoint.utf8.dropFirst("https://".utf8.count), as: UTF8.self)
        guard endpoint.hasPrefix("https://"), let address = try? SocketAddress(authority) else {
            return "the endpoint has to be https://HOST:PORT"
        }
        if address.isLoopback, !challenge.allowsLoopback {
            return "the endpoint is on the auditor's own machine"
        }
        return nil
    }

    // MARK: - Deposit

    private func deposit(
        of application: Application
    ) async -> (fact: Fact<DepositEvidence>, failure: String?) {
        var reason = "the application names no deposit paid to \(issuer)"
        for id in application.qualifications.deposits {
            switch await deposits.read(id) {
            case .success(let deposit?):
                guard deposit.auditor.hasSameBytes(as: issuer) else { continue }
                do {
                    return (.present(try standing(deposit)), nil)
                } catch {
                    return (.absent(reason: "\(error)"), "\(error)")
                }
            case .success(nil):
                reason = "deposit \(id.text) is not on the ledger"
            case .failure(let failure):
                return (.absent(reason: failure.detail), failure.detail)
            }
        }
        return (.absent(reason: reason), nil)
    }

    /// A deposit that this auditor gives back is not held for anybody any more.
    private func standing(_ deposit: DepositEvidence) throws -> DepositEvidence {
        guard try deposit.state.hasSameBytes(as: "held") && isLeaving(deposit.id) else {
            return deposit
        }
        return DepositEvidence(
            id: deposit.id, amount: deposit.amount, account: deposit.account, node: deposit.node,
            auditor: deposit.auditor, state: "refunding", height: deposit.height)
    }
}
