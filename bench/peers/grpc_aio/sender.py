#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Sends as exo does: grpc.aio, a unary SendResult to each peer under wait_for, all in one gather; for a stream of
tokens, a task for each. The request is serialised for each peer, as exo's generated stubs do.

    grpc-aio-sender [--port PORT] [--receivers N] [--ports PORT,...] [--cpu I]

The lines it prints and takes are those of bench/peers/README.md.
"""
import argparse
import asyncio
import ctypes
import json
import os
import signal
import sys
import time

import grpc

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "python"))
import node_service_pb2 as pb  # noqa: E402
import node_service_pb2_grpc as stubs  # noqa: E402

LIMIT = 256 << 20
CHANNEL_OPTIONS = [  # exo's
    ("grpc.max_metadata_size", 32 * 1024 * 1024), ("grpc.max_receive_message_length", LIMIT),
    ("grpc.max_send_message_length", LIMIT), ("grpc.max_concurrent_streams", 100),
    ("grpc.keepalive_time_ms", 20000), ("grpc.keepalive_timeout_ms", 20000),
    ("grpc.keepalive_permit_without_calls", 1), ("grpc.http2.max_pings_without_data", 0),
    ("grpc.http2.min_time_between_pings_ms", 10000), ("grpc.tcp_nodelay", 1),
    ("grpc.optimization_target", "throughput"),
    ("grpc.use_local_subchannel_pool", 1)]  # the last is ours: receivers that share a port are receivers all the same
PEER_TIMEOUT_S = 15
# A message of a load is one token of this request: 64 bytes, as those of ours (bench/load/token_message.h).
LOAD_REQUEST = "exocast bench: one request, whose tokens are numbered 0"
FIRST_TOKEN = 1 << 28
PR_SET_PDEATHSIG = 1


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1e9 if ordered else 0


def resident_bytes(field):
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field + ":"))


def ranges(numbers, published):
    """The numbers under `published` that are not in the set `numbers`, as [first, last] pairs."""
    missing = []
    for number in range(published):
        if number in numbers:
            continue
        if missing and missing[-1][1] == number - 1:
            missing[-1][1] = number
        else:
            missing.append([number, number])
    return missing


class Sender:
    def __init__(self, ports):
        self.channels = [grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL_OPTIONS,
                                                   compression=grpc.Compression.Gzip) for port in ports]
        self.stubs = [stubs.NodeServiceStub(channel) for channel in self.channels]
        self.answered = [set() for _ in ports]
        self.next_number = 0

    async def connect(self):
        for begin in range(0, len(self.channels), 64):
            await asyncio.gather(*[channel.channel_ready() for channel in self.channels[begin:begin + 64]])

    async def broadcast(self, request_id, tokens, finished, on_answer=None):
        """exo's broadcast_result."""
        async def send_to(index):
            request = pb.SendResultRequest(request_id=request_id, result=tokens, is_finished=finished)
            await asyncio.wait_for(self.stubs[index].SendResult(request), PEER_TIMEOUT_S)
            if on_answer:
                on_answer(index)
        return await asyncio.gather(*[send_to(index) for index in range(len(self.stubs))], return_exceptions=True)

    async def rounds(self, count):
        wall, cpu = time.perf_counter(), time.process_time()
        for _ in range(count):
            results = await self.broadcast("0123456789abcdef0123456789abcdef", range(1000, 1014), True)
            if any(isinstance(result, BaseException) for result in results):
                sys.exit("grpc-aio-sender: not everyone got it")
        return {"wall_ns": (time.perf_counter() - wall) * 1e9, "cpu_ns": (time.process_time() - cpu) * 1e9}

    async def load(self, load):
        """A task for each token, as the engine brings them; nothing bounds them but the rate."""
        latencies, tasks, first = [], [], self.next_number
        memory = resident_bytes("VmRSS")
        wall, cpu = time.perf_counter(), time.process_time()

        def token(number):
            sent = time.perf_counter()

            def on_answer(index):
                self.answered[index].add(number)
                if index < load["watched"]:
                    latencies.append(time.perf_counter() - sent)
            return self.broadcast(LOAD_REQUEST, [FIRST_TOKEN + number], False, on_answer)

        for index in range(load["messages"]):
            due = index / load["rate_hz"] if load["rate_hz"] > 0 else 0
            await asyncio.sleep(max(0, due - (time.perf_counter() - wall)))
            tasks.append(asyncio.create_task(token(first + index)))
        await asyncio.wait(tasks, timeout=load["patience_s"])
        self.next_number += load["messages"]
        latencies.sort()
        return {"wall_ns": (time.perf_counter() - wall) * 1e9, "cpu_ns": (time.process_time() - cpu) * 1e9,
                "published": self.next_number, "refused": 0, "answered": len(latencies),
                "p50_ns": percentile(latencies, 0.5), "p99_ns": percentile(latencies, 0.99),
                "p999_ns": percentile(latencies, 0.999), "memory_start_bytes": memory,
                "memory_peak_bytes": resident_bytes("VmHWM"),
                "undelivered": [ranges(numbers, self.next_number) for numbers in self.answered]}


async def serve(ports):
    sender = Sender(ports)
    await sender.connect()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        done = await (sender.load(json.loads(line)) if line.startswith("{") else sender.rounds(int(line)))
        print(json.dumps(done), flush=True)
    os._exit(0)  # what is still under way does not matter


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--receivers", type=int, default=1)
    parser.add_argument("--ports", default="")
    parser.add_argument("--cpu", type=int, default=-1)
    told = parser.parse_args()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if told.cpu >= 0:
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cpus[min(told.cpu, len(cpus) - 1)]})
    asyncio.run(serve([int(port) for port in told.ports.split(",")] if told.ports else [told.port] * told.receivers))


if __name__ == "__main__":
    main()
