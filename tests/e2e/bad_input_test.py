"""Bad input: each case prints exactly one clear line on standard error and exits with the right status; other receivers
still get their messages.
"""
# SPDX-License-Identifier: Apache-2.0
import os
import socket
import subprocess
import threading
import unittest

from harness import EXOCAST, EndToEndTest, outcomes

PEER = "--peer=n1=127.0.0.1:1"


class UsageTest(EndToEndTest):
    # Arguments, and the parts of the expected line.
    WRONG = [
        ([], "a command is needed"),
        (["frobnicate"], "frobnicate"),
        (["--frobnicate"], "--frobnicate"),
        (["send", "--frobnicate"], "--frobnicate", "exocast send --help"),
        (["send", PEER], "one of TEXT, --data, --status, --tokens and -"),
        (["send", "--status", "{}", "--tokens", "1", "--request", "r", PEER], "one of TEXT, --data, --status"),
        (["send", "-", "--status", "{}", PEER], "one of TEXT, --data, --status, --tokens and -"),
        (["send", "hello", "--data", "x", PEER], "one of TEXT, --data, --status, --tokens and -"),
        (["send", "hello", "world", PEER], "world"),
        (["send", "--status", "{}", "--topic", "t", PEER], "--topic is for data"),
        (["send", "--tokens", "1", "--request", "r", "--topic", "t", PEER], "--topic is for data"),
        (["send", "hello", "--request", "r", PEER], "--request is for tokens and statuses"),
        (["send", "-", "--topic", "t", "--request", "r", PEER], "--request is for tokens and statuses"),
        (["send", "hello", "--finished", PEER], "--finished"),
        (["send", "-", "--topic", "t" * 257, PEER], "--topic: the topic has 257 bytes, 256 at most"),
        (["send", "hello", "--topic", b"\xff", PEER], "--topic: the topic is not UTF-8"),
        (["send", "--data", "@/no/such/file", PEER], "--data: /no/such/file: No such file or directory"),
        (["send", "--data", "@/dev/zero", PEER], "/dev/zero: larger than 268435456 bytes"),
        (["send", "--status", "{}"], "--peers FILE"),
        (["send", "--tokens", "1", PEER], "--request"),
        (["send", "--status", "{}", "--finished", PEER], "--finished"),
        (["send", "--status", "{", PEER], "--status", "line 1, column 2"),
        (["send", "--status", "not json", PEER], "--status", "line 1"),
        (["send", "--status", "", PEER], "--status", ""),
        (["send", "--status", "[" * 600 + "]" * 600, PEER], "512 levels"),
        (["send", "--status", "@/no/such/file", PEER], "/no/such/file: No such file or directory"),
        (["send", "--status", "@/", PEER], "/: Is a directory"),
        (["send", "--status", "@/dev/zero", PEER], "/dev/zero: larger than 268435456 bytes"),
        (["send", "--tokens", "1,2147483648", "--request", "r", PEER], "token '2147483648' is not in"),
        (["send", "--tokens", "1,two", "--request", "r", PEER], "'two' is not a token"),
        (["send", "--status", "{}", "--timeout", "15", PEER], "'15' is not a duration"),
        (["send", "--status", "{}", "--timeout", "0s", PEER], "--timeout", "too short"),
        (["send", "--status", "{}", "--limit", "0", PEER], "--limit: '0' is not a number in 1..65536"),
        (["send", "--status", "{}", "--limit", "-1", PEER], "--limit"),
        (["send", "--status", "{}", "--quorum", "0", PEER], "--quorum: '0' is not a number in 1.."),
        (["send", "--status", "{}", "--quorum", "2", PEER], "--quorum: 2 is more than the 1 peers"),
        (["send", "--status", "{}", "--peer", "n1"], "--peer", "n1"),
        (["send", "--status", "{}", "--peer", "n1=host:70000"], "--peer", "n1=host:70000"),
        (["send", "--status", "{}", "--peer", "n1=[::1:80"], "--peer"),
        (["send", "--status", "{}", "--peer", "\x1b[2J=h:1"], "--peer"),
        (["send", "--status", "{}", PEER, "--peer", "n1=127.0.0.1:2"], "n1"),
        (["send", "--status", "{}", "--peers", "/no/such/file"], "/no/such/file: No such file or directory"),
        (["node", "--listen", "nowhere"], "--listen", "nowhere"),
        (["node", "--id", ""], "--id"),
        (["node", "--id", "a\nb"], "--id", "control character"),
        (["node", "--peers", "/no/such/file"], "/no/such/file: No such file or directory"),
        (["node", "--discovery", "none", "--cluster-key", "/dev/null"], "--cluster-key is for a cluster"),
        (["node", "--discovery", "none", "--announce-exo"], "--announce-exo is for a cluster"),
        (["peers", "--frobnicate"], "exocast peers --help"),
        (["peers", "--peers", "/no/such/file"], "/no/such/file: No such file or directory"),
        (["peers", PEER, "--node", "n1"], "--node is for what the local node does"),
        (["peers", PEER, "--timeout", "0s"], "--timeout", "too short"),
        (["peers"], "no node of yours runs here"),
        (["topology", "--json", "--dot"], "--dot"),
        (["topology", "--peer", "n1"], "--peer", "n1"),
        (["topology"], "no node of yours runs here"),
        (["ask", PEER], "question"),
        (["ask", "What?", PEER], "What?"),
        (["ask", "health", "--quorum", "0", PEER], "--quorum: '0' is not a number in 1.."),
        (["ask", "health", "--quorum", "2", PEER], "--quorum: 2 is more than the 1 peers"),
        (["ask", "health"], "no node of yours runs here"),
        (["watch", "r1"], "r1"),
        (["watch"], "no node of yours runs here: start one with 'exocast node'"),
        (["watch", "--node", "n1"], "no node 'n1' of yours runs here"),
        (["send", "--status", "{}", "--gzip"], "--gzip is for links to peers that are named"),
        (["demo", "--nodes", "0"], "--nodes: '0' is not a number in 1..64"),
        (["demo", "--nodes", "1000"], "--nodes"),
        (["demo", "--nodes", "2", "--slow", "2"], "more than the 2 nodes"),
        (["demo", "--nodes", "64", "--frozen", "30"], "within 10 s"),
    ]

    def test_wrong_usage_is_one_line_and_status_1(self):
        for arguments, *parts in self.WRONG:
            with self.subTest(arguments=[argument[:60] for argument in arguments]):
                done = self.run_exocast(*arguments)
                self.assert_refused(done, *parts)
                self.assertEqual("", done.stdout)

    def test_help_and_version_are_no_errors(self):
        for command in ([], ["demo"], ["node"], ["send"], ["watch"], ["peers"], ["topology"], ["ask"]):
            done = self.run_exocast(*command, "--help")
            self.assertEqual((0, ""), (done.returncode, done.stderr))
            self.assertIn("--help", done.stdout)
            if command:
                self.assertIn(f"  exocast {command[0]}", done.stdout, "it has examples")
        self.assertRegex(self.run_exocast("--version").stdout, r"\Aexocast \d+\.\d+\.\d+\n\Z")

    def test_output_that_cannot_be_written_is_an_error(self):
        for arguments in (["send", "--status", "{}", PEER],
                          ["node", "--listen", "127.0.0.1:0"],
                          ["demo", "--nodes", "1", "--slow", "0", "--frozen", "0"]):
            with self.subTest(arguments=arguments), open("/dev/full", "w", encoding="utf-8") as full:
                done = subprocess.run([EXOCAST, *arguments], stdout=full, stderr=subprocess.PIPE, text=True,
                                      timeout=60, check=False)
                self.assert_refused(done, "standard output: No space left on device")

    def test_closed_standard_streams_are_errors_and_no_descriptor_of_ours_takes_their_place(self):
        closed_input = f'exec "{EXOCAST}" send - {PEER} <&-'
        self.assert_refused(self.run_shell(closed_input), "standard input: Bad file descriptor")
        closed_output = f'exec "{EXOCAST}" node --listen 127.0.0.1:0 >&-'
        self.assert_refused(self.run_shell(closed_output), "standard output: Bad file descriptor")
        self.assertEqual(1, self.run_shell(f'exec "{EXOCAST}" node --listen nowhere 2>&-').returncode)

    def run_shell(self, command):
        return subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)


