import Encoding

/// The body of `POST /v1/peer/messages`: each encoded message behind its 32-bit length.
enum MessageBatch {
    static func encode(_ messages: [[UInt8]]) -> [UInt8] {
        var writer = ByteWriter()
        for message in messages { writer.bytes(message) }
        return writer.bytes
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
