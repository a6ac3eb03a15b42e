import Credentials
import Encoding

/// `credential revoke|suspend|reinstate`: an operator's orders about one credential.
enum CredentialStatusCommands {
    static let all = [revoke, suspend, reinstate]

    private static let jti = Argument("ID", "the credential's UUID, or a file with the credential")
    private static let reason = Option.value(
        "reason", "CODE", "why", standard: StatusReason.unspecified.rawValue,
        choices: StatusReason.allCases.map(\.rawValue))

    static let revoke = Command(
        path: ["credential", "revoke"],
        summary: "Revoke a credential for ever",
        discussion: """
            An operator of the auditor signs the order (--key). The credential shows as revoked in
            the auditor's status list at once, and nothing takes that back.
            """,
        arguments: [jti], options: [reason] + Option.operation,
        examples: [
            .init(
                "accredit credential revoke a1.credential --auditor https://a1.example"
                    + " --reason key-compromise --key ops", "the one in this file"),
            .init(
                "accredit credential revoke 7c1e… --auditor https://a1.example --key ops --dry-run",
                "see what would be signed"),
        ],
        run: { try await move("credential.revoke", $0) })

    static let suspend = Command(
        path: ["credential", "suspend"],
        summary: "Suspend a credential until it is reinstated or revoked",
        arguments: [jti], options: [reason] + Option.operation,
        examples: [
            .init(
                "accredit credential suspend a1.credential --auditor https://a1.example"
                    + " --reason investigation --key ops", "while something is looked into"),
            .init(
                "accredit credential suspend 7c1e… --auditor https://a1.example --key ops",
                "by its UUID"),
        ],
        run: { try await move("credential.suspend", $0) })

    static let reinstate = Command(
        path: ["credential", "reinstate"],
        summary: "End a credential's suspension",
        arguments: [jti], options: [reason] + Option.operation,
        examples: [
            .init(
                "accredit credential reinstate a1.credential --auditor https://a1.example"
                    + " --key ops", "nothing was found"),
            .init(
                "accredit credential reinstate 7c1e… --auditor https://a1.example --key ops",
                "by its UUID"),
        ],
        run: { try await move("credential.reinstate", $0) })

    private static func move(_ operation: String, _ invocation: Invocation) async throws {
        let id = try identifier(try invocation.requiredArgument("ID"))
        let reason = try invocation.required(reason)
        let result = try await invocation.order(
            operation, ["credential": .string(id), "reason": .string(reason)])
        guard let result else { return }
        invocation.console.result(result) {
            Table.pairs([
                ("credential", id), ("state", result["state"]?.stringValue ?? "?"),
                ("changed", result["changed"]?.boolValue == true ? "yes" : "no, it was so before"),
            ])
        }
    }

    /// A UUID as it stands, with or without `urn:uuid:`; else the id of the credential in a file.
    private static func identifier(_ text: String) throws -> String {
        let prefix = "urn:uuid:"
        let uuid = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
        let bytes = Array(uuid.utf8)
        if bytes.count == 36, [8, 13, 18, 23].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }) {
            return uuid
        }
        return try InputFile.parseText(text, as: "a credential") { try Credential($0).claims.id }
    }
}
