# SPDX-License-Identifier: GPL-2.0-or-later
"""What the gateway and routers have to say about a site's packet goes back into the tunnel, and says the tunnel's address."""

import pytest
from harness import masquerade, policy
from harness.frames import checksums_are_right, is_icmp
from harness.silence import mark
from harness.tunnels import SITE4, SITE6, TUNNEL4, TUNNEL6, VNI, into, other_site, site
from lab.home import FAR4, INSIDE4, INSIDE6, OUTSIDE4
from scapy.layers.inet import ICMP, IP, UDP, IPerror
from scapy.layers.inet6 import ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6
from scapy.layers.vxlan import VXLAN

MTU = 1300   # of lan; IPv6 needs 1280


def document(home):
    site(home)
    home["policies"] += [policy("both", ["lan", "site"], ["lan", "site", "internet"])]
    home["nat"]["masquerade"].append(masquerade("site-as", "site", "internet"))


def is_error(packet):
    return any(kind in packet for kind in (ICMPv6TimeExceeded, ICMPv6PacketTooBig)) or any(
        is_icmp(*kind)(packet) for kind in ((11, 0), (3, 4)))


@pytest.mark.parametrize("packet, size, speaker", [
    (IP(src=SITE4, dst=INSIDE4, ttl=1), 10, TUNNEL4), (IP(src=SITE4, dst=FAR4, ttl=2), 10, OUTSIDE4),
    (IP(src=SITE4, dst=INSIDE4, flags="DF"), 1350, TUNNEL4), (IPv6(src=SITE6, dst=INSIDE6, hlim=1), 10, TUNNEL6),
    (IPv6(src=SITE6, dst=INSIDE6), 1350, TUNNEL6)], ids=["time", "router", "big", "time-ipv6", "big-ipv6"])
def scenario(house, packet, size, speaker):
    remote, text = other_site(house), mark()
    if size > MTU:
        house.set_mtu(house.gateway, "lan", MTU)
    inner, outer, lan = remote.sniff("eth0"), house.sniff("wan"), house.sniff("lan")
    into(house, remote, packet / UDP(sport=house.port(), dport=9) / text.ljust(size, b"."))
    error = inner.wait_for("the error", is_error)
    assert (error[type(packet)].src, error[type(packet)].dst) == (speaker, packet.src)
    if ICMP in error:
        assert checksums_are_right(error) and error[IPerror].src == SITE4
    if size > MTU:
        assert MTU == (error[ICMP].nexthopmtu if ICMP in error else error[ICMPv6PacketTooBig].mtu)
    seen = outer.matching(is_error)
    assert len(seen) == 1 and seen[0][VXLAN].vni == VNI
    house.sentinel(lan)
    assert not lan.matching(lambda p: text in bytes(p) or is_error(p))
