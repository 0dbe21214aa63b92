"""Our node in a cluster of exo's: discovers exo's node by its announcements, exchanges messages, and sees it leave."""
# SPDX-License-Identifier: Apache-2.0
import asyncio
import json
import logging
import os
import shutil
import tempfile
import unittest
from unittest import mock

from exo_cluster import (EXOCAST, AnnouncedExoNode, Announcing, Listener, OurNode, Watch, datagram, free_udp_port,
                         port_of, run, wait_until)
from exo_like import PATIENCE_S, Child, ExoNode, exo_channel, pb, stubs

SILENCE_S = 4  # longer than from one announcement to the next


class ClusterTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="exocast")
        self.addCleanup(shutil.rmtree, self.folder)
        runtime = mock.patch.dict(os.environ, XDG_RUNTIME_DIR=self.folder)
        runtime.start()
        self.addCleanup(runtime.stop)
        self.port = free_udp_port()

    async def cluster(self, *arguments):
        """exo's node and our node, which has discovered it."""
        self.theirs = await self.enterAsyncContext(AnnouncedExoNode(self.port))
        self.ours = await self.enterAsyncContext(OurNode(self.port, *arguments))
        await self.until_theirs_is("healthy")

    async def stub(self):
        return stubs.NodeServiceStub(await self.enterAsyncContext(exo_channel(self.ours.address)))

    async def peers(self):
        status, rows = await run("peers")
        self.assertEqual(status, 0)
        return rows

    async def until_theirs_is(self, state):
        """The peer's row, once it is in that state."""
        async def reached():
            return next((row for row in await self.peers() if row["id"] == "theirs" and row["state"] == state), None)
        return await wait_until(reached, f"theirs is {state}")


class Members(ClusterTest):
    async def test_exos_node_is_found_by_what_it_announces(self):
        await self.cluster()
        (row,) = await self.peers()
        self.assertEqual((row["address"], row["source"]), (self.theirs.address, "exo"))
        self.assertEqual((await run("send", "--status", "{}"))[0], 0)
        (row,) = await self.peers()
        self.assertEqual(row["link"], "exo", "it has no native one, which is found out with the first message")

    async def test_who_stops_is_gone_and_who_comes_back_is_healthy(self):
        await self.cluster()
        await self.theirs.stop()
        await self.until_theirs_is("gone")
        await self.theirs.start(port_of(self.theirs.address))
        await self.until_theirs_is("healthy")

    async def test_who_comes_back_at_another_port_is_sent_to_there(self):
        await self.cluster()
        before = self.theirs.address
        await self.theirs.stop()
        await self.until_theirs_is("gone")
        await self.theirs.start()
        row = await self.until_theirs_is("healthy")
        self.assertNotEqual(row["address"], before)
        self.assertEqual(row["address"], self.theirs.address)
        self.assertEqual((await run("send", "--status", "{}"))[0], 0)
        self.assertEqual(len(self.theirs.statuses), 1)

    async def test_a_forged_datagram_does_not_move_a_node_that_lives(self):
        metrics = os.path.join(self.folder, "metrics")
        await self.cluster("--metrics", metrics, "--metrics-interval", "1s")
        forger = await self.enterAsyncContext(ExoNode())
        await self.enterAsyncContext(Announcing(self.port, datagram("theirs", port_of(forger.address), priority=7)))

        async def refused():
            with open(metrics, encoding="utf-8") as file:
                counted = dict(line.rsplit(" ", 1) for line in file if not line.startswith("#"))
            return float(counted["exocast_exo_watch_refused_addresses_total"]) >= 3
        await wait_until(refused, "the forged address is heard, and refused")
        (row,) = await self.peers()
        self.assertEqual((row["address"], row["state"]), (self.theirs.address, "healthy"))
        self.assertEqual((await run("send", "--status", "{}"))[0], 0)
        self.assertEqual((len(self.theirs.statuses), len(forger.statuses), forger.health_checks), (1, 0, 0))


