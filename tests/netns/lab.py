"""Hosts on separate networks, on one machine: shared by the tests in network namespaces.

A test program first enters a lab: its own network and process namespace, in which it has all privileges even if it is
not root. It creates hosts and switches there. The machine's own networks cannot be reached from the lab. When the test
program ends, for any reason, the kernel ends all processes of the lab and removes its networks and files.
"""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from harness import PATIENCE_S, EndToEndTest  # noqa: E402: needs the path set above

IN_LAB = "EXOCAST_IN_LAB"
FOLDERS = "/mnt"  # of the hosts, in memory; the lab has its own mounts
DATAGRAMS = [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)), "datagrams.py")]
SKIPPED = 77  # the exit status that CMakeLists.txt treats as skipped
ENTER = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
if os.geteuid() != 0:
    ENTER[1:1] = ["--user", "--map-root-user"]

# Run at the start of a host: sets its name; disables the one-second check for duplicate IPv6 addresses.
BOOT = """
hostname "$1"
ip link set lo up
for file in all default; do echo 0 > /proc/sys/net/ipv6/conf/$file/accept_dad; done 2>/dev/null
echo up
exec sleep infinity
"""


def why_no_lab():
    """The reason why this machine cannot have a lab; None if it can."""
    for tool in ("unshare", "nsenter", "ip"):
        if shutil.which(tool) is None:
            return f"there is no program '{tool}' here (Debian: util-linux, iproute2)"
    script = "ip link add name x type bridge && ip link add name y type veth peer name z && unshare --net --uts true"
    done = subprocess.run([*ENTER, "sh", "-c", script], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else f"network namespaces are not allowed here: {done.stderr.strip()}"


def main():
    """Runs the tests of the calling program in a lab."""
    if IN_LAB in os.environ:
        in_lab("ip", "link", "set", "lo", "up")
        in_lab("mount", "-t", "tmpfs", "hosts", FOLDERS)
        unittest.main()
    reason = why_no_lab()
    if reason is not None:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    os.environ[IN_LAB] = "1"
    os.execvp(ENTER[0], [*ENTER, sys.executable, "-B", *sys.argv])


class Switch:
    """An Ethernet switch."""

    def __init__(self, name):
        self.name = name
        in_lab("ip", "link", "add", "name", name, "type", "bridge")
        in_lab("ip", "link", "set", "dev", name, "up")

    def remove(self):
        in_lab("ip", "link", "delete", "dev", self.name)


class Host:
    """A machine of the network, with a name, a loopback and a folder for its programs."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.mkdtemp(prefix=f"{name}-", dir=FOLDERS)
        self._holder = subprocess.Popen(["unshare", "--net", "--uts", "sh", "-c", BOOT, "boot", name],
                                        stdout=subprocess.PIPE, text=True)
        self.pid = self._holder.pid
        if self._holder.stdout.readline() != "up\n":
            raise AssertionError(f"host {name} did not boot")
        # The prefix that runs a command on this host. It execs the command, so its pid is the command's.
        self.inside = ["nsenter", f"--net=/proc/{self.pid}/ns/net", f"--uts=/proc/{self.pid}/ns/uts", "--"]
        self.environment = {"XDG_RUNTIME_DIR": self.folder}
        self.switch = None  # the last one it was plugged into
        self._ports = {}  # by device: the cable's other end

    def plug(self, switch, address, device="eth0"):
        """Connects a new device to `switch`. `address` includes the prefix length: "10.0.0.1/24"."""
        self.switch = switch
        port = self._ports[device] = f"{self.name}-{device}"
        in_lab("ip", "link", "add", "name", port, "type", "veth", "peer", "name", device, "netns", str(self.pid))
        in_lab("ip", "link", "set", "dev", port, "master", switch.name, "up")
        self.run("ip", "address", "add", address, "broadcast", "+", "dev", device)
        self.run("ip", "link", "set", "dev", device, "up")

    def unplug(self, device="eth0"):
        """Pulls the cable: the host sees that its link is down."""
        in_lab("ip", "link", "set", "dev", self._ports[device], "down")

    def replug(self, device="eth0"):
        in_lab("ip", "link", "set", "dev", self._ports[device], "up")

    def isolate(self, device="eth0"):
        """The switch forgets the port: the link stays up and nothing comes through."""
        in_lab("ip", "link", "set", "dev", self._ports[device], "nomaster")

    def move(self, switch, device="eth0"):
        """Moves its cable to another switch."""
        in_lab("ip", "link", "set", "dev", self._ports[device], "master", switch.name)

    def route(self, to, via):
        self.run("ip", "route", "add", to, "via", via)

    def forward(self):
        """Makes it a router."""
        self.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")

    def run(self, *command, **options):
        """Runs a command that must succeed; returns its output."""
        done = subprocess.run([*self.inside, *command], capture_output=True, text=True, timeout=PATIENCE_S, check=False,
                              env=dict(os.environ, **self.environment), **options)
        if done.returncode != 0:
            raise AssertionError(f"{self.name}: {' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def sniff(self, seconds):
        """The datagrams that arrive within that many seconds, as datagrams.py prints them."""
        with subprocess.Popen([*self.inside, *DATAGRAMS, "sniff"], stdout=subprocess.PIPE, text=True) as sniffer:
            if sniffer.stdout.readline() != "listening\n":
                raise AssertionError(f"{self.name} cannot sniff")
            time.sleep(seconds)
            sniffer.terminate()
            return [json.loads(line) for line in sniffer.stdout if line.endswith("\n")]

    def shoot(self, datagrams):
        """Sends `datagrams` in the format of sniff(); without "from", from this host's address."""
        self.run(*DATAGRAMS, "send", input="".join(json.dumps(datagram) + "\n" for datagram in datagrams))

    def remove(self):
        """Ends the host; its other processes must have ended before."""
        self._holder.kill()
        self._holder.wait()
        self._holder.stdout.close()
        shutil.rmtree(self.folder)
        for port in self._ports.values():  # they end with the host, but not at once
            subprocess.run(["ip", "link", "delete", "dev", port], capture_output=True, check=False)


class NetworkTest(EndToEndTest):
    """A test that creates its own networks."""

    def switch(self, name):
        switch = Switch(name)
        self.addCleanup(switch.remove)
        return switch

    def host(self, name, switch=None, address=None):
        host = Host(name)
        self.addCleanup(host.remove)
        if switch is not None:
            host.plug(switch, address)
        return host

    def hosts(self, count, switch):
        """h1, h2, … at 10.77.0.1, 10.77.0.2, …"""
        return [self.host(f"h{i}", switch, f"10.77.0.{i}/24") for i in range(1, count + 1)]

    def start_on(self, host, *arguments, **options):
        """The program, running on `host`."""
        return self.start(*arguments, inside=host.inside, environment=host.environment, **options)

    def node_on(self, host, address, *arguments):
        """A node on `host` at `address`, as EndToEndTest.node(); its id is the host's name."""
        return self.listening(self.start_on(host, "node", "--listen", address, "--json", *arguments))

    def report_on(self, host, *arguments, status=0):
        """The one report that `exocast send --json` prints on `host`."""
        process = self.start_on(host, "send", "--json", *arguments)
        self.assertEqual(status, process.wait(), process.stderr)
        return process.event()


def in_lab(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
