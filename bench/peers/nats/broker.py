#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A NATS server for the benchmark: on a free port of loopback, printed as {"port": ..., "pid": ...}, until standard
input ends or this process dies.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

START_TIMEOUT_S = 20
END_TIMEOUT_S = 2


def port_of(folder, server):
    """The port that the server chose: it writes it into a file, and not always before it serves."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and server.poll() is None:
        for path in glob.glob(os.path.join(folder, "*.ports")):
            try:
                with open(path, encoding="utf-8") as file:
                    return int(json.load(file)["nats"][0].rsplit(":", 1)[1])
            except ValueError:
                pass  # not yet whole
        time.sleep(0.02)
    sys.exit("broker.py: nats-server did not start")


def main():
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "/usr/sbin/nats-server", "--addr", "127.0.0.1", "--port", "-1",
             "--ports_file_dir", folder],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            print(json.dumps({"port": port_of(folder, server), "pid": server.pid}), flush=True)
            sys.stdin.read()
        finally:
            server.terminate()
            try:
                server.wait(END_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


if __name__ == "__main__":
    main()
