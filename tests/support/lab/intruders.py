# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic that must not cross, sent without a pause, and watchers that see it when it does."""

import socket
import threading
import time

from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_RR, fragment
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6EchoReply, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, fragment6)
from scapy.layers.l2 import GRE
from scapy.layers.sctp import SCTP, SCTPChunkInit

from .home import FAR4, INSIDE4, INSIDE6, MAIL4, OUTSIDE4, OUTSIDE6, SECOND4, WAN4
from .wait import eventually

INTRUDER = b"sluice-intruder"   # carried by whatever the outside sends at the inside
FUGITIVE = b"sluice-fugitive"   # carried by whatever the inside sends at the outside
INSIDE_NETWORK = bytes([192, 168])
OUTSIDE_BYTES = socket.inet_aton(OUTSIDE4)
PORT = 9999                     # opened by no policy and no forward


def _segments(ip, mark):
    """Of every kind that may open, continue or end something."""
    chunk = SCTPChunkInit(init_tag=1, a_rwnd=1500, n_out_streams=1, n_in_streams=1, init_tsn=1)
    return [
        ip / UDP(sport=PORT, dport=PORT) / mark,
        *(ip / TCP(sport=PORT, dport=PORT, flags=flags, seq=1, ack=1 if "A" in flags else 0) / mark
          for flags in ("S", "SA", "A", "R", "FA", "")),
        ip / SCTP(sport=PORT, dport=PORT) / chunk / mark,
        ip / GRE() / mark,
    ]


def kinds_of_traffic6(source, target, mark):
    """The same of IPv6."""
    ip = IPv6(src=source, dst=target)
    datagram = UDP(sport=PORT, dport=PORT) / mark
    whole = ip / IPv6ExtHdrFragment(id=4242) / UDP(sport=PORT, dport=PORT) / (mark * 200)
    return [
        *_segments(ip, mark),
        ip / ICMPv6EchoRequest(id=PORT, data=mark),
        ip / ICMPv6EchoReply(id=PORT, data=mark),
        ip / ICMPv6DestUnreach(code=4) / IPv6(src=target, dst=source) / datagram,
        *(IPv6(src=source, dst=target, nh=number) / mark for number in (50, 59, 136, 253)),
        IPv6(src=source, dst=target, hlim=1) / datagram,
        *(ip / header / datagram for header in (IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt(), IPv6ExtHdrRouting())),
        *fragment6(whole, 1280),
    ]


def kinds_of_traffic(source, target, mark):
    """One packet of each kind that a stateful gateway treats in another way."""
    ip = IP(src=source, dst=target)
    whole = IP(src=source, dst=target, id=4242) / UDP(sport=PORT, dport=PORT) / (mark * 200)
    return [
        *_segments(ip, mark),
        ip / ICMP(type=8, id=PORT) / mark,
        ip / ICMP(type=0, id=PORT) / mark,
        ip / ICMP(type=3, code=3) / IP(src=target, dst=source) / UDP(sport=PORT, dport=PORT) / mark,
        *(IP(src=source, dst=target, proto=number) / mark for number in (2, 4, 50, 136, 253)),
        IP(src=source, dst=target, options=[IPOption_RR()]) / UDP(sport=PORT, dport=PORT) / mark,
        IP(src=source, dst=target, ttl=1) / UDP(sport=PORT, dport=PORT) / mark,
        *fragment(whole, 1400),
    ]


def from_inside():
    ways = ((INSIDE4, OUTSIDE4), (SECOND4, FAR4), (MAIL4, OUTSIDE4), (INSIDE4, WAN4))
    return [packet for source, target in ways for packet in kinds_of_traffic(source, target, FUGITIVE)]


def from_outside():
    ipv6 = IPv6(src=OUTSIDE6, dst=INSIDE6)
    ipv4 = [packet for target in (INSIDE4, SECOND4, MAIL4)
            for packet in kinds_of_traffic(OUTSIDE4, target, INTRUDER)]
    return [*ipv4,
            ipv6 / UDP(sport=PORT, dport=PORT) / INTRUDER,
            ipv6 / TCP(sport=PORT, dport=PORT, flags="S") / INTRUDER,
            ipv6 / TCP(sport=PORT, dport=PORT, flags="A") / INTRUDER]


class Sender:
    """Sends its packets round after round."""

    def __init__(self, host, device, neighbour_mac, packets):
        injector = host.injector(device, neighbour_mac)
        self.socket = injector.socket
        self.frames = [bytes(injector.link / packet) for packet in packets]
        self.rounds = 0
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        host.lab.defer(self.stop)

    def _run(self):
        while not self.stopping.is_set():
            for frame in self.frames:
                self._send(frame)
            self.rounds += 1
            time.sleep(0.005)

    def _send(self, frame):
        try:
            self.socket.send(frame)
        except OSError:
            time.sleep(0.001)   # the device is full or down for a moment

    def stop(self):
        self.stopping.set()
        self.thread.join()


def is_fugitive(frame):
    """A frame on the outside wire that shows an inside IPv4 address, in its header or in a quoted one.

    What the outside itself sent at an inside address it knows already: that may come back to it.
    """
    kind, body = frame[12:14], frame[14:]
    if kind == b"\x08\x06":
        return body[14:16] == INSIDE_NETWORK
    if kind != b"\x08\x00" or len(body) < 20 or body[12:16] == OUTSIDE_BYTES:
        return False
    quotes = body[9] == 1 and body[20] in (3, 11, 12)
    return _shows_inside(body) or (quotes and _shows_inside(body[28:48]))


def _shows_inside(header):
    return header[12:16] != OUTSIDE_BYTES and INSIDE_NETWORK in (header[12:14], header[16:18])


class Watch:
    """Both senders and both watchers of a home."""

    def __init__(self, home):
        self.home = home
        lan, wan = home.gateway.mac("lan"), home.gateway.mac("wan")
        self.outside, self.inside = home.outside.sniff("eth0"), home.inside.sniff("eth0")
        self.senders = [Sender(home.inside, "eth0", lan, from_inside()),
                        Sender(home.outside, "eth0", wan, from_outside())]

    def rounds(self, count=10):
        """Until each sender has sent everything that often again."""
        for sender in self.senders:
            wanted = sender.rounds + count
            eventually(f"{count} rounds are sent", lambda s=sender, w=wanted: s.rounds >= w, within=30)

    def fugitives(self):
        self.outside.catch_up()
        return [frame for frame in list(self.outside.frames) if is_fugitive(frame)]

    def intruders(self):
        self.inside.catch_up()
        return [frame for frame in list(self.inside.frames) if INTRUDER in frame]

    def assert_tight(self, moment):
        self.rounds(3)
        for what, frames in (("left", self.fugitives()), ("came in", self.intruders())):
            assert not frames, f"{moment}: {len(frames)} packets {what}, the first: {frames[0].hex()}"
