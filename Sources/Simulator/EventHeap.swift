/// What will happen, in the order of time; at the same time, in the order it was added.
struct EventHeap<Event> {
    private struct Entry {
        let time: Int64
        let number: UInt64
        let event: Event

        func comes(before other: Entry) -> Bool {
            time != other.time ? time < other.time : number < other.number
        }
    }

    private var entries: [Entry] = []
    private var count: UInt64 = 0

    mutating func add(_ event: Event, at time: Int64) {
        count += 1
        entries.append(Entry(time: time, number: count, event: event))
        var place = entries.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard entries[place].comes(before: entries[parent]) else { return }
            entries.swapAt(place, parent)
            place = parent
        }
    }

    mutating func next() -> (time: Int64, event: Event)? {
        guard let last = entries.popLast() else { return nil }
        guard let first = entries.first else { return (last.time, last.event) }
        entries[0] = last
        var place = 0
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < entries.count && entries[child].comes(before: entries[least]) {
                least = child
            }
            if least == place { return (first.time, first.event) }
            entries.swapAt(place, least)
            place = least
        }
    }
}
