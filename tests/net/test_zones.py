# SPDX-License-Identifier: GPL-2.0-or-later
"""Three wires, two zones inside: what passes within a zone and between zones."""

import pytest
from documents import interface, policy
from lab import clients, servers
from scapy.layers.inet import IP, UDP

NETWORKS = {"one": "192.0.2.0", "two": "198.51.100.0", "dmz": "203.0.113.0"}


def of(network, host):
    return network.removesuffix("0") + str(host)


@pytest.fixture(scope="module")
def document(hook):
    zones = {"one": "lan", "two": "lan", "dmz": "dmz"}
    return {
        "version": 1,
        "interfaces": {name: interface(zones[name], hook, f"{of(network, 1)}/24")
                       for name, network in NETWORKS.items()},
        "policies": [
            policy("no-ntp", "lan", "dmz", "drop", protocol="udp", ports=123),
            policy("lan-dmz", "lan", "dmz", protocol=["tcp", "udp", "icmp"]),
        ],
    }


@pytest.fixture(scope="module")
def hosts(lab, document):
    gateway = lab.gateway()
    made = {"gw": gateway}
    for name, network in NETWORKS.items():
        host = made[name] = lab.host(name)
        lab.wire((gateway, name), (host, "eth0"))
        host.addresses("eth0", f"{of(network, 9)}/24").routes(f"default via {of(network, 1)}")
        for port in (80, 123):
            servers.tcp_peer_server(host, port)
            servers.udp_peer_server(host, port)
    gateway.start_daemon()
    gateway.apply(document)
    return made


def address(name):
    return of(NETWORKS[name], 9)


def test_within_a_zone_traffic_is_accepted(hosts):
    assert clients.tcp_peer(hosts["one"], address("two"), 80).address == address("one")
    assert clients.tcp_peer(hosts["two"], address("one"), 80).address == address("two")


def test_a_policy_opens_one_direction(hosts):
    assert clients.tcp_peer(hosts["one"], address("dmz"), 80).address == address("one")
    assert clients.tcp_outcome(hosts["dmz"], address("one"), 80, timeout=0.3) == "silence"


def test_the_first_matching_policy_wins(hosts):
    assert clients.udp_outcome(hosts["one"], address("dmz"), 123, timeout=0.1) == "silence"
    assert clients.udp_outcome(hosts["one"], address("dmz"), 80) == "answered"
    assert clients.tcp_outcome(hosts["one"], address("dmz"), 123) == "answered"


def test_ping_follows_the_same_policy(hosts):
    clients.ping(hosts["two"], address("dmz"))
    clients.ping(hosts["dmz"], address("two"), expect=1, wait=0.3)


def test_an_isolated_zone_drops_traffic_within(hosts, document):
    hosts["gw"].apply(document | {"zones": {"lan": {"isolated": True}}})
    assert clients.tcp_outcome(hosts["one"], address("two"), 80, timeout=0.3) == "silence"
    assert clients.tcp_peer(hosts["one"], address("dmz"), 80).address == address("one")
    hosts["gw"].apply(document)
    assert clients.tcp_peer(hosts["one"], address("two"), 80).address == address("one")


def test_a_forged_source_goes_nowhere(hosts):
    """An inside source that arrives from another zone: an answer would never find its way back there."""
    sniffer = hosts["one"].sniff("eth0")
    forged = IP(src=address("two"), dst=address("one")) / UDP(sport=9, dport=4444) / b"forged"
    injector = hosts["dmz"].injector("eth0", hosts["gw"].mac("dmz"))
    injector.send(forged)
    clients.tcp_peer(hosts["two"], address("one"), 80)
    assert not sniffer.matching(lambda p: UDP in p and p[UDP].dport == 4444)
