import Glibc
import Storage

/// Another run of this program, as a child: its output goes to a log file, its input is a pipe
/// whose end tells it that its parent is gone, so that no crash leaves servers behind.
final class ChildProcess: Sendable {
    let name: String
    let identifier: pid_t
    let logPath: String
    private let input: Int32

    /// Starts `program`, an `accredit`, with these words.
    init(name: String, program: String, arguments: [String], logPath: String) throws {
        self.name = name
        self.logPath = logPath
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw Self.failure("cannot make a pipe", name) }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        input = ends[1]
        defer { Glibc.close(ends[0]) }
        identifier = try Self.spawn(
            name, program, arguments, input: ends[0], logPath: logPath)
    }

    deinit { Glibc.close(input) }

    private static func spawn(
        _ name: String, _ program: String, _ arguments: [String], input: Int32, logPath: String
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C reaches the parent alone, which stops its children in order.
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words = ["accredit"] + arguments
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
        defer { unsafe pointers.forEach { unsafe free($0) } }
        unsafe pointers.append(nil)
        var identifier: pid_t = 0
        let result = unsafe posix_spawn(
            &identifier, program, &actions, &attributes, pointers, environ)
        guard result == 0 else {
            errno = result
            throw failure("cannot start", name)
        }
        return identifier
    }

    /// The file of this very program.
    static func thisProgram() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { throw failure("cannot find this program", "/proc/self/exe") }
        return String(
            decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func failure(_ what: String, _ name: String) -> Failure {
        Failure(.failure, "child", "\(what): \(name)", why: unsafe String(cString: strerror(errno)))
    }

    /// The exit status if it has ended; nil while it runs.
    func poll() -> Int32? {
        var status: Int32 = 0
        let result = unsafe waitpid(identifier, &status, WNOHANG)
        if result == 0 { return nil }
        return result == identifier ? status : 0
    }

    func signal(_ number: Int32) { kill(identifier, number) }

    /// The end of its log, for a message about why it did not start.
    func logTail(lineCount: Int = 5) -> String {
        let bytes = (try? DurableFile.read(logPath, maximumByteCount: 16 << 20)) ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.suffix(lineCount).joined(separator: "\n")
    }
}
