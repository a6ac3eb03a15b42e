/// Bounds on what strangers and peers may ask of a node, named with their unit.
enum Limits {
    // Configuration.
    static let genesisByteCountMaximum = 256 * 1024 * 1024
    static let addressByteCountMaximum = 256
    static let peersMaximum = 64

    /// Transactions that a client hands in with one request.
    static let handedInTogetherMaximum = 256
    /// Deposits that one request names.
    static let depositsPerRequestMaximum = 64

    // Transactions that wait, by lane: 50,000 and 64 MiB in total.
    static let pendingEvidenceCountMaximum = 256
    static let pendingEvidenceByteCountMaximum = 1024 * 1024
    static let pendingAdmissionCountMaximum = 3_744
    static let pendingAdmissionByteCountMaximum = 19 * 1024 * 1024
    static let pendingVotesCountMaximum = 40_000
    static let pendingVotesByteCountMaximum = 36 * 1024 * 1024
    static let pendingDataCountMaximum = 6_000
    static let pendingDataByteCountMaximum = 8 * 1024 * 1024
    static let pendingPerSenderMaximum = 1024
    static let pendingPerSenderByteCountMaximum = 8 * 1024 * 1024
    /// Of one sender, evidence and admission together: each costs many signatures to judge.
    static let pendingUrgentPerSenderMaximum = 256
    /// Of each lane, looked at to tell whether a block has a reason.
    static let pendingLookCount = 256
    /// How often transactions whose time is over are looked for, in milliseconds of block time.
    static let pendingSweepMilliseconds: Int64 = 1_000

    // Evidence that this node holds.
    static let chargesMaximum = 256
    static let chargesByteCountMaximum = 1024 * 1024
    /// How often the ledger is looked at for it, or asked to take it.
    static let chargePauseMilliseconds = 500
    /// How long a transaction with evidence may wait for its block.
    static let chargeSecondsMaximum: Int64 = 600
    /// Transactions whose signature was found good, kept so that a block does not verify them
    /// again: more than can wait. About 2 KiB each.
    static let verifiedCountMaximum = 100_000
    /// Blocks after which theirs are forgotten: until then other nodes may still hand them on.
    static let verifiedBlocksMaximum = 8
    /// Keys of senders kept ready: decompressing one costs a third of verifying with it. Some 3 KiB
    /// each.
    static let senderKeysMaximum = 32_768
    /// Transactions verified by one task in a row before another task takes over.
    static let verificationChunkCount = 64

    /// Buckets of records kept in memory: more than a block changes. About 200 bytes for each
    /// record in them.
    static let keptBucketsMaximum = 65_536
    /// Buckets with changed records that wait for their turn to be written; about 250 bytes each.
    static let unwrittenBucketsMaximum = 131_072

    // Peers.
    /// Bytes of one batch of consensus messages: a proposal with the largest block, and votes.
    static let messageBatchByteCountMaximum = 5 * 1024 * 1024
    static let messagesPerBatchMaximum = 256
    /// Messages of peers that wait for the core; more are refused and come again by rebroadcast.
    static let waitingMessagesMaximum = 4096
    static let waitingMessagesByteCountMaximum = 64 * 1024 * 1024
    /// What a kept message that may carry a block is counted as.
    static let carriedBlockByteCount = 4 * 1024 * 1024
    /// Messages that wait for one peer; the oldest give way to newer ones.
    static let outgoingMessagesMaximum = 256
    static let outgoingByteCountMaximum = 16 * 1024 * 1024
    static let transactionBatchByteCountMaximum = 2 * 1024 * 1024
    static let transactionsPerBatchMaximum = 512
    static let outgoingTransactionsMaximum = 20_000
    /// Between two batches of transactions for one peer: a request costs as much as some
    /// signatures. The first of them after a pause does not wait.
    static let transactionPauseMilliseconds = 100
    static let peerDeadlineMilliseconds = 5_000
    /// Pause after a peer did not answer, before it is tried again.
    static let peerPauseMilliseconds = 250
    /// How often transactions given to this node are sent again until they are committed.
    static let resendMilliseconds: Int64 = 3_000

    /// Heights after the next one of which messages are passed on.
    static let futureHeightsMaximum: UInt64 = 2

