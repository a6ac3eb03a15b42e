package import Cryptography
package import Encoding

/// What a machine was told, in the form in which it is kept so that a restart can tell it again.
package enum LoggedInput: Sendable, Equatable {
    /// The height, and the digest of its set, that everything behind this is about.
    case began(height: UInt64, set: Digest)
    case message(SignedMessage)
    /// A timeout that had an effect.
    case timeout(Timeout)
    /// What the host said of a value, which is named by its id and the digest of its bytes.
    case judged(id: Digest, content: Digest, Verdict)

    /// What is kept of an input; nil where nothing needs to be. A value built here comes to be
    /// durable with the record of its proposal, and to be kept with the signed proposal.
    package init?(_ input: Input) {
        switch input {
        case .start, .built: return nil
        case .message(let message), .signed(let message): self = .message(message)
        case .timeout(let timeout): self = .timeout(timeout)
        case .validated(let value, let verdict):
            self = .judged(id: value.id, content: value.content, verdict)
        }
    }

    private enum Kind: UInt8 {
        case began = 1
        case message = 2
        case timeout = 3
        case judged = 4
    }

    /// Says what `payload` holds; 1 to 4.
    package var type: UInt8 {
        let kind: Kind =
            switch self {
            case .began: .began
            case .message: .message
            case .timeout: .timeout
            case .judged: .judged
            }
        return kind.rawValue
    }

    package var payload: [UInt8] {
        var writer = ByteWriter()
        switch self {
        case .began(let height, let set):
            writer.uint64(height)
            writer.fixed(set.bytes)
        case .message(let message):
            return message.encoded()
        case .timeout(let timeout):
            writer.byte(timeout.kind.code)
            writer.uint64(timeout.height)
            writer.uint32(timeout.round)
        case .judged(let id, let content, let verdict):
            writer.fixed(id.bytes)
            writer.fixed(content.bytes)
            writer.byte(verdict.code)
        }
        return writer.bytes
    }

    /// - Throws: FormatError for a type or bytes that `payload` never gives.
    package init(type: UInt8, payload: [UInt8]) throws(FormatError) {
        guard let kind = Kind(rawValue: type) else {
            throw FormatError(.binary, "a log entry of type \(type) is not known")
        }
        var reader = ByteReader(payload)
        switch kind {
        case .began:
            self = .began(height: try reader.uint64(), set: try reader.digest())
        case .message:
            self = .message(try SignedMessage(decoding: payload))
            return
        case .timeout:
            let timeoutKind = try Timeout.Kind(code: try reader.byte())
            self = .timeout(
                Timeout(
                    kind: timeoutKind, height: try reader.uint64(), round: try reader.round()))
        case .judged:
            let (id, content) = (try reader.digest(), try reader.digest())
            self = .judged(id: id, content: content, try Verdict(code: try reader.byte()))
        }
        try reader.end()
    }
}

extension Timeout.Kind {
    fileprivate var code: UInt8 {
        switch self {
        case .propose: 1
        case .prevote: 2
        case .precommit: 3
        case .rebroadcast: 4
        }
    }

    fileprivate init(code: UInt8) throws(FormatError) {
        switch code {
        case 1: self = .propose
        case 2: self = .prevote
        case 3: self = .precommit
        case 4: self = .rebroadcast
        case let other: throw FormatError(.binary, "a timeout of kind \(other) is not known")
        }
    }
}

extension Verdict {
    fileprivate var code: UInt8 {
        switch self {
        case .valid: 1
        case .notFresh: 2
        case .invalid: 3
        }
    }

    fileprivate init(code: UInt8) throws(FormatError) {
        switch code {
        case 1: self = .valid
        case 2: self = .notFresh
        case 3: self = .invalid
        case let other: throw FormatError(.binary, "verdict \(other) is not known")
        }
    }
}
