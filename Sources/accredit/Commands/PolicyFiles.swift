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
                .verification, "policy.invalid",
                "\(name(path)) is no policy an auditor would load", why: "\(error)",
                fix: has("cases", bytes)
                    ? "this is a file of cases: accredit policy test POLICY --cases \(path)" : nil)
        }
    }

    static func cases(_ path: String) throws -> [PolicyCase] {
        let bytes = try InputFile.read(path)
        do {
            return try PolicyCase.parse(bytes)
        } catch {
            throw Failure(
                .failure, "cases.format", "\(name(path)) is no file of cases", why: "\(error)",
                fix: has("rules", bytes)
                    ? "this is a policy; the help of policy test has the form of cases" : nil)
        }
    }

    /// - Parameter what: what the file was given for, such as "evidence".
    static func json(_ path: String, _ what: String) throws -> JSON {
        let bytes = try InputFile.read(path)
        do {
            return try JSON.parse(bytes)
        } catch {
            throw Failure(
                .failure, "\(what).format", "\(name(path)) holds no \(what) as JSON",
                why: error.detail)
        }
    }

    private static func name(_ path: String) -> String {
        path == "-" ? "standard input" : path
    }

    /// Whether the bytes are an object with this member.
    private static func has(_ member: String, _ bytes: [UInt8]) -> Bool {
        (try? JSON.parse(bytes))?[member] != nil
    }

    /// The cases beside a policy: `full-review.json` has `full-review.test.json`.
    static func casesPath(of policy: String) -> String {
        let suffix = ".json"
        let name = policy.hasSuffix(suffix) ? String(policy.dropLast(suffix.count)) : policy
        return "\(name).test.json"
    }
}
