import CLinux

/// Memory that the program holds, as its allocator counts it.
enum AllocatedMemory {
    /// Bytes given out and not given back, small and large pieces alike.
    static func byteCount() -> Int {
        let info = mallinfo2()
        return Int(info.uordblks) + Int(info.hblkhd)
    }
}
