# SPDX-License-Identifier: GPL-2.0-or-later
"""Datagrams in pieces cross a tunnel whole, either way and to the internet; where no policy leads, no piece does."""

from harness import assert_silent, masquerade, policy
from harness.silence import let_pieces_go, mark
from harness.tunnels import SITE4, TUNNEL4, into, other_site, site
from lab import clients, servers
from lab.home import INSIDE4, OUTSIDE4, SECOND4
from scapy.layers.inet import IP, UDP, fragment

PORT = 7006


def document(home):
    site(home)
    home["policies"] += [policy("to-site", "lan", "site"), policy("site-out", "site", "internet"),
                         policy("one-host", "site", "lan", destination=INSIDE4)]
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet"))


def scenario(house):
    remote, text, lan, gained = other_site(house), mark(), house.sniff("lan"), house.gained()
    for client, server, address in ((house.inside, remote, SITE4), (remote, house.outside, OUTSIDE4), (remote, house.inside, INSIDE4)):
        servers.udp_echo_server(server, PORT)
        assert clients.udp_echo(client, address, PORT, 5000)
    pieces = fragment(IP(src=SITE4, dst=SECOND4, id=house.port()) / UDP(sport=house.port(), dport=PORT) / (text * 120), 1400)
    into(house, remote, *pieces)
    clients.ping(remote, TUNNEL4)
    assert_silent(house, lan, wanted=lambda p: text in bytes(p))
    assert gained.drops("vx7").get("policy")
    let_pieces_go(house)
