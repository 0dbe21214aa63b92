"""A long stream of messages while one of its processes is killed: what arrived is what the reports say."""
# SPDX-License-Identifier: Apache-2.0
import json
import signal
import subprocess
import unittest

from harness import EndToEndTest

MESSAGES = 50_000
CHUNK = 1_000
STOPPED_AT, WRITTEN_AT_STOP, WRITTEN_AT_KILL = 10_000, 20_000, 40_000
END = 1_000_000  # the number of a last message
INBOX = 1_024  # messages that a node has accepted and not printed yet, at most


class KillTest(EndToEndTest):
    def stream(self, nodes):
        """A sender whose input lines are tokens of one request; each report is a line of its output."""
        peers = [argument for node in nodes for argument in ("--peer", node.peer)]
        return self.start("send", "-", "--request", "r", *peers, "--json", "--timeout", "20s", stdin=subprocess.PIPE)

    def write(self, sender, first, end):
        sender.write("".join(f"{number}\n" for number in range(first, end)))

    def outcomes(self, sender):
        return json.loads(sender.line())["outcomes"]

    def last_outcomes(self, sender):
        """Those of all reports until the end of the output; the last one may be cut, and does not count then."""
        lines = list(iter(sender.line, None))
        if not lines[-1].endswith("}"):
            lines.pop()
        return [json.loads(line)["outcomes"] for line in lines]

    def delivered(self, reports, at):
        """The numbers of the messages that the peer with this index has, as they say."""
        return {number for number, outcomes in enumerate(reports) if outcomes[at]["outcome"] == "delivered"}

    def heard_until(self, node, last):
        """The next numbers that a running node prints, until `last`."""
        heard = []
        while not heard or heard[-1] != last:
            event = node.event()
            self.assertEqual("message", event["event"])
            heard += event["tokens"]
        return heard

    def heard_to_the_end(self, node, last):
        """The same, and those that follow until it has ended."""
        heard = self.heard_until(node, last)
        node.signal(signal.SIGTERM)
        return heard + self.rest(node)

    def rest(self, node):
        """The numbers that a node which ends has printed and that were not read yet."""
        heard = []
        while (line := node.line()) is not None:
            heard += json.loads(line).get("tokens", [])
        return heard

    def assert_in_order_and_once(self, heard):
        self.assertEqual(sorted(set(heard)), heard)

    def test_a_receiver_that_is_killed_and_its_successor_get_what_is_reported(self):
        nodes = [self.node(name) for name in ("n1", "n2", "n3")]
        sender = self.stream(nodes)
        for first in range(0, MESSAGES, CHUNK):
            self.write(sender, first, first + CHUNK)
            if first == WRITTEN_AT_STOP:  # so that it is killed with messages in its hands
                heard = self.heard_until(nodes[0], STOPPED_AT)
                nodes[2].signal(signal.SIGSTOP)
            if first == WRITTEN_AT_KILL:
                nodes[2].signal(signal.SIGKILL)
                nodes[2].popen.wait()
                successor = self.listening(self.start("node", "--id", "n3", "--discovery", "none", "--listen",
                                                      nodes[2].address, "--json"))
        reports = [self.outcomes(sender) for _ in range(MESSAGES)]
        while reports[-1][2]["outcome"] != "delivered":  # until the successor is reached
            self.write(sender, len(reports), len(reports) + 1)
            reports.append(self.outcomes(sender))
        count = len(reports)
        sender.popen.stdin.close()
        sender.popen.wait()
        self.assertIsNone(sender.line())
        for at, node in enumerate(nodes[:2]):
            self.assertEqual({"delivered"}, {outcomes[at]["outcome"] for outcomes in reports})
            heard = (heard if at == 0 else []) + self.heard_to_the_end(node, count - 1)
            self.assertEqual(list(range(count)), heard)
        delivered = self.delivered(reports, 2)
        before = self.rest(nodes[2])
        after = self.heard_to_the_end(successor, count - 1)
        self.assert_in_order_and_once(before + after)
        # What the first one had accepted and not printed when it was killed ended with it.
        unprinted = range(before[-1] + 1, before[-1] + 1 + INBOX)
        self.assertEqual([], sorted(delivered - set(before) - set(after) - set(unprinted)))
        self.assertLess(len(delivered), count)

    def test_receivers_have_a_part_without_gaps_from_a_sender_that_is_killed(self):
        nodes = [self.node(name) for name in ("n1", "n2", "n3")]
        sender = self.stream(nodes)
        for first in range(0, MESSAGES // 2, CHUNK):
            self.write(sender, first, first + CHUNK)
        sender.signal(signal.SIGKILL)
        sender.popen.wait()
        reports = self.last_outcomes(sender)
        # A second sender shows that the nodes go on. Its message is accepted after all that were reported as delivered.
        self.assertEqual(0, self.send("--tokens", str(END), "--request", "end",
                                      *(a for node in nodes for a in ("--peer", node.peer))).returncode)
        for at, node in enumerate(nodes):
            heard = self.heard_to_the_end(node, END)
            heard.remove(END)
            self.assertEqual(list(range(len(heard))), heard)
            self.assertLessEqual(self.delivered(reports, at), set(heard))
        self.assertTrue(reports)


if __name__ == "__main__":
    unittest.main()
