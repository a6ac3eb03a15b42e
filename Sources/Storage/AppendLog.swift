import Glibc
import Synchronization

/// A file to which entries are appended, each framed as `length | CRC-32C | type | payload`: length
/// and checksum with 32 bits, most significant byte first, the type with 8; the checksum covers
/// type and payload.
///
/// `append` hands an entry to the kernel, which survives the end of this process; `synchronise`
/// makes everything appended survive a power loss. After a failure of the disk nothing more is
/// written: a failed sync cannot be told from a lost one, and trying again would not bring it back.
package final class AppendLog: Sendable {
    package struct Entry: Sendable, Equatable {
        /// At least 1.
        package let type: UInt8
        package let payload: [UInt8]

        package init(type: UInt8, payload: [UInt8]) {
            self.type = type
            self.payload = payload
        }
    }

    /// What a log held when it was opened.
    package struct Contents: Sendable, Equatable {
        /// Up to the first place that is no whole entry.
        package let entries: [Entry]
        /// Bytes of these.
        package let soundByteCount: Int
        /// Bytes of the file.
        package let byteCount: Int
    }

    private struct State: Sendable {
        var descriptor: Int32
        var byteCount: Int
        var synchronisedByteCount = 0
        /// Counts what was dropped: a sync that began before says nothing of what came after.
        var generation = 0
        var failure: StorageError?
    }

    package let path: String
    private let state: Mutex<State>

    /// Opens the log at `path`, or makes it with mode 0600; a made file's name is on the disk when
    /// this returns. Nothing is changed in a log that is there: see `truncate`.
    /// - Throws: `missing`, `permission`, `full` or `io`; `limit` for a file that no log grows to.
    package static func open(path: String) throws(StorageError) -> (AppendLog, Contents) {
        var descriptor = unsafe Glibc.open(path, flags)
        if descriptor < 0, errno == ENOENT {
            descriptor = unsafe Glibc.open(path, flags | O_CREAT | O_EXCL, 0o600)
            if descriptor >= 0 {
                do throws(StorageError) { try DurableFile.synchroniseFolder(of: path) } catch {
                    Glibc.close(descriptor)
                    throw error
                }
            }
        }
        guard descriptor >= 0 else { throw .system("cannot open \(path)", errno) }
        do throws(StorageError) {
            let bytes = try DurableFile.readAll(
                descriptor, path, Limits.logFileByteCountMaximum)
            let contents = parse(bytes)
            return (AppendLog(path: path, descriptor, bytes.count), contents)
        } catch {
            Glibc.close(descriptor)
            throw error
        }
    }

    private static let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW

    init(path: String, _ descriptor: Int32, _ byteCount: Int) {
        self.path = path
        state = Mutex(State(descriptor: descriptor, byteCount: byteCount))
    }

    deinit { close() }

    /// Bytes appended so far, with what was there.
    package var byteCount: Int { state.withLock { $0.byteCount } }

    /// Appends an entry; a process that ends after this has written it.
    /// - Throws: `full` when there is no room, after which the log is as it was; `limit` for a
    ///   payload or a log too long; `io`.
    package func append(_ entry: Entry) throws(StorageError) {
        let frame = try Self.frame(entry)
        try change { state throws(StorageError) in
            guard state.byteCount + frame.count <= Limits.logFileByteCountMaximum else {
                throw StorageError(.limit, "\(path) is as long as a log may grow")
            }
            var done = 0
            while done < frame.count {
                let count = unsafe frame.withUnsafeBytes { frame in
                    unsafe write(
                        state.descriptor, frame.baseAddress?.advanced(by: done),
                        frame.count - done)
                }
                if count < 0 {
                    let number = errno
                    if number == EINTR { continue }
                    // Half an entry would hide those that come after it.
                    if done > 0, ftruncate(state.descriptor, off_t(state.byteCount)) != 0 {
                        throw .system("cannot cut \(path)", EIO)
                    }
                    throw .system("cannot write \(path)", number)
                }
                done += count
            }
            state.byteCount += frame.count
        }
    }

    /// Everything appended before is on the disk when this returns. Others may append meanwhile.
    /// - Returns: how many bytes are.
    @discardableResult
    package func synchronise() throws(StorageError) -> Int {
        let begun = try change { state in state }
        if begun.synchronisedByteCount == begun.byteCount { return begun.byteCount }
        let isDone = fdatasync(begun.descriptor) == 0
        let number = errno
        return try change { state throws(StorageError) in
            guard isDone else {
                throw StorageError(.io, StorageError.system("cannot sync \(path)", number).detail)
            }
            if state.generation == begun.generation {
                state.synchronisedByteCount = max(state.synchronisedByteCount, begun.byteCount)
            }
            return begun.byteCount
        }
    }

    /// How many bytes a power loss would leave for certain.
    package var synchronisedByteCount: Int { state.withLock { $0.synchronisedByteCount } }

    /// Drops everything behind the first `byteCount` bytes; not synchronised.
    package func truncate(to byteCount: Int) throws(StorageError) {
        try change { state throws(StorageError) in
            guard ftruncate(state.descriptor, off_t(byteCount)) == 0 else {
                throw StorageError(.io, StorageError.system("cannot cut \(path)", errno).detail)
            }
            state.byteCount = byteCount
            state.generation += 1
            state.synchronisedByteCount = min(state.synchronisedByteCount, byteCount)
        }
    }

    /// Later calls are refused.
    package func close() {
        state.withLock { state in
            guard state.descriptor >= 0 else { return }
            Glibc.close(state.descriptor)
            state.descriptor = -1
            state.failure = state.failure ?? StorageError(.closed, "\(path) is closed")
        }
    }

    private func change<T>(
        _ body: (inout State) throws(StorageError) -> T
    ) throws(StorageError) -> T {
        try state.withLock { state throws(StorageError) in
            if let failure = state.failure { throw failure }
            do throws(StorageError) {
                return try body(&state)
            } catch {
                if error.code == .io { state.failure = error }
                throw error
            }
        }
    }
}

