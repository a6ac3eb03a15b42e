import Consensus
import Cryptography
import Encoding
import Ledger
import Replication
import Storage
import Web

/// What the replica decided, performed with sockets, keys and timers.
extension NodeCore {
    /// - Returns: what the replica is to be told in answer.
    func perform(_ effect: ReplicaEffect) async throws -> ReplicaInput? {
        switch effect {
        case .log(let entry): try keep(entry)
        case .save(let record, let message):
            signing.log.synchroniseSoon()
            let signature = try services.keys.consensus.sign(message.bytes)
            released[message.bytes] = try await signing.store.release(
                message, signature, record,
                loggedByteCount: signing.log.file.synchronisedByteCount)
            return .saved(message)
        case .sign(let message): return .signed(try hand(out: message))
        case .send(let message, let receivers):
            services.peers.post(message: message.encoded(), to: receivers.map(\.endpoint))
        case .schedule(let timeout, let milliseconds):
            schedule(timeout, milliseconds: milliseconds)
        case .endTimeouts(let height): endTimers(below: height)
        case .wake(let milliseconds): wake(milliseconds: milliseconds)
        case .endWaking: endWaking()
        case .again(let message):
            _ = services.inbox.offer(
                message,
                byteCount: message.carriesBlock ? Limits.carriedBlockByteCount : 256)
        case .tickAgain: services.inbox.tick()
        case .askWaiting:
            services.inbox.hear(ofTransactions: true)
            return .waiting(services.hasIncludableTransaction())
        case .collect(let round):
            let bounds = services.chain.read { $0.parameters.limits }
            return .collected(services.mempool.pending(within: bounds), round: round)
        case .search(let block, let bits, let round): search(block, bits: bits, round: round)
        case .verify(let value, let transactions):
            return .verified(value, await verify(transactions))
        case .append(let executed, let certificate):
            try await append(executed, certificate)
            return .appended
        case .diverged(let block, _, let reason): report(block, reason)
        case .behind(let isBehind):
            // One peer's word is not enough: the peers' route counts who speaks of which height.
            if !isBehind { services.board.update { $0.isBehind = false } }
        case .evidence(let equivocation, let node): note(equivocation, by: node)
        case .notice(let notice): note(notice)
        case .notFetched: break
        case .halt(let reason): throw error(reason)
        }
        return nil
    }

    private func keep(_ entry: LoggedInput) throws {
        guard try !signing.log.append(entry) else { return }
        services.metrics.add("accredit_node_log_entries_left_out_total")
    }

    /// Asks a peer what the block came to there, and writes down where this node differs.
    private func report(_ block: Block, _ reason: String) {
        let divergence = Divergence(block: block, reason: reason, state: services.chain.snapshot())
        let services = services
        Task(priority: .background) { await divergence.report(services) }
    }

    /// A signature leaves only after it was stored.
    private func hand(out message: UnsignedMessage) throws -> SignedMessage {
        guard let signature = released.removeValue(forKey: message.bytes) else {
            throw NodeError(
                .signingRecord,
                "\(SigningPlace(message.content).text) is not in the record of signatures: it "
                    + "does not leave")
        }
        return message.signed(signature)
    }

    private func verify(
        _ transactions: [String]
    ) async -> Result<[VerifiedTransaction], LedgerError> {
        do {
            return .success(try await services.verifier.verify(transactions))
        } catch {
            return .failure(error)
        }
    }

    private func error(_ halt: Halt) -> NodeError {
        switch halt {
        case .records(let detail), .block(let detail): NodeError(.data, detail)
        case .signingRecord(let detail): NodeError(.signingRecord, detail)
        }
    }

    private func note(_ equivocation: Equivocation, by node: Identity?) {
        services.metrics.add("accredit_node_equivocations_total")
        guard let node else { return }
        services.charges.add(Evidence(equivocation, by: node))
        services.log.event(
            "equivocation",
            [
                ("node", .string(node.text)), ("height", JSON(services.chain.tip.height + 1)),
            ])
    }

    private func note(_ notice: Notice) {
        switch notice {
        case .blockNotBuilt(let reason):
            services.log.event("block-not-built", [("reason", .string(reason))])
        case .blockRefused(let id, let reason):
            services.log.event(
                "block-refused", [("block", .string(id.text)), ("reason", .string(reason))])
        case .proposalNotFresh(let header, let round):
            services.log.event(
                "proposal-not-fresh",
                [
                    ("block", .string(header.id.text)),
                    ("blockTime", .string(header.time.rfc3339)),
                    ("proposer", .string(header.proposer.text)), ("round", JSON(UInt64(round))),
                ])
        case .ownKeyElsewhere(let height):
            services.log.event(
                "own-key-elsewhere",
                [
                    ("height", JSON(height)),
                    (
                        "detail",
                        .string(
                            "a message signed with this node's consensus key was not signed by "
                                + "this process: another process uses the key. Nothing more is "
                                + "signed at this height; stop the other process.")
                    ),
                ])
        case .messageRefused(let refusal):
            services.metrics.add("accredit_node_messages_refused_total")
            if let carrier, let offence = PeerBook.Offence(refusal) {
                services.book.blame(carrier, offence)
            }
        }
    }
}
