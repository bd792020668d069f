# SPDX-License-Identifier: GPL-2.0-or-later
"""UDP services of the gateway that know nothing of VRFs answer in the VRF that asked, by the address that was asked."""

import contextlib
import socket

import pytest
from lab import clients, eventually, servers
from lab.tenants import OUTSIDE4, OUTSIDE6, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6, WAN4, WAN6, TenantsLab, only_of, only_of6

NAMES = ["red", "blue", "green"]
SERVICE, ECHO_SERVICE, BY_TCP = 5353, 5354, 5355


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
                                 "protocol": ["udp", "tcp"], "ports": f"{SERVICE}-{BY_TCP}"})
    # Its host flows are others of connection tracking then (docs/nftables.md).
    document["nat"]["forwards"].append({"name": "asked", "listen": only_of(0, 1), "ports": 81, "to": f"{OUTSIDE4}:80"})
    made.gateway.start_daemon()
    made.gateway.apply(document)
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


def conflicts(drops):
    return drops.get("flow-conflict", 0) + drops.get("flow_conflict", 0)


def test_without_the_daemon_all_goes_on(tenants):
    tenants.gateway.daemon.kill()
    for name in NAMES:
        assert clients.udp_peer(tenants.tenants[name], TENANT_GATEWAY4, SERVICE).address
    tenants.gateway.start_daemon()