class Messages(ClusterTest):
    async def asyncSetUp(self):
        await self.cluster()

    async def test_what_our_node_sends_reaches_exos(self):
        status, report = await run("send", "--tokens", "1,-2,3", "--request", "r-1", "--finished")
        self.assertEqual((status, report["outcomes"][0]["peer"], report["outcomes"][0]["outcome"]),
                         (0, "theirs", "delivered"))
        self.assertEqual(self.theirs.results,
                         [pb.SendResultRequest(request_id="r-1", result=[1, -2, 3], is_finished=True)])
        await run("send", "--status", '{ "type": "node_status" }', "--request", "r-1")
        self.assertEqual(self.theirs.statuses,
                         [pb.SendOpaqueStatusRequest(request_id="r-1", status='{ "type": "node_status" }')])

    async def test_tokens_one_by_one_arrive_in_order(self):
        async with Child(EXOCAST, "send", "-", "--request", "r-1", "--json") as send:
            for number in range(20):
                self.assertEqual(json.loads(await send.ask(str(number)))["outcomes"][0]["outcome"], "delivered")
        self.assertEqual([list(result.result) for result in self.theirs.results], [[n] for n in range(20)])

    async def test_what_exos_node_broadcasts_is_heard_by_the_node_and_by_who_watches(self):
        watch = await self.enterAsyncContext(Watch())
        stub = await self.stub()
        await stub.SendResult(pb.SendResultRequest(request_id="r-1", result=[7], is_finished=True))
        working = {"type": "node_status", "node_id": "theirs", "status": "end_process_prompt"}
        await stub.SendOpaqueStatus(pb.SendOpaqueStatusRequest(request_id="r-1", status=json.dumps(working)))
        for listener in (watch, self.ours):
            tokens, status = json.loads(await listener.line()), json.loads(await listener.line())
            self.assertEqual((tokens["request_id"], tokens["tokens"], tokens["finished"]), ("r-1", [7], True))
            self.assertEqual((status["request_id"], status["status"]), ("r-1", working))


class Questions(ClusterTest):
    async def asyncSetUp(self):
        await self.cluster()

    async def test_exos_node_answers_for_its_health_and_is_asked_nothing_else(self):
        status, health = await run("ask", "health")
        self.assertEqual((status, health["answers"][0]["outcome"], health["answers"][0]["answer"]),
                         (0, "answered", {"healthy": True}))
        status, version = await run("ask", "version")
        self.assertEqual((status, version["answers"][0]["outcome"]), (2, "skipped"))
        self.assertIn("it speaks exo's protocol only", version["answers"][0]["error"])

    async def test_our_topology_has_its_machine_and_its_edges(self):
        status, topology = await run("topology")
        self.assertEqual(status, 0)
        self.assertEqual(topology["nodes"]["theirs"], {
            "model": "M", "chip": "C", "memory_mb": 8192,
            "flops": {"fp32_tflops": 0.5, "fp16_tflops": 1, "int8_tflops": 2}})
        edges = {(edge["from"], edge["to"]): edge.get("description") for edge in topology["edges"]}
        self.assertEqual(edges, {("ours", "theirs"): "exo", ("theirs", "ours"): "MAN", ("theirs", "third"): None})

    async def test_the_topology_we_tell_has_us_and_an_edge_to_it(self):
        topology = await (await self.stub()).CollectTopology(pb.CollectTopologyRequest(visited=["theirs"], max_depth=4))
        self.assertIn("ours", topology.nodes)
        self.assertEqual([(edge.to_id, edge.description) for edge in topology.peer_graph["ours"].connections],
                         [("theirs", "exo")])


class Announcements(ClusterTest):
    async def test_a_node_that_is_not_asked_to_announces_nothing(self):
        listener = await self.enterAsyncContext(Listener())
        await self.cluster("--exo-announce-port", listener.port)
        await asyncio.sleep(SILENCE_S)
        self.assertTrue(listener.heard.empty())

    async def test_a_node_that_is_asked_to_announces_all_that_exo_needs(self):
        listener = await self.enterAsyncContext(Listener())
        await self.cluster("--announce-exo", "--exo-announce-port", listener.port)
        data, host = await asyncio.wait_for(listener.heard.get(), PATIENCE_S)
        heard = json.loads(data)
        self.assertEqual(set(heard), {"type", "node_id", "grpc_port", "device_capabilities", "priority",
                                      "interface_name", "interface_type"})
        self.assertEqual((heard["type"], heard["node_id"], heard["priority"]), ("discovery", "ours", 6))
        self.assertEqual(set(heard["device_capabilities"]), {"model", "chip", "memory", "flops"})
        self.assertEqual(set(heard["device_capabilities"]["flops"]), {"fp32", "fp16", "int8"})
        # As exo does: the node's address is the datagram's source, if the node is healthy there.
        address = f"{host}:{heard['grpc_port']}"
        self.assertEqual(address, self.ours.address)
        self.assertTrue((await (await self.stub()).HealthCheck(pb.HealthCheckRequest())).is_healthy)


if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # no warnings about a busy machine
    unittest.main()
