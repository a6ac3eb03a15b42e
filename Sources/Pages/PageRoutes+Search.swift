import Encoding
import Web

/// The search by any id, and the statement on privacy.
extension PageRoutes {
    /// Where to go when exactly one thing is meant.
    func destination(_ request: Request) async throws -> String? {
        guard let found = try? await find(request), found.count == 1, let only = found.first,
            Self.isLocal(only.text("path"))
        else { return nil }
        return only.text("path")
    }

    /// A path on this server and nothing that a browser could take for more.
    private static func isLocal(_ path: String) -> Bool {
        path.hasPrefix("/") && !path.hasPrefix("//")
            && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
    }

    private func find(_ request: Request) async throws -> [JSON] {
        try await source.document("/v1/search", [("q", Self.query(request))]).list("found")
    }

    private static func query(_ request: Request) -> String {
        let text = request.query("q") ?? ""
        let start = text.drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }

    func nothingFound(_ request: Request) async throws -> Page {
        let query = Self.query(request)
        guard query.utf8.count <= Limits.searchByteCountMaximum else {
            throw Problem.badRequest("That is longer than any id.", fix: "Search for one id.")
        }
        let found = try await find(request)
        let items = found.filter { Self.isLocal($0.text("path")) }.map { entry -> HTML in
            """
            <li><a href="\(entry.text("path"))">\(entry.text("kind")) \
            <span class="id">\(Words.short(entry.text("id")))</span></a></li>

            """
        }
        let answer: HTML =
            items.isEmpty
            ? """
            <p>Nothing of that name is on this chain. Search takes a height, the 64 hexadecimal \
            digits of a block, transaction, deposit or application, a did:key, or an auditor’s \
            https address.</p>
            """
            : "<ul>\(items)</ul>"
        return Page(
            title: "Search",
            content: """
                <h1>Search</h1>
                <p class="lead">Searched for \(Component.quoted(query))</p>
                \(answer)
                """)
    }

    static let privacy = Page(
        title: "What is public about a vote",
        content: """
            <h1>What is public about a vote</h1>
            <p class="lead">Votes are public and pseudonymous. This is by design: anyone can \
            recount, so nobody has to be believed.</p>
            <section aria-labelledby="public">
            <h2 id="public">What everyone can see</h2>
            <ul>
            <li>Each vote is a transaction signed with the key of an account. Which account gave \
            how many votes to which candidate, when, and every change of mind: all of it stands in \
            the blocks, for good.</li>
            <li>Balances, transfers, deposits, applications’ results, and what auditors stated \
            about a candidate.</li>
            </ul>
            </section>
            <section aria-labelledby="hidden">
            <h2 id="hidden">What is not on the chain</h2>
            <ul>
            <li>Names. An account is a key (<code>did:key:…</code>). The registrar who \
            enrolled it \
            knows whose it is, and so does whoever it was told.</li>
            <li>This server sets no cookies and loads nothing from elsewhere; its log holds the \
            addresses that asked.</li>
            </ul>
            </section>
            <section aria-labelledby="means">
            <h2 id="means">What that means for a voter</h2>
            <ul>
            <li>A pseudonym is not secrecy. Whoever learns which account is yours, now or in \
            years, \
            can read how you voted. Transfers and times can give it away.</li>
            <li>You can prove to others how you voted. So can somebody ask you to: these elections \
            do not protect against pressure or bought votes, and are not fit for a secret \
            ballot.</li>
            <li>Use an account for voting alone if you do not want its other dealings read \
            together with your votes. Nothing can be erased afterwards.</li>
            </ul>
            </section>
            """)
}
