package import Encoding
import Synchronization

/// Keeps the events of servers, to be asked afterwards.
package final class EventLog: Sendable {
    private let events = Mutex<[JSON]>([])

    package init() {}

    package var append: @Sendable (JSON) -> Void {
        { event in self.events.withLock { $0.append(event) } }
    }

    /// The events of one name, in order.
    package func all(_ name: String) -> [JSON] {
        events.withLock { events in events.filter { $0["event"] == .string(name) } }
    }

    package func count(of name: String) -> Int { all(name).count }
}
