# SPDX-License-Identifier: GPL-2.0-or-later
"""Only what has the tunnel's number, port and remote comes in; anything else that looks like it is seen and answered by nobody."""

from harness import eventually, policy
from harness.silence import is_answer, mark
from harness.tunnels import PORT, SITE4, VNI, other_site, site
from lab.home import FAR4, INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.layers.vxlan import VXLAN


def document(home):
    site(home)
    home["policies"].append(policy("site-in", "site", "lan"))


def scenario(house):
    other_site(house)
    mac, port, lan, wan = house.gateway.mac("vx7"), house.port(), house.sniff("lan"), house.sniff("wan")

    def outer(text, source=FAR4, to=PORT, vni=VNI, flags=8, inner_source=SITE4):
        inner = IP(src=inner_source, dst=INSIDE4) / UDP(sport=port, dport=8080) / text
        house.inject("outside", IP(src=source, dst=WAN4) / UDP(sport=port, dport=to) / VXLAN(vni=vni, flags=flags)
                     / Ether(src="02:00:5e:00:53:07", dst=mac) / inner)

    gained, bad, good = house.gained(), mark(), mark()
    for wrong in ({"vni": VNI + 1}, {"vni": 0}, {"to": PORT - 1}, {"flags": 0}, {"source": OTHER_OUTSIDE4},
                  {"inner_source": INSIDE4}, {"inner_source": OUTSIDE4}):
        outer(bad, **wrong)
    outer(good)
    lan.wait_for("what is the tunnel's", lambda p: good in bytes(p))
    eventually("false sources are counted", lambda: gained.drops("vx7").get("spoofed") == 2)
    house.sentinel(lan, wan)
    assert not lan.matching(lambda p: bad in bytes(p))
    assert not wan.matching(is_answer)
