import Credentials
import Cryptography
import Encoding

/// A new auditor set that auditors are asked to sign: a file `{"replaces": the set in force, "set":
/// the next one}`, which shows what changes and whose keys count, so that signing needs no server.
struct AuditorSetProposal: Sendable {
    let current: AuditorSet
    let next: AuditorSet

    var json: JSON { ["replaces": current.json, "set": next.json] }

    /// - Parameter change: has its way with the document of the set in force.
    /// - Throws: `CredentialError` for a set that must not be used.
    init(over current: AuditorSet, _ change: (inout JSONObject) throws -> Void) throws {
        guard var members = current.json.objectValue else {
            throw Failure(.failure, "auditor-set.document", "the auditor set is no object")
        }
        try change(&members)
        members["version"] = JSON(current.version + 1)
        self.current = current
        next = try AuditorSet(json: .object(members))
        try check()
    }

    /// Reads the file that `propose` wrote.
    init(file: String) throws {
        var fields = try Fields(InputFile.json(file), file)
        current = try AuditorSet(json: try fields.json("replaces"))
        next = try AuditorSet(json: try fields.json("set"))
        try fields.end()
        try check()
    }

    private func check() throws(Failure) {
        guard next.version == current.version + 1,
            next.network.hasSameBytes(as: current.network)
        else {
            throw Failure(
                .failure, "auditor-set.version",
                "version \(next.version) of \(next.network) does not follow version "
                    + "\(current.version) of \(current.network)")
        }
    }

    /// The auditor that a key signs for, in the set in force or in the next.
    func issuer(of key: PublicKey) throws(Failure) -> String {
        for auditor in current.auditors + next.auditors
        where auditor.keys.contains(where: { $0.key == key }) {
            return auditor.issuer
        }
        throw Failure(
            .failure, "key.mismatch", "no auditor of either set has this key",
            why: "the key is \(key.did), thumbprint \(key.thumbprint)",
            fix: "sign with the key that the auditor signs credentials with")
    }

    /// What a signature agrees to, for the person who makes it: every line that leaves or comes.
    var description: String {
        let (before, after) = (Self.lines(current), Self.lines(next))
        let gone = before.filter { !after.contains($0) }.map { "  - \($0)" }
        let new = after.filter { !before.contains($0) }.map { "  + \($0)" }
        let change = gone + new
        return "\(next.network): version \(next.version) of the auditor set, \(next.digest.text)\n"
            + (change.isEmpty ? "  nothing changes" : change.joined(separator: "\n"))
    }

    private static func lines(_ set: AuditorSet) -> [String] {
        var lines = ["threshold \(set.threshold)", "operators \(set.operators)"]
        for auditor in set.auditors {
            lines.append(
                "auditor \(auditor.issuer), \(auditor.name), operator \(auditor.operatorName), "
                    + "account \(auditor.account)")
            for key in auditor.keys {
                lines.append(
                    "key \(key.keyID(issuer: auditor.issuer)) from \(key.window.from.rfc3339) until "
                        + key.window.until.rfc3339
                        + (key.compromisedSince.map { ", in other hands since block \($0)" } ?? ""))
            }
        }
        return lines
    }
}
