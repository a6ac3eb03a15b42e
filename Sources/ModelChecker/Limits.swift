/// Bounds of a search.
enum Limits {
    /// Representatives in every search. The smallest number that stands a liar.
    static let representativeCount = 4
    /// Most rounds that are searched: what a sender can say has to fit into one 64-bit word.
    static let roundCountMaximum = 4
    /// Most values that are proposed.
    static let valueCountMaximum = 2
    /// Most representatives that lie: one more than four representatives stand.
    static let byzantineCountMaximum = 2
}
