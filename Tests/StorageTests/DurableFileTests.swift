import FoundationEssentials
import Storage
import TestSupport
import Testing

@Suite struct DurableFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func code(_ body: () throws(StorageError) -> Void) -> StorageError.Code? {
        do throws(StorageError) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a file is written with its mode and read back`() throws {
        let path = folder.file("a")
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try DurableFile.write(bytes, to: path, mode: 0o600, replacing: false)
        #expect(try DurableFile.read(path, maximumByteCount: 200_000) == bytes)
        #expect(folder.mode(of: path) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }

    @Test func `an existing file is replaced only when asked to`() throws {
        let path = folder.file("a")
        try DurableFile.write([1], to: path, replacing: false)
        #expect(
            code { () throws(StorageError) in
                try DurableFile.write([2], to: path, replacing: false)
            } == .exists)
        #expect(try DurableFile.read(path, maximumByteCount: 10) == [1])
        try DurableFile.write([3], to: path, replacing: true)
        #expect(try DurableFile.read(path, maximumByteCount: 10) == [3])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
    }

    @Test func `a symbolic link at the name is never written through`() throws {
        let target = folder.file("target")
        try DurableFile.write([1], to: target, replacing: false)
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
        #expect(
            code { () throws(StorageError) in
                try DurableFile.write([2], to: link, replacing: false)
            } == .exists)
        try DurableFile.write([2], to: link, replacing: true)
        #expect(try DurableFile.read(target, maximumByteCount: 10) == [1])
    }

    @Test func `a file longer than its limit is not read`() throws {
        let path = folder.file("a")
        try DurableFile.write([1, 2, 3, 4], to: path, replacing: false)
        #expect(try DurableFile.read(path, maximumByteCount: 4).count == 4)
        #expect(
            code { () throws(StorageError) in
                _ = try DurableFile.read(path, maximumByteCount: 3)
            } == .limit)
    }

    @Test func `a missing file or folder is named`() throws {
        #expect(
            code { () throws(StorageError) in
                _ = try DurableFile.read(folder.file("none"), maximumByteCount: 1)
            } == .missing)
        #expect(
            code { () throws(StorageError) in
                try DurableFile.write([], to: folder.file("none/a"), replacing: true)
            } == .missing)
    }

    @Test func `folders are made with their parents, and a file in the way is refused`() throws {
        let path = folder.file("a/b/c")
        try DurableFile.makeDirectory(path)
        try DurableFile.makeDirectory(path + "/")
        #expect(folder.mode(of: path) == 0o700)
        try DurableFile.write([], to: path + "/file", replacing: false)
        #expect(
            code { () throws(StorageError) in
                try DurableFile.makeDirectory(path + "/file")
            } == .exists)
    }
}
