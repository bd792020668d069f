# SPDX-License-Identifier: GPL-2.0-or-later
"""Router advertisements are taken where a router can be: on an uplink, from the link itself."""

from harness import assert_dropped, policy
from scapy.layers.inet6 import ICMPv6ND_RA, IPv6


def document(home):
    home["interfaces"]["wan"]["addresses"] = ["203.0.113.1/24"]
    home["policies"] = [row for row in home["policies"] if row["name"] != "web6"]
    home["policies"].append(policy("everything", ["lan", "internet"], "host"))
    home["nat"]["forwards"] = [row for row in home["nat"]["forwards"] if row["name"] != "web-six"]


def advertisement(hops=255):
    return IPv6(src="fe80::2", dst="ff02::1", hlim=hops) / ICMPv6ND_RA(routerlifetime=0)


def scenario(house):
    assert_dropped(house, "inside", advertisement(), "control")
    assert_dropped(house, "outside", advertisement(hops=64), "control")
    gained = house.gained()
    house.inject("outside", advertisement())
    house.sentinel()
    assert not gained.drops("wan")
    house.apply(lambda home: (document(home), home.update(zones={"internet": {"uplink": False}})))
    assert_dropped(house, "outside", advertisement(), "control")
    house.apply(lambda home: (document(home), home.update(zones={"lan": {"uplink": True}})))
    gained = house.gained()
    house.inject("inside", advertisement())
    house.sentinel()
    assert not gained.drops("lan")
