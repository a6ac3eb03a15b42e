import Testing

@testable import LedgerNode

@Suite struct InboxTests {
    /// The inputs that wait until the inbox is finished.
    private func taken(from inbox: Inbox) async -> Int {
        inbox.finish()
        var count = 0
        for await input in inbox.inputs {
            inbox.noteTaken(input)
            count += 1
        }
        return count
    }

    @Test func `many transactions that come are one input`() async {
        let inbox = Inbox()
        for _ in 0..<10 { inbox.noteTransaction() }
        #expect(await taken(from: inbox) == 1)
    }

    @Test func `a transaction is no input while a block is under way`() async {
        let inbox = Inbox()
        inbox.hear(ofTransactions: false)
        inbox.noteTransaction()
        #expect(await taken(from: inbox) == 0)
    }

    @Test func `a core that does not await transactions still hears what is for it`() async {
        let inbox = Inbox()
        inbox.hear(ofTransactions: false)
        inbox.tick()
        #expect(await taken(from: inbox) == 1)
        let other = Inbox()
        other.hear(ofTransactions: false)
        other.hear(ofTransactions: true)
        other.noteTransaction()
        #expect(await taken(from: other) == 1)
    }
}
