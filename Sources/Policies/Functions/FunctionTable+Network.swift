/// The `network` extension: IP addresses and blocks of them, as Kubernetes has them.
extension FunctionTable {
    mutating func addNetwork() {
        add("ip", isMethod: false) { value, _ throws(EvaluationError) in
            guard case .string = value else { throw .noSuchOverload("ip", value) }
            return .network(try Self.address("ip", value))
        }
        add("isIP", isMethod: false) { value, _ throws(EvaluationError) in
            guard case .string(let text) = value else { throw .noSuchOverload("isIP", value) }
            return .bool(NetworkValue.address(text) != nil)
        }
        add("ip.isCanonical", isMethod: false) { value, _ throws(EvaluationError) in
            guard case .string(let text) = value else {
                throw .noSuchOverload("ip.isCanonical", value)
            }
            return .bool(Text(try Self.address("ip.isCanonical", value).text) == text)
        }
        add("cidr", isMethod: false) { value, _ throws(EvaluationError) in
            guard case .string = value else { throw .noSuchOverload("cidr", value) }
            return .network(try Self.block("cidr", value))
        }
        add("isCIDR", isMethod: false) { value, _ throws(EvaluationError) in
            guard case .string(let text) = value else { throw .noSuchOverload("isCIDR", value) }
            return .bool(NetworkValue.block(text) != nil)
        }
        addAddressTests()
        addBlocks()
    }

    private mutating func addAddressTests() {
        let tests: [(name: String, test: @Sendable (NetworkValue) -> Bool)] = [
            ("isUnspecified", { $0.isUnspecified }), ("isLoopback", { $0.isLoopback }),
            ("isGlobalUnicast", { $0.isGlobalUnicast }),
            ("isLinkLocalMulticast", { $0.isLinkLocalMulticast }),
            ("isLinkLocalUnicast", { $0.isLinkLocalUnicast }),
        ]
        for (name, test) in tests {
            add(name, isMethod: true) { value, _ throws(EvaluationError) in
                guard case .network(let address) = value, address.prefixLength == nil else {
                    throw .noSuchOverload(name, value)
                }
                return .bool(test(address))
            }
        }
        add("family", isMethod: true) { value, _ throws(EvaluationError) in
            guard case .network(let address) = value, address.prefixLength == nil else {
                throw .noSuchOverload("family", value)
            }
            return .int(address.isVersion4 ? 4 : 6)
        }
    }

    private mutating func addBlocks() {
        add("containsIP", isMethod: true) { value, part, _ throws(EvaluationError) in
            guard case .network(let block) = value, block.prefixLength != nil else {
                throw .noSuchOverload("containsIP", value, part)
            }
            return .bool(block.contains(try Self.address("containsIP", part)))
        }
        add("containsCIDR", isMethod: true) { value, part, _ throws(EvaluationError) in
            guard case .network(let block) = value, block.prefixLength != nil else {
                throw .noSuchOverload("containsCIDR", value, part)
            }
            return .bool(block.contains(try Self.block("containsCIDR", part)))
        }
        add("ip", isMethod: true) { value, _ throws(EvaluationError) in
            guard case .network(let block) = value, block.prefixLength != nil else {
                throw .noSuchOverload("ip", value)
            }
            return .network(block.address)
        }
        add("masked", isMethod: true) { value, _ throws(EvaluationError) in
            guard case .network(let block) = value, block.prefixLength != nil else {
                throw .noSuchOverload("masked", value)
            }
            return .network(block.masked)
        }
        add("prefixLength", isMethod: true) { value, _ throws(EvaluationError) in
            guard case .network(let block) = value, let length = block.prefixLength else {
                throw .noSuchOverload("prefixLength", value)
            }
            return .int(Int64(length))
        }
    }

    /// An address, or the text of one.
    private static func address(
        _ function: String, _ value: Value
    ) throws(EvaluationError) -> NetworkValue {
        if case .network(let address) = value, address.prefixLength == nil { return address }
        guard case .string(let text) = value else { throw .noSuchOverload(function, value) }
        guard let address = NetworkValue.address(text) else {
            throw EvaluationError(.invalidArgument, "\(value.summary) is no IP address")
        }
        return address
    }

    /// A block, or the text of one.
    private static func block(
        _ function: String, _ value: Value
    ) throws(EvaluationError) -> NetworkValue {
        if case .network(let block) = value, block.prefixLength != nil { return block }
        guard case .string(let text) = value else { throw .noSuchOverload(function, value) }
        guard let block = NetworkValue.block(text) else {
            throw EvaluationError(
                .invalidArgument, "\(value.summary) is no block such as 10.0.0.0/8")
        }
        return block
    }
}
