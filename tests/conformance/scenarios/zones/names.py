# SPDX-License-Identifier: GPL-2.0-or-later
"""Zones are told apart whatever they are called."""

import pytest
from harness import DMZ4, assert_dropped, clients, policy
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

DEGRADED = 6
LONG = "z" * 62


def named(*names):
    def change(home):
        wan, lan, dmz, absent = names
        home["interfaces"]["wan"]["zone"], home["interfaces"]["lan"]["zone"] = wan, lan
        home["interfaces"]["dmz"] = {"zone": dmz, "addresses": ["172.20.1.1/24"]}
        home["interfaces"]["absent0"] = {"zone": absent}
        home["policies"] = [policy("out", lan, wan),
                            policy("absent-out", absent, [wan, dmz, lan, "host"]),
                            policy("no", [lan, dmz, wan], absent, "drop"),
                            policy("web", wan, lan, "reject")]
        home["nat"]["masquerade"][0] |= {"from": lan, "to": wan}
    return change


@pytest.mark.parametrize("names", [
    ("c", "a_to_b", "b_to_c", "a"), ("drop", "accept", "table", "host_to_a"),
    (f"{LONG}1", f"{LONG}2", f"{LONG}3", f"{LONG}4"), ("1", "2.0", "3-x", "0_"),
], ids=["alike", "words", "long", "numbers"])
def scenario(house, names):
    house.apply(named(*names), expect=DEGRADED)
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(house.outside, WAN4, 80).address == OUTSIDE4
    datagram = UDP(sport=house.port(), dport=8080)
    assert_dropped(house, "dmz", IP(src=DMZ4, dst=INSIDE4) / datagram, "policy")
    assert_dropped(house, "inside", IP(src=INSIDE4, dst=DMZ4) / datagram, "policy")
