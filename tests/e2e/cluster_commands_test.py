"""Nodes that discover each other on one host, and the commands that use them: peers, topology, ask and send."""
# SPDX-License-Identifier: Apache-2.0
import json
import re
import signal
import socket
import unittest

from harness import EndToEndTest, free_udp_port, outcomes, wait_until


class ClusterTest(EndToEndTest):
    def cluster(self, *names):
        """Nodes on loopback that have discovered each other, by name."""
        self.port = str(free_udp_port())
        nodes = {name: self.member(name) for name in names}
        for name in names:
            self.wait_for_states(name, {other: "healthy" for other in names if other != name})
        return nodes

    def member(self, name):
        return self.node(name, "--discovery", "lan", "--discovery-port", self.port)

    def peers(self, node):
        done = self.run_exocast("peers", "--json", "--node", node)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def wait_for_states(self, node, expected):
        wait_until(lambda: {row["id"]: row["state"] for row in self.peers(node)} == expected, f"{node}: {expected}")

    def ask(self, *arguments, status=0):
        done = self.run_exocast("ask", "--json", *arguments)
        self.assertEqual(status, done.returncode, done.stderr)
        return json.loads(done.stdout)


class PeersTest(ClusterTest):
    def test_nodes_of_one_host_find_each_other_and_see_who_goes(self):
        nodes = self.cluster("n1", "n2", "n3")
        (row,) = [row for row in self.peers("n1") if row["id"] == "n2"]
        self.assertEqual((nodes["n2"].address, "lan"), (row["address"], row["source"]))
        self.assertGreaterEqual(row["since_s"], 0)
        nodes["n3"].signal(signal.SIGTERM)
        self.assertEqual(0, nodes["n3"].wait())
        self.wait_for_states("n1", {"n2": "healthy", "n3": "left"})
        nodes["n2"].signal(signal.SIGKILL)
        nodes["n2"].wait()
        self.wait_for_states("n1", {"n2": "gone", "n3": "left"})
        self.assertRegex(self.run_exocast("peers", "--node", "n1").stdout, r"\n2 peers: 1 gone, 1 left\n\Z")
        self.member("n2")
        self.wait_for_states("n1", {"n2": "healthy", "n3": "left"})

    def test_a_message_goes_to_whom_the_local_node_has_found(self):
        nodes = self.cluster("n1", "n2", "n3")
        report = self.report("--status", "[1]", "--node", "n1")
        self.assertEqual({"n2": "delivered", "n3": "delivered"}, outcomes(report))
        self.assertGreater(report["roster_epoch"], 0)
        self.assertEqual([1], nodes["n2"].event()["status"])


