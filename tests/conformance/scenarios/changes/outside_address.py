# SPDX-License-Identifier: GPL-2.0-or-later
"""When the outside address changes, new connections have the new one, and forwards listen on it."""

from harness import assert_dropped, clients
from lab.home import OUTSIDE4
from scapy.layers.inet import IP, TCP

NEW = "203.0.113.2"


def moved(home):
    home["interfaces"]["wan"]["addresses"][0] = f"{NEW}/24"
    for forward in home["nat"]["forwards"][:3]:
        forward["listen"] = NEW


def scenario(house):
    house.apply(moved)
    house.home.route_gateway()
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == NEW
    assert clients.tcp_peer(house.outside, NEW, 80).address == OUTSIDE4
    syn = IP(src=OUTSIDE4, dst=NEW) / TCP(sport=house.port(), dport=8001, flags="S")
    assert_dropped(house, "outside", syn, "policy")
