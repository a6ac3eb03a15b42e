import CLinux
import FoundationEssentials

/// How the program's allocator treats memory that was given back.
///
/// glibc's defaults hand every large piece back to the kernel at once. A node takes a block's worth
/// of bytes several times a block, and each time the kernel cleared those pages anew: a tenth of
/// what four nodes under load did with their processors.
enum Allocator {
    /// Larger pieces are mapped alone and unmapped when they are freed: the most glibc allows.
    private static let mappedAloneByteCount: Int32 = 32 << 20
    /// Free memory at the end of an arena beyond this goes back to the kernel.
    private static let keptByteCount: Int32 = 64 << 20

    /// Keeps freed memory for the next piece, in two arenas for each core: glibc's eight would each
    /// keep their own, and in one the threads wait for each other. Call it before there are
    /// threads; `mallopt(3)`.
    static func keepFreedMemory() {
        let cores = Int32(clamping: ProcessInfo.processInfo.activeProcessorCount)
        _ = mallopt(M_MMAP_THRESHOLD, mappedAloneByteCount)
        _ = mallopt(M_TRIM_THRESHOLD, keptByteCount)
        _ = mallopt(M_ARENA_MAX, 2 * max(1, cores))
    }
}
