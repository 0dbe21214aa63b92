"""Interoperation with exo: gRPC in Python with exo's settings, against our client and our server."""
# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import logging
import os
import unittest

import grpc

from exo_like import PING_MIN_MS, PING_MS, ExoNode, OurPeer, OurProgram, exo_channel, pb, stubs
from wire import GOAWAY, PING, Wire

SILENCE_S = 15  # pings of that many seconds: as many as exo sends in five minutes


class TheirClient(unittest.IsolatedAsyncioTestCase):
    """Python calls our server through a counting proxy."""

    async def asyncSetUp(self):
        self.ours = await self.enterAsyncContext(OurPeer("serve", PING_MIN_MS))
        self.wire = await self.enterAsyncContext(Wire(await self.ours.line()))
        self.channel = await self.enterAsyncContext(exo_channel(self.wire.address))
        self.stub = stubs.NodeServiceStub(self.channel)

    async def test_tokens(self):
        await self.stub.SendResult(pb.SendResultRequest(request_id="r-1", result=[1, -2, 3], is_finished=True))
        self.assertEqual(json.loads(await self.ours.line()), {
            "event": "message", "kind": "tokens", "request_id": "r-1", "tokens": [1, -2, 3], "finished": True})

    async def test_a_tensor_replaces_the_tokens(self):
        tensor = pb.Tensor(tensor_data=b"\0" * 64, shape=[4, 4], dtype="float32")
        await self.stub.SendResult(pb.SendResultRequest(request_id="r-1", result=[1], tensor=tensor))
        seen = json.loads(await self.ours.line())
        self.assertEqual(seen["tensor"], {"dtype": "float32", "shape": [4, 4], "bytes": 64})
        self.assertEqual(seen["tokens"], [])

    async def test_status(self):
        status = {"type": "node_status", "node_id": "theirs", "status": "start_process_prompt"}
        await self.stub.SendOpaqueStatus(pb.SendOpaqueStatusRequest(request_id="", status=json.dumps(status)))
        self.assertEqual(json.loads(await self.ours.line())["status"], status)

    async def test_health(self):
        self.assertTrue((await self.stub.HealthCheck(pb.HealthCheckRequest())).is_healthy)

    async def test_topology(self):
        topology = await self.stub.CollectTopology(pb.CollectTopologyRequest(visited=["theirs"], max_depth=4))
        self.assertEqual(topology.nodes["ours"].memory, 24105)
        self.assertEqual(topology.nodes["ours"].flops.int8, 6)
        edges = topology.peer_graph["ours"].connections
        self.assertEqual([(edge.to_id, edge.description) for edge in edges], [("theirs", "eth0"), ("third", "")])
        self.assertFalse(edges[1].HasField("description"))

    async def test_models_are_not_run(self):
        for method, request in ((self.stub.SendPrompt, pb.PromptRequest(prompt="hello")),
                                (self.stub.SendTensor, pb.TensorRequest()),
                                (self.stub.SendExample, pb.ExampleRequest())):
            with self.assertRaises(grpc.aio.AioRpcError) as raised:
                await method(request)
            self.assertEqual(raised.exception.code(), grpc.StatusCode.UNIMPLEMENTED)
            self.assertEqual(raised.exception.details(), "this node does not run models")

    async def test_what_the_handler_refuses_and_what_is_no_json(self):
        with self.assertRaises(grpc.aio.AioRpcError) as raised:
            await self.stub.SendResult(pb.SendResultRequest(request_id="refuse"))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(raised.exception.details(), "the inbox is full")
        with self.assertRaises(grpc.aio.AioRpcError) as raised:
            await self.stub.SendOpaqueStatus(pb.SendOpaqueStatusRequest(status="{"))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)

    async def test_requests_come_compressed(self):
        await self.stub.SendOpaqueStatus(pb.SendOpaqueStatusRequest(status=json.dumps("x" * (8 << 20))))
        self.assertEqual(len(json.loads(await self.ours.line())["status"]), 8 << 20)
        self.assertLess(self.wire.bytes_sent, 1 << 20)

    async def test_a_small_request_that_unpacks_to_more_than_the_limit_is_refused_unheld(self):
        unlimited = grpc.aio.insecure_channel(
            self.wire.address, options=[("grpc.max_send_message_length", -1)], compression=grpc.Compression.Gzip)
        async with unlimited as channel:
            with self.assertRaises(grpc.aio.AioRpcError) as raised:
                await channel.unary_unary("/node_service.NodeService/SendResult")(bytes(768 << 20))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(raised.exception.details(), "the message is larger than 268435456 bytes")
        self.assertLess(self.wire.bytes_sent, 8 << 20)
        if not os.environ.get("EXOCAST_SANITIZE"):  # sanitizers keep freed memory
            self.assertLess(self.ours.peak_memory(), 600 << 20)

    async def test_many_at_once_over_one_connection(self):
        calls = [self.stub.SendResult(pb.SendResultRequest(request_id=str(i), result=[i])) for i in range(500)]
        await asyncio.gather(*calls)
        seen = {json.loads(await self.ours.line())["request_id"] for _ in range(500)}
        self.assertEqual(len(seen), 500)
        self.assertEqual(self.wire.connections, 1)

    async def test_cancelling_a_call_leaves_the_others_alone(self):
        hung = self.stub.SendResult(pb.SendResultRequest(request_id="hang"))
        await asyncio.sleep(0.1)
        hung.cancel()
        self.assertTrue((await self.stub.HealthCheck(pb.HealthCheckRequest())).is_healthy)


