/// A node of the story: how it applies and what the auditors and the ledger are expected to say.
struct DemoNode: Sendable {
    enum Role: String, Sendable {
        /// Seated by genesis; applies and stands like everyone.
        case founder
        /// A ledger node that starts as an ordinary one.
        case applicant
    }

    let name: String
    let role: Role
    /// One line about it.
    let summary: String
    var creditScore: UInt64 = 720
    /// The auditors it pays a deposit to, by name.
    var deposits = ["a2", "a3"]
    /// The validity it asks for; nil for what the policies give.
    var validForSeconds: Int64?
    /// Its operator's own account pays the deposits, so that payer and node differ.
    var operatorPays = false
    /// The auditors expected to refuse, by name; the others consent.
    var refusedBy: [String] = []
    /// What the ledger is expected to answer to its `candidate.add`.
    var admission = "ok"
}

/// Who takes part in the demo.
enum DemoCast {
    static let depositAmount: UInt64 = 1000
    /// What the registrar sends rowan's operator: two deposits and something left.
    static let operatorFunds: UInt64 = 2500
    /// maple asks for this: longer than its bundle takes to collect on a busy machine, shorter than
    /// the story.
    static let shortValiditySeconds: Int64 = 15
    /// Renews the credential that limits its bundle, at the end.
    static let renewing = "fir"
    /// Loses one of its credentials, at the end, when it holds no seat.
    static let takenBack = "elm"
    static let withdrawing = "rowan"
    /// Applies once more, with a score that a3's policy leaves to people.
    static let reviewed = "fir"
    static let uncertainScore: UInt64 = 620
    static let expiring = "maple"
    static let refused = "linden"
    /// Whose deposits go back within the story.
    static let refunded = [withdrawing, expiring, refused, takenBack]

    static let founders = DevelopmentNetwork.founderNames.map {
        DemoNode(name: $0, role: .founder, summary: "seated by genesis")
    }

    static let applicants = [
        DemoNode(
            name: "fir", role: .applicant, summary: "pays every deposit, has good credit"),
        DemoNode(
            name: "hazel", role: .applicant, summary: "pays no deposit to a2", deposits: ["a3"],
            refusedBy: ["a2"]),
        DemoNode(
            name: refused, role: .applicant, summary: "has too little credit", creditScore: 480,
            refusedBy: ["a2", "a3"], admission: "quorum-not-met"),
        DemoNode(
            name: expiring, role: .applicant,
            summary: "asks for \(shortValiditySeconds) s and hands its bundle in too late",
            validForSeconds: shortValiditySeconds, admission: "credential-expired"),
        DemoNode(
            name: withdrawing, role: .applicant,
            summary: "its operator's account pays; it withdraws later", operatorPays: true),
    ]

    static let nodes = founders + applicants
}

/// Votes of one voter, by candidate's name: more, or fewer when negative.
struct DemoVote: Sendable {
    /// From 1.
    let voter: Int
    let changes: [String: Int64]
}

/// How the twenty voters vote. Everybody may have ten votes cast at one time.
enum DemoVotes {
    static let voterCount = 20
    /// Genesis does not list these voters; the registrar enrols them.
    static let enrolledLater = 17...20

    /// fir 38, ash 32, birch 20, cedar and elm 15 each, rowan 10, hazel 8: fir takes elm's seat,
    /// because cedar registered before elm.
    static let first: [DemoVote] =
        votes(1...5, ["fir": 6, "ash": 4])
        + votes(6...10, ["birch": 4, "cedar": 3, "elm": 3])
        + votes(11...14, ["hazel": 2, "ash": 2])
        + votes(15...16, ["rowan": 5])
        + votes(17...20, ["fir": 2, "ash": 1])

    /// One more than this voter has; the ledger refuses it.
    static let tooMany = DemoVote(voter: 1, changes: ["birch": 1])

    /// Votes for rowan came back with its withdrawal and go to hazel, cedar's are withdrawn or
    /// moved: fir 38, hazel 34, ash 32, birch 20, elm 15, cedar 0. hazel takes cedar's seat.
    static let second: [DemoVote] =
        votes(15...16, ["hazel": 10])
        + votes(6...8, ["cedar": -3])
        + votes(9...10, ["cedar": -3, "hazel": 3])

    private static func votes(_ voters: ClosedRange<Int>, _ changes: [String: Int64]) -> [DemoVote]
    {
        voters.map { DemoVote(voter: $0, changes: changes) }
    }
}
