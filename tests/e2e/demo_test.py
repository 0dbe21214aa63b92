"""The demo: its output is right, it ends in time, and it leaves no process behind, however it ends."""
# SPDX-License-Identifier: Apache-2.0
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import termios
import time
import unittest
import uuid

from harness import EXOCAST, MARK, PATIENCE_S, EndToEndTest, marked_processes, outcomes, wait_until

WHOLE_MAX_S = 10


class DemoTest(EndToEndTest):
    def demo(self, *arguments):
        """Runs the demo, and checks that it ends in time and leaves no process behind."""
        mark = str(uuid.uuid4())
        begun = time.monotonic()
        done = subprocess.run([EXOCAST, "demo", *arguments], capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False, env=dict(os.environ, **{MARK: mark}))
        self.assertLess(time.monotonic() - begun, WHOLE_MAX_S)
        self.assertEqual([], marked_processes(mark))
        self.assertEqual((0, ""), (done.returncode, done.stderr), done.stdout)
        return done.stdout

    def test_its_json_is_the_report_with_both_times(self):
        report = json.loads(self.demo("--json"))
        self.assertEqual(["broadcast_id", "message", "receivers", "elapsed_ms", "deadline_ms", "policy", "satisfied",
                          "counts", "outcomes", "sequential_ms", "concurrent_ms", "speedup", "options",
                          "sequential_outcomes"], list(report))
        self.assertEqual({"nodes": 8, "slow": 1, "frozen": 1, "delay_ms": 20, "slow_delay_ms": 200, "timeout_ms": 500},
                         report["options"])
        self.assertEqual(8, report["receivers"])
        self.assertEqual((7, 1), (report["counts"]["delivered"], report["counts"]["timed_out"]))
        self.assertGreater(report["speedup"], 1)
        self.assertAlmostEqual(report["sequential_ms"] / report["concurrent_ms"], report["speedup"], places=3)
        kinds = {row["peer"]: row["kind"] for row in report["sequential_outcomes"]}
        expected = {peer: "timed_out" if kind == "frozen" else "delivered" for peer, kind in kinds.items()}
        self.assertEqual(expected, outcomes(report))
        self.assertEqual(expected, {row["peer"]: row["outcome"] for row in report["sequential_outcomes"]})

    def test_telling_ordinary_nodes_at_once_takes_about_as_long_as_telling_one(self):
        report = json.loads(self.demo("--nodes", "8", "--slow", "0", "--frozen", "0", "--delay-ms", "100", "--json"))
        self.assertGreaterEqual(report["sequential_ms"], 800)
        self.assertGreater(report["speedup"], 3)

    @unittest.skipIf(os.environ.get("EXOCAST_SANITIZE"), "sanitizers make starting 32 nodes too slow")
    def test_thirty_two_nodes_end_in_time(self):
        report = json.loads(self.demo("--nodes", "32", "--slow", "2", "--frozen", "2", "--json"))
        self.assertEqual((30, 2), (report["counts"]["delivered"], report["counts"]["timed_out"]))

    def test_without_a_terminal_it_prints_plain_lines(self):
        lines = self.demo().splitlines()
        self.assertIn("8 nodes on loopback: 6 ordinary (20 ms to handle a message)", lines[0])
        self.assertRegex(lines[2], "node +kind +one by one +all at once")
        self.assertRegex(lines[5], "n3 +frozen +timed out +[0-9.]+ ms .*timed out +[0-9.]+ ms")
        self.assertRegex(lines[-1], r"all at once is \d\.\d times as fast; every ordinary node had the message after "
                                    r"\d+ ms instead of \d+ ms")
        self.assertNotIn("\x1b", "".join(lines))

    def test_one_node_alone_is_a_demo_too(self):
        report = json.loads(self.demo("--nodes", "1", "--slow", "0", "--frozen", "1", "--json"))
        self.assertEqual({"n1": "timed_out"}, outcomes(report))


class InterruptedDemoTest(EndToEndTest):
    # Long enough to be interrupted midway: 5 s one by one.
    LONG = ("demo", "--nodes", "6", "--slow", "0", "--frozen", "1", "--delay-ms", "850")

    def begin(self):
        """A running demo, with all its nodes."""
        demo = self.start(*self.LONG)
        wait_until(lambda: len(marked_processes(demo.mark)) == 7, "six nodes and the demo")
        demo.line()
        return demo

    def test_ctrl_c_and_sigterm_end_it_and_all_its_nodes(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            demo = self.begin()
            time.sleep(1.5)  # into the comparison
            demo.signal(number)
            self.assertEqual(2, demo.wait())
            self.assert_one_line(demo.stderr, "interrupted")
            self.assertEqual([], marked_processes(demo.mark))

    def test_ctrl_c_while_nodes_start_ends_them_too(self):
        demo = self.start(*self.LONG)
        wait_until(lambda: len(marked_processes(demo.mark)) > 1, "the first node")
        demo.signal(signal.SIGINT)
        demo.wait()
        # A node that was just starting notices that its parent has died, and ends.
        wait_until(lambda: not marked_processes(demo.mark), "no process is left")

    def test_when_it_is_killed_the_kernel_ends_its_nodes_frozen_ones_too(self):
        demo = self.begin()
        time.sleep(1.5)
        demo.signal(signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, demo.wait())
        wait_until(lambda: not marked_processes(demo.mark), "no process is left")


class LiveDemoTest(unittest.TestCase):
    def run_on_terminal(self, columns, lines, **environment):
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        popen = subprocess.Popen([EXOCAST, "demo", "--nodes", "4"], stdin=subprocess.DEVNULL, stdout=theirs,
                                 env=dict(os.environ, TERM="xterm", **environment))
        os.close(theirs)
        self.addCleanup(os.close, ours)
        written = b""
        try:
            while piece := os.read(ours, 65536):
                written += piece
        except OSError:  # the other end is closed
            pass
        self.assertEqual(0, popen.wait(PATIENCE_S))
        return written.decode()

    def test_on_a_terminal_the_table_is_drawn_over_itself(self):
        written = self.run_on_terminal(100, 30)
        self.assertIn("sending", written)
        self.assertGreater(written.count("\x1b[6F"), 5, "six lines up, again and again")
        self.assertIn("\x1b[32mdelivered", written)

    def test_without_room_for_it_it_is_printed_once(self):
        written = self.run_on_terminal(100, 5)
        self.assertNotIn("F", written.replace("\x1b[0m", ""))
        self.assertEqual(1, written.count("one by one"))

    def test_no_color_is_heeded(self):
        self.assertNotIn("\x1b[32m", self.run_on_terminal(100, 30, NO_COLOR="1"))


if __name__ == "__main__":
    unittest.main()