class OurClient(unittest.IsolatedAsyncioTestCase):
    """Our client calls a Python server through a counting proxy."""

    async def asyncSetUp(self):
        self.node = await self.enterAsyncContext(ExoNode())
        self.wire = await self.enterAsyncContext(Wire(self.node.address))
        self.ours = await self.enterAsyncContext(OurPeer("call", self.wire.address, PING_MS, "gzip"))

    async def test_tokens(self):
        self.assertEqual(await self.ours.ask("tokens r-1 1,-2,3 1"), "ok")
        self.assertEqual(self.node.results,
                         [pb.SendResultRequest(request_id="r-1", result=[1, -2, 3], is_finished=True)])
        self.assertFalse(self.node.results[0].HasField("tensor"))

    async def test_status(self):
        self.assertEqual(await self.ours.ask('status { "type": "download_progress" }'), "ok")
        self.assertEqual(self.node.statuses[0].status, '{ "type": "download_progress" }')

    async def test_health(self):
        self.assertEqual(await self.ours.ask("health"), "true")

    async def test_topology(self):
        self.assertEqual(await self.ours.ask("topology"),
                         "theirs=M,C,8192,0.5,1,2 theirs->ours(MAN) theirs->third(-) ")

    async def test_of_questions_only_that_for_its_health_is_answered(self):
        self.assertEqual(await self.ours.ask("ask health"), '{"healthy":true}')
        self.assertEqual(await self.ours.ask("ask stats"),
                         "UNIMPLEMENTED: does not answer questions: it speaks exo's protocol only")

    async def test_their_error_reaches_us_as_it_is(self):
        self.assertEqual(await self.ours.ask("tokens refuse 1 0"), "FAILED_PRECONDITION: no such request")

    async def test_a_node_that_hangs_ends_at_the_deadline(self):
        self.assertEqual(await self.ours.ask("tokens hang 1 0"), "DEADLINE_EXCEEDED: no answer by the deadline")
        self.assertEqual(await self.ours.ask("health"), "true")

    async def test_requests_go_compressed(self):
        self.assertEqual(await self.ours.ask(f"bulk {8 << 20}"), "ok")
        self.assertEqual(len(self.node.statuses[0].status), 8 << 20)
        self.assertLess(self.wire.bytes_sent, 1 << 20)

    async def test_without_compression_all_bytes_go(self):
        async with OurPeer("call", self.wire.address, PING_MS, "plain") as plain:
            self.assertEqual(await plain.ask(f"bulk {8 << 20}"), "ok")
        self.assertEqual(len(self.node.statuses[0].status), 8 << 20)
        self.assertGreater(self.wire.bytes_sent, 8 << 20)

    async def test_a_node_that_comes_back_is_found(self):
        async with OurPeer("call", self.node.address, PING_MS, "gzip") as ours:
            self.assertEqual(await ours.ask("health"), "true")
            await self.node.stop()
            self.assertRegex(await ours.ask("health"), "^UNAVAILABLE: ")
            await asyncio.sleep(0.15)
            await self.node.start(int(self.node.address.rsplit(":", 1)[1]))
            self.assertEqual(await ours.ask("health"), "true")


