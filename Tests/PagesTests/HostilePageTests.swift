import Encoding
import Testing
import Web

@testable import Pages

/// Answers every question with a document in which each text is hostile.
private struct HostileSource: PageSource {
    static let text = "<img src=x onerror=alert(1)>\u{202E}'\"&\u{0}"

    func document(
        _ path: String, _ query: [(name: String, value: String)]
    ) async throws -> JSON {
        let evil = JSON.string(Self.text)
        let moment: JSON = "2026-11-21T12:00:00Z"
        let claims: JSON = [
            "issuer": ["id": evil, "name": evil], "validFrom": moment,
            "validUntil": "2026-12-21T12:00:00Z",
            "credentialSubject": [
                "consent": true, "reason": evil,
                "qualifications": ["device": ["cores": evil], "<b>": evil],
            ],
            "evidence": [
                [
                    "mode": evil, "policy": evil,
                    "findings": [["rule": evil, "message": evil, "reason": evil]],
                ]
            ],
        ]
        return [
            "network": evil, "height": 9, "time": moment, "node": evil, "endpoint": evil,
            "state": evil, "status": evil, "votes": 1, "validUntil": moment, "late": evil,
            "application": evil, "consensusKey": evil, "transaction": evil, "amount": evil,
            "payer": evil, "auditor": evil, "account": evil, "id": evil, "note": evil,
            "consensus": ["explanation": evil], "registrar": evil, "genesis": evil,
            "why": ["trouble": true, "reasons": [["trouble": true, "text": evil]]],
            "credentials": [["claims": claims]], "representatives": [["node": evil]],
            "candidates": [["node": evil, "endpoint": evil, "status": evil]],
            "results": [["candidate": evil, "votes": 3]], "seats": [evil],
            "ranking": [["node": evil, "votes": 1, "eligible": false, "reason": evil]],
            "elections": [["n": 1, "height": 5, "seats": [evil], "note": evil]],
            "auditors": [
                [
                    "issuer": evil, "name": evil, "operator": evil, "account": evil,
                    "keys": [["jwk": ["kty": evil, "crv": evil, "x": evil], "from": moment]],
                ]
            ],
            "blocks": [
                [
                    "height": 9, "time": moment, "id": evil, "proposer": evil,
                    "signers": [evil], "missing": [evil], "previous": evil,
                ]
            ],
            "transactions": [["id": evil, "type": evil, "sender": evil, "code": evil]],
            "parameters": ["seats": evil, "<i>": evil], "found": [["path": evil, "id": evil]],
            "deposits": [["id": evil, "auditor": evil, "amount": evil]],
            "history": [["time": "2026-11-20T12:00:00Z", "votes": 3]],
        ]
    }
}

@Suite struct HostilePageTests {
    @Test(arguments: [
        "/", "/candidates", "/candidates/x", "/elections", "/elections/1", "/explorer", "/blocks",
        "/blocks/9", "/transactions/x", "/accounts/x", "/deposits/x", "/representatives",
        "/auditors", "/parameters", "/privacy", "/search",
    ])
    func `what strangers wrote is text on every page`(_ path: String) async {
        var router = Router()
        PageRoutes(HostileSource()).add(to: &router)
        let request = Request(path: path, query: [(name: "q", value: HostileSource.text)])
        let response = await router.respond(to: request)
        let page = String(decoding: response.body, as: UTF8.self)
        #expect(page.hasPrefix("<!DOCTYPE html>"), "\(response.status)")
        #expect(page.contains("&lt;img src=x"))
        for markup in ["<img", "<b>", "<i>", "\u{202E}", "\u{0}", " onerror=alert(1)>"] {
            #expect(!page.contains(markup), "\(path) holds \(markup.debugDescription)")
        }
    }
}
