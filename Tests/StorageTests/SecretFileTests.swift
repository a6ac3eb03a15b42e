import Encoding
import Glibc
import Storage
import Testing

@Suite struct SecretFileTests {
    private func folder() throws -> String {
        let path = "/tmp/accredit-secret-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try DurableFile.makeDirectory(path)
        return path
    }

    @Test func `a passphrase is the file without one line end`() throws {
        let path = try folder() + "/passphrase"
        try DurableFile.write(Array("open sesame\n".utf8), to: path, mode: 0o600, replacing: false)
        #expect(try SecretFile.passphrase(path) == Array("open sesame".utf8))
    }

    @Test(arguments: [0o644, 0o640, 0o604, 0o601] as [UInt32])
    func `a secret others could read is refused with the command that mends it`(
        mode: UInt32
    ) throws {
        let path = try folder() + "/passphrase"
        try DurableFile.write(Array("open sesame".utf8), to: path, mode: 0o600, replacing: false)
        unsafe chmod(path, mode)
        let error = #expect(throws: StorageError.self) { try SecretFile.passphrase(path) }
        #expect(error?.code == .permission)
        #expect(error?.detail.contains("chmod 600 \(path)") == true)
    }

    @Test func `a symbolic link to a secret is refused`() throws {
        let folder = try folder()
        try DurableFile.write(
            Array("open sesame".utf8), to: "\(folder)/real", mode: 0o600, replacing: false)
        unsafe symlink("\(folder)/real", "\(folder)/link")
        let error = #expect(throws: StorageError.self) {
            try SecretFile.passphrase("\(folder)/link")
        }
        #expect(error?.code == .permission)
    }

    @Test func `an empty passphrase and a missing file are told apart`() throws {
        let folder = try folder()
        try DurableFile.write([10], to: "\(folder)/empty", mode: 0o600, replacing: false)
        #expect(throws: StorageError.self) { try SecretFile.passphrase("\(folder)/empty") }
        let error = #expect(throws: StorageError.self) {
            try SecretFile.passphrase("\(folder)/none")
        }
        #expect(error?.code == .missing)
    }
}

@Suite struct ConfigurationFileTests {
    private func written(_ text: String) throws -> String {
        let folder = "/tmp/accredit-configuration-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        try DurableFile.makeDirectory(folder)
        try DurableFile.write(Array(text.utf8), to: "\(folder)/node.json", replacing: false)
        return "\(folder)/node.json"
    }

    @Test func `paths are relative to the file's folder and absolute ones stay`() throws {
        let path = try written(#"{"data":"store","genesis":"/etc/genesis.json"}"#)
        var file = try ConfigurationFile(path: path, noun: "node configuration")
        #expect(try file.path("data") == path.replacing("node.json", with: "store"))
        #expect(try file.path("genesis") == "/etc/genesis.json")
        try file.fields.end()
    }

    @Test func `a misspelt member and broken JSON are refused by name`() throws {
        var file = try ConfigurationFile(
            path: try written(#"{"dta":"x"}"#), noun: "node configuration")
        let missing = #expect(throws: FormatError.self) { try file.path("data") }
        #expect(missing?.detail == "node configuration.data is missing")
        let unknown = #expect(throws: FormatError.self) { try file.fields.end() }
        #expect(unknown?.detail.contains("\"dta\"") == true)
        let path = try written("{")
        let broken = #expect(throws: FormatError.self) {
            try ConfigurationFile(path: path, noun: "node configuration")
        }
        #expect(broken?.detail.contains(path) == true)
    }
}