class TheProgram(unittest.IsolatedAsyncioTestCase):
    """The commands `exocast node` and `exocast send`, as their users run them."""

    async def test_node(self):
        node = await self.enterAsyncContext(OurProgram("node", "--id", "ours", "--listen", "127.0.0.1:0", "--json"))
        address = json.loads(await node.line())["address"]
        stub = stubs.NodeServiceStub(await self.enterAsyncContext(exo_channel(address)))
        await stub.SendResult(pb.SendResultRequest(request_id="r-1", result=[1, 2], is_finished=True))
        self.assertEqual(json.loads(await node.line())["tokens"], [1, 2])
        await stub.SendOpaqueStatus(pb.SendOpaqueStatusRequest(status='{"type": "x"}'))
        self.assertEqual(json.loads(await node.line())["status"], {"type": "x"})
        self.assertTrue((await stub.HealthCheck(pb.HealthCheckRequest())).is_healthy)
        self.assertIn("ours", (await stub.CollectTopology(pb.CollectTopologyRequest())).nodes)
        with self.assertRaises(grpc.aio.AioRpcError) as raised:
            await stub.SendPrompt(pb.PromptRequest(prompt="hello"))
        self.assertEqual(raised.exception.details(), "this node does not run models")

    async def test_send(self):
        theirs = await self.enterAsyncContext(ExoNode())
        peer = "theirs=" + theirs.address
        async with OurProgram("send", "-", "--request", "r-1", "--gzip", "--peer", peer, "--json") as send:
            for number in range(20):
                report = json.loads(await send.ask(str(number)))
                self.assertEqual(report["outcomes"][0]["outcome"], "delivered")
        self.assertEqual([list(result.result) for result in theirs.results], [[number] for number in range(20)])
        async with OurProgram("send", "--status", '{"type": "x"}', "--peer", peer, "--json") as send:
            self.assertTrue(json.loads(await send.line())["satisfied"])
        self.assertEqual(theirs.statuses[0].status, '{"type": "x"}')


class Keepalive(unittest.IsolatedAsyncioTestCase):
    """Pings on idle connections, both ways at once: neither side may treat them as abuse."""

    async def test_pings_are_welcome(self):
        ours = await self.enterAsyncContext(OurPeer("serve", PING_MIN_MS))
        to_ours = await self.enterAsyncContext(Wire(await ours.line()))
        stub = stubs.NodeServiceStub(await self.enterAsyncContext(exo_channel(to_ours.address)))
        theirs = await self.enterAsyncContext(ExoNode())
        to_theirs = await self.enterAsyncContext(Wire(theirs.address))
        our_client = await self.enterAsyncContext(OurPeer("call", to_theirs.address, PING_MS, "gzip"))
        for pause_s in (SILENCE_S, 0):
            self.assertTrue((await stub.HealthCheck(pb.HealthCheckRequest())).is_healthy)
            self.assertEqual(await our_client.ask("health"), "true")
            await asyncio.sleep(pause_s)
        for wire in (to_ours, to_theirs):
            self.assertGreaterEqual(wire.sent[PING], SILENCE_S // 2)
            self.assertGreaterEqual(wire.received["PING ACK"], SILENCE_S // 2)
            self.assertEqual(wire.received[GOAWAY], 0)
            self.assertEqual((wire.connections, wire.open), (1, 1))


if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # no warnings about a busy machine
    unittest.main()
