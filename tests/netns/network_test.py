"""Nodes on several hosts: a sender's reports when the network is missing, fails silently, or returns."""
# SPDX-License-Identifier: Apache-2.0
import json
import signal
import threading

import lab
from harness import outcomes, wait_until


class LabTest(lab.NetworkTest):
    """The lab itself."""

    def test_nothing_of_this_machine_is_in_the_lab(self):
        devices = [device["ifname"] for device in json.loads(lab.in_lab("ip", "-json", "link"))]
        self.assertEqual(["lo"], devices)

    def test_hosts_have_names_and_networks_of_their_own(self):
        one, two = self.hosts(2, self.switch("lan"))
        self.assertEqual("h1\n", one.run("hostname"))
        for host, address in ((one, "10.77.0.1"), (two, "10.77.0.2")):
            devices = json.loads(host.run("ip", "-json", "-4", "address"))
            found = {device["ifname"]: [entry["local"] for entry in device["addr_info"]] for device in devices}
            self.assertEqual({"lo": ["127.0.0.1"], "eth0": [address]}, found)

    def test_datagrams_can_be_seen_and_can_come_from_any_address(self):
        one, two = self.hosts(2, self.switch("lan"))
        forged = {"from": ["192.0.2.9", 9], "to": ["10.77.0.1", 5000], "data": "00ff"}
        large = {"to": ["10.77.0.255", 5001], "data": "00" * 1400}
        ended = threading.Event()

        def shoot():
            while not ended.wait(0.1):
                two.shoot([forged, large])

        shooter = threading.Thread(target=shoot)
        shooter.start()
        seen = one.sniff(2)
        ended.set()
        shooter.join()
        self.assertIn(forged, seen)
        self.assertEqual({"10.77.0.2"}, {each["from"][0] for each in seen if each["data"] == large["data"]})

    def test_a_host_leaves_nothing_behind(self):
        switch = self.switch("lan")
        host = lab.Host("h1")
        host.plug(switch, "10.77.0.1/24")
        host.remove()
        wait_until(lambda: "h1" not in lab.in_lab("ip", "link"), "its cable is gone")


class SendTest(lab.NetworkTest):
    def node_at(self, host, address):
        return self.node_on(host, f"{address}:50051")

    def test_a_message_crosses_the_network(self):
        one, two, three = self.hosts(3, self.switch("lan"))
        nodes = [self.node_at(one, "10.77.0.1"), self.node_at(two, "10.77.0.2")]
        report = self.report_on(three, "--status", '{"n": 1}', *[f"--peer={node.peer}" for node in nodes])
        self.assertEqual({"h1": "delivered", "h2": "delivered"}, outcomes(report))
        self.assertEqual(["native", "native"], [row["link"] for row in report["outcomes"]])
        for node in nodes:
            self.assertEqual({"n": 1}, node.event()["status"])

    def test_without_a_route_the_report_says_so_at_once_and_the_others_have_it(self):
        one, two = self.hosts(2, self.switch("lan"))
        node = self.node_at(one, "10.77.0.1")
        report = self.report_on(two, "--status", "{}", "--timeout", "50s", "--peer", node.peer,
                                "--peer", "far=192.0.2.1:50051", status=2)
        self.assertEqual({"h1": "delivered", "far": "failed"}, outcomes(report))
        row = report["outcomes"][1]
        self.assertEqual("UNAVAILABLE", row["code"])
        self.assertIn("unreachable", row["error"].lower())
        self.assertLess(report["elapsed_ms"], 50_000, "before its time is over")

    def test_an_unplugged_host_is_timed_out_and_has_the_next_message_when_it_is_back(self):
        one, two, three = self.hosts(3, self.switch("lan"))
        nodes = [self.node_at(one, "10.77.0.1"), self.node_at(two, "10.77.0.2")]
        peers = [f"--peer={node.peer}" for node in nodes]
        one.unplug()
        report = self.report_on(three, "--status", "1", "--timeout", "1s", *peers, status=2)
        self.assertEqual({"h1": "timed_out", "h2": "delivered"}, outcomes(report))
        one.replug()
        report = self.report_on(three, "--status", "2", *peers)
        self.assertEqual({"h1": "delivered", "h2": "delivered"}, outcomes(report))
        self.assertEqual(2, nodes[0].event()["status"])

    def test_a_host_that_vanishes_without_a_word_is_timed_out(self):
        one, two = self.hosts(2, self.switch("lan"))
        node = self.node_at(one, "10.77.0.1")
        one.isolate()
        report = self.report_on(two, "--status", "1", "--timeout", "1s", "--peer", node.peer, status=2)
        self.assertEqual({"h1": "timed_out"}, outcomes(report))

    def test_a_message_goes_through_a_router(self):
        left, right = self.switch("left"), self.switch("right")
        one, two = self.host("h1", left, "10.77.1.1/24"), self.host("h2", right, "10.77.2.1/24")
        router = self.host("router", left, "10.77.1.254/24")
        router.plug(right, "10.77.2.254/24", device="eth1")
        one.route("default", "10.77.1.254")
        two.route("default", "10.77.2.254")
        node = self.node_at(two, "10.77.2.1")
        report = self.report_on(one, "--status", "1", "--timeout", "1s", "--peer", node.peer, status=2)
        self.assertNotEqual("delivered", report["outcomes"][0]["outcome"], "it is no router yet")
        router.forward()
        report = self.report_on(one, "--status", "1", "--peer", node.peer)
        self.assertEqual({"h2": "delivered"}, outcomes(report))

    def test_a_stopped_node_is_timed_out_and_goes_on_when_it_is_continued(self):
        one, two = self.hosts(2, self.switch("lan"))
        node = self.node_at(one, "10.77.0.1")
        node.signal(signal.SIGSTOP)
        report = self.report_on(two, "--status", "1", "--timeout", "1s", "--peer", node.peer, status=2)
        self.assertEqual({"h1": "timed_out"}, outcomes(report))
        node.signal(signal.SIGCONT)
        report = self.report_on(two, "--status", "2", "--peer", node.peer)
        self.assertEqual({"h1": "delivered"}, outcomes(report))

    def test_a_killed_node_is_unavailable(self):
        one, two = self.hosts(2, self.switch("lan"))
        node = self.node_at(one, "10.77.0.1")
        node.signal(signal.SIGKILL)
        node.wait()
        report = self.report_on(two, "--status", "1", "--peer", node.peer, status=2)
        self.assertEqual(("failed", "UNAVAILABLE"), tuple(report["outcomes"][0][key] for key in ("outcome", "code")))


if __name__ == "__main__":
    lab.main()
