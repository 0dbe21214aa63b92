"""UDP datagrams over IPv4 for an attacker: sniffed on the wire, and sent from any address. Runs on a host of a lab.

  datagrams.py sniff     prints each datagram that arrives at eth0, a line of JSON:
                         {"from": [HOST, PORT], "to": [HOST, PORT], "data": HEX}
  datagrams.py send      sends the datagrams that it reads as such lines; without "from": from its own address
"""
# SPDX-License-Identifier: Apache-2.0
import json
import socket
import struct
import sys

ETH_P_IP = 0x0800
FRAGMENT = 0x3FFF  # more fragments follow, or the offset is not 0


def parsed(packet):
    """The datagram in an IPv4 packet; None if it is none, or a part of one."""
    header = (packet[0] & 15) * 4
    if packet[9] != socket.IPPROTO_UDP or struct.unpack_from("!H", packet, 6)[0] & FRAGMENT:
        return None
    source, target, length = struct.unpack_from("!HHH", packet, header)
    return {"from": [socket.inet_ntoa(packet[12:16]), source], "to": [socket.inet_ntoa(packet[16:20]), target],
            "data": packet[header + 8:header + length].hex()}


def packet_of(datagram, data):
    """The datagram's IPv4 packet, with any source; the kernel adds the IP checksum, and UDP needs none."""
    (source, source_port), (target, target_port) = datagram["from"], datagram["to"]
    length = 8 + len(data)
    return struct.pack("!BBHHHBBH4s4sHHHH", 0x45, 0, 20 + length, 0, 0, 64, socket.IPPROTO_UDP, 0,
                       socket.inet_aton(source), socket.inet_aton(target),
                       source_port, target_port, length, 0) + data


def sniff():
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as wire:
        wire.bind(("eth0", ETH_P_IP))
        print("listening", flush=True)
        while True:
            datagram = parsed(wire.recv(65536))
            if datagram is not None:
                print(json.dumps(datagram), flush=True)


def send():
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for each in (raw, plain):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    for line in sys.stdin:
        datagram = json.loads(line)
        data = bytes.fromhex(datagram["data"])
        if datagram.get("from"):
            raw.sendto(packet_of(datagram, data), tuple(datagram["to"]))
        else:
            plain.sendto(data, tuple(datagram["to"]))


if __name__ == "__main__":
    {"sniff": sniff, "send": send}[sys.argv[1]]()
