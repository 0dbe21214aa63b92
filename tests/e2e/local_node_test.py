"""Commands that use the local node: peers, watch and send find it, and print its reports."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import queue
import signal
import socket
import stat
import subprocess
import time
import unittest

from harness import EndToEndTest, outcomes, wait_until


class LocalNodeTest(EndToEndTest):
    def socket_of(self, name):
        return os.path.join(self.runtime, "exocast", name + ".sock")

    def sender(self, *receivers, name="sender"):
        """A node with the peers `receivers`."""
        return self.node(name, "--peers", self.peers_file(*receivers))

    def place_of(self, node):
        host, port = node.address.rsplit(":", 1)
        return {"address": host, "port": int(port)}

    def free_port_for_a_node(self):
        """A port where nobody listens until a node does."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def peers(self, *arguments):
        """The rows of `exocast peers`."""
        done = self.run_exocast("peers", "--json", *arguments)
        self.assertEqual(0, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def watch(self, *arguments):
        watcher = self.start("watch", "--json", *arguments)
        self.assertEqual("watching", watcher.event()["event"])
        return watcher


class ControlSocketTest(LocalNodeTest):
    def test_the_socket_is_the_users_alone_and_goes_with_the_node(self):
        node = self.node("n1")
        self.assertEqual(0o600, stat.S_IMODE(os.stat(self.socket_of("n1")).st_mode))
        self.assertEqual(0o700, stat.S_IMODE(os.stat(os.path.dirname(self.socket_of("n1"))).st_mode))
        node.signal(signal.SIGTERM)
        self.assertEqual(0, node.wait())
        self.assertEqual([], os.listdir(os.path.dirname(self.socket_of("n1"))))

    def test_an_id_is_taken_while_its_node_lives_and_free_once_it_was_killed(self):
        node = self.node("n1")
        self.assert_refused(self.run_exocast("node", "--id", "n1", "--listen", "127.0.0.1:0"),
                            "'n1' runs here already", self.socket_of("n1"))
        self.freeze(node)
        self.assert_refused(self.run_exocast("node", "--id", "n1", "--listen", "127.0.0.1:0"), "'n1' runs here already")
        node.signal(signal.SIGKILL)
        node.wait()
        self.assertTrue(os.path.exists(self.socket_of("n1")), "it could not remove it")
        self.assert_refused(self.run_exocast("peers"), "no node of yours runs here")
        self.node("n1")
        self.assertEqual(0, self.run_exocast("peers").returncode)

    def test_an_id_may_be_anything_that_names_a_peer(self):
        self.node("a/../b ☃")
        self.assertEqual([], self.peers("--node", "a/../b ☃"))
        self.assertEqual(["a%2F..%2Fb%20%E2%98%83.sock"], os.listdir(os.path.join(self.runtime, "exocast")))

    def test_an_id_that_makes_too_long_a_path_is_one_line(self):
        self.assert_refused(self.run_exocast("node", "--id", "x" * 200, "--listen", "127.0.0.1:0"),
                            "the path of the control socket", "the system takes 107: shorten the id")

    def test_a_node_may_serve_none(self):
        self.node("n1", "--no-control")
        self.assert_refused(self.run_exocast("peers"), "no node of yours runs here: start one with 'exocast node'")

    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_another_user_is_turned_away_even_if_the_file_lets_him_in(self):
        self.node("n1")
        for path in (self.runtime, os.path.dirname(self.socket_of("n1")), self.socket_of("n1")):
            os.chmod(path, 0o777)

        def other_user():
            os.setuid(65534)

        ask = ("import socket; client = socket.socket(socket.AF_UNIX); "
               f"client.connect({self.socket_of('n1')!r}); print(client.recv(999))")
        done = subprocess.run(["/usr/bin/python3", "-c", ask], preexec_fn=other_user, capture_output=True, text=True,
                              check=False)
        self.assertIn("this node belongs to another user", done.stdout, done.stderr)

    def test_anything_that_is_not_understood_is_answered(self):
        self.node("n1")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.socket_of("n1"))
            lines = client.makefile("rw", encoding="utf-8")
            for request, part in [("{}", "'v' has to be 1"), ("\x00", "request: "), ("☃", "line 1"),
                                  ('{"v":1,"do":"reboot"}', "'reboot' is none of")]:
                lines.write(request + "\n")
                lines.flush()
                self.assertIn(part, json.loads(lines.readline())["error"])
            lines.write('{"v":1,"do":"info"}\n')
            lines.flush()
            self.assertEqual("n1", json.loads(lines.readline())["id"])


