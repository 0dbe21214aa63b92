#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A server for the benchmark, by the name it is installed under: nats-broker, redis-broker or mosquitto-broker.

It serves a free port of loopback, printed as {"port": ..., "pid": ...}, until standard input ends or this process
dies. Its configuration is the default one but for what is said here.
"""
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

STARTS = 5
START_TIMEOUT_S = 20
END_TIMEOUT_S = 2


def nats(port, _folder):
    return ["/usr/sbin/nats-server", "--addr", "127.0.0.1", "--port", str(port)]


def redis(port, folder):
    return ["/usr/bin/redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder]


def mosquitto(port, folder):
    # Without set_tcp_nodelay, the kernel would hold small messages back for up to 40 ms.
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous true", "set_tcp_nodelay true"]
    config = pathlib.Path(folder) / "mosquitto.conf"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ["/usr/sbin/mosquitto", "-c", str(config)]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as chosen:
        return chosen.getsockname()[1]


def serves(server, port):
    """Waits until the server accepts connections. False if it has ended: another process has taken the port."""
    end = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server.poll() is None
        except ConnectionRefusedError:
            time.sleep(0.02)
    return False


def end(server):
    server.terminate()
    try:
        server.wait(END_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def main():
    name = os.path.basename(sys.argv[0]).removesuffix("-broker")
    command = {"nats": nats, "redis": redis, "mosquitto": mosquitto}[name]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(STARTS):
            port = free_port()
            server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *command(port, folder)],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                if serves(server, port):
                    print(json.dumps({"port": port, "pid": server.pid}), flush=True)
                    sys.stdin.read()
                    return
            finally:
                end(server)
    sys.exit(f"{name}-broker: the server did not start")


if __name__ == "__main__":
    main()
