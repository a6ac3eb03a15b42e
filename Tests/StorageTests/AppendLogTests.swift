import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Storage

@Suite struct AppendLogTests {
    let folder: TemporaryFolder
    var path: String { folder.file("test.log") }

    init() throws { folder = try TemporaryFolder() }

    private let entries = [
        AppendLog.Entry(type: 1, payload: []),
        AppendLog.Entry(type: 2, payload: Array("a vote".utf8)),
        AppendLog.Entry(type: 255, payload: [UInt8](repeating: 7, count: 1_001)),
    ]

    private func bytes() throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    private func reopened() throws -> AppendLog.Contents {
        let (log, contents) = try AppendLog.open(path: path)
        log.close()
        return contents
    }

    private func fill() throws {
        let (log, _) = try AppendLog.open(path: path)
        defer { log.close() }
        for entry in entries { try log.append(entry) }
        #expect(try log.synchronise() == log.byteCount)
    }

    @Test func `the checksum is the one of RFC 3720`() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46DD_794E)
        let long = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 31) }
        for cut in [0, 1, 7, 8, 9, 500, 999] {
            let start = CRC32C.checksum(Array(long[..<cut]))
            #expect(
                CRC32C.checksum(Array(long[cut...]), after: start) == CRC32C.checksum(long))
        }
    }

    @Test func `entries come back in their order, and a log is the owner's alone`() throws {
        try fill()
        let contents = try reopened()
        #expect(contents.entries == entries)
        #expect(contents.soundByteCount == contents.byteCount)
        #expect(contents.byteCount == 3 * 9 + 6 + 1_001)
        #expect(folder.mode(of: path) == 0o600)
    }

    @Test func `a log cut anywhere gives the whole entries before the cut`() throws {
        try fill()
        let whole = try bytes()
        let ends = [0, 9, 24, whole.count]
        for count in 0...whole.count {
            let contents = AppendLog.parse(Array(whole[..<count]))
            let kept = ends.lastIndex { $0 <= count } ?? 0
            #expect(contents.entries == Array(entries[..<kept]))
            #expect(contents.soundByteCount == ends[kept])
        }
    }

    @Test func `no flipped bit is taken for an entry`() throws {
        try fill()
        let whole = try bytes()
        for place in 0..<100 {
            var damaged = whole
            damaged[place] ^= 1 << UInt8(place % 8)
            let contents = AppendLog.parse(damaged)
            #expect(contents.soundByteCount <= place)
            #expect(entries.starts(with: contents.entries))
        }
        #expect(AppendLog.parse([UInt8](repeating: 0, count: 4_096)).entries == [])
        #expect(AppendLog.parse([UInt8](repeating: 0xFF, count: 4_096)).entries == [])
    }

    @Test func `a torn tail is cut off and the log goes on behind it`() throws {
        try fill()
        try Data(try bytes().dropLast(3)).write(to: URL(filePath: path))
        let (log, contents) = try AppendLog.open(path: path)
        try log.truncate(to: contents.soundByteCount)
        try log.append(AppendLog.Entry(type: 9, payload: [1]))
        try log.synchronise()
        log.close()
        let again = try reopened()
        #expect(again.entries == entries.dropLast() + [AppendLog.Entry(type: 9, payload: [1])])
        #expect(again.soundByteCount == again.byteCount)
    }

    @Test func `a payload that is too long, a link and a closed log are refused`() throws {
        let (log, _) = try AppendLog.open(path: path)
        let long = [UInt8](repeating: 0, count: Limits.logEntryByteCountMaximum + 1)
        #expect(throws: StorageError.self) {
            try log.append(AppendLog.Entry(type: 1, payload: long))
        }
        try log.append(AppendLog.Entry(type: 1, payload: []))
        log.close()
        #expect(throws: StorageError.self) {
            try log.append(AppendLog.Entry(type: 1, payload: []))
        }
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        #expect(throws: StorageError.self) { try AppendLog.open(path: link) }
    }

    @Test func `a wish to synchronise is met by the time its thread has ended`() throws {
        let (log, _) = try AppendLog.open(path: path)
        let synchroniser = try LogSynchroniser(log)
        for entry in entries { try log.append(entry) }
        #expect(log.synchronisedByteCount <= log.byteCount)
        synchroniser.wish()
        synchroniser.finish()
        #expect(log.synchronisedByteCount == log.byteCount)
        try log.truncate(to: 9)
        #expect(log.synchronisedByteCount == 9)
        log.close()
    }

    @Test func `what finds no room is refused and may be tried again`() throws {
        let log = AppendLog(path: "/dev/full", unsafe open("/dev/full", O_WRONLY), 0)
        for _ in 0..<2 {
            do throws(StorageError) {
                try log.append(entries[1])
                Issue.record("nothing can be written there")
            } catch {
                #expect(error.code == .full)
            }
        }
        #expect(log.byteCount == 0)
        log.close()
    }
}

@Suite struct KeyLockTests {
    @Test func `a key file has one user, whatever name leads to it`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("key.pem")
        try DurableFile.write([1], to: path, mode: 0o600, replacing: false)
        let link = folder.file("other.pem")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let first = try FileLock(of: path, purpose: "the key")
        for name in [path, link] {
            do throws(StorageError) {
                _ = try FileLock(of: name, purpose: "the key")
                Issue.record("two users of one key")
            } catch {
                #expect(error.code == .locked)
                #expect(error.detail.contains("process \(getpid())"))
            }
        }
        first.release()
        let second = try FileLock(of: link, purpose: "the key")
        second.release()
        #expect(try DurableFile.read(path, maximumByteCount: 10) == [1])
    }
}
