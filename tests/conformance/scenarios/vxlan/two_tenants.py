# SPDX-License-Identifier: GPL-2.0-or-later
"""Two tunnels to sites with the same addresses, in a VRF each: both go out at once, have a forward each, and never meet."""

from harness import ONLY_IN, TENANT4, TENANT_GATEWAY4, assert_silent, clients, forward, policy, tenants
from harness.silence import mark
from harness.tunnels import SERVED, other_site, tunnel
from lab.home import INSIDE4, OUTSIDE4, WAN4
from scapy.layers.inet import IP, UDP

VNIS = {"red": 7001, "blue": 7002}


def document(home):
    tenants(home)
    for port, (name, vni) in enumerate(VNIS.items(), 8001):
        on_a_wire = home["interfaces"].pop(name)
        home["interfaces"][f"vx-{name}"] = on_a_wire | {"vxlan": tunnel(vni)["vxlan"]}
        home["nat"]["forwards"].append(forward(f"{name}-web", WAN4, port, f"{TENANT4}:{SERVED}", vrf=f"{name}-net"))
    home["policies"].append(policy("tenants-ping", list(VNIS), "host", protocol="icmp"))


def scenario(house):
    sites = {name: other_site(house, f"{name}-site", vni, (f"{TENANT4}/24", f"{ONLY_IN[name]}/24"), (TENANT_GATEWAY4,))
             for name, vni in VNIS.items()}
    port, heard = house.port(), {name: host.sniff("eth0") for name, host in sites.items()}
    both = [clients.EchoedConnection(host, OUTSIDE4, 7000, source=(TENANT4, port)) for host in sites.values()]
    for text in ("one", "two " * 1000):
        assert all(connection.says(text) for connection in both)
    rows = [row for row in house.show("flows") if row["original"]["source_port"] == port and row["protocol"] == "tcp"]
    assert {(row["interface_in"], row["from_vrf"]) for row in rows} == {("vx-red", "red-net"), ("vx-blue", "blue-net")}
    for listen, (name, other) in zip((8001, 8002), (("red", "blue"), ("blue", "red")), strict=True):
        text = mark().decode()
        connection = clients.EchoedConnection(house.outside, WAN4, listen)
        assert connection.peer.address == OUTSIDE4 and connection.says(text)
        clients.ping(sites[other], TENANT_GATEWAY4)
        assert heard[name].matching(lambda p, said=text: said.encode() in bytes(p))
        assert not heard[other].matching(lambda p, said=text: said.encode() in bytes(p))
    text, lan = mark(), house.sniff("lan")
    for target in (INSIDE4, ONLY_IN["blue"]):
        packet = IP(src=TENANT4, dst=target) / UDP(sport=house.port(), dport=SERVED) / text
        sites["red"].injector("eth0", house.gateway.mac("vx-red")).send(packet)
    for host in sites.values():
        clients.ping(host, TENANT_GATEWAY4)
    assert_silent(house, lan, wanted=lambda p: text in bytes(p))
    assert not heard["blue"].matching(lambda p: text in bytes(p))
