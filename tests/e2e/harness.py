"""Shared by the end-to-end tests: processes of the built program on loopback, which are ended by their pids."""
# SPDX-License-Identifier: Apache-2.0
import json
import os
import pty
import queue
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import uuid
from unittest import mock

EXOCAST = os.path.join(os.environ["EXOCAST_BUILD_DIR"], "exocast")
# Timeout of operations that should be instant: test machines are busy, and sanitizers are slow.
PATIENCE_S = 120
MARK = "EXOCAST_TEST_MARK"


def wait_until(condition, what, seconds=PATIENCE_S):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.01)


def marked_processes(mark):
    """The pids of all processes with this mark in their environment, at any depth."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if f"{MARK}={mark}".encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            continue  # it has ended meanwhile
    return found


class Process:
    """The running program, with its output line by line. Its standard error may be a terminal. `inside` is a prefix of
    the command that runs it on another host."""

    def __init__(self, *arguments, stdin=subprocess.DEVNULL, terminal=False, inside=(), environment=None):
        errors, theirs = pty.openpty() if terminal else os.pipe()
        self.mark = str(uuid.uuid4())
        self.popen = subprocess.Popen(
            [*inside, EXOCAST, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=theirs, text=True,
            env=dict(os.environ, **{MARK: self.mark}, **(environment or {})))
        os.close(theirs)
        self._errors = open(errors, "rb", buffering=0)
        self.pid = self.popen.pid
        self.stderr = ""
        self._lines = queue.Queue()
        self._readers = [threading.Thread(target=read) for read in (self._read_stdout, self._read_stderr)]
        for reader in self._readers:
            reader.start()

    def _read_stdout(self):
        for line in self.popen.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _read_stderr(self):
        try:
            while piece := self._errors.read(65536):
                self.stderr += piece.decode()
        except OSError:  # the end of a terminal
            pass

    def line(self, seconds=PATIENCE_S):
        """The next line of its standard output; None at its end."""
        return self._lines.get(timeout=seconds)

    def event(self):
        return json.loads(self.line())

    def write(self, text):
        self.popen.stdin.write(text)
        self.popen.stdin.flush()

    def signal(self, number):
        os.kill(self.pid, number)

    def wait(self, seconds=PATIENCE_S):
        """Its exit status, once it and its output have ended."""
        if self.popen.stdin is not None:
            self.popen.stdin.close()
        status = self.popen.wait(seconds)
        for reader in self._readers:
            reader.join(seconds)
        return status

    def end(self):
        """Ends the process, whatever its state."""
        if self.popen.poll() is None:
            self.popen.kill()
        self.wait()
        self.popen.stdout.close()
        self._errors.close()


class EndToEndTest(unittest.TestCase):
    def setUp(self):
        # Separate control sockets, so that no test finds the nodes of another test or of the user.
        self.runtime = tempfile.mkdtemp(prefix="exocast")
        self.addCleanup(shutil.rmtree, self.runtime)
        patched = mock.patch.dict(os.environ, XDG_RUNTIME_DIR=self.runtime)
        patched.start()
        self.addCleanup(patched.stop)

    def start(self, *arguments, **options):
        process = Process(*arguments, **options)
        self.addCleanup(process.end)
        return process

    def node(self, name, *arguments):
        """A listening node; its `peer` is an argument for --peer."""
        if "--discovery" not in arguments:
            arguments = ("--discovery", "none", *arguments)  # other tests' nodes are on this machine, too
        return self.listening(self.start("node", "--id", name, "--listen", "127.0.0.1:0", "--json", *arguments))

    def listening(self, process):
        """Returns the node once it has printed its address."""
        listening = process.event()
        self.assertEqual("listening", listening["event"])
        process.address = listening["address"]
        process.native = listening.get("native")
        process.peer = f"{listening['id']}={process.address}"
        return process

    def freeze(self, process):
        """Stops the process: it does not answer, but its sockets stay open."""
        process.signal(signal.SIGSTOP)

    def run_exocast(self, *arguments, stdin=None, **options):
        done = subprocess.run([EXOCAST, *arguments], input=stdin, capture_output=True, text=True, timeout=PATIENCE_S,
                              check=False, **options)
        return done

    def send(self, *arguments, **options):
        return self.run_exocast("send", *arguments, **options)

    def report(self, *arguments, status=0, **options):
        """The one report that `exocast send --json` prints."""
        done = self.send("--json", *arguments, **options)
        self.assertEqual(status, done.returncode, done.stderr)
        (line,) = done.stdout.splitlines()
        return json.loads(line)

    def assert_refused(self, done, *parts, status=1):
        """Checks that standard error is a single line that contains all `parts`."""
        self.assertEqual(status, done.returncode, done.stderr)
        self.assert_one_line(done.stderr, *parts)

    def assert_one_line(self, stderr, *parts):
        self.assertRegex(stderr, r"\Aexocast: [^\n]+\n\Z")
        for part in parts:
            self.assertIn(part, stderr)

    def temporary_file(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            file.write(text)
        self.addCleanup(os.remove, file.name)
        return file.name

    def peers_file(self, *nodes):
        peers = {}
        for node in nodes:
            name, address = node.peer.split("=")
            host, port = address.rsplit(":", 1)
            peers[name] = {"address": host, "port": int(port)}
        return self.temporary_file(json.dumps({"peers": peers}))

    def free_port(self):
        """A port without a listener; it stays bound, so that no process can listen on it."""
        sock = socket.socket()
        self.addCleanup(sock.close)
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def free_udp_port():
    """A free UDP port, which several nodes may share, and which the system gives to no socket of another test."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port


def outcomes(report):
    return {row["peer"]: row["outcome"] for row in report["outcomes"]}
