"""Carries one node's connections to the others and bends them, below TLS.

usage: relay.py LISTEN_HOST PORT=HOST...    each PORT of this machine leads to the same port of HOST

Commands come as JSON objects, one a line, on standard input; the relay ends with it:
{"port": 8443, "up": true, "down": true, "delay": 0, "loss": 0}. `up` is the way to the other node, `down` the
way back: a way that is false holds what comes until it is true again. `delay` is in seconds for each piece,
`loss` the chance that a piece takes its connection with it. Without `port` a command is for all.
"""

import asyncio
import json
import random
import sys

PIECE = 65536


class Way:
    def __init__(self):
        self.up, self.down = asyncio.Event(), asyncio.Event()
        self.up.set()
        self.down.set()
        self.delay = self.loss = 0.0

    def change(self, command):
        for name in ("up", "down"):
            if name in command:
                event = getattr(self, name)
                event.set() if command[name] else event.clear()
        self.delay = command.get("delay", self.delay)
        self.loss = command.get("loss", self.loss)


async def pump(reader, writer, way, direction):
    while piece := await reader.read(PIECE):
        if way.delay:
            await asyncio.sleep(way.delay)
        await direction.wait()
        if way.loss and random.random() < way.loss:
            return
        writer.write(piece)
        await writer.drain()


async def carry(near, far, way):
    """Both directions until either ends: HTTP needs no half-open connections."""
    tasks = [
        asyncio.create_task(pump(near[0], far[1], way, way.up)),
        asyncio.create_task(pump(far[0], near[1], way, way.down)),
    ]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def server(host, port, way):
    async def connected(reader, writer):
        far = None
        try:
            await way.up.wait()
            far = await asyncio.open_connection(host, port)
            await carry((reader, writer), far, way)
        except OSError:
            pass
        finally:
            for end in (writer, far[1] if far else None):
                if end:
                    end.close()

    return connected


async def main(listen, routes):
    ways = {}
    for route in routes:
        port, host = route.split("=")
        ways[int(port)] = way = Way()
        await asyncio.start_server(server(host, int(port), way), listen, int(port))
    print("ready", flush=True)
    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        command = json.loads(line)
        for port, way in ways.items():
            if command.get("port", port) == port:
                way.change(command)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
