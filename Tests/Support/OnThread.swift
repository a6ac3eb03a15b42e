import Storage

/// Runs what blocks, such as waiting for another process, on a thread of its own: the test runner
/// has one thread per core, and tests that hold them make every other test's deadline pass.
package func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        do {
            try startThread { continuation.resume(with: Result { try body() }) }
        } catch {
            continuation.resume(throwing: error)
        }
    }
}
