# SPDX-License-Identifier: GPL-2.0-or-later
"""A TCP connection as its outside end sees it, and segments that claim to come from there."""

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6

WRAP = 1 << 32


class Numbers:
    """What is next in both directions of a connection from inside, read off the outside wire.

    `theirs` is the next byte of the outside end, `ours` that of the inside one.
    """

    def __init__(self, sniffer, port):
        self.last = [p for p in sniffer.packets() if TCP in p and p[TCP].sport == port][-1]
        segment = self.last[TCP]
        self.theirs, self.ours = segment.ack, (segment.seq + self._length()) % WRAP

    def _length(self):
        segment = self.last[TCP]
        if IP in self.last:
            return self.last[IP].len - self.last[IP].ihl * 4 - segment.dataofs * 4
        return self.last[IPv6].plen - segment.dataofs * 4

    def from_outside(self, flags, ahead=0, acked=0):
        """A segment to the inside end, so many bytes ahead of what is next."""
        kind = IP if IP in self.last else IPv6
        ip, segment = self.last[kind], self.last[TCP]
        return kind(src=ip.dst, dst=ip.src) / TCP(
            sport=segment.dport, dport=segment.sport, flags=flags, window=1000,
            seq=(self.theirs + ahead) % WRAP, ack=(self.ours + acked) % WRAP)
