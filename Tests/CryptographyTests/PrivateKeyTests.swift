import Cryptography
import Encoding
import Testing

struct PrivateKeyTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `what a key signs its public half verifies and no other does`(
        _ algorithm: KeyAlgorithm
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        let other = try PrivateKey.generate(algorithm).publicKey
        for count in [0, 1, 63, 64, 65, 1000] {
            let message = SecureRandom.bytes(count)
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            #expect(key.publicKey.verify(signature: signature, message: message))
            #expect(!other.verify(signature: signature, message: message))
            #expect(!key.publicKey.verify(signature: signature, message: message + [0]))
            #expect(!key.publicKey.verify(signature: signature + [0], message: message))
            #expect(!key.publicKey.verify(signature: Array(signature.dropLast()), message: message))
            for index in signature.indices {
                var changed = signature
                changed[index] ^= 1
                #expect(!key.publicKey.verify(signature: changed, message: message))
            }
        }
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `a key is the same after a file with a passphrase and one without`(
        _ algorithm: KeyAlgorithm
    ) throws {
        let key = try PrivateKey.generate(algorithm)
        let passphrase = Array("correct horse battery staple".utf8)
        let open = try key.pem(passphrase: nil)
        let locked = try key.pem(passphrase: passphrase)
        #expect(open.starts(with: "-----BEGIN PRIVATE KEY-----\n".utf8))
        #expect(locked.starts(with: "-----BEGIN ENCRYPTED PRIVATE KEY-----\n".utf8))
        let first = try PrivateKey(pem: open)
        let second = try PrivateKey(pem: locked, passphrase: passphrase)
        #expect(first.publicKey == key.publicKey)
        #expect(second.publicKey == key.publicKey)
        let signature = try second.sign([1, 2, 3])
        #expect(key.publicKey.verify(signature: signature, message: [1, 2, 3]))
        #expect(try key.pem(passphrase: passphrase) != locked)
    }

    private func code(_ pem: [UInt8], _ passphrase: [UInt8]?) -> KeyError.Code? {
        do {
            _ = try PrivateKey(pem: pem, passphrase: passphrase)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func `a wrong, missing, empty or endless passphrase is refused without a question`()
        throws
    {
        let key = try PrivateKey.generate(.es256)
        let locked = try key.pem(passphrase: [1, 2, 3])
        #expect(code(locked, nil) == .passphrase)
        #expect(code(locked, []) == .passphrase)
        #expect(code(locked, [1, 2, 4]) == .passphrase)
        #expect(code(locked, Array(repeating: 1, count: 1025)) == .passphrase)
        #expect(throws: KeyError(.passphrase, "")) { try key.pem(passphrase: []) }
        #expect(throws: KeyError(.passphrase, "")) {
            try key.pem(passphrase: Array(repeating: 1, count: 1025))
        }
        let longest = [UInt8](repeating: 7, count: 1024)
        #expect(try code(key.pem(passphrase: longest), longest) == nil)
    }

    @Test func `other keys and files that are no keys are refused`() throws {
        #expect(code([], nil) == .malformed)
        #expect(code(Array(Self.rsa.utf8), nil) == .unsupported)
        #expect(code(Array(Self.p384.utf8), nil) == .unsupported)
        #expect(code(Array(Self.sec1.utf8), nil) == .malformed)
        let pem = try PrivateKey.generate(.ed25519).pem(passphrase: nil)
        for count in 0..<pem.count - 20 {
            #expect(code(Array(pem.prefix(count)), nil) == .malformed)
        }
    }

    @Test func `a key file by OpenSSL's own command is read`() throws {
        let key = try PrivateKey(pem: Self.opensslScrypt, passphrase: Array("secret".utf8))
        #expect(key.publicKey.algorithm == .ed25519)
    }
}

extension PrivateKeyTests {
    fileprivate static let rsa = """
        -----BEGIN PRIVATE KEY-----
        MIICdQIBADANBgkqhkiG9w0BAQEFAASCAl8wggJbAgEAAoGBAMhef7Og3jMglgXV
        Dbp+KiXWYY3QA8tFj8mJMUv5V/ANbAjzq1ZzEsBwd11CeK0XB+o6UaUA6c3jmLRc
        WFNYB7+qlP+ciL3EMzke7osdkhXmfM+hzr3MiG7iQxHnQz3AS/kML0zAjvFJonLf
        2xgTP9rc+tVRndTAIDMc1dm9u6+VAgMBAAECgYBLt9pOSVZuv7uxzId5mD/ZOKB4
        9MjaQhlKMbwdV8axgoD3CQ4Qhz/o1RdmeL4duvxUuWEtF6FDGuUUE2mVZUjXqv15
        /689F/HcDEHeyNGaEPEiis8E/BuJzlGCfCsHbjADi8M9MOC9JZxVlH7ullfiLsh0
        eBsWZvq2lpzBOA4gaQJBAP8X6wNRVmzRdwBaZLeh0pDQwfA4HuNn0vFOouSWhdjj
        JRH14tQtTLHYAAj4Xk+nUHtoHXmd8Chrfjgx5lE2MpcCQQDJFMsHuWQAK9I5D/Pt
        U0erpAmZ1sseoAALN509Xy0cMdbadi8bJUaralM94DE5GWSf2xVIPZkc6hcO0jhM
        tjCzAkBIyX5Zd//9FNer1h8e9qGqiKaN8LV/lcRu7k00hG60sDuHoG2UtUhJBqUb
        6iKe/9LLI64lYZeBMQrW5gYd7iUJAkBGFYM2K/2Yua1Jyi+glhgy0Lev8NdW0zlw
        r2+Uhmm4m/5gojSE55ccA7EDrfI6Domt1bQzO5T0KPrkZYzN3+pVAkAMDgVGabba
        rClUah0e/7eryxVvwG6miVjDJp0OzgL4gZTabxnXymvpzFOmL3Hr3003PLGjqw4H
        PE9O6hMHg+Fh
        -----END PRIVATE KEY-----
        """

    fileprivate static let p384 = """
        -----BEGIN PRIVATE KEY-----
        MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDD7jdNLV9wxK9dNwDAe
        a0JeQgSoGTIf/lEA4X4VgX/XPT1QI43YfxEt+3y3jxmbzN2hZANiAASCisiaOJan
        7yBHKX5GpEalQ+o4sfRwgLYjeD9RapYYSC6HEqI+GxjCubzbV5fcMOAyBNOittSU
        KJbG+jk93i2vmyxye/yx3YrkGWcDinBg7yY7hqdr5qnUY66X2GjA7Q8=
        -----END PRIVATE KEY-----
        """

    fileprivate static let sec1 = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIG+L9KZF+GKLN8nGfpDTtZTNDwTttS801TwmjFJEsTneoAoGCCqGSM49
        AwEHoUQDQgAEgGt+TMimx7olyzgFvVChIJ0paI4S7XOJqguTZTyGgmu9iD4k36xK
        PAMi/KrMbOxa92ighKzEHzBYMn9n5qJpkQ==
        -----END EC PRIVATE KEY-----
        """

    fileprivate static let opensslScrypt = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAhhiLcqjSETDAICQAAC
        AQgCAQEwHQYJYIZIAWUDBAEqBBCDn+04Ux802XnPVhhKsArdBEBU+Xjaj7H7GEtE
        ghZgLD1SOgj/M0zrbN9wxgtPgdXy5VPjPGRiONCqZTvYamaNd9E6xDBwc8eMBNxs
        Sh1dqPhe
        -----END ENCRYPTED PRIVATE KEY-----
        """

}
