# SPDX-License-Identifier: GPL-2.0-or-later
"""A packet without DF that does not fit the next link goes on in pieces, in order (RFC 4787 REQ-13)."""

from lab import clients, servers
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

MTU = 1300   # IPv6 needs 1280


def scenario(house):
    house.set_mtu(house.gateway, "wan", MTU)
    house.set_mtu(house.outside, "eth0", MTU)
    wan, port = house.sniff("wan"), house.port()
    house.inject("inside", IP(src=INSIDE4, dst=OUTSIDE4, id=port) / UDP(sport=port, dport=9) / (b"t" * 1400))
    wan.wait_for("the last piece", lambda p: IP in p and p[IP].frag and b"tttt" in bytes(p))
    pieces = wan.matching(lambda p: IP in p and p[IP].src == WAN4 and b"tttt" in bytes(p))
    assert [bool(p[IP].flags.MF) for p in pieces] == [True, False]
    assert all(p[IP].len <= MTU for p in pieces) and pieces[1][IP].frag * 8 == pieces[0][IP].len - 20
    assert pieces[0][IP].id == pieces[1][IP].id
    servers.udp_echo_server(house.outside, 7006)
    house.inside.ip("route flush cache")
    house.inside.run("ping", "-n", "-c", 1, "-W", 2, "-M", "dont", "-s", 1400, OUTSIDE4)
    assert clients.udp_echo(house.inside, OUTSIDE4, 7006, 20_000)
