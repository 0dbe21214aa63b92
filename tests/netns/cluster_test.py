"""Nodes on several hosts discover each other, detect failures and returns, and never confuse two nodes."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import signal
import time
import unittest

import cluster
from cluster import PORT, cpu_s, rss_mb, tell
from harness import outcomes, wait_until

# Timeout of what takes one to three seconds: test machines are busy.
GENEROUS_S = 10
SANITIZED = bool(os.environ.get("EXOCAST_SANITIZE"))


class DiscoveryTest(cluster.ClusterTest):
    def test_three_nodes_mesh_with_no_configuration(self):
        hosts = self.hosts(3, self.switch("lan"))
        for host in hosts:
            node = self.start_on(host, "node")
            self.assertTrue(node.line().startswith(f"{host.name} listens on "))
        self.wait_for_mesh(hosts)
        report = self.tell_all(hosts[0])
        self.assertEqual({"h2": "delivered", "h3": "delivered"}, outcomes(report))
        self.assertGreater(report["roster_epoch"], 0)

    def test_eight_nodes_converge(self):
        hosts = self.hosts(8, self.switch("lan"))
        for host in hosts:
            self.member_on(host)
        begun = time.monotonic()
        self.wait_for_mesh(hosts)
        tell(f"8 nodes: all see all {time.monotonic() - begun:.2f} s after the last has started")

    def test_a_file_joins_two_subnets(self):
        left, right = self.switch("left"), self.switch("right")
        hosts = []
        for number, (switch, net) in enumerate([(left, 1), (left, 1), (right, 2), (right, 2)], 1):
            host = self.host(f"h{number}", switch, f"10.77.{net}.{number}/24")
            host.address = f"10.77.{net}.{number}"
            host.net = net
            hosts.append(host)
        router = self.host("router", left, "10.77.1.254/24")
        router.plug(right, "10.77.2.254/24", device="eth1")
        router.forward()
        for host in hosts:
            host.route("default", f"10.77.{host.net}.254")
        peers = {host.name: {"address": host.address, "port": PORT} for host in hosts}
        roster = self.temporary_file(json.dumps({"peers": peers}))
        for host in hosts:
            self.member_on(host, "--discovery", "file", "--peers", roster)
        self.wait_for_mesh(hosts)
        self.assertEqual({"h2", "h3", "h4"}, set(outcomes(self.tell_all(hosts[0]))))


class FailureTest(cluster.ClusterTest):
    def gone_and_back(self, what, hosts, break_it, mend_it):
        """Breaks and repairs the last of `hosts`; checks what the first sees, and that the others stay healthy."""
        first, *others, broken = hosts
        begun = time.monotonic()
        break_it()
        seen = self.first_seen(first, broken.name, ["suspect", "gone"], begun)
        self.assertEqual({other.name: "healthy" for other in others} | {broken.name: "gone"}, self.states(first))
        report = self.tell_all(first)
        self.assertEqual({"delivered"}, {outcomes(report)[other.name] for other in others})
        begun = time.monotonic()
        mend_it()
        seen |= self.first_seen(first, broken.name, ["healthy"], begun)
        tell(f"{what}: suspect after {seen['suspect']:.2f} s, gone after {seen['gone']:.2f} s; "
             f"healthy {seen['healthy']:.2f} s after it is back")
        for after in seen.values():
            self.assertLess(after, GENEROUS_S)
        self.wait_for_mesh(hosts)

    def test_a_host_is_unplugged_and_replugged(self):
        hosts, _ = self.cluster(3)
        self.gone_and_back("unplugged", hosts, hosts[-1].unplug, hosts[-1].replug)

    def test_a_node_is_stopped_and_continued(self):
        hosts, nodes = self.cluster(3)
        self.gone_and_back("stopped", hosts, lambda: nodes[-1].signal(signal.SIGSTOP),
                           lambda: nodes[-1].signal(signal.SIGCONT))

    def test_a_node_is_killed_and_restarted(self):
        hosts, nodes = self.cluster(3)
        self.gone_and_back("killed", hosts, lambda: nodes[-1].signal(signal.SIGKILL),
                           lambda: self.member_on(hosts[-1]))

    def test_two_halves_find_each_other_again(self):
        hosts, _ = self.cluster(4)
        halves = {"a": hosts[:2], "b": hosts[2:]}
        other = self.switch("other")
        for host in halves["b"]:
            host.move(other)
        self.wait_for_states(hosts[0], {"h2": "healthy", "h3": "gone", "h4": "gone"})
        self.wait_for_states(hosts[3], {"h1": "gone", "h2": "gone", "h3": "healthy"})
        for host in halves["a"]:
            host.move(other)
        self.wait_for_mesh(hosts)

    def test_a_node_that_ends_says_goodbye(self):
        hosts, nodes = self.cluster(3)
        begun = time.monotonic()
        nodes[-1].signal(signal.SIGTERM)
        for host in hosts[:-1]:
            self.first_seen(host, "h3", ["left"], begun)
        tell(f"left: seen by all {time.monotonic() - begun:.2f} s after SIGTERM")
        self.assertEqual(0, nodes[-1].wait())
        self.assertEqual({"h2": "delivered"}, outcomes(self.tell_all(hosts[0])))

    def test_a_pause_of_200_ms_changes_nothing(self):
        hosts, nodes = self.cluster(3)
        for _ in range(10):
            nodes[-1].signal(signal.SIGSTOP)
            time.sleep(0.2)
            nodes[-1].signal(signal.SIGCONT)
            self.assertNotIn(self.states(hosts[0])["h3"], ("gone", "left"))
            time.sleep(0.3)
        self.wait_for_mesh(hosts)


class IdentityTest(cluster.ClusterTest):
    def test_of_two_nodes_with_one_id_the_first_stays(self):
        hosts = self.hosts(3, self.switch("lan"))
        self.member_on(hosts[0])
        first = self.member_on(hosts[1], "--id", "twin")
        wait_until(lambda: self.states(hosts[0]) == {"twin": "healthy"}, "the first twin is known")
        address = self.peers(hosts[0])["twin"]["address"]
        self.assertEqual(f"10.77.0.2:{PORT}", address)
        self.start_on(hosts[2], "node", "--id", "twin", "--listen", f"0.0.0.0:{PORT}", "--json")
        for _ in range(20):
            row = self.peers(hosts[0])["twin"]
            self.assertEqual((address, "healthy"), (row["address"], row["state"]))
            time.sleep(0.2)
        self.assertEqual({"twin": "delivered"}, outcomes(self.tell_all(hosts[0], '"for the first"')))
        self.assertEqual("for the first", first.event()["status"])


class CostTest(cluster.ClusterTest):
    @unittest.skipIf(SANITIZED, "sanitizers cost more than what is measured")
    def test_an_idle_node_costs_next_to_nothing(self):
        _, nodes = self.cluster(8)
        before = [cpu_s(node.pid) for node in nodes]
        begun = time.monotonic()
        time.sleep(10)
        passed = time.monotonic() - begun
        shares = [100 * (cpu_s(node.pid) - start) / passed for node, start in zip(nodes, before)]
        memory = [rss_mb(node.pid) for node in nodes]
        tell(f"idle, one of 8: {min(shares):.2f} to {max(shares):.2f} % of a core, "
             f"{min(memory):.1f} to {max(memory):.1f} MB")
        self.assertLess(max(shares), 3, "ten times what is promised of a quiet machine")
        self.assertLess(max(memory), 60, "twice what is promised")


if __name__ == "__main__":
    cluster.main()
