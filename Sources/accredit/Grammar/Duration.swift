extension Invocation {
    /// A length of time: `90`, `90s`, `15m`, `12h` or `30d`, in seconds.
    func seconds(_ option: Option, in range: ClosedRange<Int64>) throws(Failure) -> Int64? {
        guard let text = try text(option) else { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : text.dropLast()
        let (seconds, overflow) = (Int64(digits) ?? -1).multipliedReportingOverflow(by: unit ?? 1)
        guard !overflow, range.contains(seconds), digits.utf8.first != UInt8(ascii: "+") else {
            throw .usage(
                "--\(option.name) is \"\(text)\"", code: "usage.bad-value",
                why: "it must be from \(range.lowerBound) to \(range.upperBound) seconds",
                fix: "write 90s, 15m, 12h or 30d")
        }
        return seconds
    }
}
