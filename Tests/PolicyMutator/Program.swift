import Glibc

/// `PolicyMutator TARGET [--seconds N] [--seed N] [--progress FILE] [--show INDEX]`
enum Program {
    static func main() -> Never {
        var words = CommandLine.arguments.dropFirst()
        guard let name = words.popFirst(), let target = Target(rawValue: name) else {
            end("usage: PolicyMutator \(Target.allCases.map(\.rawValue).joined(separator: "|"))", 2)
        }
        var options: [String: String] = [:]
        while let option = words.popFirst(), let value = words.popFirst() {
            options[option] = value
        }
        let seed = options["--seed"].flatMap(UInt64.init) ?? 1
        if let index = options["--show"].flatMap(UInt64.init) {
            let (bytes, _) = Worker.input(target, seed: seed, index: index)
            end(String(decoding: bytes, as: UTF8.self), 0)
        }
        let worker = Worker(
            target: target, seed: seed, seconds: options["--seconds"].flatMap(Double.init) ?? 2,
            progress: options["--progress"])
        do {
            end(try worker.run(), 0)
        } catch {
            end("\(target.rawValue): \(error)", 1)
        }
    }

    private static func end(_ line: String, _ status: Int32) -> Never {
        print(line)
        exit(status)
    }
}
