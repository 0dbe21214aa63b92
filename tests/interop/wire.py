"""A TCP proxy that counts bytes, connections and HTTP/2 frames, which gRPC hides from tests."""
# SPDX-License-Identifier: Apache-2.0
import asyncio
import collections

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
PING, GOAWAY = 6, 7


class FrameCounter:
    """Counts the frames of one direction of one connection by type; ping acknowledgements separately."""

    def __init__(self, frames, preface):
        self.frames = frames
        self.skip = len(preface)
        self.header = b""

    def feed(self, data):
        while data:
            if self.skip:
                skipped = min(self.skip, len(data))
                self.skip -= skipped
                data = data[skipped:]
                continue
            taken = min(9 - len(self.header), len(data))
            self.header += data[:taken]
            data = data[taken:]
            if len(self.header) == 9:
                self.skip = int.from_bytes(self.header[:3], "big")
                kind, flags = self.header[3], self.header[4]
                self.frames["PING ACK" if kind == PING and flags & 1 else kind] += 1
                self.header = b""


class Wire:
    """Listens on a free port and passes everything on to `target` ("host:port")."""

    def __init__(self, target):
        self.host, port = target.rsplit(":", 1)
        self.port = int(port)
        self.sent = collections.Counter()  # frames from the client
        self.received = collections.Counter()  # frames from the server
        self.bytes_sent = 0
        self.connections = 0
        self.open = 0

    async def __aenter__(self):
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_):
        self.server.close()

    async def _connected(self, reader, writer):
        self.connections += 1
        self.open += 1
        there_reader, there_writer = await asyncio.open_connection(self.host, self.port)
        sent = FrameCounter(self.sent, PREFACE)
        received = FrameCounter(self.received, b"")
        await asyncio.wait(
            [asyncio.create_task(self._pass(reader, there_writer, sent, True)),
             asyncio.create_task(self._pass(there_reader, writer, received, False))],
            return_when=asyncio.FIRST_COMPLETED)
        self.open -= 1
        writer.close()
        there_writer.close()

    async def _pass(self, reader, writer, counter, sent):
        try:
            while data := await reader.read(1 << 16):
                counter.feed(data)
                if sent:
                    self.bytes_sent += len(data)
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