class PeersFileTest(EndToEndTest):
    WRONG = [
        ("{\n  \"peers\": {\n    oops\n", "line 3"),
        ("[]", ""),
        ("{}", "peers"),
        ('{"peers": {}}', "nobody to send to"),
        ('{"peers": {"n1": {"port": 1}}}', "peers.n1.address"),
        ('{"peers": {"n1": {"address": "h", "port": 70000}}}', "peers.n1.port"),
        ('{"peers": {"n1": {"address": "h", "port": "1"}}}', "peers.n1.port"),
        ('{"peers": {"n1": {"address": "h", "port": 1}, "n1": {"address": "h", "port": 2}}}', "peers.n1", "twice"),
    ]

    def test_a_malformed_peers_file_is_refused_with_the_place(self):
        for text, *parts in self.WRONG:
            with self.subTest(text=text):
                path = self.temporary_file(text)
                done = self.send("--status", "{}", "--peers", path)
                self.assert_refused(done, *parts)

    def test_an_unreadable_peers_file_is_refused_by_name(self):
        done = self.send("--status", "{}", "--peers", "/")
        self.assert_refused(done, "/: ")


class LargeTest(EndToEndTest):
    def sparse_file(self, size):
        path = self.temporary_file("")
        os.truncate(path, size)
        return path

    def test_four_gibibytes_are_refused_unread(self):
        path = self.sparse_file(4 << 30)
        done = self.send("--status", "@" + path, PEER)
        self.assert_refused(done, f"{path}: larger than 268435456 bytes")

    def test_a_message_above_the_links_limit_is_refused_by_name_before_it_is_sent(self):
        path = self.sparse_file(0)
        with open(path, "wb") as file:  # as JSON it fits, as a message it is some bytes too large
            file.write(b'"' + b"x" * ((256 << 20) - 2) + b'"')
        done = self.send("--status", "@" + path, PEER)
        self.assert_refused(done, "1 of 1 did not get it; n1 (127.0.0.1:1): ", "268435456", status=2)
        self.assertIn("too large", done.stdout)


