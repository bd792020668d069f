# SPDX-License-Identifier: GPL-2.0-or-later
"""rounds.py DEVICE FILE [MAC]: sends the packets of a file again and again, until SIGTERM comes.

The file has four bytes of length before each packet. They go to a neighbour's MAC where the device has Ethernet. Says after each
round how many there were.
"""

import itertools
import signal
import socket
import struct
import sys
import time

ON_THEIR_WAY = 48 << 10   # bytes of memory: as in flood.py
# Packets, seconds: nine senders share two cores with WireGuard in user space and with whoever listens. With more than these carry nobody would
# hear all of a round.
AT_ONCE, PAUSE = 16, 0.05
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86dd


def read(file):
    with open(file, "rb") as packets:
        while size := packets.read(4):
            yield packets.read(struct.unpack("!I", size)[0])


def send(made, packet, to):
    """Again where the device's queue is full; where the device is gone for a moment, the next round comes."""
    for _ in range(50):
        try:
            return made.sendto(packet, to)
        except OSError:
            time.sleep(0.001)
    return 0


def main():
    device, file, *mac = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    rest = (0, 0, bytes.fromhex(mac[0].replace(":", ""))) if mac else ()
    kinds = [(packet, (device, ETH_P_IPV6 if packet[0] >> 4 == 6 else ETH_P_IP, *rest)) for packet in read(file)]
    made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, ON_THEIR_WAY)
    for number in itertools.count(1):
        for begin in range(0, len(kinds), AT_ONCE):
            for packet, to in kinds[begin:begin + AT_ONCE]:
                send(made, packet, to)
            time.sleep(PAUSE)
        print(number, flush=True)


if __name__ == "__main__":
    main()
