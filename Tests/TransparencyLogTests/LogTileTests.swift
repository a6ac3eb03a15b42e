import Testing
import TransparencyLog

@Suite struct LogTileTests {
    @Test(arguments: [
        ("tile/0/x001/x234/067", 1_234_067, 256), ("tile/0/000", 0, 256),
        ("tile/3/999.p/17", 999, 17), ("tile/entries/x001/000.p/255", 1000, 255),
    ])
    func `a path names one tile and back`(_ path: String, _ index: UInt64, _ count: Int) throws {
        let tile = try #require(LogTile(path: path))
        #expect(tile.index == index)
        #expect(tile.count == count)
        #expect(tile.path == path)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/0", "tile/0/0000", "tile/8/000", "tile/-1/000", "tile/00/000",
        "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256",
        "tile/0/000.p/01", "tile/0/000.p", "tile/0/000.p/", "tile/0/+01", "tile/data/000",
        "tile/0/x999/x999/x999/x999/x999/x999/999", "/tile/0/000", "tile/0/000/",
    ])
    func `a path that names no tile is refused`(_ path: String) {
        #expect(LogTile(path: path) == nil)
    }

    @Test func `a tile has what the log has by then`() throws {
        let first = try #require(LogTile(path: "tile/0/000"))
        let second = try #require(LogTile(path: "tile/0/001"))
        let upper = try #require(LogTile(path: "tile/1/000"))
        #expect(first.available(size: 0) == nil)
        #expect(first.available(size: 1) == 1)
        #expect(first.available(size: 256) == 256)
        #expect(second.available(size: 256) == nil)
        #expect(second.available(size: 300) == 44)
        #expect(upper.available(size: 255) == nil)
        #expect(upper.available(size: 70_000) == 256)
        #expect(upper.available(size: 513) == 2)
    }

    @Test func `entries come back from their bundle`() throws {
        let entries: [[UInt8]] = [[], [1], Array(repeating: 9, count: 65_535)]
        let bytes = try EntryBundle.encode(entries)
        #expect(try EntryBundle.decode(bytes) == entries)
        #expect(throws: LogError(.malformed, "")) { try EntryBundle.decode([0, 2, 1]) }
        #expect(throws: LogError(.malformed, "")) { try EntryBundle.decode([0]) }
        #expect(throws: LogError(.limit, "")) {
            try EntryBundle.encode([Array(repeating: 0, count: 65_536)])
        }
    }
}
