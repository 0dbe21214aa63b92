"""Forged, replayed, oversized and malformed datagrams of strangers do not change a cluster."""
# SPDX-License-Identifier: Apache-2.0
import base64
import hashlib
import random
import time

import cluster
from cluster import PORT, rss_mb, tell
from harness import outcomes, wait_until

DISCOVERY_PORT = 5679
GENEROUS_S = 10


class DatagramTest(cluster.ClusterTest):
    def key(self, text="correct horse battery staple"):
        line = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        return ["--cluster-key", self.temporary_file(line + "\n")]

    def stranger(self, hosts):
        """Another host on their switch, without a node, that can send to any address, also to groups."""
        stranger = self.host("stranger", hosts[0].switch, "10.77.0.66/24")
        stranger.run("ip", "route", "add", "default", "dev", "eth0")
        return stranger

    def assert_unharmed(self, hosts, nodes):
        for node in nodes:
            self.assertIsNone(node.popen.poll(), node.stderr)
        self.wait_for_mesh(hosts)
        report = self.tell_all(hosts[0])
        self.assertEqual({"delivered"}, set(outcomes(report).values()))


class StormTest(DatagramTest):
    def storm(self, genuine, to):
        """Invalid datagrams to `to`, each from a stranger's address; some begin like genuine ones."""
        draw = random.Random(1)
        heads = [b"", b"exo", b"exo\x01\x01\x00", b"exo\x01\x01\x01", b"exo\x01\x02\x00", b"exo\xff\x01\x00"]
        contents = [b"", b"exo", bytes(1472), bytes(65507), b"exo\x01\x01\x00" + bytes(60000)]
        contents += [draw.choice(heads) + draw.randbytes(draw.randrange(1400)) for _ in range(2000)]
        contents += [data[:draw.randrange(len(data))] for data in genuine for _ in range(10)]
        return [{"to": [host, port], "data": data.hex()}
                for data in contents for host, port in ((to, PORT), ("10.77.0.255", DISCOVERY_PORT))]

    def weather(self, *arguments):
        hosts, nodes = self.cluster(3, *arguments)
        stranger = self.stranger(hosts)
        genuine = [bytes.fromhex(each["data"]) for each in hosts[0].sniff(2) if each["to"][1] == PORT]
        self.assertTrue(genuine)
        before = rss_mb(nodes[0].pid)
        for _ in range(5):
            stranger.shoot(self.storm(genuine, "10.77.0.1"))
            self.assertEqual({"h2": "healthy", "h3": "healthy"}, self.states(hosts[0]))
        grown = rss_mb(nodes[0].pid) - before
        tell(f"a storm of datagrams, {'signed' if arguments else 'open'} cluster: {grown:+.1f} MB")
        self.assertLess(grown, 32)
        self.assert_unharmed(hosts, nodes)

    def test_an_open_cluster_weathers_garbage(self):
        self.weather()

    def test_a_signed_cluster_weathers_garbage(self):
        self.weather(*self.key())


class SignedTest(DatagramTest):
    def test_whoever_has_no_key_or_another_one_is_no_member(self):
        hosts, nodes = self.cluster(2, *self.key())
        without, other = (self.host(name, hosts[0].switch, f"10.77.0.{number}/24")
                          for name, number in (("without", 7), ("other", 8)))
        self.member_on(without)
        self.member_on(other, *self.key("another one, just as long"))
        time.sleep(5)
        self.assertEqual([{}, {}], [self.states(without), self.states(other)])
        self.assert_unharmed(hosts, nodes)

    def test_changed_datagrams_are_refused(self):
        hosts, nodes = self.cluster(2, *self.key())
        stranger = self.stranger(hosts)
        draw = random.Random(1)
        changed = []
        for each in hosts[0].sniff(2):
            data = bytearray.fromhex(each["data"])
            for _ in range(20 if data else 0):
                at = draw.randrange(len(data))
                data[at] ^= 1 << draw.randrange(8)
                changed.append(dict(each, data=data.hex()))
        self.assertTrue(changed)
        stranger.shoot(changed)
        self.assert_unharmed(hosts, nodes)

    def test_what_a_dead_node_said_does_not_bring_it_back(self):
        hosts, nodes = self.cluster(2, *self.key())
        stranger = self.stranger(hosts)
        said = hosts[0].sniff(3)
        self.assertTrue([each for each in said if each["from"][0] == "10.77.0.2"])
        nodes[1].popen.kill()
        begun = time.monotonic()
        while self.states(hosts[0])["h2"] != "gone":
            self.assertLess(time.monotonic() - begun, GENEROUS_S, "as if it still spoke")
            stranger.shoot(said)
        for _ in range(10):
            stranger.shoot(said)
            self.assertEqual({"h2": "gone"}, self.states(hosts[0]))
            time.sleep(0.1)
        self.assertIsNone(nodes[0].popen.poll(), nodes[0].stderr)


class TakeoverTest(DatagramTest):
    def announced(self, hosts, stranger):
        """The announcement of the second host's node, as the stranger receives it."""
        heard = []

        def hears_it():
            heard.extend(each for each in stranger.sniff(3)
                         if each["from"][0] == "10.77.0.2" and each["to"][1] == DISCOVERY_PORT)
            return heard

        wait_until(hears_it, f"an announcement of {hosts[1].name}")
        return heard[0]

    def take_over(self, *arguments):
        hosts, nodes = self.cluster(2, *arguments)
        stranger = self.stranger(hosts)
        address = self.peers(hosts[0])["h2"]["address"]
        self.assertEqual(f"10.77.0.2:{PORT}", address)
        announcement = self.announced(hosts, stranger)
        del announcement["from"]  # it now claims that h2 is at the stranger's address
        for _ in range(20):
            stranger.shoot([announcement, dict(announcement, to=["10.77.0.1", DISCOVERY_PORT])])
            row = self.peers(hosts[0])["h2"]
            self.assertEqual((address, "healthy"), (row["address"], row["state"]))
            time.sleep(0.1)
        self.assert_unharmed(hosts, nodes)

    def test_a_forged_announcement_moves_nobody(self):
        self.take_over()

    def test_a_replayed_announcement_moves_nobody_in_a_signed_cluster(self):
        self.take_over(*self.key())


if __name__ == "__main__":
    cluster.main()