class ChoiceTest(LocalNodeTest):
    def test_of_several_nodes_the_first_by_id_is_asked_which_is_said(self):
        self.node("b")
        self.node("a")
        done = self.run_exocast("peers", "--json")
        self.assertEqual((0, "[]\n"), (done.returncode, done.stdout))
        self.assert_one_line(done.stderr, "of the nodes a,b that run here, a is asked", "--node ID")
        self.assertEqual("", self.run_exocast("peers", "--node", "b").stderr)
        self.assert_refused(self.run_exocast("peers", "--node", "c"), "no node 'c' of yours runs here; what runs: a,b")

    def test_without_a_node_the_line_says_how_to_start_one(self):
        for arguments in (["send", "--status", "{}"], ["peers"]):
            self.assert_refused(self.run_exocast(*arguments),
                                "start one with 'exocast node', or name peers with --peers FILE or --peer ID=HOST:PORT")
        self.assert_refused(self.run_exocast("watch"), "start one with 'exocast node'")

    def test_a_frozen_node_is_not_waited_for_for_ever(self):
        node = self.node("n1")
        self.freeze(node)
        self.assert_refused(self.run_exocast("peers"), "node 'n1' does not answer")


class PeersTest(LocalNodeTest):
    def test_a_node_says_how_its_peers_stand(self):
        there = self.node("there")
        absent = self.node("absent")
        sender = self.sender(there, absent)
        self.assertEqual(["unknown", "unknown"], [row["state"] for row in self.peers("--node", "sender")])
        absent.signal(signal.SIGKILL)
        absent.wait()

        def states():
            self.send("--status", "{}", "--node", "sender", "--timeout", "5s")
            return {row["id"]: row["state"] for row in self.peers("--node", "sender")}

        wait_until(lambda: states() == {"there": "healthy", "absent": "gone"}, "the circuit opens")
        (row,) = [row for row in self.peers("--node", "sender") if row["id"] == "there"]
        self.assertEqual({"id": "there", "address": there.address, "link": "native", "state": "healthy",
                          "since_s": None, "source": "file"}, row)
        table = self.run_exocast("peers", "--node", "sender").stdout
        self.assertRegex(table, r"\Apeer +address +link +state .*\n")
        self.assertRegex(table, r"\n2 peers: 1 healthy, 1 gone\n\Z")
        sender.signal(signal.SIGTERM)
        self.assertEqual(0, sender.wait())

    def test_peers_that_are_named_are_asked_all_at_once(self):
        nodes = [self.node("n1", "--no-native"), self.node("n2"), self.node("n3")]
        self.freeze(nodes[2])
        done = self.run_exocast("peers", "--json", "--peers", self.peers_file(*nodes), "--timeout", "2s")
        self.assertEqual((2, ""), (done.returncode, done.stderr))
        rows = json.loads(done.stdout)
        self.assertEqual([("n1", "exo", "healthy"), ("n2", "native", "healthy"), ("n3", "exo", "gone")],
                         [(row["id"], row["link"], row["state"]) for row in rows])
        self.assertIn("DEADLINE_EXCEEDED", rows[2]["error"])
        done = self.run_exocast("peers", "--peer", nodes[0].peer)
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assert_refused(self.run_exocast("peers", "--peer", nodes[0].peer, "--node", "n1"), "--node is for")


