extension Array where Element: Comparable {
    /// The first index whose element is not below `element`, in a sorted array.
    private func lowerBound(_ element: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func insertOrdered(_ element: Element) {
        insert(element, at: lowerBound(element))
    }

    mutating func removeOrdered(_ element: Element) {
        let index = lowerBound(element)
        if index < count, self[index] == element { remove(at: index) }
    }
}
