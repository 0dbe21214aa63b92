"""exo's side of the interop test: a node on grpc.aio with exo's settings, and our side under its control
(exocast_interop_peer)."""
# SPDX-License-Identifier: Apache-2.0
import asyncio
import os
import subprocess
import sys
import tempfile

import grpc

SOURCE_DIR = os.environ.get("EXOCAST_SOURCE_DIR", os.path.join(os.path.dirname(__file__), "..", ".."))


def generate_bindings():
    """Generates Python's classes for our .proto for this run; returns (messages, stubs)."""
    folder = tempfile.TemporaryDirectory(prefix="exocast-interop-")
    protos = os.path.join(SOURCE_DIR, "src", "message", "proto")
    subprocess.run(
        ["protoc", "--proto_path=" + protos, "--python_out=" + folder.name, "--grpc_out=" + folder.name,
         "--plugin=protoc-gen-grpc=/usr/bin/grpc_python_plugin", "node_service.proto"], check=True)
    sys.path.insert(0, folder.name)
    import node_service_pb2
    import node_service_pb2_grpc
    folder.cleanup()
    return node_service_pb2, node_service_pb2_grpc


pb, stubs = generate_bindings()

LIMIT = 256 << 20
# Only against hangs: test machines are busy, and sanitizers are slow.
PATIENCE_S = 60
# A ping a second and a server that takes one each half: exo's 20 s and 5 s, sped up. gRPC's clients ping no faster.
PING_MS, PING_MIN_MS = 1000, 500
CLIENT_OPTIONS = [
    ("grpc.max_send_message_length", LIMIT), ("grpc.max_receive_message_length", LIMIT),
    ("grpc.keepalive_time_ms", PING_MS), ("grpc.keepalive_timeout_ms", 5000),
    ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_pings_without_data", 0),
    ("grpc.use_local_subchannel_pool", 1)]
SERVER_OPTIONS = [
    ("grpc.max_send_message_length", LIMIT), ("grpc.max_receive_message_length", LIMIT),
    ("grpc.max_concurrent_streams", 100), ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", PING_MIN_MS), ("grpc.so_reuseport", 0)]


class ExoNode(stubs.NodeServiceServicer):
    """Records messages. Request id "refuse" is refused, "hang" is never answered."""

    def __init__(self):
        self.results = []
        self.statuses = []
        self.health_checks = 0
        self.topology = pb.Topology(
            nodes={"theirs": pb.DeviceCapabilities(model="M", chip="C", memory=8192,
                                                   flops=pb.DeviceFlops(fp32=0.5, fp16=1, int8=2))},
            peer_graph={"theirs": pb.PeerConnections(
                connections=[pb.PeerConnection(to_id="ours", description="MAN"), pb.PeerConnection(to_id="third")])})

    async def SendResult(self, request, context):
        if request.request_id == "refuse":
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "no such request")
        if request.request_id == "hang":
            await asyncio.sleep(3600)
        self.results.append(request)
        return pb.Empty()

    async def SendOpaqueStatus(self, request, context):
        self.statuses.append(request)
        return pb.Empty()

    async def HealthCheck(self, request, context):
        self.health_checks += 1
        return pb.HealthCheckResponse(is_healthy=True)

    async def CollectTopology(self, request, context):
        return self.topology

    async def start(self, port=0):
        self.server = grpc.aio.server(options=SERVER_OPTIONS)
        stubs.add_NodeServiceServicer_to_server(self, self.server)
        self.address = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:%d" % port)
        await self.server.start()
        return self

    async def stop(self):
        await self.server.stop(0)

    async def __aenter__(self):
        return await self.start()

    async def __aexit__(self, *_):
        await self.stop()


def exo_channel(address):
    """A channel as exo's clients make it, pinging faster."""
    return grpc.aio.insecure_channel(address, options=CLIENT_OPTIONS, compression=grpc.Compression.Gzip)


class Child:
    """A child process on pipes. `async with Child(program, ...) as child: await child.line()`."""

    def __init__(self, *command):
        self.command = [str(word) for word in command]

    async def __aenter__(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 26)
        return self

    async def __aexit__(self, *_):
        self.ask_to_end()
        status = await asyncio.wait_for(self.process.wait(), PATIENCE_S)
        assert status == 0, f"{self.command} ended with {status}"

    def ask_to_end(self):
        self.process.stdin.close()

    async def line(self):
        return (await asyncio.wait_for(self.process.stdout.readline(), PATIENCE_S)).decode().rstrip("\n")

    async def ask(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        return await self.line()

    def peak_memory(self):
        """The peak of its resident memory, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM:"))


class OurPeer(Child):
    """exocast_interop_peer: see the top of peer.cpp."""

    def __init__(self, *arguments):
        super().__init__(os.environ["EXOCAST_INTEROP_PEER"], *arguments)


class OurProgram(Child):
    """The program itself: `exocast node`, or `exocast send -`, which ends with its input."""

    def __init__(self, command, *arguments):
        # No control socket, as it is unused; no discovery, as other tests' nodes run on this machine, too.
        only = ["--no-control", "--discovery", "none"] if command == "node" else []
        super().__init__(os.environ["EXOCAST_PROGRAM"], command, *only, *arguments)

    def ask_to_end(self):
        super().ask_to_end()
        if self.command[1] == "node":
            self.process.terminate()
