import Encoding

extension JSON {
    /// The value with a merge patch applied (RFC 7396): members of objects are replaced one by one,
    /// `null` removes, everything else takes the old value's place.
    func merging(_ patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var result = objectValue ?? JSONObject([])
        for change in changes.members {
            // Typed, because a bare nil is also JSON's null.
            let removed: JSON? = .none
            result[change.name] =
                change.value == .null
                ? removed : (result[change.name] ?? .null).merging(change.value)
        }
        return .object(result)
    }
}
