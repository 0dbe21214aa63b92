"""Native links between processes that are killed, stopped and flooded."""
# SPDX-License-Identifier: Apache-2.0
import errno
import json
import random
import signal
import socket
import subprocess
import unittest

from harness import EndToEndTest, outcomes


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


class NativeTest(EndToEndTest):
    def stream(self, node, *arguments):
        """A sender whose input lines are tokens of one request; each report is a line of its output."""
        return self.start("send", "-", "--request", "r", "--peer", node.peer, "--json", "--timeout", "50s", *arguments,
                          stdin=subprocess.PIPE)

    def report_of(self, sender):
        (outcome,) = json.loads(sender.line())["outcomes"]
        return outcome

    def test_a_node_without_native_links_is_spoken_to_over_exo(self):
        node = self.node("n1", "--no-native")
        self.assertEqual("exo", self.report("--status", "{}", "--peer", node.peer)["outcomes"][0]["link"])

    def test_a_sender_may_be_told_to_speak_exos_protocol(self):
        node = self.node("n1")
        for arguments, link in ((["--link", "exo"], "exo"), (["--link", "auto"], "native"), (["--gzip"], "exo")):
            report = self.report("--status", "{}", "--peer", node.peer, *arguments)
            self.assertEqual(link, report["outcomes"][0]["link"])

    def test_data_is_skipped_for_peers_that_speak_exos_protocol(self):
        nodes = [self.node("n1"), self.node("n2", "--no-native")]
        report = self.report("--data", "x", *[f"--peer={node.peer}" for node in nodes], status=2)
        self.assertEqual({"n1": "delivered", "n2": "skipped"}, outcomes(report))
        self.assertEqual("exo nodes take tokens and statuses only", report["outcomes"][1]["error"])
        done = self.send("hello", "--link", "exo", "--peer", nodes[1].peer)
        self.assertEqual(2, done.returncode)
        self.assert_one_line(done.stderr, "n2", "exo nodes take tokens and statuses only")
        self.report("--status", "{}", "--link", "exo", "--peer", nodes[1].peer)

    def test_a_stopped_node_gets_every_message_in_order_once_it_goes_on(self):
        node = self.node("n1")
        sender = self.stream(node)
        sender.write("0\n")
        self.assertEqual("native", self.report_of(sender)["link"])
        node.signal(signal.SIGSTOP)
        for number in range(1, 50):
            sender.write(f"{number}\n")
        node.signal(signal.SIGCONT)
        for number in range(1, 50):
            self.assertEqual("delivered", self.report_of(sender)["outcome"])
        self.assertEqual([[number] for number in range(50)], [node.event()["tokens"] for _ in range(50)])

    def test_a_stopped_node_does_not_delay_the_lines_to_another_one(self):
        node, stopped = self.node("n1"), self.node("n2")
        stopped.signal(signal.SIGSTOP)
        sender = self.stream(node, "--peer", stopped.peer)
        for number in range(300):
            sender.write(f"{number}\n")
        self.assertEqual([[number] for number in range(300)], [node.event()["tokens"] for _ in range(300)])
        stopped.signal(signal.SIGCONT)
        for number in range(300):
            outcomes = json.loads(sender.line())["outcomes"]
            self.assertEqual(["delivered", "delivered"], [outcome["outcome"] for outcome in outcomes])

    def test_a_killed_node_is_reported_and_its_successor_is_reached(self):
        node = self.node("n1")
        sender = self.stream(node)
        sender.write("0\n")
        self.assertEqual("delivered", self.report_of(sender)["outcome"])
        node.signal(signal.SIGKILL)
        node.wait()
        sender.write("1\n")
        outcome = self.report_of(sender)
        self.assertIn(outcome["outcome"], ("failed", "skipped"))
        self.assertEqual("UNAVAILABLE", outcome["code"])
        successor = self.start("node", "--id", "n1", "--discovery", "none", "--listen", node.address, "--json")
        self.assertEqual("listening", successor.event()["event"])
        for number in range(2, 1000):
            sender.write(f"{number}\n")
            if self.report_of(sender)["outcome"] == "delivered":
                break
        self.assertEqual([number], successor.event()["tokens"], "each once")

    def test_garbage_instead_of_a_hello_closes_that_connection_only(self):
        node = self.node("n1")
        drawn = random.Random(1)
        for length in (1, 4, 5, 64, 4096, 100_000):
            with socket.create_connection(address_of(node.native), timeout=60) as garbage:
                try:
                    garbage.sendall(b"\xff" + drawn.randbytes(length - 1))
                    garbage.shutdown(socket.SHUT_WR)
                    while garbage.recv(4096):
                        pass
                except OSError as error:  # the node closes at the first wrong byte, at any of these lines
                    self.assertIn(error.errno, (errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN))
        self.assertEqual("native", self.report("--status", "{}", "--peer", node.peer)["outcomes"][0]["link"])

    def test_a_flood_of_connections_that_say_nothing_does_not_stop_the_node(self):
        node = self.node("n1")
        flood = [socket.create_connection(address_of(node.native), timeout=60) for _ in range(500)]
        for connection in flood:
            self.addCleanup(connection.close)
        self.assertEqual("native", self.report("--status", "{}", "--peer", node.peer)["outcomes"][0]["link"])


if __name__ == "__main__":
    unittest.main()
