import Credentials

/// `device`: what this machine can do.
enum DeviceCommands {
    static let all = [measure]

    private static let folder = Option.value(
        "folder", "FOLDER", "measure the disk this folder is on", standard: ".")

    static let measure = Command(
        path: ["device", "measure"],
        summary: "Measure this machine for an application",
        discussion: """
            Takes about two seconds: cores, memory, P-256 signature verifications a second on all
            cores, durable writes (4 KiB, synced) a second, free disk. --output json is exactly
            the member qualifications.device of an application. Auditors challenge the node
            themselves and do not rely on it.
            """,
        options: [folder],
        examples: [
            .init("accredit device measure", "see what this machine does"),
            .init(
                "accredit device measure --folder /var/lib/accredit --output json > device.json",
                "keep it for an application"),
        ],
        run: { invocation in
            let progress = Progress(invocation.console)
            defer { progress.finish() }
            let device = try await DeviceMeasurement.measure(
                folder: try invocation.text(folder) ?? ".", progress: progress)
            progress.finish()
            invocation.console.result(device.json) {
                Table.members(
                    device.json,
                    [
                        "cores", "memoryMebibytes", "diskMebibytes", "verificationsPerSecond",
                        "durableWritesPerSecond", "measuredAt",
                    ])
            }
        })
}
