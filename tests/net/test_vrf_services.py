# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP services of the gateway that know nothing of VRFs answer in the VRF that asked, by the address that was asked."""

import contextlib
import select
import socket
import time

import pytest
from lab import clients, eventually, floods, servers
from lab.tenants import OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6, WAN4, WAN6, TenantsLab, only_of, only_of6

NAMES = ["red", "blue", "green"]
SERVICE, ECHO_SERVICE, BY_TCP, SLOW, FLOODED = 5353, 5354, 5355, 5356, 5357
WIDE4 = "10.64.0.0/16"   # that only red has
ASKED, LEAST, SHARE = 100, 30_000, 0.99


@pytest.fixture(scope="module", params=["tc", "xdp", "nftables"])
def hook(request):
    """Both engines: here nftables counts as a hook."""
    return request.param


@pytest.fixture(scope="module")
def tenants(lab, hook):
    made = TenantsLab(lab, NAMES)
    document = made.document(hook)
    document["policies"].append({"name": "outside", "from": "internet", "to": "host", "action": "accept",
                                 "protocol": ["icmp", "icmpv6"]})
    document["policies"].append({"name": "service", "from": [*NAMES, "internet"], "to": "host", "action": "accept",
                                 "protocol": ["udp", "tcp"], "ports": f"{SERVICE}-{FLOODED}"})
    document["vrfs"]["red-net"]["routes"].append({"to": WIDE4, "via": TENANT4})
    # Its host flows are others of connection tracking then (docs/nftables.md).
    document["nat"]["forwards"].append({"name": "asked", "listen": only_of(0, 1), "ports": 81, "to": f"{OUTSIDE4}:80"})
    made.gateway.start_daemon()
    made.gateway.apply(document)
    made.in_force = document
    for to, via in (("0.0.0.0/0", OUTSIDE4), ("::/0", OUTSIDE6)):   # the kernel has to find some way
        made.gateway.ip(f"route replace {to} via {via} dev wan")
    servers.udp_peer_server(made.gateway, SERVICE)
    servers.udp_echo_server(made.gateway, ECHO_SERVICE)
    servers.tcp_peer_server(made.gateway, BY_TCP)
    clients.ping(made.outside, WAN4)
    clients.ping(made.outside, WAN6)
    return made


def own(number, six):
    return (TENANT_GATEWAY6, only_of6(number, 1)) if six else (TENANT_GATEWAY4, only_of(number, 1))


@pytest.mark.parametrize("six", [False, True], ids=["4", "6"])
def test_each_is_answered_by_the_address_that_it_asked(tenants, six):
    """A connected socket takes no answer of another one."""
    for number, name in enumerate(NAMES):
        for address in own(number, six):
            assert clients.udp_peer(tenants.tenants[name], address, SERVICE).address in (
                TENANT6 if six else TENANT4, only_of6(number) if six else only_of(number))


def test_nobody_outside_sees_an_answer(tenants):
    watcher = tenants.outside.sniff("eth0")
    secret = b"only-for-the-tenant"
    with tenants.tenants["red"].socket(kind=socket.SOCK_DGRAM) as asks:
        asks.sendto(secret, (TENANT_GATEWAY4, ECHO_SERVICE))
        assert asks.recvfrom(1000) == (secret, (TENANT_GATEWAY4, ECHO_SERVICE))
    clients.ping(tenants.outside, WAN4)
    watcher.catch_up()
    assert not any(secret in frame for frame in list(watcher.frames))


def test_the_main_vrf_is_answered_as_ever(tenants):
    for address, seen in ((WAN4, OUTSIDE4), (WAN6, OUTSIDE6)):
        assert clients.udp_peer(tenants.outside, address, SERVICE).address == seen


def test_tcp_is_as_it_was(tenants):
    for name in NAMES:
        for address in (TENANT_GATEWAY4, TENANT_GATEWAY6):
            assert clients.tcp_peer(tenants.tenants[name], address, BY_TCP).port


def test_another_address_from_the_same_port_answers_for_itself(tenants):
    with tenants.tenants["blue"].socket(kind=socket.SOCK_DGRAM) as asks:
        for address in (*own(1, False), *own(1, False)):
            asks.sendto(b"?", (address, ECHO_SERVICE))
            assert asks.recvfrom(1000)[1] == (address, ECHO_SERVICE)


def test_what_a_service_takes_longer_for_than_an_apply_is_answered(tenants):
    """In the VRF that asked: also where it was asked under the rules of before."""
    gateway, before = tenants.gateway, tenants.in_force
    other = {"name": "other", "from": "green", "to": "host", "action": "accept", "protocol": "tcp", "ports": 9}
    with gateway.socket(kind=socket.SOCK_DGRAM, timeout=5) as slow, tenants.tenants["blue"].socket(kind=socket.SOCK_DGRAM,
                                                                                                  timeout=2) as asks:
        slow.bind(("", SLOW))
        for document in (before | {"policies": [*before["policies"], other]}, before):
            asks.sendto(b"?", (TENANT_GATEWAY4, SLOW))
            question, who = slow.recvfrom(1000)
            gateway.apply(document)
            slow.sendto(question, who)
            assert asks.recvfrom(1000) == (b"?", (TENANT_GATEWAY4, SLOW))


