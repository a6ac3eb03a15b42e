/// What names mean to an expression.
package struct Environment: Sendable {
    /// What becomes of a name or function that nobody declared.
    package enum UnknownNames: Sendable {
        /// The expression does not compile.
        case refuse
        /// An error when evaluated, which `&&` and `||` may absorb.
        case fail
    }

    /// What the type checker goes by.
    struct Declarations: Sendable {
        /// The types of the variables, in slot order.
        let types: [CheckedType]
        /// Functions known by their types only; calling one is an error.
        let functions: [String: [Overload]]
        /// The types of facts within variables, by their dotted paths.
        let facts: [String: CheckedType]
        /// All members there are of an object, by its dotted path.
        let members: [String: [String]]
        /// The facts declared within an object, by its dotted path, in order.
        let siblings: [String: [String]]
        /// The members of the types that are objects.
        let objects: DeclaredType.Objects
        /// How large the variables may be, in slot order; of those beyond nothing is known.
        let extents: [Extent]

        init(
            types: [CheckedType], functions: [String: [Overload]], facts: [String: CheckedType],
            members: [String: [String]], objects: DeclaredType.Objects, extents: [Extent]
        ) {
            self.types = types
            self.functions = functions
            self.facts = facts
            self.members = members
            self.objects = objects
            self.extents = extents
            siblings = Self.siblings(facts.keys.sorted())
        }

        private static func siblings(_ paths: [String]) -> [String: [String]] {
            var siblings: [String: Set<String>] = [:]
            for path in paths {
                var path = path[...]
                while let dot = path.utf8.lastIndex(of: UInt8(ascii: ".")) {
                    let name = String(path[path.utf8.index(after: dot)...])
                    path = path[..<dot]
                    // What this stands in was met with an earlier path.
                    guard siblings[String(path), default: []].insert(name).inserted else { break }
                }
            }
            return siblings.mapValues { $0.sorted() }
        }
    }

    /// The declared variables in slot order; a name may have dots.
    package let variables: [String]
    /// The namespace names are looked up in first, such as `com.example`.
    package let container: String
    package let unknownNames: UnknownNames
    /// Whether `has`, `all`, `exists`, `map`, `cel.bind` and so on are macros.
    package let expandsMacros: Bool
    /// The named time zones there are.
    package let zones: ZoneTable
    /// With these, an expression whose types do not fit is refused.
    let declarations: Declarations?
    /// Who evaluates.
    package let profile: Profile
    let slots: [String: Int32]

    /// Variables of any type: expressions are not checked before they are evaluated.
    package init(
        variables: [String], container: String = "", unknownNames: UnknownNames = .refuse,
        expandsMacros: Bool = true, zones: ZoneTable = .none
    ) {
        self.init(
            variables, container, unknownNames, expandsMacros, zones, declarations: nil)
    }

    /// Variables and functions with their types: expressions have to check.
    ///
    /// - Parameters:
    ///   - facts: the types of facts within variables, by their dotted paths.
    ///   - members: for objects known beforehand, by their paths: all members there are. Another
    ///     one is refused.
    package init(
        declaring variables: [(name: String, type: CheckedType)],
        functions: [String: [Overload]] = [:], facts: [String: CheckedType] = [:],
        members: [String: [String]] = [:], container: String = "",
        expandsMacros: Bool = true, zones: ZoneTable = .none, profile: Profile = .auditor
    ) {
        // The checker refuses unknown names; a function that is only declared has no body.
        self.init(
            variables.map(\.name), container, .fail, expandsMacros, zones,
            declarations: Declarations(
                types: variables.map(\.type), functions: functions, facts: facts,
                members: members, objects: [:], extents: variables.map { Extent($0.type) }),
            profile)
    }

    /// What the rules of a contract see: variables whose types and sizes are all declared.
    package init(contract variables: [(name: String, type: DeclaredType)]) {
        var objects: DeclaredType.Objects = [:]
        var types: [CheckedType] = []
        for variable in variables { types.append(variable.type.checked(&objects)) }
        self.init(
            variables.map(\.name), "", .fail, true, .none,
            declarations: Declarations(
                types: types, functions: [:], facts: [:], members: [:], objects: objects,
                extents: variables.map(\.type.extent)), .contract)
    }

    private init(
        _ variables: [String], _ container: String, _ unknownNames: UnknownNames,
        _ expandsMacros: Bool, _ zones: ZoneTable, declarations: Declarations?,
        _ profile: Profile = .auditor
    ) {
        self.variables = variables
        self.container = container
        self.unknownNames = unknownNames
        self.expandsMacros = expandsMacros
        self.zones = zones
        self.declarations = declarations
        self.profile = profile
        var slots: [String: Int32] = [:]
        for (slot, name) in variables.enumerated() { slots[name] = Int32(slot) }
        self.slots = slots
    }

    /// The full names a name may stand for, the innermost namespace first.
    func candidates(_ name: String, isRooted: Bool) -> [String] {
        guard !isRooted, !container.isEmpty else { return [name] }
        var candidates: [String] = []
        var namespace = container.split(separator: ".")
        while !namespace.isEmpty {
            candidates.append(namespace.joined(separator: ".") + "." + name)
            namespace.removeLast()
        }
        return candidates + [name]
    }

    /// What is found under the first of these names under which there is anything.
    func firstCandidate<Found>(
        _ name: String, isRooted: Bool, _ find: (String) -> Found?
    ) -> Found? {
        if container.isEmpty { return find(name) }
        for candidate in candidates(name, isRooted: isRooted) {
            if let found = find(candidate) { return found }
        }
        return nil
    }

    /// What to say of the names there are when this one is not among them.
    func suggestion(_ name: String, _ locals: [String] = []) -> String {
        let near = Advice.name(name, among: locals + variables)
        guard near.isEmpty else { return near }
        let roots = variables.filter { $0 == name || $0.hasPrefix(name + ".") }
        guard roots.isEmpty else { return "; it has: " + roots.joined(separator: ", ") }
        guard !variables.isEmpty else { return "" }
        return "; there are: " + variables.joined(separator: ", ")
    }
}
