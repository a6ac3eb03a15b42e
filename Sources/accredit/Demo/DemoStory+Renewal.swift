import Credentials
import Cryptography
import Encoding
import Ledger
import Storage
import Web

/// Credentials over their life: one is renewed alone, another is taken back.
extension DemoStory {
    mutating func renewAndRevoke() async throws {
        teller.chapter("12. A credential is renewed, another is revoked")
        try await renew(DemoCast.renewing)
        try await takeBack(DemoCast.takenBack)
        // Nothing rests on its deposits any more; the checks count on their being back.
        try await awaitRefunds(of: DemoCast.takenBack)
    }

    /// Only the auditor whose credential ends first is asked; the others' stay in the bundle.
    private func renew(_ node: String) async throws {
        guard let bundle = applicants.first(where: { $0.node.name == node })?.bundle else { return }
        teller.step("\(node) renews what limits its bundle")
        let consents = BundleRenewal.consents(bundle)
        let end = consents.map(\.claims.validity.until).min()
        let limiting = consents.filter { $0.claims.validity.until == end }
        let signer = try signer(node)
        let set = try AuditorSet(
            json: JSON.parse(
                DurableFile.read(
                    network.auditorSetFile, maximumByteCount: Limits.inputByteCountMaximum)))
        let renewal = BundleRenewal(set: set, signer: signer, http: ledger.http, credit: nil)
        let result = try await renewal.renew(bundle, limiting)
        let outcome = try await ledger.apply(
            .candidateRenew(node: try identity(node), bundle: result.bundle.jws.compact),
            by: signer, through: ledger.client(try self.node(node)))
        let asked = limiting.map { name($0.claims.issuer) }.joined(separator: ", ")
        teller.say(
            "\(node)'s bundle would have ended at \(end?.rfc3339 ?? "?"), by the credential of "
                + "\(asked). \(node) signs a renewal for that auditor alone, which judges again on "
                + "new evidence; the rest of the bundle stays byte for byte.")
        teller.say(
            "The ledger takes it in (block \(outcome.height ?? 0)): good until "
                + "\(result.validUntil.rfc3339), with the votes it had.")
    }

    /// An auditor's operator signs the order; the auditor shows it in its status list and tells the
    /// ledger.
    private func takeBack(_ node: String) async throws {
        let applicant = applicants.first { $0.node.name == node }
        let auditor = try auditor("a1")
        let issuer = auditor.place.url
        guard
            let credential = applicant?.bundle.credentials.first(where: {
                $0.claims.issuer.hasSameBytes(as: issuer)
            })
        else { return }
        teller.step("the operator of a1 revokes the credential of \(node)")
        let operation = try Operation.sign(
            "credential.revoke",
            [
                "credential": JSON(credential.claims.id),
                "reason": JSON(StatusReason.keyCompromise.rawValue),
            ], network: network.network, issuer: issuer, id: SecureRandom.uuid(),
            at: Instant(seconds: SystemClock.now().seconds),
            key: try KeyFile.read(auditor.operatorKey, passphrase: nil))
        let service = Service(noun: "the auditor", base: issuer, http: ledger.http)
        _ = try await service.post(
            "/v1/operations", ["operation": JSON(operation.jws.compact)])
        guard let entry = credential.claims.status.first(where: { $0.purpose == .revocation })
        else { return }
        let list = try await StatusSource.asked(ledger.http).list(entry, issuer: issuer)
        teller.say(
            "The operator of a1 revokes its credential of \(node), whose key is said to be lost. "
                + "Its status list of \(list.issuedAt.rfc3339) shows place \(entry.index) as "
                + (try entry.isSet(in: list) ? "revoked." : "good."))
        let height = try await lapse(of: node)
        teller.say(
            "The auditor tells the ledger, where \(node) is no candidate any more "
                + "(seen at block \(height)); the votes for it return to their voters.")
    }

    /// Waits until a node is no candidate any more.
    /// - Returns: the height at which that was seen.
    private func lapse(of node: String) async throws -> UInt64 {
        let end = SystemClock.monotonicMilliseconds() + DemoLedger.timeoutMilliseconds
        let did = try signer(node).did
        while SystemClock.monotonicMilliseconds() < end {
            if try await !stands(did) { return try await ledger.height() }
            try await ledger.reach(try await ledger.height() + 1)
        }
        throw Failure(
            .remote, "demo.no-lapse",
            "\(node) is still a candidate although a credential of it "
                + "was revoked",
            fix: "see GET /v1/outbox of a1; --data FOLDER keeps its log")
    }

    @inline(never)
    private func stands(_ did: String) async throws -> Bool {
        let json = try await ledger.first.service.get("/v1/candidates")
        return (json["candidates"]?.arrayValue ?? []).contains {
            $0["node"]?.stringValue == did
        }
    }
}
