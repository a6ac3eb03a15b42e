import Auditing
import AuditorServer
import Credentials
import Encoding

/// A key ring with its dates, for people and for programs.
struct KeyRingReport: Sendable {
    private let ring: KeyRing
    private let lines: [KeyPlan.Line]
    private let console: Console

    init(_ ring: KeyRing, _ invocation: Invocation, at now: Instant) throws {
        self.ring = ring
        let length =
            try invocation.seconds(KeyRingCommands.lifetime, in: 1...400 * 86_400) ?? 90 * 86_400
        lines = KeyPlan(ring, validForSeconds: length, at: now).lines
        console = invocation.console
    }

    func show() {
        var members = ring.json.objectValue ?? JSONObject()
        members["plan"] = .array(
            lines.map { line in
                [
                    "step": JSON(line.step.rawValue), "key": JSON(line.thumbprint),
                    "at": JSON(line.at.rfc3339), "due": JSON(line.isDue),
                ]
            })
        console.result(.object(members)) { text }
    }

    private var text: String {
        if ring.keys.isEmpty { return "no keys in the ring of \(ring.issuer)" }
        let keys = console.table(
            Table(
                ["STATE", "FROM", "UNTIL", "KEY", "WHERE"],
                ring.keys.map { key in
                    [
                        key.state.rawValue, key.window.from.rfc3339, key.window.until.rfc3339,
                        key.thumbprint, Self.text(key.source),
                    ]
                }))
        guard !lines.isEmpty else { return keys }
        let plan = console.table(
            Table(
                ["AT", "WHAT", "KEY"],
                lines.map { line in
                    [
                        line.at.rfc3339, Self.text(line.step) + (line.isDue ? " (due)" : ""),
                        line.thumbprint,
                    ]
                }))
        return keys + "\n\n" + plan
    }

    private static func text(_ step: KeyPlan.Step) -> String {
        switch step {
        case .prepareNext: "prepare the next key by then"
        case .mayActivate: "may be activated from then on"
        case .activateNext: "activate the next key by then"
        case .mayDrop: "may be dropped: nothing it signed is valid any more"
        case .ends: "signs nothing more"
        }
    }

    private static func text(_ source: KeyRing.Source) -> String {
        switch source {
        case .file(let name): "file \(name)"
        case .token(let uri): "token \(uri.prefix { $0 != "?" })"
        case .signer(let socket): "signer \(socket)"
        }
    }
}
