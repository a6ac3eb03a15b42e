import Credentials
import Cryptography
import Encoding
import Storage

/// An operator's orders to an auditor.
extension Option {
    static let ordered = Option.value("auditor", "URL", "the auditor it is ordered from")
    /// What a command needs to give an auditor an order.
    static let operation: [Option] = [ordered, authority, dryRun] + signing
}

extension Invocation {
    /// Signs one order with `--key` and has it carried out; `--dry-run` prints what would be
    /// signed.
    /// - Returns: the auditor's result; nil after a dry run.
    func order(_ name: String, _ arguments: JSON) async throws -> JSON? {
        let auditor = Service(
            noun: "the auditor", base: try required(.ordered), http: try http())
        let about = try await auditor.get("/v1/operations")
        guard let issuer = about["issuer"]?.stringValue,
            let network = about["network"]?.stringValue
        else {
            throw Failure(
                .remote, "server.format", "\(auditor.base) does not tell who it is",
                fix: "check that it is an auditor")
        }
        guard issuer.hasSameBytes(as: auditor.base) else {
            throw Failure(
                .verification, "auditor.identity", "\(auditor.base) calls itself \(issuer)",
                fix: "order from the auditor by its issuer address: --auditor \(issuer)")
        }
        if flag(.dryRun) {
            console.message("not signed and not sent: this would be signed by \(try did())")
            console.result(["operation": .string(name), "arguments": arguments]) {
                Escaping.escapedJSON(arguments.text)
            }
            return nil
        }
        let signer = try signer()
        let operation = try Operation.sign(
            name, arguments, network: network, issuer: issuer, id: SecureRandom.uuid(),
            at: Instant(seconds: SystemClock.now().seconds), key: signer.key)
        let answer = try await auditor.post(
            "/v1/operations", ["operation": .string(operation.jws.compact)])
        guard let result = answer["result"] else {
            throw Failure(
                .remote, "server.format", "the auditor's answer to the order cannot be read")
        }
        return result
    }
}
