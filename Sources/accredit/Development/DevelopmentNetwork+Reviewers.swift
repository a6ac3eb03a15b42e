import Cryptography
import Encoding

extension DevelopmentNetwork.Auditor {
    /// Whether its policy refers applications to people.
    var asksReviewers: Bool { policy == "full-review.json" }
}

/// The people whom the auditor with the strictest policy asks.
extension DevelopmentNetwork {
    /// A reviewer: a person with a key, whom one auditor knows.
    struct Reviewer: Sendable {
        let name: String
        let roles: [String]
    }

    static let reviewers = [
        Reviewer(name: "Rita", roles: ["credit", "device"]),
        Reviewer(name: "Sven", roles: ["credit"]),
        Reviewer(name: "Tove", roles: ["device"]),
    ]

    func reviewerKey(_ reviewer: Reviewer) -> String {
        "\(folder)/keys/reviewer-\(reviewer.name.lowercased()).pem"
    }

    /// The member `reviewers` of the configuration of an auditor whose policy asks people.
    func reviewersMember() throws -> JSON {
        .array(
            try Self.reviewers.map { reviewer in
                [
                    "did": JSON(try publicKey(reviewerKey(reviewer)).did),
                    "name": JSON(reviewer.name),
                    "roles": .array(reviewer.roles.map { JSON($0) }),
                    "organisation": "Meridian Review",
                ]
            })
    }
}
