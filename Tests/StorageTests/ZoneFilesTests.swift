import Storage
import TestSupport
import Testing

@Suite struct ZoneFilesTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `the file of a zone is read as it is, and no other`() throws {
        try DurableFile.makeDirectory(folder.file("zones/America/Argentina"))
        for name in ["UTC", "America/Argentina/San_Luis", "Etc"] {
            let path = folder.file("zones/\(name)")
            try DurableFile.write(Array(name.utf8), to: path, replacing: false)
            #expect(ZoneFiles.read(name, in: folder.file("zones")) == Array(name.utf8))
        }
        #expect(ZoneFiles.read("America/Nowhere", in: folder.file("zones")) == nil)
        #expect(ZoneFiles.read("America", in: folder.file("zones")) == nil)
        #expect(ZoneFiles.read("UTC", in: folder.file("elsewhere")) == nil)
    }

    @Test(arguments: [
        "../secret", "/etc/passwd", "..", ".", "", "a//b", "a/", "/a", "a/../secret", "se.cret",
        "a\0",
        "ö", "a b",
    ])
    func `a name that could lead elsewhere has no file`(_ name: String) throws {
        try DurableFile.write([1], to: folder.file("secret"), replacing: false)
        try DurableFile.makeDirectory(folder.file("zones/a"))
        #expect(ZoneFiles.read(name, in: folder.file("zones")) == nil)
    }

    @Test func `a file that is too long is none`() throws {
        let bytes = [UInt8](repeating: 0, count: 65_537)
        try DurableFile.write(bytes, to: folder.file("Long"), replacing: false)
        #expect(ZoneFiles.read("Long", in: folder.path) == nil)
    }
}
