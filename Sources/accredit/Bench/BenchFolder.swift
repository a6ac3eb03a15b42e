import Cryptography
import Encoding
import FoundationEssentials
import Storage
import Web

/// A folder for the files of one benchmark, on the disk to be measured, with a TLS authority of its
/// own. Removed when the benchmark ends.
struct BenchFolder: Sendable {
    let path: String
    let trust: TrustAnchors

    var authority: String { "\(path)/authority.pem" }
    var certificate: String { "\(path)/server.pem" }
    var certificateKey: String { "\(path)/server.key" }

    private init(in parent: String) throws {
        // Configuration files name paths that count from their own folder.
        let home = parent.hasPrefix("/") ? "" : FileManager.default.currentDirectoryPath + "/"
        path = "\(home)\(parent)/accredit-bench-\(Hexadecimal.encode(SecureRandom.bytes(6)))"
        try DurableFile.makeDirectory(path)
        trust = try DevelopmentAuthority.create(directory: path)
        _ = try DevelopmentAuthority.issue(server: "server", directory: path)
    }

    var identity: TLSIdentity {
        TLSIdentity(certificateChainPath: certificate, privateKeyPath: certificateKey)
    }

    /// Writes a key file without a passphrase.
    func write(_ key: borrowing PrivateKey, _ name: String) throws -> String {
        let file = "\(path)/\(name).pem"
        try KeyFile.write(key, to: file, passphrase: nil)
        return file
    }

    func write(_ bytes: [UInt8], _ name: String) throws -> String {
        let file = "\(path)/\(name)"
        try DurableFile.write(bytes, to: file, replacing: false)
        return file
    }

    /// Runs `body` with a folder made inside `parent`.
    static func with<T>(in parent: String, _ body: (BenchFolder) async throws -> T) async throws
        -> T
    {
        let folder = try BenchFolder(in: parent)
        defer { try? FileManager.default.removeItem(atPath: folder.path) }
        return try await body(folder)
    }
}
