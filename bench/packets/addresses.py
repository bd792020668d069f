# SPDX-License-Identifier: GPL-2.0-or-later
"""Where everybody is, in either family: RFC 5737 and RFC 2544, RFC 3849.

The flows' own addresses lie behind the two hosts, so that any number of them needs two neighbours only.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Addresses:
    family: str      # as a document of sluice calls it
    table: str       # as nftables calls its tables' family
    length: int      # of a link's prefix
    at_once: tuple   # what `ip address add` is told, so that an address is there at once
    inside_host: str
    gateway_in: str
    inside_link: str
    outside_host: str
    gateway_out: str
    inside_net: str
    inside_base: str   # of the flows: bpf/plan.h
    outside_base: str


IPV4 = Addresses(
    family="ipv4", table="ip", length=24, at_once=(),
    inside_host="192.0.2.2", gateway_in="192.0.2.1", inside_link="192.0.2.0/24",
    outside_host="203.0.113.2", gateway_out="203.0.113.1",
    inside_net="10.0.0.0/16", inside_base="10.0.1.0", outside_base="198.18.0.1")

IPV6 = Addresses(
    family="ipv6", table="ip6", length=64, at_once=("nodad",),
    inside_host="2001:db8:1::2", gateway_in="2001:db8:1::1", inside_link="2001:db8:1::/64",
    outside_host="2001:db8:2::2", gateway_out="2001:db8:2::1",
    inside_net="2001:db8:a::/64", inside_base="2001:db8:a::100", outside_base="2001:db8:b::1")
