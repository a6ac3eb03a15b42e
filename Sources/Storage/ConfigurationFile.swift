package import Encoding

/// One JSON configuration file. Paths in it are relative to the folder it lies in, so that a folder
/// of configuration, keys and data can be moved as a whole.
package struct ConfigurationFile: Sendable {
    /// The files a server's or client's TLS needs, PEM.
    package struct TLSPaths: Sendable {
        package let certificate: String
        package let key: String
        package let authority: String
    }

    package let folder: String
    /// The members that nobody has read yet; the reader calls `fields.end()`.
    package var fields: Fields

    /// - Parameter noun: what to call the file in messages, such as `node configuration`.
    /// - Throws: `StorageError` when the file cannot be read, `FormatError` when it is no JSON object.
    package init(path: String, noun: String) throws {
        let bytes = try DurableFile.read(
            path, maximumByteCount: Limits.configurationByteCountMaximum)
        do throws(FormatError) {
            fields = try Fields(JSON.parse(bytes), noun)
        } catch {
            throw FormatError(error.code, "\(path): \(error.detail)")
        }
        folder = DurableFile.folder(of: path)
    }

    /// `path` as seen from the file's folder; an absolute one stays.
    package func resolve(_ path: String) -> String {
        path.hasPrefix("/") || folder == "." ? path : "\(folder)/\(path)"
    }

    /// The member `name`, a path.
    package mutating func path(_ name: String) throws(FormatError) -> String {
        resolve(try fields.string(name))
    }

    package mutating func optionalPath(_ name: String) throws(FormatError) -> String? {
        try fields.optionalString(name).map(resolve)
    }

    /// The member `name`, a server's identity: an https URL without a slash at its end.
    package mutating func identity(_ name: String) throws(FormatError) -> String {
        let url = try fields.string(name)
        guard url.hasPrefix("https://"), !url.hasSuffix("/") else {
            throw fields.error(name, "has to be an https URL without a slash at its end")
        }
        return url
    }

    /// The member `tls`: `{"certificate", "key", "authority"}`.
    package mutating func tls() throws(FormatError) -> TLSPaths {
        var tls = try fields.object("tls")
        let paths = TLSPaths(
            certificate: resolve(try tls.string("certificate")),
            key: resolve(try tls.string("key")),
            authority: resolve(try tls.string("authority")))
        try tls.end()
        return paths
    }
}
