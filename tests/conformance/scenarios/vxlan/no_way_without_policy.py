# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a site sends at others, and they at it: without a policy nobody sees it, while the gateway answers its ping."""

from harness import DMZ4, assert_dropped, assert_silent, clients, dmz
from harness.silence import let_pieces_go, mark
from harness.tunnels import PORT, SERVED, SITE4, SITE6, TUNNEL4, into, other_site, site
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, WAN4
from lab.intruders import kinds_of_traffic, kinds_of_traffic6
from scapy.layers.inet import IP, TCP, UDP


def document(home):
    site(home)
    home["interfaces"]["dmz"] = dmz()


def is_outer(packet):
    """An answer to the site itself, in the tunnel."""
    return UDP in packet and packet[UDP].dport == PORT


def scenario(house):
    remote, text = other_site(house), mark()
    clients.ping(remote, TUNNEL4)
    lan, wan, behind = house.sniff("lan"), house.sniff("wan"), house.sniff("dmz")
    for target in (INSIDE4, OUTSIDE4, DMZ4, LAN4, WAN4):
        into(house, remote, *kinds_of_traffic(SITE4, target, text))
    into(house, remote, *kinds_of_traffic6(SITE6, INSIDE6, text))
    clients.ping(remote, TUNNEL4)
    assert_silent(house, lan, wan, wanted=lambda p: text in bytes(p) and not is_outer(p))
    assert not behind.matching(lambda p: text in bytes(p))
    inner = remote.sniff("eth0")
    syn = IP(src=INSIDE4, dst=SITE4) / TCP(sport=house.port(), dport=SERVED, flags="S")
    assert_dropped(house, "inside", syn, "policy")
    house.route_outside("10.70.0.0/24")
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=SITE4) / TCP(sport=house.port(), dport=SERVED, flags="S"), "policy")
    clients.ping(remote, TUNNEL4)
    assert not inner.matching(lambda p: TCP in p)
    let_pieces_go(house)
