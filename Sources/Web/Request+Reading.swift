package import Cryptography
package import Encoding

extension Request {
    /// Reads the body, a JSON object, strictly: members that `read` did not ask for are refused.
    /// - Throws: a `Problem` with status 415 or 400 that names the member.
    package func fields<Value>(
        _ read: (inout Fields) throws(FormatError) -> Value
    ) throws(Problem) -> Value {
        let body = try json()
        do throws(FormatError) {
            var fields = try Fields(body, "body")
            let value = try read(&fields)
            try fields.end()
            return value
        } catch {
            throw Problem(error)
        }
    }

    /// The path's parameter `name`, a digest.
    /// - Throws: a `Problem` with status 400.
    package func digest(_ name: String) throws(Problem) -> Digest {
        do throws(FormatError) {
            return try Digest(hexadecimal: self[name])
        } catch {
            throw .badRequest(
                "\(self[name].quotedForMessage) is no digest.",
                fix: "Use 64 lower-case hex digits.")
        }
    }
}
