import Encoding
import Storage
import Web

/// Hands an application on to the other auditors when its applicant asks for it. Their answers stay
/// with them; the applicant collects each one, or has an aggregator do it.
struct Forwarding: Sendable {
    let peers: [String]
    let client: HTTPClient
    let log: @Sendable (JSON) -> Void

    /// Returns at once; what became of it is in the log.
    func forward(_ application: String) {
        let body = JSON.object(JSONObject([("application", JSON(application))])).bytes
        for peer in peers {
            Task {
                let result: JSON
                do throws(WebError) {
                    let response = try await client.send(
                        "POST", "\(peer)/v1/applications",
                        headers: [("content-type", "application/json")], body: body,
                        deadlineMilliseconds: Limits.forwardDeadlineMilliseconds)
                    result = JSON(Int64(response.status))
                } catch {
                    result = JSON(error.detail)
                }
                log(["event": "forwarded", "peer": JSON(peer), "answer": result])
            }
        }
    }
}
