import CLinux
import Glibc

extension EventLoop {
    /// Accepts until somebody aborts the listener; returns when every connection has ended.
    func accept(
        _ listener: Int32, _ owner: UInt64, for core: ServerCore, _ context: TLSContext?
    ) async {
        guard let channel = try? register(listener, owner: owner),
            let loops = try? EventLoops.shared.get()
        else {
            _ = Glibc.close(listener)
            return
        }
        var turn = 0
        await withDiscardingTaskGroup { group in
            while !core.isStopping {
                guard (try? await wait(for: .reading, channel, until: .max)) != nil else { break }
                for _ in 0..<Limits.acceptBatchCount {
                    guard let (socket, remote) = acceptOne(channel, core) else { break }
                    let loop = loops[turn]
                    turn &+= 1
                    group.addTask(executorPreference: loop.executor) {
                        await loop.serve(socket, from: remote, for: core, context)
                    }
                }
                // Out of descriptors: the backlog has to wait until connections end.
                if channel.isReadable, errnoOfAccept == EMFILE || errnoOfAccept == ENFILE {
                    try? await Task.sleep(for: .milliseconds(50))
                }
                await Task.yield()
            }
            release(channel)
        }
    }

    private func acceptOne(
        _ channel: Channel, _ core: ServerCore
    ) -> (Int32, SocketAddress)? {
        var socket: Int32 = -1
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let address = unsafe SystemAddress { pointer, length in
            socket = unsafe accept4(channel.descriptor, pointer, length, flags)
        }
        errnoOfAccept = socket < 0 ? errno : 0
        guard socket >= 0 else {
            if errnoOfAccept == EAGAIN { channel.isReadable = false }
            return nil
        }
        let remote = address.socketAddress
        guard core.admit(remote.host) else {
            core.metrics?.noteRejection("connections")
            _ = Glibc.close(socket)
            return nil
        }
        setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY)
        return (socket, remote)
    }
}
