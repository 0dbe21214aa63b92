"""Nodes and senders as users run them: messages arrive, and missing receivers are reported."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pty
import signal
import subprocess
import time
import unittest

from harness import EXOCAST, PATIENCE_S, EndToEndTest, outcomes, wait_until


class RoundTripTest(EndToEndTest):
    def test_a_status_arrives_at_every_node_as_it_was_sent(self):
        nodes = [self.node(f"n{i}") for i in range(3)]
        status = '{"type": "node_status", "number": 1.10, "ä": "☃"}'
        report = self.report("--status", status, *[f"--peer={node.peer}" for node in nodes])
        for node in nodes:
            line = node.line()
            self.assertIn('"number":1.10', line, "numbers are not rewritten")
            self.assertEqual({"event": "message", "kind": "status", "request_id": "", "status": json.loads(status)},
                             json.loads(line))
        self.assertEqual({"n0": "delivered", "n1": "delivered", "n2": "delivered"}, outcomes(report))

    def test_tokens_arrive_with_gzip_and_without(self):
        node = self.node("n1")
        for options in ([], ["--gzip"]):
            self.report("--tokens", "1,-2,2147483647", "--request", "r1", "--finished", "--peer", node.peer, *options)
            self.assertEqual({"event": "message", "kind": "tokens", "request_id": "r1", "tokens": [1, -2, 2147483647],
                              "finished": True}, node.event())

    def test_the_report_has_the_keys_that_programs_read(self):
        node = self.node("n1")
        report = self.report("--status", "{}", "--peer", node.peer, "--timeout", "7s", "--quorum", "1")
        self.assertEqual(["broadcast_id", "message", "receivers", "elapsed_ms", "deadline_ms", "policy", "satisfied",
                          "counts", "outcomes"], list(report))
        self.assertEqual(["kind", "bytes"], list(report["message"]))
        self.assertEqual((1, 7000, "quorum 1", True),
                         (report["receivers"], report["deadline_ms"], report["policy"], report["satisfied"]))
        self.assertEqual(["delivered", "failed", "timed_out", "cancelled", "not_started", "skipped", "too_large"],
                         list(report["counts"]))
        self.assertEqual(["peer", "address", "link", "outcome", "elapsed_ms", "code", "error"],
                         list(report["outcomes"][0]))
        self.assertEqual(("n1", node.address, "native"),
                         tuple(report["outcomes"][0][key] for key in ("peer", "address", "link")))

    def test_a_status_can_come_from_a_file_and_peers_from_exos_file(self):
        nodes = [self.node("n1"), self.node("n2")]
        file = self.temporary_file('{"large": [1, 2]}')
        report = self.report("--status", "@" + file, "--request", "r", "--peers", self.peers_file(*nodes))
        self.assertEqual({"n1": "delivered", "n2": "delivered"}, outcomes(report))
        self.assertEqual({"large": [1, 2]}, nodes[1].event()["status"])

    def test_for_people_there_is_a_table_and_a_line_per_message(self):
        node = self.start("node", "--id", "n1", "--discovery", "none", "--listen", "127.0.0.1:0")
        address = node.line().removeprefix("n1 listens on ")
        done = self.send("--tokens", "1,2", "--request", "r1", "--peer", f"n1={address}")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertRegex(done.stdout, r"\Apeer +address .*\nn1 +127.0.0.1:\d+ +native +delivered.*\n"
                                      r"1/1 delivered in .*\n\Z")
        self.assertEqual("tokens r1: 1,2", node.line())


class ShutdownTest(EndToEndTest):
    def test_sigterm_and_ctrl_c_end_a_node_cleanly(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            node = self.node("n1")
            self.report("--status", "{}", "--peer", node.peer)
            node.event()
            node.signal(number)
            self.assertEqual((0, ""), (node.wait(), node.stderr))
            self.assertEqual({"event": "stopped", "id": "n1", "accepted": 1, "refused": 0}, node.event())
            self.assertIsNone(node.line())

    def test_a_node_ends_in_the_middle_of_a_message(self):
        node = self.node("n1", "--accept-delay", "1h")
        sender = self.start("send", "--status", "{}", "--peer", node.peer, "--json", "--timeout", "50s")
        time.sleep(0.5)
        node.signal(signal.SIGTERM)
        self.assertEqual(0, node.wait())
        self.assertEqual(2, sender.wait(), "its message was not delivered")
        self.assertEqual({"n1": "failed"}, outcomes(sender.event()))

    def test_a_node_whose_output_nobody_reads_refuses_and_still_ends(self):
        command = [EXOCAST, "node", "--id", "n1", "--discovery", "none", "--listen", "127.0.0.1:0", "--json"]
        popen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(popen.stderr.close)
        self.addCleanup(popen.stdout.close)
        self.addCleanup(popen.wait)
        self.addCleanup(popen.kill)
        address = json.loads(popen.stdout.readline())["address"]
        # More than a pipe (6 messages) and 1,024 places hold; each of the last ones waits a second for room.
        lines = "".join(f'"{i:010000}"\n' for i in range(1036))
        done = self.send("-", "--json", "--peer", f"n1={address}", stdin=lines)
        self.assertEqual(2, done.returncode, done.stderr)
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(1036, len(reports))
        self.assertEqual("delivered", reports[1023]["outcomes"][0]["outcome"])
        self.assertEqual(("failed", "RESOURCE_EXHAUSTED"),
                         tuple(reports[-1]["outcomes"][0][key] for key in ("outcome", "code")))
        self.assert_one_line(done.stderr, "messages fell short; first line ", "RESOURCE_EXHAUSTED", "standard output")
        popen.send_signal(signal.SIGTERM)
        popen.stdout.read()
        self.assertEqual(0, popen.wait(PATIENCE_S))


class PolicyTest(EndToEndTest):
    def test_a_frozen_peer_times_out_while_the_others_are_delivered(self):
        nodes = [self.node(f"n{i}") for i in range(3)]
        self.freeze(nodes[1])
        report = self.report("--status", "{}", "--timeout", "5s", *[f"--peer={node.peer}" for node in nodes], status=2)
        self.assertEqual({"n0": "delivered", "n1": "timed_out", "n2": "delivered"}, outcomes(report))
        self.assertLess(report["outcomes"][2]["elapsed_ms"], 4900, "the frozen one held nobody up")
        self.assertFalse(report["satisfied"])

    def test_a_quorum_is_enough_and_does_not_wait_for_the_frozen_one(self):
        nodes = [self.node(f"n{i}") for i in range(3)]
        self.freeze(nodes[0])
        begun = time.monotonic()
        report = self.report("--status", "{}", "--timeout", "50s", "--quorum", "2",
                             *[f"--peer={node.peer}" for node in nodes])
        self.assertLess(time.monotonic() - begun, 40)
        self.assertEqual({"n0": "cancelled", "n1": "delivered", "n2": "delivered"}, outcomes(report))

    def test_a_quorum_that_is_missed_says_so(self):
        node = self.node("n1")
        done = self.send("--status", "{}", "--quorum", "2", "--timeout", "5s", "--peer", node.peer,
                         "--peer", f"n2=127.0.0.1:{self.free_port()}")
        self.assert_refused(done, " of 2 got it, for a policy of quorum 2", "n2 (127.0.0.1:", "UNAVAILABLE", status=2)

    def test_a_limit_of_one_delivers_to_all(self):
        nodes = [self.node(f"n{i}") for i in range(3)]
        report = self.report("--status", "{}", "--limit", "1", *[f"--peer={node.peer}" for node in nodes])
        self.assertEqual({"n0": "delivered", "n1": "delivered", "n2": "delivered"}, outcomes(report))


class StandardInputTest(EndToEndTest):
    def test_lines_arrive_in_their_order_the_last_one_finished(self):
        node = self.node("n1")
        lines = "".join(f"{i}\n" for i in range(50))
        done = self.send("-", "--request", "r", "--finished", "--peer", node.peer, stdin=lines)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual(50, len(done.stdout.splitlines()))
        self.assertRegex(done.stdout, r"\Aline 1: 1/1 delivered in ")
        events = [node.event() for _ in range(50)]
        self.assertEqual([[i] for i in range(50)], [event["tokens"] for event in events])
        self.assertEqual([False] * 49 + [True], [event["finished"] for event in events])

    def test_a_line_is_sent_as_soon_as_it_has_come(self):
        node = self.node("n1")
        sender = self.start("send", "-", "--peer", node.peer, stdin=subprocess.PIPE)
        for i in range(3):
            sender.write(f"[{i}]\n")
            self.assertEqual([i], node.event()["status"])
        self.assertEqual(0, sender.wait())

    def test_nothing_is_nothing_to_send(self):
        done = self.send("-", "--peer", "n1=127.0.0.1:1", stdin="")
        self.assertEqual((0, "", ""), (done.returncode, done.stdout, done.stderr))

    def test_a_wrong_line_stops_it_and_what_came_before_was_sent(self):
        node = self.node("n1")
        done = self.send("-", "--peer", node.peer, stdin='{"a":1}\n{"a":\n{"a":3}\n')
        self.assert_refused(done, "standard input: line 2: ")
        self.assertEqual({"a": 1}, node.event()["status"])
        node.signal(signal.SIGTERM)
        self.assertEqual("stopped", node.event()["event"], "the third line was not sent")

    def test_a_line_without_an_end_is_refused_before_memory_is_full(self):
        with open("/dev/zero", "rb") as endless:
            done = subprocess.run([EXOCAST, "send", "-", "--peer", "n1=127.0.0.1:1"], stdin=endless,
                                  capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        self.assert_refused(done, "standard input: line 1 is longer than 268435456 bytes")


class InterruptionTest(EndToEndTest):
    def test_ctrl_c_prints_what_was_gathered_and_who_did_not_finish(self):
        nodes = [self.node(f"n{i}") for i in range(3)]
        self.freeze(nodes[2])
        sender = self.start("send", "--status", "{}", "--json", "--timeout", "50s",
                            *[f"--peer={node.peer}" for node in nodes], terminal=True)
        wait_until(lambda: "2/3 done" in sender.stderr, "both answers have come")
        sender.signal(signal.SIGINT)
        self.assertEqual(2, sender.wait())
        self.assertEqual({"n0": "delivered", "n1": "delivered", "n2": "cancelled"}, outcomes(sender.event()))
        complaint = sender.stderr.rpartition("\r\x1b[K")[2].replace("\r\n", "\n")
        self.assert_one_line(complaint, "interrupted while 1 of 3 had not finished: n2")

    def test_ctrl_c_ends_the_waiting_for_a_line(self):
        node = self.node("n1")
        sender = self.start("send", "-", "--peer", node.peer, stdin=subprocess.PIPE)
        sender.write("{}\n")
        node.event()
        sender.line()
        sender.signal(signal.SIGINT)
        self.assertEqual(0, sender.wait(), "all that was sent was delivered")


class TerminalTest(EndToEndTest):
    def run_on_terminal(self, *arguments, **environment):
        """The output when standard output and error are a terminal."""
        ours, theirs = pty.openpty()
        popen = subprocess.Popen([EXOCAST, *arguments], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
                                 env=dict(os.environ, TERM="xterm", **environment))
        os.close(theirs)
        self.addCleanup(os.close, ours)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            written += piece
        popen.wait(PATIENCE_S)
        return written.decode()

    def test_colours_and_progress_are_for_terminals_and_no_color_is_heeded(self):
        node = self.node("n1")
        self.freeze(node)
        arguments = ("send", "--status", "{}", "--timeout", "3s", "--peer", node.peer)
        written = self.run_on_terminal(*arguments)
        self.assertIn("\x1b[31mtimed out", written)
        self.assertRegex(written, r"\r\x1b\[K0/1 done, [0-2]\.\d s left")
        self.assertNotIn("\x1b[31m", self.run_on_terminal(*arguments, NO_COLOR="1"))
        self.assertNotIn("\x1b", self.send(*arguments[1:]).stdout)


if __name__ == "__main__":
    unittest.main()
