import Glibc
import Storage

/// Where a key's passphrase comes from: a file, a descriptor, or a person at a terminal. Never the
/// command line or the environment, which other users and child processes can read.
enum Passphrase {
    /// Reads the passphrase of `what`, e.g. `the key Keys/alice.pem`.
    /// - Parameter isNew: ask twice, and refuse an empty one.
    static func read(
        for what: String, isNew: Bool, _ invocation: Invocation
    ) throws -> [UInt8] {
        let bytes: [UInt8]
        if let number = try invocation.integer(.passphraseDescriptor, in: 0...65_535) {
            bytes = firstLine(
                try InputFile.read(
                    descriptor: Int32(number), named: "file descriptor \(number)",
                    maximumByteCount: Limits.passphraseByteCountMaximum))
        } else if let path = try invocation.text(.passphraseFile) {
            bytes = try SecretFile.passphrase(path)
        } else {
            bytes = try ask(for: what, isNew: isNew, invocation.console)
        }
        guard !bytes.isEmpty else {
            throw Failure.usage(
                "the passphrase for \(what) is empty", code: "passphrase.empty",
                fix: isNew
                    ? "give one, or ask for an unprotected key with --no-passphrase" : nil)
        }
        return bytes
    }

    private static func firstLine(_ bytes: [UInt8]) -> [UInt8] {
        Array(bytes.prefix { $0 != UInt8(ascii: "\n") })
    }

    private static func ask(
        for what: String, isNew: Bool, _ console: Console
    ) throws(Failure) -> [UInt8] {
        let terminal =
            isatty(STDERR_FILENO) == 1 ? unsafe open("/dev/tty", O_RDWR | O_CLOEXEC) : -1
        guard terminal >= 0 else {
            throw Failure(
                .usage, "passphrase.missing", "there is no passphrase for \(what)",
                why: "this is not a terminal, so nobody can be asked",
                fix: "give --passphrase-file FILE or --passphrase-fd NUMBER"
                    + (isNew ? ", or --no-passphrase for an unprotected key" : ""))
        }
        defer { close(terminal) }
        let first = try prompt("Passphrase for \(what): ", on: terminal, console)
        guard isNew else { return first }
        let second = try prompt("The same again: ", on: terminal, console)
        guard first == second else {
            throw .usage("the two passphrases differ", code: "passphrase.differ", fix: "try again")
        }
        return first
    }

    private static func prompt(
        _ text: String, on terminal: Int32, _ console: Console
    ) throws(Failure) -> [UInt8] {
        guard let mode = TerminalMode(silencing: terminal) else {
            throw Failure(
                .failure, "passphrase.terminal", "the terminal's echo cannot be switched off",
                fix: "give --passphrase-file FILE")
        }
        Interruption.restoring(mode)
        defer {
            mode.restore()
            Interruption.restoring(nil)
        }
        console.writeMessage(Array(Escaping.escaped(text).utf8))
        defer { console.writeMessage([UInt8(ascii: "\n")]) }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= Limits.passphraseByteCountMaximum {
            let count = unsafe Glibc.read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            if count <= 0 || byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        throw .usage("the passphrase is too long", code: "passphrase.limit")
    }
}
