import Cryptography
package import Encoding

extension AuditorSet {
    /// The set of the next version, in which an auditor has changed its own keys.
    ///
    /// The rotation has to be signed by a key of the auditor that is in its window and in good
    /// hands. Keys of the auditor whose window is over make room when there is none.
    /// - Parameter now: the time that decides, such as a block's.
    /// - Throws: `wrongNetwork`, `wrongVersion`, `unknownAuditor`, `unknownKey`, `badSignature`,
    ///   `outsideKeyWindow`, `compromisedKey`, or `auditorSet` when the set that comes out must
    ///   not be used.
    package func rotated(
        by rotation: AuditorRotation, at now: Instant
    ) throws(CredentialError) -> AuditorSet {
        let draft = rotation.draft
        try check(network: draft.network, changes: draft.version)
        guard let place = auditors.firstIndex(where: { $0.issuer.hasSameBytes(as: draft.issuer) })
        else {
            throw CredentialError(.unknownAuditor, "\(draft.issuer) is not in the auditor set")
        }
        let auditor = auditors[place]
        guard let old = auditor.keys.firstIndex(where: { auditor.is($0, named: rotation.keyID) })
        else {
            throw CredentialError(
                .unknownKey, "the auditor set gives \(auditor.issuer) no key \(rotation.keyID)")
        }
        try rotation.jws.verified(
            by: auditor.keys[old].key, type: DocumentType.auditorRotation, what: "the rotation")
        try auditor.keys[old].checkSigns(at: now, keyID: rotation.keyID)
        guard draft.window.until > now else {
            throw CredentialError(
                .auditorSet, "the new key's window is over at \(draft.window.until.rfc3339)")
        }
        var keys = auditor.keys
        keys[old] = try keys[old].retired(by: draft)
        if keys.count >= Limits.auditorKeyCountMaximum { keys.removeAll { $0.window.until <= now } }
        guard keys.count < Limits.auditorKeyCountMaximum else {
            throw CredentialError(
                .auditorSet,
                "an auditor has at most \(Limits.auditorKeyCountMaximum) keys whose windows are "
                    + "not over; end one with oldUntil first")
        }
        keys.append(Key(key: draft.key, window: draft.window))
        var next = auditors
        next[place] = Auditor(
            issuer: auditor.issuer, name: auditor.name, operatorName: auditor.operatorName,
            account: auditor.account, keys: keys)
        return try AuditorSet(
            version: version + 1, network: network, threshold: threshold, operators: operators,
            auditors: next)
    }

    /// Checks that the auditors agree to put `next` in the place of this set: a quorum of this
    /// set's auditors, and a quorum of the next one's.
    ///
    /// An auditor counts for a set once, when one of its keys there, in its window and in good
    /// hands, signed. Both quorums need the threshold and the operators of their set.
    /// - Parameter signatures: `AuditorSetSignature`s, compact.
    /// - Throws: `wrongNetwork`, `wrongVersion`, `limit`, what `AuditorSetSignature.init` throws,
    ///   `unknownKey`, `badSignature`, `quorumNotMet`, or `operatorsNotMet`.
    package func checkUpdate(
        to next: AuditorSet, signatures: [String], at now: Instant
    ) throws(CredentialError) {
        guard next.version > 1 else {
            throw CredentialError(.wrongVersion, "version 1 is that of genesis")
        }
        try check(network: next.network, changes: next.version - 1)
        guard signatures.count <= Limits.auditorSetSignatureCountMaximum else {
            throw CredentialError(
                .limit,
                "an update carries at most \(Limits.auditorSetSignatureCountMaximum) signatures")
        }
        var read: [AuditorSetSignature] = []
        for compact in signatures {
            let signature = try AuditorSetSignature(compact, of: next)
            guard let key = self.key(signature.keyID) ?? next.key(signature.keyID) else {
                throw CredentialError(
                    .unknownKey,
                    "\(signature.keyID) is a key of no auditor in version \(version) or "
                        + "\(next.version)")
            }
            try signature.jws.verified(
                by: key, type: DocumentType.auditorSet, what: "a signature over the auditor set")
            read.append(signature)
        }
        try checkQuorum(of: read, at: now)
        try next.checkQuorum(of: read, at: now)
    }

    /// The auditors of this set that `signatures`, whose makers were checked, count for.
    package func signers(
        of signatures: [AuditorSetSignature], at now: Instant
    ) -> [Auditor] {
        auditors.filter { auditor in
            auditor.keys.contains { key in
                key.compromisedSince == nil && key.window.contains(now)
                    && signatures.contains { auditor.is(key, named: $0.keyID) }
            }
        }
    }

    private func checkQuorum(
        of signatures: [AuditorSetSignature], at now: Instant
    ) throws(CredentialError) {
        let agreeing = signers(of: signatures, at: now)
        guard agreeing.count >= threshold else {
            throw CredentialError(
                .quorumNotMet,
                "\(agreeing.count) auditors of version \(version) agree with a key that may sign "
                    + "at \(now.rfc3339), \(threshold) are needed")
        }
        let distinct = AuditorSet.distinctOperators(agreeing)
        guard distinct >= operators else {
            throw CredentialError(
                .operatorsNotMet,
                "the auditors of version \(version) that agree have \(distinct) operators, "
                    + "\(operators) are needed")
        }
    }

    private func check(network: String, changes version: Int64) throws(CredentialError) {
        guard network.hasSameBytes(as: self.network) else {
            throw CredentialError(
                .wrongNetwork, "the change is for network \(network), not \(self.network)")
        }
        guard version == self.version, self.version < .max else {
            throw CredentialError(
                .wrongVersion,
                "the change is of version \(version) of the auditor set, which has version "
                    + "\(self.version) now; make it again over that")
        }
    }

    private func key(_ keyID: String) -> PublicKey? {
        for auditor in auditors {
            if let key = auditor.keys.first(where: { auditor.is($0, named: keyID) }) {
                return key.key
            }
        }
        return nil
    }
}

extension AuditorSet.Auditor {
    fileprivate func `is`(_ key: AuditorSet.Key, named keyID: String) -> Bool {
        key.keyID(issuer: issuer).hasSameBytes(as: keyID)
    }
}

extension AuditorSet.Key {
    fileprivate func checkSigns(at now: Instant, keyID: String) throws(CredentialError) {
        guard window.contains(now) else {
            throw CredentialError(
                .outsideKeyWindow,
                "\(keyID) signs from \(window.from.rfc3339) to \(window.until.rfc3339), and it is "
                    + now.rfc3339)
        }
        if let compromisedSince {
            throw CredentialError(
                .compromisedKey,
                "\(keyID) is not trusted since block \(compromisedSince): the auditors have to "
                    + "agree on a new set")
        }
    }

    /// The key as the one that replaces it leaves it: its window is cut, never made longer.
    fileprivate func retired(
        by draft: AuditorRotation.Draft
    ) throws(CredentialError) -> AuditorSet.Key {
        let until = draft.oldUntil ?? window.until
        guard until <= window.until, until > window.from else {
            throw CredentialError(
                .auditorSet,
                "oldUntil has to be after \(window.from.rfc3339) and not after "
                    + window.until.rfc3339)
        }
        return AuditorSet.Key(
            key: key, window: Validity(from: window.from, until: until),
            compromisedSince: draft.oldCompromisedSince)
    }
}
