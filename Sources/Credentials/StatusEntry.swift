import Encoding

/// What a bit of a status list says.
package enum StatusPurpose: String, Sendable, CaseIterable {
    /// Set: the credential is worth nothing any more.
    case revocation
    /// Set: the credential is worth nothing until the bit is cleared.
    case suspension
}

/// Where a credential's status stands (Bitstring Status List 1.0, section 2.1): a bit of a list
/// that its issuer publishes.
package struct StatusEntry: Sendable, Hashable {
    package let purpose: StatusPurpose
    /// The address of the list, which is below the issuer's.
    package let list: String
    package let index: Int

    package init(purpose: StatusPurpose, list: String, index: Int) {
        self.purpose = purpose
        self.list = list
        self.index = index
    }

    var json: JSON {
        [
            "id": .string("\(list)#\(index)"), "type": .string(Vocabulary.statusEntryType),
            "statusPurpose": .string(purpose.rawValue), "statusListIndex": .string(String(index)),
            "statusListCredential": .string(list),
        ]
    }

    /// Reads `credentialStatus`: one entry or several. Entries of other kinds say nothing to us.
    static func read(
        _ json: JSON?, issuer: String
    ) throws(FormatError) -> [StatusEntry] {
        guard let json else { return [] }
        let all = json.arrayValue ?? [json]
        guard all.count <= Limits.statusEntryCountMaximum else {
            throw FormatError(
                .limit, "a credential has \(Limits.statusEntryCountMaximum) status entries at most")
        }
        var entries: [StatusEntry] = []
        for element in all {
            var fields = try Fields(element, "credential.credentialStatus")
            if let entry = try StatusEntry(&fields, issuer: issuer) { entries.append(entry) }
        }
        return entries
    }

    private init?(_ fields: inout Fields, issuer: String) throws(FormatError) {
        let type = try fields.string("type")
        guard type.hasSameBytes(as: Vocabulary.statusEntryType),
            let purpose = StatusPurpose(rawValue: try fields.string("statusPurpose"))
        else { return nil }
        self.purpose = purpose
        list = try fields.issuer("statusListCredential")
        // Whoever looks the status up asks the issuer, and nobody whom the issuer names.
        guard list.utf8.starts(with: (issuer + "/").utf8) else {
            throw fields.error("statusListCredential", "has to be below \(issuer)")
        }
        let text = try fields.string("statusListIndex")
        guard let index = Int(text), index >= 0, String(index).hasSameBytes(as: text) else {
            throw fields.error("statusListIndex", "has to be a whole number in a string")
        }
        self.index = index
    }
}
