import Encoding
import Testing

@testable import LedgerNode

@Suite struct MessageBatchTests {
    @Test(arguments: [0, 1, 2, Limits.messagesPerBatchMaximum - 1, Limits.messagesPerBatchMaximum])
    func `a batch gives the messages it was made of`(_ count: Int) throws {
        let messages = (0..<count).map { [UInt8](repeating: UInt8($0 & 0xFF), count: $0) }
        let body = MessageBatch.pieces(messages).flatMap { $0 }
        #expect(try MessageBatch.decode(body).map { Array($0) } == messages)
    }

    @Test func `a batch of one message too many is refused`() {
        let messages = [[UInt8]](repeating: [1], count: Limits.messagesPerBatchMaximum + 1)
        let body = MessageBatch.pieces(messages).flatMap { $0 }
        #expect(throws: FormatError(.limit, "")) { try MessageBatch.decode(body) }
    }

    @Test func `a cut batch is refused unless the cut is between two messages`() throws {
        let body = MessageBatch.pieces([[1, 2, 3], [], [4]]).flatMap { $0 }
        let ends = [0, 7, 11, 16]
        for count in 0...body.count {
            let cut = Array(body.prefix(count))
            if let whole = ends.firstIndex(of: count) {
                #expect(try MessageBatch.decode(cut).count == whole)
            } else {
                #expect(throws: FormatError(.binary, "")) { try MessageBatch.decode(cut) }
            }
        }
    }

    @Test func `a message longer than a batch may be is refused before its bytes are looked for`() {
        let announced = UInt32(Limits.messageBatchByteCountMaximum)
        for (count, code) in [(announced, FormatError.Code.binary), (announced + 1, .limit)] {
            var writer = ByteWriter()
            writer.uint32(count)
            #expect(throws: FormatError(code, "")) { try MessageBatch.decode(writer.bytes) }
        }
    }
}
