# SPDX-License-Identifier: GPL-2.0-or-later
"""Floods at one tenant, and of one: the datagrams in pieces of another go on, and so does what tells it of small MTUs."""

import contextlib
import socket

import pytest
from lab import clients, eventually, floods, servers
from lab.tenants import OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, WAN4, WAN6, TenantsLab

LEAST, ROUNDS, SHARE, SIZE = 30_000, 100, 0.99, 8000
ECHOES, FORWARDED, MTU = 7100, 8000, 1400
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE, IPV6_MTU_DISCOVER = 10, 3, 23
WIDE = {4: "10.64.0.0/16", 6: "fd00:64::/32"}   # that only red has
ENDS = {4: (WAN4, OUTSIDE4), 6: (WAN6, OUTSIDE6)}


@pytest.fixture(scope="module")
def tenants(lab, hook):
    made = TenantsLab(lab, ["red", "blue"])
    made.gateway.start_daemon()
    document = made.document(hook)
    document["vrfs"]["red-net"]["routes"] += [{"to": WIDE[4], "via": TENANT4}, {"to": WIDE[6], "via": TENANT6}]
    made.gateway.apply(document | {"tables": {"flows": 1 << 18}, "timeouts": {"udp": "4s", "udp_one_way": "4s"}})
    for family, via in (("-4", OUTSIDE4), ("-6", OUTSIDE6)):   # of the flood's senders
        made.gateway.ip(family, "route replace default via", via, "dev wan")
    servers.udp_echo_server(made.outside, ECHOES)
    for name, host in made.tenants.items():   # nothing waits for address resolution
        for address in (TENANT4, TENANT6):
            made.gateway.ip("neigh replace", address, "lladdr", host.mac("eth0"), "dev", name, "nud permanent")
    for address in (OUTSIDE4, OUTSIDE6):
        made.gateway.ip("neigh replace", address, "lladdr", made.outside.mac("eth0"), "dev wan nud permanent")
        clients.ping(made.tenants["blue"], address)
    return made


def flood_at_red(tenants, family, kind):
    return floods.flood(tenants.outside, tenants.gateway.mac("wan"), kind, "invented", ENDS[family][0], FORWARDED, 60, LEAST)


def flood_of_red(tenants, family, kind):
    red = tenants.tenants["red"]
    return floods.flood(red, tenants.gateway.mac("red"), kind, WIDE[family], ENDS[family][1], ECHOES, 60, LEAST)


def share_of_echoes(host, address):
    """Of datagrams in six pieces, each of a flow of its own, which come back in six pieces."""
    def is_echoed():
        with contextlib.suppress(TimeoutError):
            return clients.udp_echo(host, address, ECHOES, SIZE, timeout=1)
        return False
    missed = 0
    for number in range(ROUNDS):
        missed += not is_echoed()
        if missed > 5:
            return (number + 1 - missed) / (number + 1)
    return 1 - missed / ROUNDS


@pytest.mark.parametrize("flooding", [flood_at_red, flood_of_red])
@pytest.mark.parametrize("family", [4, 6])
def test_another_tenants_datagrams_in_pieces_go_on(tenants, family, flooding):
    blue, outside = tenants.tenants["blue"], ENDS[family][1]
    with flooding(tenants, family, "first"):
        shares = {"meanwhile": share_of_echoes(blue, outside)}
    shares["after"] = share_of_echoes(blue, outside)
    drops = tenants.gateway.drops()
    tenants.lab.log.say(f"came back: {shares}; drops {drops}")
    assert not drops.keys() & {"spoofed", "no-route", "policy"}, "the flood was none"
    assert all(share >= SHARE for share in shares.values()), shares


@pytest.fixture
def small(tenants):
    """What fits inside does not fit outside."""
    def set_mtu(mtu):
        tenants.gateway.ip(f"link set wan mtu {mtu}")
        eventually("the rules know", lambda: next(
            row["mtu"] for row in tenants.gateway.show("interfaces") if row["name"] == "wan") == mtu)
    set_mtu(MTU)
    yield tenants
    set_mtu(1500)


def is_told(host, family, outside):
    """Whether a datagram that does not fit is answered: the kernel tells the socket, and forgets it then. Sent thrice: the
    flood fills the lab's queues as well.
    """
    level, option = (socket.IPPROTO_IP, IP_MTU_DISCOVER) if family == 4 else (socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER)
    with host.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM, timeout=1) as made:
        made.setsockopt(level, option, IP_PMTUDISC_PROBE)
        made.connect((outside, ECHOES))
        for _ in range(3):
            try:
                made.send(bytes(MTU))
                made.recv(100)
            except TimeoutError:
                continue
            except OSError:
                return True
    return False


@pytest.mark.parametrize("name", ["blue", "red"])
@pytest.mark.parametrize("family", [4, 6])
def test_a_flood_of_packets_that_die_hides_no_mtu(small, family, name):
    """Errors are few in a second; those that tell an MTU stand apart, and each interface has its own."""
    before = small.gateway.drops().get("ttl", 0)
    with flood_of_red(small, family, "dying"):
        told = sum(is_told(small.tenants[name], family, ENDS[family][1]) for _ in range(ROUNDS))
    assert told >= SHARE * ROUNDS
    assert small.gateway.drops()["ttl"] >= before + LEAST // 2
