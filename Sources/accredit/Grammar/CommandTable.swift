/// Every command there is, by noun. A noun's file contributes its commands with one line here.
enum CommandTable {
    static let all: [Command] =
        KeysCommands.all
        + ServeCommands.all
        + DevelopmentCommands.all
        + CompletionCommands.all
}