    // What each peer may cost. Honest peers stay far below: a representative sends some dozen
    // messages for a block, of at most some MiB, and each transaction once.
    static let peerMessageRate = PeerBudget.Rate(perSecond: 1_000, burst: 4_000)
    /// Signatures that are verified for its consensus messages.
    static let peerSignatureRate = PeerBudget.Rate(perSecond: 4_000, burst: 16_000)
    static let peerByteRate = PeerBudget.Rate(perSecond: 16 << 20, burst: 64 << 20)
    static let peerTransactionRate = PeerBudget.Rate(perSecond: 20_000, burst: 60_000)
    static let peerRequestRate = PeerBudget.Rate(perSecond: 200, burst: 800)
    /// Bytes of requests of one peer that come in at the same time.
    static let peerHeldByteCountMaximum = 12 * 1024 * 1024
    /// Of the messages that wait for the core, those that one peer brought.
    static let waitingMessagesPerPeerMaximum = 256
    static let waitingBytesPerPeerMaximum = 10 * 1024 * 1024
    /// Most signatures in a message: a certificate, and the sender's own.
    static let signaturesPerMessageMaximum = 22
    /// Offence points from which a peer is left out; one is forgiven each second.
    static let peerOffencesMaximum: Int64 = 100
    /// How long a peer is left out.
    static let peerExclusionMilliseconds: Int64 = 15_000
    /// Peers of which a record is kept; who was not heard for longest gives way.
    static let peerRecordsMaximum = 256
    /// Refused callers that are remembered for the operator, and how often each is logged.
    static let refusedCallersMaximum = 64
    static let refusalLogMilliseconds: Int64 = 60_000
    /// Lines about refused callers, of all of them together, in that time.
    static let refusalLogLinesMaximum = 64
    /// Statements of peers found good that are remembered.
    static let peerStatementsMaximum = 512
    /// Bytes of a peer's answer.
    static let peerAnswerByteCountMaximum = 256 * 1024
    /// Peers that something may be sent to at a time.
    static let outboxesMaximum = 128
    /// A node's word for its TLS key holds for so long before and after it is given …
    static let peerCredentialReachMilliseconds: Int64 = 24 * 3_600_000
    /// … and is given anew after this.
    static let peerCredentialRenewalMilliseconds: Int64 = 6 * 3_600_000

    // Blocks of others.
    static let headerByteCountMaximum = 4_096
    static let transactionsPerBlockMaximum = 20_000
    static let transactionByteCountMaximum = 512 * 1024
    static let blockByteCountMaximum = 24 * 1024 * 1024
    static let blockWaitMillisecondsMaximum = 20_000
    static let blockDeadlineMilliseconds = 30_000
    /// Without a block for so long, a representative asks its peers whether it missed one.
    static let missedBlockMilliseconds: Int64 = 1_500
    /// How often a representative looks at the clock for that.
    static let lookMilliseconds = 200
    /// How long each peer may take to answer when a node starts.
    static let firstLookMilliseconds = 2_000

    /// Older than two heartbeats and this, the newest block makes a node not ready.
    static let staleBlockMilliseconds: Int64 = 10_000

    // What is worth telling an operator.
    /// How long a step, or a peer's silence beyond the heartbeat, may take before it is trouble.
    static let patienceMilliseconds: Int64 = 3_000
    static let clockDifferenceMilliseconds: Int64 = 1_000
    static let diskSpaceByteCountMinimum: UInt64 = 256 * 1024 * 1024
    /// Endpoints whose last failure to give a block is remembered.
    static let fetchFailuresMaximum = 64

    /// How often a height that is due is looked at again.
    static let paceMilliseconds: Int64 = 100

    /// Transactions of a block up to which a report of a divergence has the state root after each.
    static let divergenceStateRootsCount = 512

    // Own votes that others have.
    /// Bytes of a peer's answer about them, and votes taken from it: two kinds in five rounds.
    static let heardByteCountMaximum = 65_536
    static let ownWordsMaximum = 16

    // The record of what was signed.
    /// Heights whose signatures are kept, with the bytes under them. Those of the height under way
    /// are needed; the rest tells an operator what this node said.
    static let signedHeightsCount: UInt64 = 64
    /// Newest blocks of the chain that a start searches for own signatures the record lacks.
    static let ownCommitHeightsCount: UInt64 = 1_000

    // Blocks of long ago, many at a time.
    /// Blocks of one answer, and the bytes after which it ends.
    static let runBlocksMaximum = 512
    static let runByteCount = 2 * 1024 * 1024
    static let certificateByteCountMaximum = 8_192
    /// Transactions whose places are stored together; the newest are in memory until then, about
    /// 100 bytes each, and so are those being stored.
    static let lotTransactionsCount = 32_768
    /// Blocks that are stored with one change of the database.
    static let pileBlocksMaximum = 64
    /// How long a peer may take for an answer, and all of it.
    static let runDeadlineMilliseconds = 15_000
    /// From which age of the newest block on many blocks are fetched at a time.
    static let farBehindMilliseconds: Int64 = 3_000

