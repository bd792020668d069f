# SPDX-License-Identifier: GPL-2.0-or-later
"""What does not fit behind the gateway is reported into the VLAN that it came from, with the MTU, and to no other VLAN."""

import pytest
from harness.frames import is_icmp
from harness.vlans import OFFICE_GATEWAY4, OFFICE_GATEWAY6, Overheard, office_goes_out, vlans
from lab.home import OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6

pytestmark = pytest.mark.engine_needs(nftables="8021q")
MTU = 1300   # IPv6 needs 1280


def document(home):
    vlans(home)
    office_goes_out(home)


def is_too_big(packet):
    return ICMPv6PacketTooBig in packet or is_icmp(3, 4)(packet)


@pytest.mark.parametrize("address, kind, speaker", [
    (OUTSIDE4, IP, OFFICE_GATEWAY4), (OUTSIDE6, IPv6, OFFICE_GATEWAY6)], ids=["ipv4", "ipv6"])
def scenario(house, address, kind, speaker):
    house.set_mtu(house.gateway, "wan", MTU)
    heard, wan = Overheard(house), house.sniff("wan")
    house.office.run("ping", "-n", "-c", 1, "-W", 0.2, "-M", "do", "-s", 1400, address, expect=1)
    error = heard.stations["office"].wait_for("too big", is_too_big)
    assert error[kind].src == speaker
    assert (error[ICMP].nexthopmtu if ICMP in error else error[ICMPv6PacketTooBig].mtu) == MTU
    heard.catch_up("office", "guests")
    assert len(heard.floor.matching(is_too_big)) == 1
    assert not wan.matching(lambda p: kind in p and p[kind].dst == address)
