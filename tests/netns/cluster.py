"""Shared by the tests of a cluster in a lab: nodes that discover each other, and their views of the members."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import subprocess
import sys
import time

import lab
from harness import EXOCAST, PATIENCE_S

PORT = 50051


def main():
    """As lab.main(), for a program that has clusters."""
    helped = subprocess.run([EXOCAST, "node", "--help"], capture_output=True, text=True, check=False)
    if "--discovery" not in helped.stdout:
        print("skipped: nodes of this exocast do not find each other yet")
        sys.exit(lab.SKIPPED)
    lab.main()


def tell(text):
    """Prints a figure; `ctest -V` shows it."""
    print(text, file=sys.stderr, flush=True)


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rss_mb(pid):
    with open(f"/proc/{pid}/statm", encoding="utf-8") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


class ClusterTest(lab.NetworkTest):
    def cluster(self, count, *arguments):
        """`count` hosts on one switch with a node each, once all see all others healthy: (hosts, nodes)."""
        hosts = self.hosts(count, self.switch("lan"))
        nodes = [self.member_on(host, *arguments) for host in hosts]
        self.wait_for_mesh(hosts)
        return hosts, nodes

    def member_on(self, host, *arguments):
        """A node that discovers the others."""
        return self.node_on(host, f"0.0.0.0:{PORT}", *arguments)

    def peers(self, host):
        """The others by id, as the node on `host` sees them."""
        rows = json.loads(host.run(EXOCAST, "peers", "--json"))
        return {row["id"]: row for row in rows if row["id"] != host.name}

    def states(self, host):
        return {name: row["state"] for name, row in self.peers(host).items()}

    def wait_for_states(self, host, expected):
        """Waits until the node on `host` sees exactly `expected`, by id."""
        deadline = time.monotonic() + PATIENCE_S
        while (states := self.states(host)) != expected:
            if time.monotonic() > deadline:
                self.fail(f"{host.name} sees {states}, not {expected}")
            time.sleep(0.05)

    def wait_for_mesh(self, hosts):
        """Waits until each of `hosts` sees all others healthy, and no other node."""
        for host in hosts:
            self.wait_for_states(host, {other.name: "healthy" for other in hosts if other is not host})

    def first_seen(self, host, peer, states, since):
        """When the node on `host` first sees `peer` in each of `states`, in seconds after `since`; waits for the last.
        A state too short to be observed gets the time of the next one."""
        seen = {}
        while states[-1] not in seen:
            state = self.states(host).get(peer)
            now = time.monotonic() - since
            self.assertLess(now, PATIENCE_S, f"{host.name} sees {peer} {state}, waiting for {states}")
            if state in states:
                for passed in states[:states.index(state) + 1]:
                    seen.setdefault(passed, now)
            time.sleep(0.02)
        return seen

    def tell_all(self, host, status="1"):
        """Sends `status` through the node on `host` to its peers; returns the report."""
        process = self.start_on(host, "send", "--json", "--timeout", "5s", "--status", status)
        self.assertIn(process.wait(), (0, 2), process.stderr)  # 2: some peers did not get it
        return process.event()