    /// Blocks that a node may be told to keep, and to let pass between two snapshots.
    static let retainedBlocksRange: ClosedRange<UInt64> = 256...1_000_000_000
    static let snapshotIntervalRange: ClosedRange<UInt64> = 16...1_000_000_000

    /// Blocks, transactions and candidates whose rows are dropped in one write: some milliseconds.
    static let sweptBlocksMaximum: Int64 = 64
    /// Headers that have to be too old before some are dropped.
    static let sweptHeadersMinimum: Int64 = 16
    static let sweptTransactionsMaximum = 512
    static let sweptPlacesMaximum = 4_096
    static let sweptCandidatesMaximum: Int64 = 256
    /// Pages given back to the file system in one write.
    static let reclaimedPagesMaximum = 256
    static let prunerPauseMilliseconds = 1_000

    // Snapshots.
    /// A chunk is ended once it has as many bytes; a longer record has one of its own.
    static let snapshotChunkByteCount = 1024 * 1024
    /// Bytes of a chunk: the record of an election is at most 16 MiB long.
    static let snapshotChunkByteCountMaximum = 18 * 1024 * 1024
    static let snapshotChunksMaximum = 65_536
    /// Bytes of a manifest: 90 for each chunk.
    static let manifestByteCountMaximum = 8 * 1024 * 1024
    /// Snapshots that a node keeps: while the newest is made, the one before is being fetched.
    static let snapshotsKept = 2
    /// Snapshots that a peer may offer.
    static let snapshotOffersMaximum = 8
    /// Bytes of the list of a peer's snapshots.
    static let snapshotListByteCountMaximum = 64 * 1024
    /// How long a peer may take for a chunk, and all of the answer; how often all peers are tried,
    /// and after which pause.
    static let snapshotDeadlineMilliseconds = 20_000
    static let snapshotAttemptsMaximum = 5
    static let snapshotPauseMilliseconds = 1_000
    /// The hand-overs since genesis: at most 10,000 of them.
    static let handoversByteCountMaximum = 48 * 1024 * 1024
    static let handoversValueCountMaximum = 1_000_000
    /// Rows of a snapshot that are written in one transaction.
    static let snapshotRowsPerWrite = 16_384
    /// Elections whose proofs are sent in one answer, and the bytes of it.
    static let electionSealsMaximum = 16
    static let electionSealsByteCountMaximum = 24 * 1024 * 1024

    /// Hashes between two looks at whether work is still wanted: under a millisecond.
    static let workSliceCount = 512

    // Waiting requests.
    static let waitMillisecondsMaximum = 30_000
    static let waitersMaximum = 4_096

    // Answers.
    static let listedCandidatesMaximum = 4_096
    static let listedElectionsMaximum = 1_000

    // Explorers.
    /// Entries of one page of a list.
    static let listedEntriesMaximum = 100
    static let listedEntriesStandard = 25
    /// Changes of a tally in one answer.
    static let listedChangesMaximum = 2_000
    /// Blocks from which uptime is told.
    static let uptimeBlocksCount: UInt64 = 100
    /// Candidates named in the event of a block, and blocks for which they are kept.
    static let announcedCandidatesMaximum = 100
    static let announcedBlocksMaximum: UInt64 = 64
    /// Blocks taken into the lists at once while they are behind.
    static let explorerBatchCount: UInt64 = 32
    /// How long the lists may take in nothing after a failure and, lest every block be a write of
    /// its own, after they have caught up: so many times what that took.
    static let explorerPauseMilliseconds = 1_000
    static let explorerPauseFactor = 10
    /// Executed blocks kept for the lists, which read older ones from the disk.
    static let explorerKeptBlocksMaximum: UInt64 = 8
    static let searchByteCountMaximum = 512

    // Recounts.
    /// Voters counted again beside a node: some 250 MiB.
    static let recountVotersMaximum = 1_000_000
    /// How long a recount works before it leaves the processor to others …
    static let recountSliceMilliseconds = 5
    /// … for this many times as long: a fifth of one processor at most.
    static let recountPauseFactor = 4

    // Device challenges.
    static let challengesWaitingMaximum = 4
    static let challengesPerMinuteMaximum = 30
    static let challengeByteCountMaximum = 16 * 1024

    /// How long a stop waits for what is under way.
    static let stopMilliseconds = 5_000

    /// Changes of the auditor set in one answer.
    static let auditorSetChangeCountMaximum = 32
}
