package import Credentials
package import Cryptography
package import Encoding
package import Policies

/// Everything an auditor tells a reviewer about one case, as it is sent and as it is carried to a
/// machine without a network. Nothing in it is believed: `checks` goes over it again.
package struct ReviewDossier: Sendable {
    /// A decision on record and when the auditor got it.
    package struct Entry: Sendable {
        package let compact: String
        package let received: Instant

        package init(compact: String, received: Instant) {
            self.compact = compact
            self.received = received
        }
    }

    /// Who says to be looking at the case, and until when that counts.
    package struct Claim: Sendable {
        package let reviewer: String
        package let until: Instant

        package init(reviewer: String, until: Instant) {
            self.reviewer = reviewer
            self.until = until
        }
    }

    /// An earlier application of the same node.
    package struct Earlier: Sendable {
        package let application: Digest
        package let received: Instant
        /// accepted, referred, consent or refusal.
        package let outcome: String
        /// The code of a refusal.
        package let reason: String?

        package init(application: Digest, received: Instant, outcome: String, reason: String?) {
            self.application = application
            self.received = received
            self.outcome = outcome
            self.reason = reason
        }
    }

    static let kind = "accredit-review-case"

    package let issuer: String
    package let network: String
    /// The application as signed.
    package let application: String
    package let received: Instant
    /// The policy document's text.
    package let policy: String
    /// The text that decisions name the digest of.
    package let facts: String
    package let reviewers: [Reviewer]
    package let creditSources: [CreditSource]
    package let decisions: [Entry]
    package let claims: [Claim]
    package let earlier: [Earlier]
    /// open, approved, denied or expired, as the auditor has it.
    package let state: String
    /// The auditor's clock when it told this.
    package let told: Instant

    package init(
        issuer: String, network: String, application: String, received: Instant, policy: String,
        facts: String, reviewers: [Reviewer], creditSources: [CreditSource], decisions: [Entry],
        claims: [Claim], earlier: [Earlier], state: String, told: Instant
    ) {
        self.issuer = issuer
        self.network = network
        self.application = application
        self.received = received
        self.policy = policy
        self.facts = facts
        self.reviewers = reviewers
        self.creditSources = creditSources
        self.decisions = decisions
        self.claims = claims
        self.earlier = earlier
        self.state = state
        self.told = told
    }

    /// The case, once application, policy and facts read well and the application's signature fits.
    /// - Throws: `dossier`, or `policy`.
    package func reviewCase(zones: ZoneTable = .none) throws(AuditingError) -> ReviewCase {
        let application: Application
        do throws(CredentialError) {
            application = try Application.verify(self.application, network: network, at: received)
        } catch {
            throw AuditingError(.dossier, "the application: \(error.detail)")
        }
        let facts: ReviewFacts
        do throws(FormatError) {
            facts = try ReviewFacts(text: self.facts)
        } catch {
            throw AuditingError(.dossier, error.detail)
        }
        return try ReviewCase(
            application: application, issuer: issuer,
            policy: try AuditorPolicy(bytes: Array(policy.utf8), zones: zones), facts: facts,
            reviewers: reviewers)
    }

    /// The decisions whose signatures fit.
    package var verifiedDecisions: [ReviewDecision] {
        decisions.compactMap { try? ReviewDecision.verify($0.compact) }
    }
}
