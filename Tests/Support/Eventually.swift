import Storage

/// Waits for what comes about by itself, as long as a busy machine may take for it.
/// - Throws: when it has not come about after two minutes.
package func eventually(
    _ what: String, _ condition: () async throws -> Bool
) async throws {
    let end = SystemClock.monotonicMilliseconds() + 120_000
    while try await !condition() {
        guard SystemClock.monotonicMilliseconds() < end else {
            throw NeverCame(description: "it never came about: \(what)")
        }
        try await Task.sleep(for: .milliseconds(20))
    }
}

package struct NeverCame: Error, CustomStringConvertible {
    package let description: String
}
