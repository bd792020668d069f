# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors and routes: what ICMP tells each side, translated with the packet that it quotes."""

import socket

import pytest
from lab import clients
from lab.home import (FAR4, FAR6, INSIDE4, INSIDE6, LAN4, LAN6, OUTSIDE4, OUTSIDE6, WAN4)
from scapy.layers.inet import ICMP, IP, ICMPerror, IPerror, UDPerror
from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded, IPv6


def hops(host, address, *options):
    family = "-6" if ":" in address else "-4"
    done = host.run("traceroute", family, "-n", "-q", 1, "-w", 2, "-m", 5, *options, address)
    return [line.split()[1] for line in done.stdout.splitlines()[1:]]


def is_icmp(kind, code):
    return lambda p: ICMP in p and (p[ICMP].type, p[ICMP].code) == (kind, code)


def checksums_are_right(packet):
    """Built again by scapy from its fields, the packet has the same checksums."""
    again = packet.copy()
    del again[IP].chksum
    del again[ICMP].chksum
    again = IP(bytes(again[IP]))
    return (again.chksum, again[ICMP].chksum) == (packet[IP].chksum, packet[ICMP].chksum)


@pytest.mark.parametrize("options", [[], ["-I"], ["-T", "-p", "80"]], ids=["udp", "icmp", "tcp"])
def test_traceroute_shows_the_gateway(home, options):
    assert hops(home.inside, FAR4, *options) == [LAN4, OUTSIDE4, FAR4]


@pytest.mark.parametrize("options", [[], ["-I"]], ids=["udp", "icmp"])
def test_traceroute_over_ipv6_shows_the_gateway(home, options):
    assert hops(home.inside, FAR6, *options) == [LAN6, OUTSIDE6, FAR6]


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6, FAR4, FAR6])
def test_a_closed_udp_port_outside_is_reported_inside(home, address):
    assert clients.udp_outcome(home.inside, address, 9, timeout=2) == "refused"


@pytest.mark.parametrize("address", [OUTSIDE4, OUTSIDE6])
def test_a_closed_tcp_port_outside_is_reported_inside(home, address):
    assert clients.tcp_outcome(home.inside, address, 9) == "refused"


def test_the_error_quotes_the_inside_address(home):
    sniffer = home.inside.sniff("eth0")
    clients.udp_outcome(home.inside, OUTSIDE4, 9, source=("", 44000), timeout=2)
    error = sniffer.wait_for("the error", is_icmp(3, 3))
    assert (error[IP].src, error[IP].dst) == (OUTSIDE4, INSIDE4)
    quoted = error[ICMP].payload
    assert (quoted[IPerror].src, quoted[IPerror].dst) == (INSIDE4, OUTSIDE4)
    assert (quoted[UDPerror].sport, quoted[UDPerror].dport) == (44000, 9)
    assert checksums_are_right(error)


def test_an_error_from_inside_leaves_with_the_gateways_address(home):
    """The outside asks a forwarded port on which nobody listens."""
    sniffer = home.outside.sniff("eth0")
    assert clients.udp_outcome(home.outside, WAN4, 31002, source=("", 44100), timeout=2) == "refused"
    error = sniffer.wait_for("the error", is_icmp(3, 3))
    assert (error[IP].src, error[IP].dst) == (WAN4, OUTSIDE4)
    quoted = error[ICMP].payload
    assert (quoted[IPerror].dst, quoted[UDPerror].dport) == (WAN4, 31002)
    assert checksums_are_right(error)


def test_time_exceeded_comes_from_the_address_that_faces_the_sender(home):
    sniffer = home.inside.sniff("eth0")
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
    sender.sendto(b"short-lived", (OUTSIDE4, 44200))
    error = sniffer.wait_for("time exceeded", is_icmp(11, 0))
    assert (error[IP].src, error[IP].dst) == (LAN4, INSIDE4)
    assert error[ICMP].payload[IPerror].src == INSIDE4 and checksums_are_right(error)


def test_time_exceeded_of_a_router_outside_is_translated(home):
    sniffer = home.inside.sniff("eth0")
    sender = home.inside.socket(kind=socket.SOCK_DGRAM)
    sender.bind(("", 44300))
    sender.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 2)
    sender.sendto(b"short-lived", (FAR4, 44301))
    error = sniffer.wait_for("time exceeded", is_icmp(11, 0))
    assert error[IP].src == OUTSIDE4
    quoted = error[ICMP].payload
    assert (quoted[IPerror].src, quoted[UDPerror].sport) == (INSIDE4, 44300)
    assert checksums_are_right(error)


def test_time_exceeded_for_an_echo_is_translated(home):
    sniffer = home.inside.sniff("eth0")
    home.inside.run("ping", "-n", "-c", 1, "-t", 2, "-W", 2, FAR4, expect=1)
    error = sniffer.wait_for("time exceeded", is_icmp(11, 0))
    echo = sniffer.packets()
    assert error[ICMP].payload[IPerror].src == INSIDE4 and ICMPerror in error
    assert echo and checksums_are_right(error)


def test_ipv6_errors_cross(home):
    sniffer = home.inside.sniff("eth0")
    assert clients.udp_outcome(home.inside, OUTSIDE6, 9, timeout=2) == "refused"
    error = sniffer.wait_for("the error", lambda p: ICMPv6DestUnreach in p)
    assert (error[IPv6].src, error[IPv6].dst) == (OUTSIDE6, INSIDE6)


def test_ipv6_time_exceeded_comes_from_the_gateway(home):
    sniffer = home.inside.sniff("eth0")
    sender = home.inside.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 1)
    sender.sendto(b"short-lived", (OUTSIDE6, 44400))
    assert sniffer.wait_for("time exceeded", lambda p: ICMPv6TimeExceeded in p)[IPv6].src == LAN6


def test_an_error_about_a_flow_that_never_was_goes_nowhere(home):
    sniffer = home.inside.sniff("eth0")
    invented = (IP(src=OUTSIDE4, dst=WAN4) / ICMP(type=3, code=3)
                / IP(src=WAN4, dst=OUTSIDE4) / b"\xab\xcd\x00\x09\x00\x08\x00\x00")
    home.outside.injector("eth0", home.gateway.mac("wan")).send(invented)
    clients.ping(home.inside, OUTSIDE4)
    assert not sniffer.matching(is_icmp(3, 3))
