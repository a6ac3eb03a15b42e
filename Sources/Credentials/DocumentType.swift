/// The `typ` of each signed document: one kind can never be taken for another.
package enum DocumentType {
    package static let application = "application+jwt"
    package static let credential = "vc+jwt"
    package static let bundle = "vp+jwt"
    package static let creditStatement = "credit+jwt"
    package static let deviceAnswer = "device-answer+jwt"
    /// An auditor's change of its own keys in the auditor set.
    package static let auditorRotation = "auditor-rotation+jwt"
    /// A new key's word that its owner wants it in the auditor set.
    package static let auditorKeyProof = "auditor-key-proof+jwt"
    /// An auditor's agreement to a new auditor set.
    package static let auditorSet = "auditor-set+jwt"
    package static let review = "review+jwt"
    package static let reviewLogin = "review-login+jwt"
    package static let operation = "operation+jwt"
    package static let renewal = "renewal+jwt"
    /// A node's word for the key it talks to other nodes with.
    package static let peer = "peer+jwt"
}

/// The JSON-LD contexts and types of credentials and bundles (W3C Verifiable Credentials 2.0).
enum Vocabulary {
    static let credentialsContext = "https://www.w3.org/ns/credentials/v2"
    static let candidacyContext = "https://accredit.example/contexts/candidacy/v1"
    static let credentialTypes = ["VerifiableCredential", "CandidacyCredential"]
    static let bundleTypes = ["VerifiablePresentation", "AuditorQuorumPresentation"]
    static let envelopeType = "EnvelopedVerifiableCredential"
    static let envelopePrefix = "data:application/vc+jwt,"
    static let subjectType = "CandidateNode"
    static let evaluationType = "CandidacyEvaluation"
    static let statusListTypes = ["VerifiableCredential", "BitstringStatusListCredential"]
    static let statusListSubjectType = "BitstringStatusList"
    static let statusEntryType = "BitstringStatusListEntry"
    static let identifierPrefix = "urn:uuid:"
}
