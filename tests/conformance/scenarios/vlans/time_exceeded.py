# SPDX-License-Identifier: GPL-2.0-or-later
"""That time is up is told into the VLAN that the packet came from, of the gateway by its address there, and to no other VLAN."""

import pytest
from harness.frames import checksums_are_right, is_icmp
from harness.silence import mark
from harness.vlans import OFFICE4, OFFICE6, OFFICE_GATEWAY4, OFFICE_GATEWAY6, Overheard, office_goes_out, vlans
from lab.home import FAR4, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP, UDP, IPerror
from scapy.layers.inet6 import ICMPv6TimeExceeded, IPv6

pytestmark = pytest.mark.engine_needs(nftables="8021q")


def document(home):
    vlans(home)
    office_goes_out(home)


def is_time_exceeded(packet):
    return ICMPv6TimeExceeded in packet or is_icmp(11, 0)(packet)


@pytest.mark.parametrize("packet, speaker", [
    (IP(src=OFFICE4, dst=OUTSIDE4, ttl=1), OFFICE_GATEWAY4), (IP(src=OFFICE4, dst=FAR4, ttl=2), OUTSIDE4),
    (IPv6(src=OFFICE6, dst=OUTSIDE6, hlim=1), OFFICE_GATEWAY6)], ids=["gateway", "router", "gateway-ipv6"])
def scenario(house, packet, speaker):
    heard, text, wan = Overheard(house), mark(), house.sniff("wan")
    house.inject("office", packet / UDP(sport=house.port(), dport=7000) / text)
    error = heard.stations["office"].wait_for("time exceeded", is_time_exceeded)
    assert error[type(packet)].src == speaker
    assert error[type(packet)].dst == packet.src
    if ICMP in error:
        assert checksums_are_right(error) and error[IPerror].src == OFFICE4
    heard.catch_up("office", "guests")
    assert len(heard.floor.matching(is_time_exceeded)) == len(heard.stations["office"].matching(is_time_exceeded)) == 1
    wan.catch_up()
    assert any(text in frame for frame in wan.frames) == (speaker == OUTSIDE4)
