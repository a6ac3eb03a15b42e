import FoundationEssentials

/// Where the command looks when nobody tells it, after the XDG base directories.
enum Folders {
    /// `$XDG_CONFIG_HOME/accredit`, else `~/.config/accredit`.
    static func configuration(_ environment: [String: String]) -> String {
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") {
            return base + "/accredit"
        }
        return (environment["HOME"] ?? ".") + "/.config/accredit"
    }

    /// `./Keys` when the working directory has one, as a clone of the project does; else the
    /// folder of the user.
    static func keys(_ environment: [String: String]) -> String {
        var isFolder = false
        if FileManager.default.fileExists(atPath: "Keys", isDirectory: &isFolder), isFolder {
            return "Keys"
        }
        return configuration(environment) + "/keys"
    }

    /// `~/x` with the home folder in place of the tilde.
    static func expanded(_ path: String, _ environment: [String: String]) -> String {
        guard path.hasPrefix("~/"), let home = environment["HOME"] else { return path }
        return home + path.dropFirst(1)
    }

    /// The path from the root, for files that others read from elsewhere.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    /// The folder a file stands in; "." for a bare name.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last part of a path.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
