import Glibc

/// How much room a disk has.
package enum DiskSpace {
    /// Bytes that an ordinary user may still write where a folder lies; nil when that cannot be
    /// told.
    package static func free(at folder: String) -> UInt64? {
        var status = statvfs()
        guard unsafe statvfs(folder, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(status.f_bavail).multipliedReportingOverflow(
            by: UInt64(status.f_frsize))
        return overflow ? .max : bytes
    }
}
