# SPDX-License-Identifier: GPL-2.0-or-later
"""tagged.py TRUNK DEVICE TAG...: a VLAN device on kernels without 802.1Q. Each TAG is PROTOCOL:ID, the outermost first.

DEVICE is a tap: what it sends leaves by TRUNK with the tags, and what TRUNK receives with them comes in by it.
"""

import contextlib
import fcntl
import os
import selectors
import socket
import struct
import sys

ETH_P_ALL = 3
SOL_PACKET, PACKET_AUXDATA, PACKET_OUTGOING = 263, 8, 4
AUXDATA = struct.Struct("IIIHHHH")   # packet(7): status, len, snaplen, mac, net, vlan_tci, vlan_tpid
STATUS_TAGGED = 1 << 4
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454ca, 0x0002, 0x1000
ADDRESSES, LARGEST = 12, 1 << 16
ID = 0x0fff
PROTOCOLS = {"802.1Q": 0x8100, "802.1ad": 0x88a8}


def open_tap(name):
    tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    return tap


def open_trunk(name):
    trunk = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    trunk.bind((name, ETH_P_ALL))
    trunk.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    return trunk


def receive(trunk):
    """A frame with all its tags in it; the kernel lays the outermost beside. None: it was sent from here."""
    frame, beside, _, sender = trunk.recvmsg(LARGEST, socket.CMSG_SPACE(AUXDATA.size))
    if sender[2] == PACKET_OUTGOING:
        return None
    for level, kind, data in beside:
        if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
            status, *_, tci, protocol = AUXDATA.unpack(data[:AUXDATA.size])
            if status & STATUS_TAGGED:
                return frame[:ADDRESSES] + struct.pack("!HH", protocol, tci) + frame[ADDRESSES:]
    return frame


def without(frame, tags):
    """The frame without these tags; None: it has others."""
    for protocol, number in tags:
        found, tci = struct.unpack_from("!HH", frame, ADDRESSES)
        if found != protocol or tci & ID != number:
            return None
        frame = frame[:ADDRESSES] + frame[ADDRESSES + 4:]
    return None if frame[ADDRESSES:ADDRESSES + 2] in (b"\x81\x00", b"\x88\xa8") else frame


def carry(key, tap, trunk, header, tags):
    """One frame; as on any wire, one that a device cannot take (a tap that is not up yet) is lost."""
    with contextlib.suppress(OSError):
        if key.fileobj == tap:
            frame = os.read(tap, LARGEST)
            trunk.send(frame[:ADDRESSES] + header + frame[ADDRESSES:])
        else:
            frame = receive(trunk)
            bare = frame and without(frame, tags)
            if bare:
                os.write(tap, bare)


def main():
    trunk_name, tap_name, *words = sys.argv[1:]
    tags = [(PROTOCOLS[protocol], int(number)) for protocol, number in (word.split(":") for word in words)]
    header = b"".join(struct.pack("!HH", protocol, number) for protocol, number in tags)
    tap, trunk = open_tap(tap_name), open_trunk(trunk_name)
    ready = selectors.DefaultSelector()
    ready.register(tap, selectors.EVENT_READ)
    ready.register(trunk, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            carry(key, tap, trunk, header, tags)


if __name__ == "__main__":
    main()
