/// A binary heap ordered by time, then by order of arrival.
struct EventQueue<Element> {
    private struct Entry {
        let time: Int
        let number: Int
        let element: Element
    }

    private var heap: [Entry] = []
    private var count = 0

    mutating func add(_ element: Element, at time: Int) {
        heap.append(Entry(time: time, number: count, element: element))
        count += 1
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Int, element: Element)? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return (last.time, last.element) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == parent { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.element)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (heap[left].time, heap[left].number) < (heap[right].time, heap[right].number)
    }
}
