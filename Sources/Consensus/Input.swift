/// What can happen to a machine. Everything it knows of the world comes in here.
package enum Input: Sendable, Equatable {
    /// The block interval has passed: begin round 0, or go on where the record ends. Messages may
    /// be fed before.
    case start
    /// A decoded message from anybody, this node included.
    case message(SignedMessage)
    /// A timeout asked for by `Effect.schedule` has passed.
    case timeout(Timeout)
    /// The answer to `Effect.build`. The host has judged the value as it would anybody's.
    case built(ProposedValue, round: UInt32)
    /// The answer to `Effect.validate`.
    case validated(ProposedValue, Verdict)
    /// The answer to `Effect.sign`.
    case signed(SignedMessage)
}
