/// The members of a JSON object in their order. Names are compared by bytes.
package struct JSONObject: Sendable, Hashable {
    package struct Member: Sendable, Hashable {
        package let name: String
        package let value: JSON

        package init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }

        package static func == (left: Member, right: Member) -> Bool {
            left.name.hasSameBytes(as: right.name) && left.value == right.value
        }
    }

    package private(set) var members: [Member]

    init(members: [Member]) { self.members = members }

    /// Members in the order given. Their names have to differ, or no strict reader takes the
    /// result.
    package init(_ members: [(String, JSON)] = []) {
        self.members = members.map { Member(name: $0.0, value: $0.1) }
    }

    /// The member called `name`. Setting replaces in place or appends; setting nil removes.
    package subscript(_ name: String) -> JSON? {
        get { index(of: name).map { members[$0].value } }
        set {
            let found = index(of: name)
            switch (found, newValue) {
            case (let index?, let value?): members[index] = Member(name: name, value: value)
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }

    func index(of name: String) -> Int? { members.index(of: name) }
}

extension [JSONObject.Member] {
    /// By places: handing each member to a closure would count references to what is in it.
    func index(of name: String) -> Int? {
        for place in indices where self[place].name.hasSameBytes(as: name) { return place }
        return nil
    }
}
