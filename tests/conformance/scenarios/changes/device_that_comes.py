# SPDX-License-Identifier: GPL-2.0-or-later
"""A device that does not exist yet is reported; when it comes it is served, also a second time."""

from harness import clients, eventually, policy
from lab.home import OUTSIDE4, WAN4

DEGRADED = 6


def named(home):
    home["interfaces"]["spare"] = {"zone": "guests", "addresses": ["172.20.2.1/24"]}
    home["policies"].append(policy("guests-out", "guests", "internet"))
    home["nat"]["masquerade"][0]["from"] = ["lan", "guests"]


def plug_in(house, name):
    guest = house.lab.host(name)
    house.lab.wire((house.gateway, "spare"), (guest, "eth0"), hook=house.variant.wire_hook("spare"))
    guest.addresses("eth0", "172.20.2.9/24").routes("default via 172.20.2.1")
    return guest


def scenario(house):
    assert "spare" in house.apply(named, expect=DEGRADED).stderr
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
    for name in ("guest", "other-guest"):
        guest = plug_in(house, name)
        eventually("the guest is served", lambda guest=guest: clients.tcp_outcome(
            guest, OUTSIDE4, 7000, timeout=0.3) == "answered")
        assert clients.udp_peer(guest, OUTSIDE4, 7000).address == WAN4
        house.gateway.ip("link del spare")
    assert clients.tcp_peer(house.inside, OUTSIDE4, 7000).address == WAN4
