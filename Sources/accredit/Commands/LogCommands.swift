import Cryptography
import Encoding
import Storage
import TransparencyLog

/// `log`: an auditor's append-only record of what it did, checked from outside.
enum LogCommands {
    static let all = [verify, prove, watch]

    private static let auditor = Option.value("auditor", "URL", "the auditor whose log is read")
    private static let logKey = Option.value(
        "log-key", "KEY", "the log's verifier key, NAME+ID+KEY; asked from the auditor when absent")
    private static let state = Option.path(
        "state", "remember the newest head in this file, and check that the log only grew")
    private static let interval = Option.value(
        "interval", "SECONDS", "how often to look", standard: "\(Limits.watchSeconds)")
    private static let reading: [Option] = [auditor, logKey, .authority]

    static let verify = Command(
        path: ["log", "verify"],
        summary: "Recompute an auditor's log, or verify one entry's proof",
        discussion: """
            Without FILE every entry is fetched and hashed, and the root compared with the signed
            head. With --state the head of the last time is kept, and a log that lost or changed
            an entry since is found out. With FILE a proof written by log prove is verified
            offline; give --log-key then. Exits 6 on failure.
            """,
        arguments: [Argument("FILE", "a proof written by log prove", .optional)],
        options: [state] + reading,
        examples: [
            .init(
                "accredit log verify --auditor https://127.0.0.1:7001 --state a1.head",
                "every entry, and that none was taken back since the last time"),
            .init("accredit log verify entry.json --log-key audit.example+…", "one entry, offline"),
        ],
        run: { invocation in
            if let path = invocation.argument("FILE") {
                return try verifyProof(path, invocation)
            }
            let client = try await client(invocation)
            let (note, head) = try await client.checkpoint()
            let entries = try await client.entries(0, head.size)
            var log = RecomputedLog()
            log.append(entries)
            var checks = Checks()
            checks.add("head", true, "signed by \(client.key.name)")
            checks.add(
                "root", log.tree.root == head.root,
                "over \(head.size) entries, \(head.root.text)")
            try check(&checks, against: invocation.text(state), log, client.key)
            for (kind, count) in counts(entries) { checks.add(kind, true, "\(count) entries") }
            let members = JSONObject([
                ("origin", .string(head.origin)), ("size", .number(JSONNumber(head.size))),
                ("root", .string(head.root.text)),
            ])
            try checks.report("log", members, invocation.console)
            if let path = try invocation.text(state) {
                try DurableFile.write(note.bytes, to: path, replacing: true)
            }
        })

    static let prove = Command(
        path: ["log", "prove"],
        summary: "Write a proof that an auditor logged something",
        discussion: """
            ID is the digest of an application or the id of a credential. The newest entry about it
            is proven; the proof is a file that anybody can check with log verify.
            """,
        arguments: [Argument("ID", "an application's digest or a credential's id")],
        options: [.out] + reading,
        examples: [
            .init(
                "accredit log prove urn:uuid:… --auditor https://127.0.0.1:7001 --out entry.json",
                "that the credential's issuance is in the log"),
            .init(
                "accredit log prove 5f3c… --auditor https://127.0.0.1:7001",
                "the newest entry about an application, printed"),
        ],
        run: { invocation in
            try invocation.checkOut()
            let id = try invocation.requiredArgument("ID")
            let client = try await client(invocation)
            let (note, head) = try await client.checkpoint()
            let entries = try await client.entries(0, head.size)
            var log = RecomputedLog()
            log.append(entries)
            guard log.tree.root == head.root else {
                throw Failure(
                    .verification, "log.root", "the entries do not have the signed root",
                    fix: "run accredit log verify")
            }
            let names = [id, "urn:uuid:\(id)"].map { Array($0.utf8) }
            let index = entries.lastIndex { entry in
                let json = try? JSON.parse(entry)
                return ["application", "credential"].contains { member in
                    json?[member]?.stringValue.map { names.contains(Array($0.utf8)) } ?? false
                }
            }
            guard let index else {
                throw Failure(
                    .notFound, "log.no-entry", "no entry of \(client.key.name) is about \(id)",
                    why: "all \(head.size) entries were read")
            }
            let proof = LogProof(
                checkpoint: note, index: UInt64(index), entry: entries[index],
                path: try log.inclusionProof(UInt64(index)))
            try invocation.writeOut(proof.json.prettyText)
        })

