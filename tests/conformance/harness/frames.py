# SPDX-License-Identifier: GPL-2.0-or-later
"""Questions about a packet that was seen on a wire."""

from scapy.layers.inet import ICMP, IP


def is_icmp(kind, code):
    return lambda packet: ICMP in packet and (packet[ICMP].type, packet[ICMP].code) == (kind, code)


def is_unreachable(packet):
    return ICMP in packet and packet[ICMP].type == 3


def checksums_are_right(packet):
    """Built again from its fields, the packet has the same checksums."""
    again = packet[IP].copy()
    del again[IP].chksum
    del again[ICMP].chksum
    again = IP(bytes(again))
    return (again.chksum, again[ICMP].chksum) == (packet[IP].chksum, packet[ICMP].chksum)
