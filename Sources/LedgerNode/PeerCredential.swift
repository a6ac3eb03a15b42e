import Credentials
import Cryptography
import Encoding
import Ledger
import Synchronization
import Web

/// What this node shows other nodes: a TLS key made in memory, and its node key's word for it. Made
/// anew every few hours, and when the clock was set, long before the word is over.
final class PeerCredential: Sendable {
    private struct Made: Sendable {
        var identity: PeerIdentity
        var at: Instant
    }

    private let keys: NodeKeys
    private let scope: PeerStatement.Scope
    private let log: NodeLog
    private let now: @Sendable () -> Instant
    private let made: Mutex<Made>

    /// - Throws: `WebError` or `CredentialError` when no key can be made or the node key does not
    ///   sign.
    init(
        keys: NodeKeys, scope: PeerStatement.Scope, log: NodeLog,
        now: @escaping @Sendable () -> Instant
    ) throws {
        self.keys = keys
        self.scope = scope
        self.log = log
        self.now = now
        let time = now()
        made = Mutex(Made(identity: try Self.make(keys, scope, at: time), at: time))
    }

    /// What to show now. A node key that does not sign any more leaves the old one in place.
    var identity: PeerIdentity {
        let time = now()
        return made.withLock { made in
            let age = time.milliseconds(since: made.at)
            guard abs(age) >= Limits.peerCredentialRenewalMilliseconds else { return made.identity }
            do {
                made = Made(identity: try Self.make(keys, scope, at: time), at: time)
            } catch {
                log.event(
                    "peer-credential-not-renewed",
                    [
                        ("reason", .string("\(error)")),
                        (
                            "detail",
                            .string(
                                "the node key does not sign; other nodes refuse this one a day "
                                    + "after its TLS key was made")
                        ),
                    ])
            }
            return made.identity
        }
    }

    private static func make(
        _ keys: NodeKeys, _ scope: PeerStatement.Scope, at time: Instant
    ) throws -> PeerIdentity {
        let reach = Limits.peerCredentialReachMilliseconds
        return try PeerIdentity { digest in
            try PeerStatement.sign(
                digest, in: scope, from: time.adding(milliseconds: -reach),
                until: time.adding(milliseconds: reach), with: keys.node)
        }
    }
}
