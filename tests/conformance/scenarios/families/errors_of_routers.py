# SPDX-License-Identifier: GPL-2.0-or-later
"""A router's error about a packet that was sent in the other family reaches its sender, about the packet that he sent; one
that has no meaning there does not."""

from harness import clients, eventually
from harness.families import PORT, SERVED, between, put_in_force
from harness.frames import checksums_are_right, is_icmp
from lab.home import INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4, WAN6
from scapy.layers.inet import ICMP, IP, TCP, IPerror, TCPerror
from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6ParamProblem, ICMPv6TimeExceeded, IPerror6,
                                IPv6)


def connected(house, listen, port):
    connection = clients.EchoedConnection(house.outside, listen, PORT, source=("", port))
    return connection, connection.peer.port


def scenario(house):
    if not put_in_force(house, between(WAN4, INSIDE6)):
        return
    port = house.port()
    held, outside = connected(house, WAN4, port)
    wan = house.sniff("wan")
    sent = IPv6(src=LAN6, dst=INSIDE6) / TCP(sport=outside, dport=SERVED, flags="A") / (b"z" * 100)
    for error, kind, code, mtu in ((ICMPv6PacketTooBig(mtu=1400), 3, 4, 1380), (ICMPv6DestUnreach(code=1), 3, 10, None),
                                   (ICMPv6DestUnreach(code=3), 3, 1, None), (ICMPv6TimeExceeded(code=0), 11, 0, None),
                                   (ICMPv6ParamProblem(code=1, ptr=6), 3, 2, None)):
        house.inject("inside", IPv6(src=INSIDE6, dst=LAN6) / error / sent)
        told = wan.wait_for(f"ICMP {kind}/{code}", is_icmp(kind, code))
        assert (told[IP].src, told[IP].dst) == (WAN4, OUTSIDE4) and checksums_are_right(told)
        quoted = told[ICMP].payload
        assert (quoted[IPerror].src, quoted[IPerror].dst) == (OUTSIDE4, WAN4)
        assert (quoted[TCPerror].sport, quoted[TCPerror].dport) == (port, PORT)
        assert mtu is None or told[ICMP].nexthopmtu == mtu
    gained = house.gained()
    house.inject("inside", IPv6(src=INSIDE6, dst=LAN6) / ICMPv6ParamProblem(code=2, ptr=40) / sent)
    eventually("it is dropped", lambda: gained.drops("lan").get("other-family") == 1)
    assert held.says("errors end nothing")

    house.apply(between(WAN6, INSIDE4))
    held, outside = connected(house, WAN6, port)
    sent = IP(src=LAN4, dst=INSIDE4) / TCP(sport=outside, dport=SERVED, flags="A") / (b"z" * 100)
    for error, layer, code, mtu in ((ICMP(type=3, code=4, nexthopmtu=1400), ICMPv6PacketTooBig, 0, 1420),
                                    (ICMP(type=3, code=13), ICMPv6DestUnreach, 1, None),
                                    (ICMP(type=3, code=1), ICMPv6DestUnreach, 0, None),
                                    (ICMP(type=11, code=0), ICMPv6TimeExceeded, 0, None)):
        house.inject("inside", IP(src=INSIDE4, dst=LAN4) / error / sent)
        told = wan.wait_for(layer.__name__,
                            lambda packet, is_it=layer, code=code: is_it in packet and packet[is_it].code == code)
        assert (told[IPv6].src, told[IPv6].dst) == (WAN6, OUTSIDE6)
        again = IPv6(bytes(told[IPv6]))
        del again[layer].cksum
        assert IPv6(bytes(again))[layer].cksum == told[layer].cksum
        quoted = told[layer].payload
        assert (quoted[IPerror6].src, quoted[IPerror6].dst) == (OUTSIDE6, WAN6)
        assert (quoted[TCPerror].sport, quoted[TCPerror].dport) == (port, PORT)
        assert mtu is None or told[layer].mtu == mtu
    assert held.says("errors end nothing")
