import FoundationEssentials

/// Where the policy documents of this project are, for networks made on the spot.
enum PolicyFolder {
    private static let mark = "device-performance.json"

    /// `named`, or `Policies` in the working folder or in a folder above the program's own.
    static func find(named: String?) throws -> String {
        if let named {
            guard holdsPolicies(named) else {
                throw Failure(
                    .notFound, "policies.missing", "\(named) holds no \(mark)",
                    fix: "name the folder Policies of an Accredit checkout")
            }
            return named
        }
        let program = try ChildProcess.thisProgram()
        var candidates = ["Policies"]
        var folder = Folders.parent(of: program)
        while folder.count > 1 {
            candidates.append("\(folder)/Policies")
            folder = Folders.parent(of: folder)
        }
        guard let found = candidates.first(where: holdsPolicies) else {
            throw Failure(
                .notFound, "policies.missing", "the policy documents are not found",
                why: "neither the working folder nor one above \(program) has Policies/\(mark)",
                fix: "run in an Accredit checkout, or name its Policies folder with --policies")
        }
        return found
    }

    private static func holdsPolicies(_ folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(mark)")
    }
}
