"""The metrics file: exists from the start, is kept up to date, is never partial, and is right at the end."""
# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import signal
import socket
import tempfile
import unittest

from harness import EndToEndTest, free_udp_port, wait_until

with open(os.path.join(os.environ["EXOCAST_SOURCE_DIR"], "docs", "metrics.md"), encoding="utf-8") as docs:
    DOCUMENTED = docs.read()


def metrics(path):
    """The series and their values; checks that every line is complete."""
    series = {}
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert text.endswith("\n"), "cut short"
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            series[name.removeprefix("exocast_")] = float(value)
    return series


def families(path):
    """The names of all metrics; of a gauge's peak, that of the gauge."""
    with open(path, encoding="utf-8") as file:
        names = [line.split()[2].removeprefix("exocast_") for line in file if line.startswith("# TYPE ")]
    return {name.removesuffix("_peak") for name in names}


class MetricsFileTest(EndToEndTest):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "node.prom")

    def test_a_node_keeps_it_up_to_date(self):
        node = self.node("n1", "--metrics", self.path, "--metrics-interval", "1s")
        self.assertEqual(0, metrics(self.path)["inbox_accepted_total"], "it is there from the start")
        self.report("--status", "{}", "--peer", node.peer)
        wait_until(lambda: metrics(self.path)["inbox_accepted_total"] == 1, "the message is in the file")
        self.assertEqual(1, metrics(self.path)["receiver_messages_total"])
        self.assertEqual(0o644, os.stat(self.path).st_mode & 0o777, "others may read it")
        self.assertEqual(["node.prom"], os.listdir(self.folder))

    def test_a_node_in_a_cluster_counts_how_it_finds_others_and_who_is_there(self):
        key = self.temporary_file("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=")
        other = self.node("n2", "--cluster-key", key, "--discovery", "file", "--peers", self.peers_file())
        arguments = ("--metrics", self.path, "--metrics-interval", "1s", "--peers", self.peers_file(other))
        for kind in ("lan", "file", "exo"):
            arguments += ("--discovery", kind)
        for option in ("--discovery-port", "--exo-port"):
            arguments += (option, str(free_udp_port()))
        node = self.node("n1", "--cluster-key", key, *arguments)
        wait_until(lambda: metrics(self.path)['members{state="healthy"}'] == 1, "the file's node is a member")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            host, port = node.address.rsplit(":", 1)
            stranger.sendto(b"who is there?", (host, int(port)))
        wait_until(lambda: metrics(self.path)['udp_refused_total{reason="foreign"}'] == 1, "a stranger's is counted")
        seen = metrics(self.path)
        self.assertEqual((1, 0), (seen["file_discovery_listed"], seen["file_discovery_unresolved"]))
        for name in ("udp_received_datagrams_total", "udp_sent_datagrams_total", "member_pings_total",
                     "member_acks_total", "lan_discovery_announcements_total", "file_discovery_loads_total"):
            self.assertGreater(seen[name], 0, name)
        for name in ("exo_discovery_heard_total", "exo_watch_nodes", "metrics_refused_total"):
            self.assertEqual(0, seen[name], name)
        self.assertEqual([], [name for name in families(self.path) if f"`{name}`" not in DOCUMENTED], "undocumented")

    def test_at_the_end_it_is_right(self):
        node = self.node("n1", "--metrics", self.path, "--metrics-interval", "1h")
        self.report("--status", "{}", "--peer", node.peer)
        node.signal(signal.SIGTERM)
        self.assertEqual((0, ""), (node.wait(), node.stderr))
        self.assertEqual(1, metrics(self.path)["inbox_accepted_total"])

    def test_a_sender_says_how_each_receiver_took_its_stream(self):
        node = self.node("n1")
        done = self.send("-", "--request", "r", "--peer", node.peer, "--peer", f"n2=127.0.0.1:{self.free_port()}",
                         "--timeout", "5s", "--metrics", self.path, stdin="1\n2\n3\n")
        self.assertEqual(2, done.returncode, done.stderr)
        seen = metrics(self.path)
        self.assertEqual(3, seen['lane_messages_total{end="delivered",peer="n1"}'])
        self.assertEqual(1, seen['native_connects_total{peer="n1"}'])
        self.assertEqual(1, seen['link_native{peer="n1"}'])
        self.assertEqual(3, sum(seen[f'lane_messages_total{{end="{end}",peer="n2"}}'] for end in
                                ("failed", "skipped", "given_up")))
        self.assertEqual(3, seen['lane_latency_ms_count{peer="n1"}'])

    def test_a_file_that_cannot_be_written_is_said_before_anything_else(self):
        missing = os.path.join(self.folder, "no", "file.prom")
        self.assert_refused(self.run_exocast("node", "--listen", "127.0.0.1:0", "--metrics", missing),
                            "--metrics: ", missing, "No such file or directory")
        self.assert_refused(self.send("--status", "{}", "--peer", "n1=127.0.0.1:1", "--metrics", self.folder),
                            "--metrics: ", self.folder, "Is a directory")
        self.assertEqual([], os.listdir(self.folder), "nothing is left beside it")

    def test_what_goes_wrong_later_is_said_once_and_the_node_goes_on(self):
        folder = os.path.join(self.folder, "gone")
        os.mkdir(folder)
        path = os.path.join(folder, "node.prom")
        node = self.node("n1", "--metrics", path, "--metrics-interval", "1s")
        os.rename(folder, folder + ".away")
        wait_until(lambda: "No such file" in node.stderr, "it complains")
        os.rename(folder + ".away", folder)
        wait_until(lambda: metrics(path)["metrics_file_failed_total"] > 0, "it writes again")
        self.report("--status", "{}", "--peer", node.peer)
        node.signal(signal.SIGTERM)
        self.assertEqual(0, node.wait())
        self.assert_one_line(node.stderr, "--metrics: ", path)

    def test_options_that_make_no_sense_are_refused(self):
        self.assert_refused(self.run_exocast("node", "--metrics-interval", "1s"), "--metrics-interval", "--metrics")
        self.assert_refused(self.run_exocast("node", "--metrics", "x", "--metrics-interval", "1ms"), "'1ms'")
        self.assert_refused(self.run_exocast("node", "--metrics", ""), "--metrics")


if __name__ == "__main__":
    unittest.main()
