import Cryptography
import Encoding
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing
import Web

@testable import VotingGateway

/// Challenges and sessions, with a clock that the test moves.
@Suite struct LoginTests {
    private final class Clock: Sendable {
        let now = Mutex(Instant(seconds: 1_800_000_000))

        func advance(_ milliseconds: Int64) {
            now.withLock { $0 = $0.adding(milliseconds: milliseconds) }
        }
    }

    private struct World {
        let folder: TemporaryFolder
        let store: VoteStore
        let clock = Clock()
        let desk: LoginDesk
        let alice: KeyPair
        let bob: KeyPair

        init() throws {
            folder = try TemporaryFolder()
            store = try VoteStore(folder: folder.file("data"), network: "net")
            let clock = clock
            desk = LoginDesk(
                gateway: "https://gateway.example", network: "net", store: store,
                clock: { clock.now.withLock { $0 } })
            alice = try KeyPair()
            bob = try KeyPair()
        }

        func challenge(_ pair: KeyPair) throws -> LoginChallenge {
            try desk.challenge(account: pair.did, remote: "192.0.2.1")
        }

        /// Why a login is refused; nil when it is not.
        func refusal(_ login: JWS) -> String? {
            do {
                _ = try desk.account(login: login.compact, remote: "192.0.2.1")
                return nil
            } catch {
                #expect([401, 429].contains(error.status))
                return error.type
            }
        }

        func bearer(_ token: String) -> Request {
            Request(path: "/", headers: [("authorization", "Bearer \(token)")])
        }
    }

    @Test func `a signed challenge logs its account in once`() throws {
        let world = try World()
        let login = try world.challenge(world.alice).signed(with: world.alice.key)
        #expect(
            try world.desk.account(login: login.compact, remote: "192.0.2.1") == world.alice.did)
        #expect(world.refusal(login) == "login-used")
    }

    @Test(arguments: [(59_999, nil), (60_000, "login-expired"), (60_001, "login-expired")])
    func `a challenge is good until its end and not at it`(
        after: Int64, refusal: String?
    ) throws {
        let world = try World()
        let login = try world.challenge(world.alice).signed(with: world.alice.key)
        world.clock.advance(after)
        #expect(world.refusal(login) == refusal)
    }

    @Test func `a login for another gateway, network or account is refused`() throws {
        let world = try World()
        func changed(
            gateway: String? = nil, network: String? = nil, account: KeyPair? = nil,
            milliseconds: Int64 = 0, signer: KeyPair? = nil
        ) throws -> String? {
            let given = try world.challenge(world.alice)
            let other = LoginChallenge(
                gateway: gateway ?? given.gateway, network: network ?? given.network,
                account: account?.did ?? given.account, nonce: given.nonce,
                expires: given.expires.adding(milliseconds: milliseconds))
            return world.refusal(try other.signed(with: (signer ?? world.alice).key))
        }
        #expect(try changed() == nil)
        #expect(try changed(gateway: "https://gateway.example.org") == "login-gateway")
        #expect(try changed(network: "net2") == "login-network")
        // bob answers alice's challenge, in his name and in hers.
        #expect(try changed(account: world.bob, signer: world.bob) == "login-account")
        #expect(try changed(signer: world.bob) == "login-signature")
        #expect(try changed(milliseconds: 1000) == "login-expired")
    }

    @Test func `what is no signed challenge is refused`() throws {
        let world = try World()
        let given = try world.challenge(world.alice)
        let vote = try JWS.sign(
            payload: given.json.bytes, type: Transaction.jwsType, keyID: world.alice.did,
            key: world.alice.key)
        #expect(world.refusal(vote) == "login-signature")
        let unknown = try JWS.sign(
            payload: Array("{}".utf8), type: LoginChallenge.jwsType, keyID: world.alice.did,
            key: world.alice.key)
        #expect(world.refusal(unknown) == "login-malformed")
        let invented = LoginChallenge(
            gateway: given.gateway, network: given.network, account: given.account,
            nonce: "invented", expires: given.expires)
        #expect(world.refusal(try invented.signed(with: world.alice.key)) == "login-used")
        #expect(throws: Problem.self) {
            try world.desk.account(login: "a.b.c", remote: "192.0.2.1")
        }
        #expect(throws: Problem.self) {
            try world.desk.challenge(account: "did:key:zAlice", remote: "192.0.2.1")
        }
    }

    @Test(arguments: [(899_999, true), (900_000, false), (900_001, false)])
    func `a session ends after fifteen minutes and is stored as a digest`(
        after: Int64, isOpen: Bool
    ) async throws {
        let world = try World()
        let session = try await world.desk.open(for: world.alice.did)
        let stored = try world.store.database.read { connection in
            try connection.query("SELECT token FROM sessions") { $0.blob(0) }
        }
        #expect(stored == [Digest.sha256(Array(session.token.utf8)).bytes])
        world.clock.advance(after)
        let account = try? world.desk.account(of: world.bearer(session.token))
        #expect(account == (isOpen ? world.alice.did : nil))
    }

    @Test func `a session is of its account, ends when closed, and makes room for newer ones`()
        async throws
    {
        let world = try World()
        let alices = try await world.desk.open(for: world.alice.did)
        let bobs = try await world.desk.open(for: world.bob.did)
        #expect(try world.desk.account(of: world.bearer(alices.token)) == world.alice.did)
        #expect(try world.desk.account(of: world.bearer(bobs.token)) == world.bob.did)
        try await world.desk.close(world.bearer(bobs.token))
        #expect(throws: Problem.self) { try world.desk.account(of: world.bearer(bobs.token)) }
        #expect(try world.desk.account(of: Request(path: "/")) == nil)
        #expect(throws: Problem.self) {
            try world.desk.account(of: Request(path: "/", headers: [("authorization", "Basic x")]))
        }
        for _ in 0..<16 {
            world.clock.advance(1000)
            _ = try await world.desk.open(for: world.alice.did)
        }
        #expect(throws: Problem.self) { try world.desk.account(of: world.bearer(alices.token)) }
    }

    @Test func `one address has a share of logins in each minute`() throws {
        let world = try World()
        for _ in 0..<600 { _ = try world.challenge(world.alice) }
        do {
            _ = try world.challenge(world.alice)
            Issue.record("one more was given")
        } catch let problem as Problem {
            #expect(problem.status == 429)
        }
        _ = try world.desk.challenge(account: world.alice.did, remote: "192.0.2.2")
        world.clock.advance(59_999)
        #expect(throws: Problem.self) { try world.challenge(world.alice) }
        world.clock.advance(1)
        _ = try world.challenge(world.alice)
    }
}
