/// Every command there is, by noun. A noun's file contributes its commands with one line here.
enum CommandTable {
    static let all: [Command] = [
        DevelopmentCommands.all,
        DemoCommand.all,
        ServeCommands.all,
        NodeCommands.all,
        KeysCommands.all,
        DeviceCommands.all,
        BenchCommands.all,
        CreditCommands.all,
        ApplicationCommands.all,
        CredentialCommands.all,
        BundleCommands.all,
        LogCommands.all,
        DepositCommands.all,
        CandidateCommands.all,
        VoteCommands.all,
        ElectionCommands.all,
        AccountCommands.all,
        TransactionCommands.all,
        ReceiptCommands.all,
        LedgerCommands.all,
        ParametersCommands.all,
        PolicyCommands.all,
        StatusCommands.all,
        CompletionCommands.all,
    ].flatMap { $0 }
}
