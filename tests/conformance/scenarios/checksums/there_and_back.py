# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever a packet looks like, only addresses, ports and TTL change on its way, its checksums are right, and its answer undoes it."""

import pytest
from harness import forward, masquerade, policy, static
from harness.random_packets import RandomPackets, await_packet, protocols, taken_apart
from lab.home import WAN4, WAN6

ROUNDS = 8
ETHER = {4: 0x0800, 6: 0x86dd}
# Nobody has these, so nobody interferes: frames to them go to `inside`, or into a black hole outside.
HIDDEN4, HIDDEN6 = "192.168.10.98", "2001:db8:10::98"
STATIC4, STATIC6, SEEN4, SEEN6 = "192.168.10.99", "2001:db8:10::99", "203.0.113.99", "2001:db8:f::99"
FAR4, FAR6 = "198.51.100.200", "2001:db8:fa::dead:1"


def document(home):
    home["policies"].append(policy("seen-in", "internet", "lan", destination=[STATIC4, STATIC6]))
    home["nat"]["masquerade"] = [masquerade("out", "lan", "internet", family="both")]
    home["nat"]["static"] += [static("four", SEEN4, STATIC4), static("six", SEEN6, STATIC6)]
    home["nat"]["forwards"] += [
        forward("checks", WAN4, "20000-20999", HIDDEN4, protocol=["tcp", "udp"]),
        forward("checks-six", WAN6, "20000-20999", f"[{HIDDEN6}]:10000", protocol=["tcp", "udp"]),
    ]


# who sends, between which addresses, and between which the receiver sees it
WAYS = {
    "masquerade4": ("inside", (HIDDEN4, FAR4), (WAN4, FAR4)),
    "masquerade6": ("inside", (HIDDEN6, FAR6), (WAN6, FAR6)),
    "static4": ("inside", (STATIC4, FAR4), (SEEN4, FAR4)),
    "static6": ("inside", (STATIC6, FAR6), (SEEN6, FAR6)),
    "static4_in": ("outside", (FAR4, SEEN4), (FAR4, STATIC4)),
    "static6_in": ("outside", (FAR6, SEEN6), (FAR6, STATIC6)),
    "forward4": ("outside", (FAR4, WAN4), (FAR4, HIDDEN4)),
    "forward6": ("outside", (FAR6, WAN6), (FAR6, HIDDEN6)),
}


def prepare(house):
    lan = house.inside.mac("eth0")
    for address in (HIDDEN4, HIDDEN6, STATIC4, STATIC6):
        house.gateway.ip("neigh replace", address, "lladdr", lan, "dev lan nud permanent")
        house.lab.defer(house.gateway.ip, "neigh del", address, "dev lan")
    for option, prefix in (("-4", f"{FAR4}/32"), ("-6", f"{FAR6}/128")):
        house.outside.ip(option, "route add blackhole", prefix)
        house.lab.defer(house.outside.ip, option, "route del blackhole", prefix)


def assert_translated(sent, seen, ends):
    assert not seen.flaws
    assert (seen.source, seen.target) == ends
    assert seen.kept() == sent.kept()
    assert seen.ttl == sent.ttl - 1
    assert (seen.checksum == 0) == (sent.checksum == 0), "a datagram without a checksum stays without one"


def cross(house, sniffer, sender, packet, ends, constant):
    """The packet as the other side sees it."""
    sent = taken_apart(packet)
    assert not sent.flaws
    host = house.hosts[sender]
    mac = house.gateway.mac(house.device_before(sender))
    host.injector("eth0", mac).send_bytes(ETHER[sent.family], packet)
    seen = await_packet(sniffer, sent, constant)
    assert_translated(sent, seen, ends)
    return sent, seen


@pytest.mark.parametrize("way", WAYS)
def scenario(house, way):
    sender, ends, seen_ends = WAYS[way]
    prepare(house)
    made = RandomPackets(way)
    receiver = "outside" if sender == "inside" else "inside"
    there, back = (house.sniff("wan" if host == "outside" else "lan") for host in (receiver, sender))
    for _ in range(ROUNDS):
        for protocol in protocols(6 if ":" in ends[0] else 4, forwarded=way.startswith("forward")):
            ports = (house.port(), made.random.randrange(20000, 21000))
            peer = 1 if sender == "inside" else 0   # whose port stays
            packet = made.packet(protocol, ends, ports)
            sent, seen = cross(house, there, sender, packet, seen_ends, peer)
            answer = made.packet(protocol, seen_ends[::-1], seen.ports[::-1], answered=seen)
            _, home = cross(house, back, receiver, answer, ends[::-1], 1 - peer)
            assert home.ports == sent.ports[::-1], "translated back it is what was sent"
