package import Encoding

extension Validity {
    /// When a holder renews: two thirds of the way from `start`, as step-ca does, so that a third
    /// of the life is left for an auditor that does not answer.
    /// - Parameter start: when it was issued.
    package func renewal(issued start: Instant) -> Instant {
        start.adding(milliseconds: max(0, until.milliseconds(since: start)) / 3 * 2)
    }
}

extension CredentialClaims {
    /// When its holder renews it.
    package var renewal: Instant { validity.renewal(issued: issuedAt) }
}
