import Credentials
package import Encoding

/// When something should be done about the keys of a ring, by one rule: verifiers know a key
/// before it signs, and no credential is cut short by the end of its key.
package struct KeyPlan: Sendable, Hashable {
    package enum Step: String, Sendable {
        /// The next key has to be published by then.
        case prepareNext = "prepare-next"
        /// The prepared key may sign from then on.
        case mayActivate = "may-activate"
        /// Credentials of the active key are shorter than they should be from then on.
        case activateNext = "activate-next"
        /// From then on nothing that the key signed is valid, and what is left of it may go.
        case mayDrop = "may-drop"
        /// The key signs nothing after this.
        case ends
    }

    package struct Line: Sendable, Hashable {
        package let step: Step
        package let thumbprint: String
        package let at: Instant
        /// Whether it should have been done by now.
        package let isDue: Bool
    }

    /// Sorted by time.
    package let lines: [Line]

    /// - Parameter validForSeconds: how long credentials are valid, by the longest policy.
    package init(_ ring: KeyRing, validForSeconds: Int64, at now: Instant) {
        let hasNext = ring.keys.contains { $0.state == .prepared && now < $0.window.until }
        var lines: [Line] = []
        func add(_ step: Step, _ key: KeyRing.Key, _ at: Instant, isDue: Bool = false) {
            lines.append(Line(step: step, thumbprint: key.thumbprint, at: at, isDue: isDue))
        }
        for key in ring.keys where key.isPublished(at: now) {
            let until = key.window.until
            switch key.state {
            case .prepared:
                add(.mayActivate, key, max(key.knownFrom, key.window.from))
            case .active:
                let full = until.adding(milliseconds: -validForSeconds * 1000)
                let publish = full.adding(milliseconds: -2 * Limits.publicationSeconds * 1000)
                if !hasNext { add(.prepareNext, key, publish, isDue: publish <= now) }
                add(.activateNext, key, full, isDue: full <= now)
                add(.ends, key, until)
            case .retired:
                let last = (key.retiredAt ?? now).adding(milliseconds: validForSeconds * 1000)
                add(.mayDrop, key, min(until, last))
            case .revoked: break
            }
        }
        self.lines = lines.sorted { ($0.at, $0.step.rawValue) < ($1.at, $1.step.rawValue) }
    }
}
