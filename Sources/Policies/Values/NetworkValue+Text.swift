/// Text of addresses and blocks.
extension NetworkValue {
    /// Reads `192.168.0.1` or an IPv6 address as in RFC 4291 §2.2; nil for anything else: zones,
    /// leading zeros of IPv4, and IPv4 addresses mapped to IPv6 in the dotted form.
    static func address(_ text: Text) -> NetworkValue? { address(text.bytes[...]) }

    private static func address(_ text: ArraySlice<UInt8>) -> NetworkValue? {
        guard text.contains(UInt8(ascii: ":")) else {
            return version4(text).map {
                NetworkValue(high: 0, low: mappedPrefix << 32 | UInt64($0))
            }
        }
        return version6(text)
    }

    /// Reads an address and the number of its fixed bits, such as `10.0.0.0/8`; nil for anything
    /// else and for IPv4 mapped to IPv6.
    static func block(_ text: Text) -> NetworkValue? {
        guard let slash = text.bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
        let head = text.bytes[..<slash]
        guard let address = address(head),
            !(address.isVersion4 && head.contains(UInt8(ascii: ":"))),
            let length = number(text.bytes[(slash + 1)...], maximum: address.bitCount)
        else { return nil }
        return NetworkValue(high: address.high, low: address.low, prefixLength: length)
    }

    /// A decimal number without leading zeros.
    private static func number(_ digits: ArraySlice<UInt8>, maximum: Int) -> Int? {
        guard (1...3).contains(digits.count), digits.allSatisfy(\.isDigit),
            digits.count == 1 || digits.first != UInt8(ascii: "0")
        else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return number <= maximum ? number : nil
    }

    private static func version4(_ text: ArraySlice<UInt8>) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let number = number(part, maximum: 255) else { return nil }
            address = address << 8 | UInt32(number)
        }
        return address
    }

    private static func version6(_ text: ArraySlice<UInt8>) -> NetworkValue? {
        var groups: [UInt16] = []
        var gap: Int?
        var rest = text
        let colon = UInt8(ascii: ":")
        if rest.starts(with: [colon, colon]) {
            gap = 0
            rest = rest.dropFirst(2)
        }
        var isDotted = false
        while !rest.isEmpty {
            guard groups.count < 8, !isDotted else { return nil }
            let part = rest.prefix { $0 != colon }
            if part.contains(UInt8(ascii: ".")) {
                guard let tail = version4(part), groups.count <= 6 else { return nil }
                groups += [UInt16(tail >> 16), UInt16(truncatingIfNeeded: tail)]
                isDotted = true
            } else {
                guard let group = group(part) else { return nil }
                groups.append(group)
            }
            rest = rest.dropFirst(part.count)
            guard !rest.isEmpty else { break }
            rest = rest.dropFirst()
            if rest.first == colon {
                guard gap == nil else { return nil }
                gap = groups.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard groups.count < 8 else { return nil }
            groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
        }
        guard groups.count == 8 else { return nil }
        let address = NetworkValue(high: joined(groups[..<4]), low: joined(groups[4...]))
        return isDotted && address.isVersion4 ? nil : address
    }

    private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
        guard (1...4).contains(digits.count) else { return nil }
        var group: UInt16 = 0
        for digit in digits {
            guard let value = digit.hexadecimalDigit else { return nil }
            group = group << 4 | UInt16(value)
        }
        return group
    }

    private static func joined(_ groups: ArraySlice<UInt16>) -> UInt64 {
        groups.reduce(0) { $0 << 16 | UInt64($1) }
    }

    /// The canonical form: dotted for IPv4, RFC 5952 for IPv6, with `/` and the length for a block.
    package var text: String {
        let suffix = prefixLength.map { "/\($0)" } ?? ""
        guard !isVersion4 else {
            return [24, 16, 8, 0].map { String(version4 >> UInt32($0) & 0xFF) }
                .joined(separator: ".") + suffix
        }
        let groups = [high, low].flatMap { half in
            [48, 32, 16, 0].map { half >> UInt64($0) & 0xFFFF }
        }
        // The longest run of zeros, of two groups at least and the first of equals, is left out.
        var longest = 0..<0
        var start = 0
        for place in 0...8 where place == 8 || groups[place] != 0 {
            if place - start > max(1, longest.count) { longest = start..<place }
            start = place + 1
        }
        func hexadecimal(_ groups: ArraySlice<UInt64>) -> String {
            groups.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard !longest.isEmpty else { return hexadecimal(groups[...]) + suffix }
        return hexadecimal(groups[..<longest.lowerBound]) + "::"
            + hexadecimal(groups[longest.upperBound...]) + suffix
    }
}