extension AppendLog {
    static let headByteCount = 9

    private static func frame(_ entry: Entry) throws(StorageError) -> [UInt8] {
        guard entry.payload.count <= Limits.logEntryByteCountMaximum else {
            throw StorageError(
                .limit, "an entry of \(entry.payload.count) bytes is too long for a log")
        }
        var frame: [UInt8] = []
        frame.reserveCapacity(headByteCount + entry.payload.count)
        append(UInt32(entry.payload.count), to: &frame)
        append(checksum(entry), to: &frame)
        frame.append(entry.type)
        frame += entry.payload
        return frame
    }

    private static func checksum(_ entry: Entry) -> UInt32 {
        CRC32C.checksum(entry.payload, after: CRC32C.checksum([entry.type]))
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(value >> shift & 0xFF)) }
    }

    private static func value(_ bytes: [UInt8], at place: Int) -> UInt32 {
        bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The entries up to the first that is torn or damaged. Zeros, which a power loss may leave at
    /// the end of a file, are no entry.
    static func parse(_ bytes: [UInt8]) -> Contents {
        var entries: [Entry] = []
        var place = 0
        while bytes.count - place >= headByteCount {
            let count = Int(value(bytes, at: place))
            let start = place + headByteCount
            guard count <= Limits.logEntryByteCountMaximum, count <= bytes.count - start else {
                break
            }
            let entry = Entry(
                type: bytes[start - 1], payload: Array(bytes[start..<start + count]))
            guard entry.type > 0, value(bytes, at: place + 4) == checksum(entry) else { break }
            entries.append(entry)
            place = start + count
        }
        return Contents(entries: entries, soundByteCount: place, byteCount: bytes.count)
    }
}