class SendTest(LocalNodeTest):
    def test_a_message_goes_over_the_links_of_the_local_node_and_the_report_is_the_same(self):
        receivers = [self.node("n1"), self.node("n2")]
        self.sender(*receivers)
        status = '{"type": "node_status", "number": 1.10, "ä": "☃"}'
        own = self.report("--status", status, *[f"--peer={node.peer}" for node in receivers])
        through = self.report("--status", status, "--node", "sender")
        for node in receivers:
            self.assertEqual(node.line(), node.line(), "it arrived twice, byte for byte the same")
        self.assertEqual(list(own), list(through))
        for report in (own, through):
            for key in ("broadcast_id", "elapsed_ms"):
                del report[key]
            for row in report["outcomes"]:
                del row["elapsed_ms"]
        self.assertEqual(own, through)

    def test_lines_of_standard_input_arrive_in_order_and_a_table_is_for_people(self):
        receiver = self.node("n1")
        self.sender(receiver)
        done = self.send("-", "--request", "r", "--finished", "--node", "sender", stdin="1\n2\n\n3\n")
        self.assertEqual((0, ""), (done.returncode, done.stderr))
        self.assertEqual([1, 2, 4], [int(line.split()[1][:-1]) for line in done.stdout.splitlines()])
        self.assertEqual([([1], False), ([2], False), ([3], True)],
                         [(event["tokens"], event["finished"]) for event in (receiver.event() for _ in range(3))])
        done = self.send("--status", "[1]", "--node", "sender")
        self.assertRegex(done.stdout, r"\Apeer +address .*\nn1 +127.0.0.1:\d+ +native +delivered.*\n"
                                      r"1/1 delivered in .*\n\Z")

    def test_quorum_deadline_and_shortfall_are_those_of_the_broadcast(self):
        receivers = [self.node("n1"), self.node("n2")]
        self.sender(*receivers)
        self.freeze(receivers[1])
        done = self.send("--status", "{}", "--node", "sender", "--timeout", "1s")
        self.assertEqual(2, done.returncode)
        self.assert_one_line(done.stderr, "1 of 2 did not get it; n2 (", "DEADLINE_EXCEEDED")
        report = self.report("--status", "{}", "--node", "sender", "--quorum", "1", "--timeout", "50s")
        self.assertEqual({"n1": "delivered", "n2": "cancelled"}, outcomes(report))
        self.assert_refused(self.send("--status", "{}", "--node", "sender", "--quorum", "3"),
                            "--quorum: 3 is more than the 2 peers there are")

    def test_ctrl_c_cancels_at_the_node_and_prints_what_was_achieved(self):
        receivers = [self.node("n1"), self.node("n2")]
        self.sender(*receivers)
        self.freeze(receivers[1])
        sender = self.start("send", "--status", "{}", "--json", "--timeout", "50s", "--node", "sender", terminal=True)
        wait_until(lambda: "1/2 done" in sender.stderr, "the one answer has come")
        sender.signal(signal.SIGINT)
        self.assertEqual(2, sender.wait())
        self.assertEqual({"n1": "delivered", "n2": "cancelled"}, outcomes(sender.event()))
        complaint = sender.stderr.rpartition("\r\x1b[K")[2].replace("\r\n", "\n")
        self.assert_one_line(complaint, "interrupted while 1 of 2 had not finished: n2")

    def test_what_the_local_node_cannot_do_is_one_line(self):
        self.node("n1")
        self.assert_refused(self.send("--status", "{}"), "nobody to send to: node 'n1' knows of no peers")
        self.assert_refused(self.send("--status", "{}", "--gzip"), "--gzip is for links to peers that are named")
        self.assert_refused(self.send("--status", "{}", "--link", "exo"), "--link is for links to peers that are named")
        large = self.temporary_file(json.dumps("x" * 1_100_000))
        self.assert_refused(self.send("--status", "@" + large), "too large for the local node, which takes 1048576")

    def with_one_frozen(self, timeout):
        """Three receivers, the last one frozen, and 40 lines on their way to them through the local node."""
        receivers = [self.node(f"n{number}") for number in range(3)]
        node = self.sender(*receivers)
        self.report("--status", "{}", "--node", "sender")
        self.freeze(receivers[2])
        sender = self.start("send", "-", "--topic", "t", "--node", "sender", "--json", "--timeout", timeout,
                            stdin=subprocess.PIPE)
        for number in range(40):
            sender.write(f"{number}\n")
        for receiver in receivers[:2]:
            receiver.event()
        return receivers, node, sender

    def test_a_frozen_peer_does_not_hold_the_lines_to_the_others(self):
        begun = time.monotonic()
        receivers, _, sender = self.with_one_frozen("60s")
        for receiver in receivers[:2]:
            self.assertEqual([str(number) for number in range(40)], [receiver.event()["text"] for _ in range(40)])
        self.assertLess(time.monotonic() - begun, 30, "they waited an eighth of the timeout, once")
        receivers[2].signal(signal.SIGCONT)
        sizes = []
        for _ in range(40):
            report = json.loads(sender.line())
            self.assertEqual({"n0": "delivered", "n1": "delivered", "n2": "delivered"}, outcomes(report))
            sizes.append(report["message"]["bytes"])
        self.assertEqual(sorted(sizes), sizes, "the reports are in the order of the lines")
        self.assertEqual(0, sender.wait())

    def test_ctrl_c_gives_every_line_that_was_sent_a_report(self):
        receivers, _, sender = self.with_one_frozen("16s")
        for receiver in receivers[:2]:
            for _ in range(40):
                receiver.event()
        sender.signal(signal.SIGINT)
        self.assertEqual(2, sender.wait())
        reports = [json.loads(sender.line()) for _ in range(40)]
        self.assertIsNone(sender.line())
        for outcome_of in map(outcomes, reports):
            self.assertEqual(("delivered", "delivered"), (outcome_of["n0"], outcome_of["n1"]))
            self.assertIn(outcome_of["n2"], ("cancelled", "not_started"))
        self.assert_one_line(sender.stderr, "40 of 40 messages fell short; first line 1: interrupted while 1 of 3")

    def test_a_node_that_is_killed_leaves_no_line_without_a_word(self):
        receivers, node, sender = self.with_one_frozen("16s")
        for receiver in receivers[:2]:
            for _ in range(40):
                receiver.event()
        node.signal(signal.SIGKILL)
        self.assertEqual(1, sender.wait())
        self.assertIsNone(sender.line())
        self.assert_one_line(sender.stderr, "line 1: node 'sender' has ended, and 39 more lines have no report")

    def test_a_node_that_ends_meanwhile_is_an_error(self):
        receiver = self.node("n1")
        node = self.sender(receiver)
        self.freeze(receiver)
        sender = self.start("send", "--status", "{}", "--timeout", "50s", "--node", "sender")
        wait_until(lambda: self.state_of_lane(), "it is under way")
        node.signal(signal.SIGKILL)
        self.assertEqual(1, sender.wait())
        self.assert_one_line(sender.stderr, "node 'sender' has ended")

    def state_of_lane(self):
        """Whether the node's only peer has not answered for a while."""
        return self.peers("--node", "sender")[0]["state"] == "suspect"


