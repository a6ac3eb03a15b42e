import Glibc
import Testing

/// A directory of its own, removed with what is in it.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array(
            ("/tmp/accredit-web-" + String(repeating: "X", count: 6)).utf8CString)
        let made = unsafe mkdtemp(&template)
        path = unsafe String(cString: try #require(unsafe made))
    }

    deinit {
        for name in names { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    var names: [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) { raw in
                unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func mode(_ name: String) -> mode_t {
        var status = stat()
        guard unsafe stat("\(path)/\(name)", &status) == 0 else { return 0 }
        return status.st_mode & 0o777
    }
}
