import Auditing
import Cryptography
import Encoding
import Storage

extension AuditorConfiguration {
    /// `reviewers`: `[{"did", "name", "roles"?, "organisation"?}]`; none when absent.
    static func reviewers(_ file: inout ConfigurationFile) throws -> [Reviewer] {
        guard file.fields.optionalJSON("reviewers") != nil else { return [] }
        var reviewers: [Reviewer] = []
        for fields in try file.fields.objects(
            "reviewers", maximumCount: Limits.reviewerCountMaximum)
        {
            let reviewer = try Reviewer(fields)
            let key = try PublicKey(did: reviewer.did)
            guard key.did.hasSameBytes(as: reviewer.did) else {
                throw file.fields.error("reviewers", "names \(key.did) in another form")
            }
            // One person with two keys would be two approvals.
            let isKnown = reviewers.contains {
                $0.did.hasSameBytes(as: reviewer.did) || $0.name.hasSameBytes(as: reviewer.name)
            }
            guard !isKnown else {
                throw file.fields.error("reviewers", "names \(reviewer.name) twice")
            }
            reviewers.append(reviewer)
        }
        return reviewers
    }

    /// `reviewEvidence`: `decisions` (the usual) or `results`.
    static func reviewEvidence(_ file: inout ConfigurationFile) throws -> ReviewEvidence {
        guard let text = try file.fields.optionalString("reviewEvidence") else {
            return .decisions
        }
        guard let evidence = ReviewEvidence(rawValue: text) else {
            throw file.fields.error("reviewEvidence", "has to be \"decisions\" or \"results\"")
        }
        return evidence
    }
}
