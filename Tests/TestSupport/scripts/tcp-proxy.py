"""Forwards connections to another server and does to them what networks do.

    tcp-proxy.py HOST PORT

Commands come as lines on standard input, each is answered by one line:
    start               listen on a free port of 127.0.0.1; answers "ok PORT"
    latency SECONDS     deliver everything that much later, in both directions
    stall               deliver nothing, until "resume"
    resume
    cut                 close all connections in good order
    reset               reset all connections
    reset-after TEXT    reset a connection once TEXT, sent by its client, has reached the server; its answer is lost
    hold-before TEXT    keep back TEXT, sent by a client, and all that follows on its connection
    hold-after TEXT     deliver TEXT, sent by a client, and keep back all answers on its connection
    pause-before TEXT   keep back TEXT, sent by a client, and all that follows on its connection, until "go-on"
    go-on
    held                whether a text has been met since the last "hold" or "pause": "ok yes" or "ok no"
    corrupt TEXT        flip the case of TEXT where a client sends it next, whole within one read
When standard input closes, the program ends.
"""

import asyncio
import socket
import struct
import sys

HOST, PORT = sys.argv[1], int(sys.argv[2])


class Proxy:
    def __init__(self):
        self.latency = 0.0
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.fatal_text = b""
        self.corruptible_text = b""
        self.held_text = b""
        self.holds_before = False
        self.held_pair = None
        self.pausing_text = b""
        self.pause = None
        self.connections = set()

    async def serve(self, client_reader, client_writer):
        try:
            server_reader, server_writer = await asyncio.open_connection(HOST, PORT)
        except OSError:
            client_writer.close()
            return
        pair = (client_writer, server_writer)
        self.connections.add(pair)
        try:
            await asyncio.gather(
                self.forward(client_reader, server_writer, pair, watched=True),
                self.forward(server_reader, client_writer, pair, watched=False))
        finally:
            self.connections.discard(pair)
            close(pair)

    async def forward(self, reader, writer, pair, watched):
        queue = asyncio.Queue(maxsize=64)
        delivery = asyncio.create_task(self.deliver(queue, writer, pair, watched))
        try:
            while data := await reader.read(1 << 16):
                await queue.put((asyncio.get_running_loop().time() + self.latency, data))
        except OSError:
            pass
        await queue.put((0, b""))
        await delivery

    async def deliver(self, queue, writer, pair, watched):
        seen = held = passed = b""
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - asyncio.get_running_loop().time()))
            await self.flowing.wait()
            if watched and self.corruptible_text and self.corruptible_text in data:
                data = data.replace(self.corruptible_text, self.corruptible_text.swapcase(), 1)
                self.corruptible_text = b""
            if watched and self.held_text:
                held = held[-len(self.held_text):] + data
                if self.held_text in held:
                    self.held_text = b""
                    self.held_pair = pair
            if watched and self.pausing_text:
                passed = passed[-len(self.pausing_text):] + data
                if self.pausing_text in passed:
                    self.pausing_text = b""
                    self.pause = asyncio.Event()
                    await self.pause.wait()
            if self.held_pair is pair and data:
                if watched and self.holds_before:
                    continue
                if not watched and not self.holds_before:
                    # Until the client gives up; what it has not been told by then it never is.
                    while not pair[0].is_closing() and self.held_pair is pair:
                        await asyncio.sleep(0.02)
                    continue
            try:
                if not data:
                    writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()
            except (OSError, RuntimeError):
                return
            if watched and self.fatal_text:
                # A text may arrive in two pieces.
                seen = seen[-len(self.fatal_text):] + data
                if self.fatal_text in seen:
                    self.fatal_text = b""
                    reset(pair)
                    return

    def close_all(self, how):
        for pair in list(self.connections):
            how(pair)


def close(pair):
    for writer in pair:
        writer.close()


def reset(pair):
    client, server = pair
    # Lingering for no time makes a close a reset.
    client.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.transport.abort()
    server.close()


async def main():
    proxy = Proxy()
    loop = asyncio.get_running_loop()
    server = None
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command, _, argument = line.rstrip("\n").partition(" ")
        answer = "ok"
        if command == "start":
            server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
            answer = f"ok {server.sockets[0].getsockname()[1]}"
        elif command == "latency":
            proxy.latency = float(argument)
        elif command == "stall":
            proxy.flowing.clear()
        elif command == "resume":
            proxy.flowing.set()
        elif command == "cut":
            proxy.close_all(close)
        elif command == "reset":
            proxy.close_all(reset)
        elif command == "reset-after":
            proxy.fatal_text = argument.encode()
        elif command in ("hold-before", "hold-after"):
            proxy.holds_before = command == "hold-before"
            proxy.held_pair = None
            proxy.held_text = argument.encode()
        elif command == "pause-before":
            proxy.pausing_text = argument.encode()
        elif command == "go-on":
            proxy.pause.set()
            proxy.pause = None
        elif command == "held":
            answer = "ok yes" if proxy.held_pair or proxy.pause else "ok no"
        elif command == "corrupt":
            proxy.corruptible_text = argument.encode()
        else:
            answer = "failed: unknown command"
        print(answer, flush=True)


asyncio.run(main())
