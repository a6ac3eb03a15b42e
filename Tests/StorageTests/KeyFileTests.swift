import Cryptography
import Glibc
import Storage
import TestSupport
import Testing

@Suite struct KeyFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: [KeyAlgorithm.es256, .ed25519])
    func `a key comes back from its file as it was written`(algorithm: KeyAlgorithm) throws {
        let path = folder.file("key.pem")
        let key = try PrivateKey.generate(algorithm)
        try KeyFile.write(key, to: path, passphrase: Array("correct horse".utf8))
        let read = try KeyFile.read(path, passphrase: Array("correct horse".utf8))
        #expect(read.publicKey == key.publicKey)
        #expect(folder.mode(of: path) == 0o600)
    }

    @Test func `a wrong or missing passphrase is told with the file's name`() throws {
        let path = folder.file("key.pem")
        let key = try PrivateKey.generate(.es256)
        try KeyFile.write(key, to: path, passphrase: Array("correct horse".utf8))
        for passphrase in [Array("wrong".utf8), nil] {
            let error = #expect(throws: KeyError.self) {
                _ = try KeyFile.read(path, passphrase: passphrase).publicKey
            }
            #expect(error?.code == .passphrase)
            #expect(error?.detail.contains(path) == true)
        }
    }

    @Test func `a key that others can read is refused with the command that mends it`() throws {
        let path = folder.file("key.pem")
        try KeyFile.write(try PrivateKey.generate(.es256), to: path, passphrase: nil)
        #expect(unsafe chmod(path, 0o640) == 0)
        let error = #expect(throws: StorageError.self) {
            _ = try KeyFile.read(path, passphrase: nil).publicKey
        }
        #expect(error?.code == .permission)
        #expect(error?.detail.contains("chmod 600 \(path)") == true)
    }

    @Test func `a key file is never overwritten`() throws {
        let path = folder.file("key.pem")
        let first = try PrivateKey.generate(.es256)
        try KeyFile.write(first, to: path, passphrase: nil)
        let error = #expect(throws: StorageError.self) {
            try KeyFile.write(try PrivateKey.generate(.es256), to: path, passphrase: nil)
        }
        #expect(error?.code == .exists)
        #expect(try KeyFile.read(path, passphrase: nil).publicKey == first.publicKey)
    }
}
