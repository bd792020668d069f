# SPDX-License-Identifier: GPL-2.0-or-later
"""Two VLANs with the same addresses, in a VRF each, go out at once, have a forward each, and never see the other's frames."""

import pytest
from harness import ONLY_IN, TENANT4, TENANT_GATEWAY4, clients, forward, policy, tenants, without
from harness.silence import mark
from harness.vlans import DEVICES, GATEWAYS, LINKS, Overheard, vlans
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

pytestmark = pytest.mark.engine_needs(nftables="8021q")
BOTH = {"office": "red", "guests": "blue"}   # whose network the VLAN has


def document(home):
    vlans(home)
    tenants(home)
    for port, (name, tenant) in enumerate(BOTH.items(), 8001):
        home["interfaces"][DEVICES[name]] = home["interfaces"].pop(tenant) | {"vlan": LINKS[name]}
        home["nat"]["forwards"].append(forward(f"{tenant}-web", WAN4, port, f"{TENANT4}:8080", vrf=f"{tenant}-net"))
    without(home["policies"], "vlan-ping")
    home["policies"].append(policy("tenants-ping", list(BOTH.values()), "host", protocol="icmp"))


def move_in(house, name):
    station, only = house.hosts[name], ONLY_IN[BOTH[name]]
    station.addresses("eth0", f"{TENANT4}/24", f"{only}/24")
    for address in (TENANT4, only):
        house.lab.defer(station.ip, f"addr del {address}/24 dev eth0")
    house.lab.defer(station.ip, f"route replace default via {GATEWAYS[name][0]}")
    station.ip(f"route replace default via {TENANT_GATEWAY4} src {TENANT4}")


def scenario(house):
    for name in BOTH:
        move_in(house, name)
    port, stations = house.port(), [house.hosts[name] for name in BOTH]
    both = [clients.EchoedConnection(host, OUTSIDE4, 7000, source=(TENANT4, port)) for host in stations]
    for text in ("one", "two " * 1000):
        assert all(connection.says(text) for connection in both)
    rows = [row for row in house.show("flows") if row["original"]["source_port"] == port and row["protocol"] == "tcp"]
    assert {(row["interface_in"], row["from_vrf"]) for row in rows} == {("trunk.20", "red-net"), ("trunk.30", "blue-net")}
    heard = Overheard(house)
    for listen, name in zip((8001, 8002), BOTH, strict=True):
        text = mark().decode()
        connection = clients.EchoedConnection(house.outside, WAN4, listen)
        assert connection.peer.address == OUTSIDE4 and connection.says(text)
        heard.catch_up()
        assert heard.who_saw(text.encode()) == {name}
    text, wires = mark(), [house.sniff(name) for name in ("lan", "wan")]
    for target in (INSIDE4, TENANT_GATEWAY4):
        house.inject("office", IP(src=TENANT4, dst=target) / UDP(sport=house.port(), dport=8080) / text)
    house.sentinel(*wires)
    for station in stations:
        clients.ping(station, TENANT_GATEWAY4)
    heard.catch_up()
    assert heard.who_saw(text) == set()
    assert not any(text in frame for wire in wires for frame in wire.frames)
