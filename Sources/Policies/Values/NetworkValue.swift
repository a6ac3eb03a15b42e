/// An IP address, or a block of addresses in CIDR notation. An IPv4 address is held as the IPv6
/// address it is mapped to, so that both ways to write it are one value.
package final class NetworkValue: Sendable {
    /// The 128 bits, the first of them first.
    let high: UInt64
    let low: UInt64
    /// How many leading bits of its own family a block fixes; nil for a single address.
    package let prefixLength: Int?

    init(high: UInt64, low: UInt64, prefixLength: Int? = nil) {
        self.high = high
        self.low = low
        self.prefixLength = prefixLength
    }

    static let mappedPrefix: UInt64 = 0xFFFF

    var isVersion4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    var version4: UInt32 { UInt32(truncatingIfNeeded: low) }

    var bitCount: Int { isVersion4 ? 32 : 128 }

    // MARK: Kinds of addresses

    var isUnspecified: Bool { isVersion4 ? version4 == 0 : high == 0 && low == 0 }

    var isLoopback: Bool { isVersion4 ? version4 >> 24 == 127 : high == 0 && low == 1 }

    var isMulticast: Bool { isVersion4 ? version4 >> 28 == 0xE : high >> 56 == 0xFF }

    var isLinkLocalMulticast: Bool {
        isVersion4 ? version4 >> 8 == 0xE0_0000 : high >> 48 & 0xFF0F == 0xFF02
    }

    var isLinkLocalUnicast: Bool {
        isVersion4 ? version4 >> 16 == 0xA9FE : high >> 54 == 0xFE80 >> 6
    }

    /// Neither unspecified, loopback, multicast, link-local nor the broadcast address. Private
    /// addresses count as global, as in RFC 1122 and Go's net/netip.
    var isGlobalUnicast: Bool {
        !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast
            && !(isVersion4 && version4 == .max)
    }

    // MARK: Blocks

    /// The address of a block without its length.
    var address: NetworkValue { NetworkValue(high: high, low: low) }

    /// The block with the bits cleared that it leaves free.
    var masked: NetworkValue { masked(prefixLength ?? bitCount) }

    private func masked(_ length: Int) -> NetworkValue {
        // IPv4 stands in the last 32 of the 128 bits.
        let fixed = length + 128 - bitCount
        let highMask = fixed >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(fixed))
        let lowMask = fixed <= 64 ? 0 : ~(UInt64.max >> UInt64(fixed - 64))
        return NetworkValue(
            high: high & highMask, low: low & (fixed >= 128 ? UInt64.max : lowMask),
            prefixLength: length)
    }

    /// Whether an address or a whole block lies in this block.
    func contains(_ other: NetworkValue) -> Bool {
        guard let prefixLength, isVersion4 == other.isVersion4,
            prefixLength <= other.prefixLength ?? bitCount
        else { return false }
        return other.masked(prefixLength) == masked
    }
}

extension NetworkValue: Equatable {
    package static func == (left: NetworkValue, right: NetworkValue) -> Bool {
        left.high == right.high && left.low == right.low && left.prefixLength == right.prefixLength
    }
}