class WatchTest(LocalNodeTest):
    def test_watchers_see_what_comes_as_the_node_prints_it(self):
        node = self.node("n1")
        all_of_it, one_request = self.watch(), self.watch("--request", "r1")
        people = self.start("watch")
        self.assertEqual("n1 is watched", people.line())
        self.report("--status", '{"number": 1.10}', "--peer", node.peer)
        self.report("--tokens", "1,2", "--request", "r1", "--finished", "--peer", node.peer)
        lines = [node.line(), node.line()]
        self.assertIn('"number":1.10', lines[0])
        self.assertEqual(lines, [all_of_it.line(), all_of_it.line()])
        self.assertEqual(lines[1], one_request.line())
        self.assertEqual(['status: {"number":1.1}', "tokens r1: 1,2 finished"], [people.line(), people.line()])
        for watcher, seen in ((all_of_it, 2), (one_request, 1)):
            watcher.signal(signal.SIGINT)
            self.assertEqual({"end": True, "messages": seen, "missed": 0}, watcher.event())
            self.assertEqual((0, ""), (watcher.wait(), watcher.stderr))
        people.signal(signal.SIGTERM)
        self.assertEqual("2 messages seen, 0 missed", people.line())

    def test_a_watcher_is_told_whether_every_receiver_has_a_message(self):
        receivers = [self.node("n1"), self.node("n2")]
        self.sender(*receivers)
        watcher = self.watch("--stable", "--node", "n1")
        people = self.start("watch", "--stable", "--node", "n1")
        self.assertEqual("n1 is watched", people.line())
        begun = time.monotonic()
        self.report("--tokens", "1", "--request", "r", "--node", "sender")
        self.assertEqual([1], watcher.event()["tokens"])
        self.assertEqual({"event": "stable", "message": 1, "sender": "sender", "stable": "yes"}, watcher.event())
        self.assertEqual(["tokens r: 1", "(message 1: every receiver has it)"], [people.line(), people.line()])
        self.assertLess(time.monotonic() - begun, 4, "it was no deadline that settled it")
        self.freeze(receivers[1])
        sending = self.start("send", "--tokens", "2", "--request", "r", "--node", "sender", "--timeout", "4s", "--json")
        self.assertEqual([2], watcher.event()["tokens"])
        with self.assertRaises(queue.Empty):
            watcher.line(1)
        self.assertEqual({"n1": "delivered", "n2": "timed_out"}, outcomes(sending.event()))
        self.assertEqual({"event": "stable", "message": 2, "sender": "sender", "stable": "no"}, watcher.event())
        self.assertEqual(["tokens r: 2", "(message 2: a receiver did not accept it)"], [people.line(), people.line()])

    def test_a_newcomer_sees_the_last_messages_that_its_peers_kept_each_once_and_then_the_new_ones(self):
        receiver = self.node("receiver")
        newcomer_port = self.free_port_for_a_node()
        newcomers = self.temporary_file(json.dumps({"peers": {
            "receiver": self.place_of(receiver), "newcomer": {"address": "127.0.0.1", "port": newcomer_port}}}))
        sender = self.node("sender", "--peers", newcomers, "--replay", "3")
        for number in range(5):
            self.send("--tokens", str(number), "--request", "r", "--node", "sender", "--timeout", "500ms")
        self.listening(self.start("node", "--id", "newcomer", "--listen", f"127.0.0.1:{newcomer_port}", "--json",
                                  "--discovery", "none", "--peers", self.peers_file(receiver, sender)))
        watcher = self.watch("--replay", "--node", "newcomer")
        people = self.start("watch", "--replay", "--node", "newcomer")
        self.assertEqual({"event": "replay", "peer": "receiver",
                          "error": "this node keeps no messages: start it with --replay N"}, watcher.event())
        self.assertEqual({"event": "replay", "peer": "sender", "messages": 3, "left_out": 0}, watcher.event())
        replayed = [watcher.event() for _ in range(3)]
        self.assertEqual([([number], True) for number in (2, 3, 4)],
                         [(event["tokens"], event["replayed"]) for event in replayed])
        self.assertEqual(["newcomer is watched",
                          "(receiver: no replay: this node keeps no messages: start it with --replay N)",
                          "(sender: 3 messages replayed)",
                          *(f"(replayed) tokens r: {number}" for number in (2, 3, 4))],
                         [people.line() for _ in range(6)])
        self.report("--tokens", "5", "--request", "of its own: nothing of it was lost", "--node", "sender")
        event = watcher.event()
        missed = event["missed"] if event["event"] == "gap" else 0  # it was a receiver of the first five, and away
        event = watcher.event() if missed > 0 else event
        self.assertEqual(([5], False), (event["tokens"], "replayed" in event))
        watcher.signal(signal.SIGINT)
        self.assertEqual({"end": True, "messages": 4, "missed": missed}, watcher.event())

    def test_a_sender_that_ends_at_once_says_before_who_has_its_message(self):
        receivers = [self.node("n1"), self.node("n2")]
        watcher = self.watch("--stable", "--node", "n1")
        self.report("--tokens", "1", "--request", "r", *[f"--peer={node.peer}" for node in receivers])
        self.assertEqual(["message", "stable"], [watcher.event()["event"], (event := watcher.event())["event"]])
        self.assertEqual("yes", event["stable"])

    def test_data_is_sent_as_text_from_a_file_or_by_line_and_watched_by_topic(self):
        node = self.node("n1")
        all_of_it, news = self.watch(), self.watch("--topic", "news", "--node", "n1")
        people = self.start("watch", "--node", "n1")
        self.assertEqual("n1 is watched", people.line())
        self.sender(node)
        self.assertEqual("data", self.report("hello", "--node", "sender")["message"]["kind"])
        self.report("--topic", "news", "--data", "ä \"x\"", "--peer", node.peer)
        with open(self.temporary_file(""), "wb") as file:
            file.write(b"\xff\x00\n")
        self.report("--topic", "weights", "--data", "@" + file.name, "--node", "sender")
        for way in (["--node", "sender"], ["--peer", node.peer]):
            done = self.send("--topic", "news", "-", *way, stdin='{}\n\n not JSON\n')
            self.assertEqual((0, ""), (done.returncode, done.stderr))
        expected = [("", "text", "hello"), ("news", "text", 'ä "x"'), ("weights", "base64", "/wAK")]
        expected += 2 * [("news", "text", "{}"), ("news", "text", " not JSON")]
        events = [{"event": "message", "kind": "data", "topic": topic, key: value} for topic, key, value in expected]
        self.assertEqual(events, [node.event() for _ in events])
        self.assertEqual(events, [all_of_it.event() for _ in events])
        of_news = [event for event in events if event["topic"] == "news"]
        self.assertEqual(of_news, [news.event() for _ in of_news])
        self.assertEqual(["data: hello", 'data news: ä "x"', "data weights: (3 bytes)"],
                         [people.line() for _ in range(3)])

    def test_a_frozen_watcher_costs_senders_nothing_and_is_told_what_it_missed(self):
        node = self.node("n1")
        watcher = self.watch()
        self.freeze(watcher)
        lines = "".join(f'"{i:010000}"\n' for i in range(1500))
        done = self.send("-", "--json", "--peer", node.peer, stdin=lines)
        self.assertEqual((0, ""), (done.returncode, done.stderr), "all were delivered")
        watcher.signal(signal.SIGCONT)
        seen = missed = 0
        while seen + missed < 1500:
            event = watcher.event()
            missed += event.get("missed", 0)
            seen += event["event"] == "message"
        self.assertEqual("0" * 9996 + "1499", event["status"], "the latest is there")
        self.assertGreater(missed, 0)
        self.assertGreaterEqual(seen, 1024)

    def test_a_watcher_ends_with_its_node(self):
        node = self.node("n1")
        watcher = self.watch()
        node.signal(signal.SIGTERM)
        self.assertEqual(1, watcher.wait())
        self.assert_one_line(watcher.stderr, "node 'n1' has ended")


if __name__ == "__main__":
    unittest.main()