    static let watch = Command(
        path: ["log", "watch"],
        summary: "Follow an auditor's log and print what it does",
        discussion: """
            Each new entry is one line of JSON. The head of every look must begin with the one
            before; a log that was set back or rewritten ends the watch with exit code 6.
            """,
        options: [state, interval] + reading,
        examples: [
            .init(
                "accredit log watch --auditor https://127.0.0.1:7001 --state a1.head",
                "until interrupted"),
            .init(
                "accredit log watch --auditor https://127.0.0.1:7001 --interval 60",
                "every minute, remembering nothing"),
        ],
        run: { invocation in
            let client = try await client(invocation)
            let seconds = try invocation.integer(interval, in: 1...86_400) ?? Limits.watchSeconds
            var log = RecomputedLog()
            while true {
                let (note, head) = try await client.checkpoint()
                try await follow(&log, to: head, client, invocation)
                if let path = try invocation.text(state) {
                    var checks = Checks()
                    try check(&checks, against: path, log, client.key)
                    if !checks.areAllOK {
                        try checks.report("log", JSONObject(), invocation.console)
                    }
                    try DurableFile.write(note.bytes, to: path, replacing: true)
                }
                try await Task.sleep(nanoseconds: UInt64(seconds) * 1_000_000_000)
            }
        })
}

extension LogCommands {
    private static func client(_ invocation: Invocation) async throws -> LogClient {
        let service = Service(
            noun: "the auditor", base: try invocation.required(auditor), http: try invocation.http()
        )
        if let text = try invocation.text(logKey) {
            return LogClient(service: service, key: try NoteKey(text: text))
        }
        let json = try await service.get("/v1/log")
        let key = try NoteKey(text: json["key"]?.stringValue ?? "")
        invocation.console.message(
            "the log's key was told by the auditor itself; pin it with --log-key '\(key.text)'")
        return LogClient(service: service, key: key)
    }

    private static func verifyProof(_ path: String, _ invocation: Invocation) throws {
        let proof = try InputFile.parse(path, as: "what accredit log prove wrote") {
            try LogProof(json: JSON.parse($0))
        }
        let key = try NoteKey(text: try invocation.required(logKey))
        var checks = Checks()
        checks.run("entry \(proof.index)", String(decoding: proof.entry, as: UTF8.self)) {
            try proof.verify(key)
        }
        try checks.report("proof", JSONObject(), invocation.console)
    }

    /// That the log begins with the head in a file, when there is one.
    private static func check(
        _ checks: inout Checks, against path: String?, _ log: RecomputedLog, _ key: NoteKey
    ) throws {
        guard let path else { return }
        let bytes: [UInt8]
        do throws(StorageError) {
            bytes = try DurableFile.read(path, maximumByteCount: Limits.inputByteCountMaximum)
        } catch {
            if error.code == .missing { return }
            throw error
        }
        let old = try Checkpoint(note: SignedNote(bytes: bytes), key: key)
        let isPrefix = try old.size <= log.tree.size && log.root(size: old.size) == old.root
        checks.add(
            "growth", isPrefix,
            isPrefix
                ? "begins with the \(old.size) entries of the last time"
                : "the log no longer begins with the \(old.size) entries it had; keep \(path) and "
                    + "show it: it is the auditor's signed word against its log")
    }

    /// Takes in what came since and prints it.
    private static func follow(
        _ log: inout RecomputedLog, to head: Checkpoint, _ client: LogClient,
        _ invocation: Invocation
    ) async throws {
        let isShorter = head.size < log.tree.size
        let entries = isShorter ? [] : try await client.entries(log.tree.size, head.size)
        log.append(entries)
        guard !isShorter, log.tree.root == head.root else {
            throw Failure(
                .verification, "log.rewritten",
                "the log of \(head.origin) does not continue what it was",
                why: "its head of \(head.size) entries has the root \(head.root.text)")
        }
        for entry in entries {
            invocation.console.line(Escaping.escaped(String(decoding: entry, as: UTF8.self)))
        }
    }

    /// How many entries there are of each kind, in the order of their first.
    private static func counts(_ entries: [[UInt8]]) -> [(String, Int)] {
        var counts: [(String, Int)] = []
        for entry in entries {
            let kind = (try? JSON.parse(entry))?["kind"]?.stringValue ?? "unreadable"
            if let index = counts.firstIndex(where: { $0.0 == kind }) {
                counts[index].1 += 1
            } else {
                counts.append((kind, 1))
            }
        }
        return counts
    }
}