def test_two_that_look_the_same_never_get_each_others_answers(tenants):
    """Same address, same port: nobody can know whose answer it is, so nobody gets one."""
    before = tenants.gateway.drops()
    with contextlib.ExitStack() as stack:
        asking = {name: stack.enter_context(tenants.tenants[name].socket(kind=socket.SOCK_DGRAM, timeout=0.5)) for name in NAMES}
        for asks in asking.values():
            asks.bind((TENANT4, 20077))
        for _ in range(3):
            for name, asks in asking.items():
                asks.sendto(name.encode(), (TENANT_GATEWAY4, ECHO_SERVICE))
        for name, asks in asking.items():
            with contextlib.suppress(TimeoutError):
                while True:
                    assert asks.recv(1000) == name.encode()
    eventually("what was kept back is counted", lambda: conflicts(tenants.gateway.drops()) > conflicts(before))


def answered(asking, within=5):
    """How many of these sockets got what they said."""
    waiting, until = set(asking), time.monotonic() + within
    while waiting and (left := until - time.monotonic()) > 0:
        for asks in select.select(waiting, [], [], left)[0]:
            assert asks.recv(1000) == b"of blue"
            waiting.discard(asks)
    return len(asking) - len(waiting)


def test_who_floods_from_one_vrf_takes_no_answers_from_another(tenants, hook):
    """What was asked before the flood and is answered after it, and what is asked meanwhile."""
    red, blue, gateway = tenants.tenants["red"], tenants.tenants["blue"], tenants.gateway
    with contextlib.ExitStack() as stack:
        def made(host, port=0):
            one = stack.enter_context(host.socket(kind=socket.SOCK_DGRAM, timeout=2))
            one.bind(("", port))
            return one
        slow, early, late = made(gateway, SLOW), [made(blue) for _ in range(ASKED)], [made(blue) for _ in range(ASKED)]
        made(gateway, FLOODED)
        for asks in early:
            asks.sendto(b"of blue", (TENANT_GATEWAY4, SLOW))
        questions, begun = [slow.recvfrom(1000) for _ in early], time.monotonic()
        watcher = tenants.outside.sniff("eth0")
        with floods.flood(red, gateway.mac("red"), "udp", WIDE4, TENANT_GATEWAY4, FLOODED, 30, LEAST):
            for asks in late:
                asks.sendto(b"of blue", (TENANT_GATEWAY4, ECHO_SERVICE))
            shares = {"asked meanwhile": answered(late) / ASKED}
        tenants.lab.log.say(f"a flood of {time.monotonic() - begun:.1f} s")
        for text, who in questions:
            slow.sendto(text, who)
        shares["asked before"] = answered(early) / ASKED
        clients.ping(tenants.outside, WAN4)
        watcher.catch_up()
        assert not any(b"of blue" in frame for frame in list(watcher.frames))
    assert all(share >= SHARE for share in shares.values()), shares
    if hook != "nftables":   # whose sets have more room
        assert gateway.drops()["half-open-full"] > LEAST // 10, "what would be answered elsewhere is not asked"


def test_a_flood_of_the_main_vrf_gives_its_answers_to_nobody_else(tenants, hook):
    """So many have asked in the main one that none more is written down, when a tenant asks who looks the same as one of them."""
    if hook == "nftables":
        pytest.skip("its sets know no more than they have room for")
    green, outside, gateway = tenants.tenants["green"], tenants.outside, tenants.gateway
    outside.ip(f"address replace {TENANT4}/32 dev lo")
    with contextlib.ExitStack() as stack:
        def made(host, *address):
            one = stack.enter_context(host.socket(kind=socket.SOCK_DGRAM, timeout=2))
            one.bind(address)
            return one
        slow = made(gateway, "", SLOW)
        made(gateway, "", FLOODED)
        stack.enter_context(floods.flood(outside, gateway.mac("wan"), "udp", "invented", WAN4, FLOODED, 30, LEAST))
        arrived = seen_by(gateway, "wan")
        eventually("the main one has had its part", lambda: seen_by(gateway, "wan") > arrived + LEAST // 2)
        for port in range(20078, 20078 + 20):
            asks, imitates = made(outside, TENANT4, port), made(green, TENANT4, port)
            asks.sendto(b"of the main one", (WAN4, SLOW))
            question, who = slow.recvfrom(1000)
            imitates.sendto(b"of green", (TENANT_GATEWAY4, SLOW))
            assert slow.recvfrom(1000) == (b"of green", who)
            slow.sendto(question, who)
            clients.ping(green, TENANT_GATEWAY4)
            imitates.setblocking(False)
            with pytest.raises(BlockingIOError):
                imitates.recv(1000)
    outside.ip(f"address del {TENANT4}/32 dev lo")


def seen_by(gateway, device):
    return next(row["rx_packets"] for row in gateway.show("interfaces") if row["name"] == device)


def conflicts(drops):
    return drops.get("flow-conflict", 0) + drops.get("flow_conflict", 0)


def test_without_the_daemon_all_goes_on(tenants):
    tenants.gateway.daemon.kill()
    for name in NAMES:
        assert clients.udp_peer(tenants.tenants[name], TENANT_GATEWAY4, SERVICE).address
    tenants.gateway.start_daemon()
