# SPDX-License-Identifier: GPL-2.0-or-later
"""What was counted stays counted when the daemon is killed and another one takes over."""

from harness import assert_dropped, clients
from lab.home import INSIDE4, LAN4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, TCP


def scenario(house):
    gained = house.gained()
    for _ in range(2):
        clients.udp_peer(house.inside, OUTSIDE4, 7000, source=("", house.port()))
        clients.udp_peer(house.outside, WAN4, 30000, source=("", house.port()))
        house.gateway.daemon.kill()
        house.gateway.start_daemon()
    assert (gained.policy("lan-out")["flows"], gained.policy("lan-out")["packets"]) == (2, 4)
    assert (gained.forward("range")["flows"], gained.forward("range")["packets"]) == (2, 4)
    syn = IP(src=INSIDE4, dst=LAN4) / TCP(sport=house.port(), dport=8000, flags="S")
    assert_dropped(house, "inside", syn, "policy")
    house.gateway.daemon.kill()
    house.gateway.start_daemon()
    assert gained.drops("lan") == {"policy": 1}