class AskTest(ClusterTest):
    def test_equal_answers_are_folded(self):
        self.cluster("n1", "n2", "n3")
        done = self.run_exocast("ask", "version", "--node", "n1")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        version = self.run_exocast("--version").stdout.strip()
        self.assertIn(f"n[2-3]: {version}\n", done.stdout)
        self.assertRegex(done.stdout, r"\n2/2 of epoch \d+ answered in [^\n]*\n\Z")

    def test_answers_are_in_the_order_of_the_peers_with_their_content(self):
        self.cluster("n1", "n2", "n3")
        answers = self.ask("health", "--node", "n1", "--timeout", "7s")
        self.assertEqual(("health", 2, 7000, "all", True),
                         tuple(answers[key] for key in ("question", "receivers", "deadline_ms", "policy", "satisfied")))
        self.assertGreater(answers["roster_epoch"], 0)
        self.assertEqual([("n2", "answered", True), ("n3", "answered", True)],
                         [(row["peer"], row["outcome"], row["answer"]["healthy"]) for row in answers["answers"]])
        stats = self.ask("stats", "--node", "n1", "--quorum", "2")
        self.assertEqual(2, stats["answers"][0]["answer"]["peers"]["healthy"])

    def test_who_does_not_answer_is_named(self):
        nodes = self.cluster("n1", "n2", "n3")
        self.freeze(nodes["n3"])
        done = self.run_exocast("ask", "version", "--node", "n1", "--timeout", "1s")
        self.assert_refused(done, "1 of 2 did not answer; n3 (", status=2)
        self.assertEqual(["answered", "cancelled"],
                         [row["outcome"] for row in self.ask("version", "--node", "n1", "--quorum", "1")["answers"]])
        waiting = self.start("ask", "version", "--node", "n1", "--timeout", "50s", "--json", terminal=True)
        wait_until(lambda: "1/2 done" in waiting.stderr, "the one answer has come")
        waiting.signal(signal.SIGINT)
        self.assertEqual(2, waiting.wait())
        self.assertEqual(["answered", "cancelled"], [row["outcome"] for row in waiting.event()["answers"]])

    def test_peers_that_are_named_are_asked_without_a_local_node(self):
        node = self.node("n1", "--no-control")
        answers = self.ask("health", "--peer", node.peer)
        self.assertTrue(answers["answers"][0]["answer"]["healthy"])
        self.assert_refused(self.run_exocast("ask", "health", "--peer", node.peer, "--quorum", "2"), "--quorum: 2 is")
        done = self.run_exocast("ask", "weather", "--peer", node.peer)
        self.assert_refused(done, "there is no question 'weather'; there are health, replay, stats and version",
                            status=2)

    def test_what_cannot_be_asked_is_one_line(self):
        self.assert_refused(self.run_exocast("ask", "What?"), "question")
        self.assert_refused(self.run_exocast("ask"), "exocast ask --help")
        self.assert_refused(self.run_exocast("ask", "health"), "no node of yours runs here")
        self.node("alone")
        self.assert_refused(self.run_exocast("ask", "health"), "nobody to ask: node 'alone' knows of no peers")
        self.assert_refused(self.run_exocast("ask", "health", "--node", "alone", "--quorum", "1"), "nobody to ask")


class TopologyTest(ClusterTest):
    def topology(self, *arguments, status=0):
        done = self.run_exocast("topology", "--json", *arguments)
        self.assertEqual(status, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def edges(self, topology):
        return sorted((edge["from"], edge["to"]) for edge in topology["edges"])

    def test_all_neighbours_are_shown_by_the_local_node_as_by_asking_them(self):
        nodes = self.cluster("n1", "n2", "n3")
        mesh = sorted((a, b) for a in nodes for b in nodes if a != b)
        local = self.topology("--node", "n1")
        self.assertEqual(("n1", mesh), (local["self"], self.edges(local)))
        self.assertEqual({"n1", "n2", "n3"}, set(local["nodes"]))
        own = self.topology(*[f"--peer={node.peer}" for node in nodes.values()])
        self.assertEqual(mesh, self.edges(own))
        self.assertEqual(local["nodes"], own["nodes"])
        dot = self.run_exocast("topology", "--dot", "--node", "n1").stdout
        self.assertTrue(dot.startswith("digraph"), dot)
        self.assertEqual(6, dot.count(" -> "))
        self.assertRegex(self.run_exocast("topology", "--node", "n1").stdout, r"\n2/2 answered in [^\n]*\n\Z")

    def test_who_does_not_answer_is_named_and_the_others_are_shown(self):
        nodes = self.cluster("n1", "n2", "n3")
        self.freeze(nodes["n3"])
        topology = self.topology("--node", "n1", "--timeout", "1s", status=2)
        self.assertEqual({"n2": "answered", "n3": "timed_out"}, outcomes(topology))
        self.assertIn(("n2", "n1"), self.edges(topology))


class NamelessTest(EndToEndTest):
    def test_nodes_without_arguments_have_names_and_ports_of_their_own(self):
        nodes = [self.start("node", "--discovery", "none", "--json") for _ in range(3)]
        listening = [node.event() for node in nodes]
        host = socket.gethostname()
        self.assertEqual({host, f"{host}-2", f"{host}-3"}, {event["id"] for event in listening})
        self.assertEqual(3, len({event["address"] for event in listening}))
        for event in listening:
            self.assertRegex(event["address"], re.compile(r"\A0\.0\.0\.0:\d+\Z"))

    def test_an_address_that_was_given_is_taken_or_none(self):
        node = self.node("n1")
        self.assert_refused(self.run_exocast("node", "--id", "n2", "--discovery", "none", "--listen", node.address),
                            node.address)


if __name__ == "__main__":
    unittest.main()