class ListenTest(EndToEndTest):
    def test_a_port_in_use_is_one_line(self):
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        address = f"127.0.0.1:{sock.getsockname()[1]}"
        self.assert_refused(self.run_exocast("node", "--listen", address), address, "Address already in use")

    def test_a_node_on_the_port_of_another_is_one_line(self):
        node = self.node("n1")
        self.assert_refused(self.run_exocast("node", "--listen", node.address), node.address, "Address already in use")

    def test_an_address_that_is_not_ours_is_one_line(self):
        self.assert_refused(self.run_exocast("node", "--listen", "192.0.2.1:0"), "192.0.2.1:0")

    def test_a_host_that_does_not_resolve_is_one_line(self):
        self.assert_refused(self.run_exocast("node", "--listen", "no-such-host.invalid:0"), "no-such-host.invalid:0")


class BadPeerTest(EndToEndTest):
    """One receiver is bad: it gets an outcome, and the good one gets the message."""

    def check(self, bad_address, *arguments, outcome="failed", code="UNAVAILABLE"):
        good = self.node("good")
        peers = ["--peer", good.peer, "--peer", f"bad={bad_address}"]
        report = self.report("--status", "{}", "--timeout", "20s", *peers, *arguments, status=2)
        self.assertEqual({"good": "delivered", "bad": outcome}, outcomes(report))
        self.assertEqual("message", good.event()["event"])
        self.assertEqual(code, report["outcomes"][1]["code"])
        done = self.send("--status", "{}", "--timeout", "20s", *peers, *arguments)
        self.assert_refused(done, f"1 of 2 did not get it; bad ({bad_address}): {code}", status=2)
        return done.stderr

    def serve(self, answer):
        """A TCP server that calls `answer` for each connection."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)

        def accept():
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        answer(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        self.addCleanup(server.shutdown, socket.SHUT_RDWR)
        return f"127.0.0.1:{server.getsockname()[1]}"

    def test_a_port_where_nobody_listens(self):
        self.check(f"127.0.0.1:{self.free_port()}")

    def test_a_host_that_does_not_resolve(self):
        self.check("no-such-host.invalid:50051")

    def test_a_peer_that_speaks_garbage_instead_of_http2(self):
        self.check(self.serve(lambda connection: (connection.recv(1000), connection.sendall(os.urandom(4000)))))

    def test_a_peer_that_speaks_http1(self):
        self.check(self.serve(lambda connection: (connection.recv(1000),
                                                  connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n"))))

    def test_a_peer_that_hangs_up_at_once(self):
        self.check(self.serve(lambda connection: None))

    def test_what_a_peer_says_cannot_reach_the_terminal_as_it_is(self):
        stderr = self.check(self.serve(lambda connection: connection.sendall(b"\x1b[2J\x07" * 100)))
        self.assertNotIn("\x1b", stderr)


if __name__ == "__main__":
    unittest.main()
