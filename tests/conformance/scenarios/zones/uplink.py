# SPDX-License-Identifier: GPL-2.0-or-later
"""Hosts of an uplink do not reach each other through the gateway, unless the document says so: by a policy, a forward or a word."""

from harness import DMZ4, assert_dropped, clients, dmz, forward, policy
from lab.home import FAR4, INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP, UDP

PORT = 7000


def document(home):
    home["interfaces"]["dmz"] = dmz(zone="internet")
    home["nat"]["forwards"].append(forward("there", WAN4, 8099, f"{DMZ4}:8080"))


def transit(house, source, target):
    return IP(src=source, dst=target) / UDP(sport=house.port(), dport=PORT)


def passes(house):
    wan = house.sniff("wan")
    packet = transit(house, DMZ4, OTHER_OUTSIDE4)
    house.inject("dmz", packet)
    wan.wait_for("the datagram", lambda p: UDP in p and p[UDP].sport == packet.sport)


def scenario(house):
    assert_dropped(house, "outside", transit(house, FAR4, OTHER_OUTSIDE4), "policy")
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=FAR4) / TCP(sport=house.port(), dport=80, flags="S"), "policy")
    assert_dropped(house, "outside", transit(house, OUTSIDE4, DMZ4), "policy")
    assert_dropped(house, "dmz", transit(house, DMZ4, OTHER_OUTSIDE4), "policy")
    assert clients.tcp_peer(house.outside, WAN4, 8099).address == OUTSIDE4, "a forward is a word of its own"
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.inside, WAN4, 80).address, "hairpin"
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
    transit_policy = policy("transit", "internet", "internet", protocol="udp", ports=PORT)
    house.apply(lambda home: (document(home), home["policies"].append(transit_policy)))
    passes(house)
    assert_dropped(house, "outside", IP(src=OUTSIDE4, dst=DMZ4) / TCP(sport=house.port(), dport=81, flags="S"), "policy")
    for word in ({"hosts_may_talk": True}, {"uplink": False}):
        house.apply(lambda home, word=word: (document(home), home.update(zones={"internet": word})))
        passes(house)
    assert_dropped(house, "outside", IP(src=INSIDE4, dst=FAR4) / UDP(sport=house.port(), dport=9), "spoofed")
