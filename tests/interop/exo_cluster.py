"""An exo cluster on loopback: a node that announces itself over UDP as exo does, and our node that receives it."""
# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import os
import random
import socket
import time

from exo_like import PATIENCE_S, Child, ExoNode

ANNOUNCE_S = 0.3  # exo's 2.5 s, sped up
EXOCAST = os.environ["EXOCAST_PROGRAM"]


def free_udp_port():
    """A free UDP port, which the system gives to no socket of another test."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def datagram(node_id, grpc_port, priority=4):
    return json.dumps({
        "type": "discovery", "node_id": node_id, "grpc_port": grpc_port,
        "device_capabilities": {"model": "M", "chip": "C", "memory": 8192,
                                "flops": {"fp32": 0.5, "fp16": 1.0, "int8": 2.0}},
        "priority": priority, "interface_name": "lo", "interface_type": "Loopback"}).encode()


class Announcing:
    """Sends the same datagram repeatedly to one port of loopback."""

    def __init__(self, port, content):
        self.to = ("127.0.0.1", port)
        self.content = content

    async def __aenter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.task = asyncio.create_task(self._announce())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.wait([self.task])
        self.socket.close()

    async def _announce(self):
        while True:
            self.socket.sendto(self.content, self.to)
            await asyncio.sleep(ANNOUNCE_S)


class AnnouncedExoNode(ExoNode):
    """exo's node "theirs", announced to `port` while it serves."""

    def __init__(self, port):
        super().__init__()
        self.announced_to = port

    async def start(self, port=0):
        await super().start(port)
        self.announcing = await Announcing(self.announced_to, datagram("theirs", port_of(self.address))).__aenter__()
        return self

    async def stop(self):
        await self.announcing.__aexit__()
        await super().stop()


class Listener:
    """Receives the announcements on a port, as exo does: all that arrive at this machine."""

    def __init__(self):
        self.heard = asyncio.Queue()

    async def __aenter__(self):
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("0.0.0.0", 0))
        self.port = self.transport.get_extra_info("sockname")[1]
        return self

    async def __aexit__(self, *_):
        self.transport.close()

    def connection_made(self, transport):
        pass

    def connection_lost(self, _):
        pass

    def error_received(self, _):
        pass

    def datagram_received(self, data, address):
        self.heard.put_nowait((data, address[0]))


class OurNode(Child):
    """`exocast node` as a member of exo's cluster. The other commands find it by XDG_RUNTIME_DIR."""

    def __init__(self, exo_port, *arguments):
        super().__init__(EXOCAST, "node", "--id", "ours", "--listen", "127.0.0.1:0", "--discovery", "exo",
                         "--exo-port", exo_port, "--json", *arguments)

    async def __aenter__(self):
        await super().__aenter__()
        self.address = json.loads(await self.line())["address"]
        return self

    async def __aexit__(self, *exception):
        self.process.terminate()
        await super().__aexit__(*exception)


class Watch(Child):
    """`exocast watch`, once it watches."""

    def __init__(self):
        super().__init__(EXOCAST, "watch", "--json")

    async def __aenter__(self):
        await super().__aenter__()
        assert json.loads(await self.line())["event"] == "watching"
        return self

    def ask_to_end(self):
        super().ask_to_end()
        self.process.terminate()


async def run(*arguments):
    """Runs a command; returns its exit status and its output, parsed as JSON."""
    process = await asyncio.create_subprocess_exec(
        EXOCAST, *arguments, "--json", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    return process.returncode, json.loads(out)


async def wait_until(condition, what):
    """Awaits `condition()` until its result is true; returns the result."""
    deadline = time.monotonic() + PATIENCE_S
    while not (value := await condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE_S} s in vain: {what}")
        await asyncio.sleep(0.05)
    return value
