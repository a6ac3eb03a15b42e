import Encoding
import Policies
import Storage

/// Policy documents and files of cases, as the command line names them.
enum PolicyFiles {
    /// - Throws: `verification` with the place and a caret for what an auditor would not load.
    static func policy(_ path: String) throws -> PolicyDocument {
        let bytes = try InputFile.read(path)
        do {
            return try PolicyDocument.parse(bytes, zones: ZoneTable(ZoneFiles.read))
        } catch {
            throw Failure(
                .verification, "policy.invalid", "\(path) is no policy an auditor would load",
                why: "\(error)")
        }
    }

    static func cases(_ path: String) throws -> [PolicyCase] {
        let bytes = try InputFile.read(path)
        do {
            return try PolicyCase.parse(bytes)
        } catch {
            throw Failure(.failure, "cases.format", "\(path) is no file of cases", why: "\(error)")
        }
    }

    /// The cases beside a policy: `full-review.json` has `full-review.test.json`.
    static func casesPath(of policy: String) -> String {
        let suffix = ".json"
        let name = policy.hasSuffix(suffix) ? String(policy.dropLast(suffix.count)) : policy
        return "\(name).test.json"
    }
}
