import Encoding

/// The body of `POST /v1/peer/messages`: each encoded message behind its 32-bit length.
enum MessageBatch {
    /// The body in pieces: a proposal, which is as large as a block, goes to each peer from the
    /// one array it was encoded into.
    static func pieces(_ messages: [[UInt8]]) -> [[UInt8]] {
        messages.flatMap { message -> [[UInt8]] in
            var length = ByteWriter(reserving: 4)
            length.uint32(UInt32(clamping: message.count))
            return [length.bytes, message]
        }
    }

    /// The messages where they lie in the body.
    /// - Throws: `binary` or `limit`.
    static func decode(_ bytes: [UInt8]) throws(FormatError) -> [ArraySlice<UInt8>] {
        var reader = ByteReader(bytes)
        var messages: [ArraySlice<UInt8>] = []
        while reader.remainingCount > 0 {
            guard messages.count < Limits.messagesPerBatchMaximum else {
                throw FormatError(
                    .limit, "a batch holds at most \(Limits.messagesPerBatchMaximum) messages")
            }
            messages.append(
                try reader.slice(maximumCount: Limits.messageBatchByteCountMaximum))
        }
        return messages
    }
}
