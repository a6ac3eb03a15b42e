import Glibc

extension Console {
    /// The process's own streams. Colour follows `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`.
    static func standard(format: OutputFormat, environment: [String: String]) -> Console {
        let terminal = isatty(STDERR_FILENO) == 1
        return Console(
            format: format, isTerminal: terminal && environment["TERM"] != "dumb",
            usesColor: usesColor(terminal: terminal, environment),
            writeData: { write($0, to: STDOUT_FILENO) },
            writeMessage: { write($0, to: STDERR_FILENO) })
    }

    static func usesColor(terminal: Bool, _ environment: [String: String]) -> Bool {
        if let never = environment["NO_COLOR"], !never.isEmpty { return false }
        if let force = environment["CLICOLOR_FORCE"], !force.isEmpty, force != "0" { return true }
        if environment["CLICOLOR"] == "0" || environment["TERM"] == "dumb" { return false }
        return terminal
    }

    /// Writes everything. A reader that went away ends the process, as the signal for it would.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var start = 0
        while start < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.write(
                    descriptor, buffer.baseAddress.map { unsafe $0 + start }, bytes.count - start)
            }
            if count > 0 {
                start += count
            } else if errno == EPIPE {
                exit(128 + SIGPIPE)
            } else if errno != EINTR && errno != EAGAIN {
                exit(ExitCode.failure.rawValue)
            }
        }
    }
}
