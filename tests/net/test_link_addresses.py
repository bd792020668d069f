# SPDX-License-Identifier: GPL-2.0-or-later
"""Which addresses the gateway answers for on a link: those of this link's interface, and of nobody else's."""

import socket

import pytest
from documents import forward, interface, policy
from lab import Lab, eventually, kernel, snapshot
from lab.sites import WAYS
from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP, Ether

TENANTS = {"red": "red-net", "blue": "blue-net", "lan": None, "dmz": None}   # interface: VRF
POOL4, STATIC4, LISTEN4 = "203.0.113.40", "203.0.113.50", "203.0.113.60"
SETTINGS = ("net/ipv4/conf/{}/arp_ignore", "net/ipv4/conf/{}/arp_announce")
VLAN_ID = 30


def own4(number, host=1):
    return f"10.{number}.0.{host}"


def own6(number, host=1):
    return f"fd00:{number}::{host}"


class Links:
    """A host on each of the gateway's links; two tenants in VRFs, two in none, and the way out."""

    def __init__(self, lab, way):
        self.engine, self.hook = way
        self.gateway = lab.gateway()
        self.names = ["wan", *TENANTS]
        self.hosts = {name: lab.host(f"h-{name}") for name in self.names}
        for name, host in self.hosts.items():
            lab.wire((self.gateway, name), (host, "eth0"))
            host.sysctl("net/ipv6/conf/eth0/disable_ipv6", "0")
        self.before = snapshot.take(self.gateway)
        self.gateway.start_daemon()
        self.gateway.apply(self.document())

    def document(self):
        interfaces = {"wan": interface("internet", self.hook, "203.0.113.1/24", "2001:db8:f::1/64")}
        for number, (name, vrf) in enumerate(TENANTS.items(), 1):
            interfaces[name] = interface(name, self.hook, f"{own4(number)}/24", f"{own6(number)}/64")
            if vrf:
                interfaces[name]["vrf"] = vrf
        if self.engine == "nftables":
            for row in interfaces.values():
                del row["hook"]
        through = [{"to": "0.0.0.0/0", "through": "main"}]
        return {
            "version": 1, "engine": self.engine, "interfaces": interfaces,
            "zones": {"internet": {"uplink": True}},
            "vrfs": {vrf: {"table": 1100 + number, "routes": through}
                     for number, vrf in enumerate(filter(None, TENANTS.values()))},
            "policies": [policy("out", [*TENANTS], "internet"),
                         policy("host", [*TENANTS, "internet"], "host", protocol=["icmp", "icmpv6"])],
            "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet", "addresses": [POOL4]}],
                    "static": [{"name": "mail", "outside": STATIC4, "inside": own4(4, 5)}],
                    "forwards": [forward("web", LISTEN4, 80, own4(3, 5))]},
        }

    def all4(self):
        """{address: the interface that has it}"""
        return {address: "wan" for address in ("203.0.113.1", POOL4, STATIC4, LISTEN4)} | {
            own4(number): name for number, name in enumerate(TENANTS, 1)}

    def all6(self):
        return {"2001:db8:f::1": "wan"} | {own6(number): name for number, name in enumerate(TENANTS, 1)}


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def links(request):
    with Lab(request.param[1]) as lab:
        yield Links(lab, request.param)


def senders4(name, target):
    """Of its own network, of that of the address that it asks for, and of one who has none yet."""
    number = [*TENANTS].index(name) + 1 if name in TENANTS else None
    return [own4(number, 5) if number else "203.0.113.9", target.rsplit(".", 1)[0] + ".9", "0.0.0.0"]


def question(host, sender, target, to="ff:ff:ff:ff:ff:ff"):
    mac = host.mac("eth0")
    return bytes(Ether(src=mac, dst=to) / ARP(op="who-has", hwsrc=mac, psrc=sender, pdst=target))


def answers4(seen):
    """(address, who asked)"""
    return [(p[ARP].psrc, p[ARP].pdst) for p in seen.packets() if ARP in p and p[ARP].op == 2]


def answered4(links, name):
    """Of all addresses of the gateway, those that it answers for on this link. Its own is asked for last."""
    host = links.hosts[name]
    own = next(address for address, at in links.all4().items() if at == name)
    with host.lab.part():
        seen, asks = host.sniff("eth0"), host.injector("eth0", "ff:ff:ff:ff:ff:ff")
        for target in links.all4():
            for sender in senders4(name, target):
                for to in ("ff:ff:ff:ff:ff:ff", links.gateway.mac(name)):
                    asks.send_frame(question(host, sender, target, to))
        last = own.rsplit(".", 1)[0] + ".99"
        asks.send_frame(question(host, last, own))
        eventually("the last one is answered", lambda: (own, last) in answers4(seen))
        return {address for address, _ in answers4(seen)}


def test_no_link_is_told_of_an_address_of_another(links):
    for name in links.names:
        own = {address for address, at in links.all4().items() if at == name}
        assert answered4(links, name) == own, name


def solicitation(source, target, mac, to=None):
    tail = bytes(socket.inet_pton(socket.AF_INET6, target))[-3:]
    group = "ff02::1:ff%02x:%02x%02x" % tuple(tail)
    return IPv6(src=source, dst=to or group, hlim=255) / ICMPv6ND_NS(tgt=target) / ICMPv6NDOptSrcLLAddr(lladdr=mac)


def answered6(links, name):
    host = links.hosts[name]
    mac, to = host.mac("eth0"), links.gateway.mac(name)
    link_local = next(line.split()[3].split("/")[0]
                      for line in host.ip("-6 -oneline addr show dev eth0 scope link").stdout.splitlines())
    own = next(address for address, at in links.all6().items() if at == name)
    with host.lab.part():
        seen, asks = host.sniff("eth0"), host.injector("eth0", to)
        for target in sorted(links.all6(), key=lambda address: address == own):   # its own last
            for sender in (link_local, target.rsplit("::", 1)[0] + "::9"):
                asks.send(solicitation(sender, target, mac), solicitation(sender, target, mac, to=target))
        seen.wait_for("the last answer", lambda p: ICMPv6ND_NA in p and p[ICMPv6ND_NA].tgt == own)
        return {p[ICMPv6ND_NA].tgt for p in seen.matching(lambda p: ICMPv6ND_NA in p)}


def test_nor_by_neighbour_discovery(links):
    for name in links.names:
        own = {address for address, at in links.all6().items() if at == name}
        assert answered6(links, name) == own, name


def test_the_gateway_asks_by_an_address_of_the_link(links):
    """Whatever the source is of the packet that waits for the answer."""
    seen = links.hosts["dmz"].sniff("eth0")
    links.gateway.run("ping", "-c", "1", "-W", "1", "-I", own4(3), own4(4, 77), expect=None)
    asked = seen.wait_for("the question", lambda p: ARP in p and p[ARP].op == 1 and p[ARP].pdst == own4(4, 77))
    assert asked[ARP].psrc == own4(4)


def test_an_interface_that_comes_later_answers_like_the_others(links):
    lab, host = links.gateway.lab, links.hosts["red"]
    links.gateway.ip("link del red")
    eventually("it is gone", lambda: "red" not in {row["name"] for row in links.gateway.show("interfaces") if row.get("up")})
    lab.wire((links.gateway, "red"), (host, "eth0"))
    eventually("it has its address", lambda: links.gateway.has_address("red", f"{own4(1)}/24"))
    eventually("and is taken up", lambda: not links.gateway.json("status")["degraded"])
    eventually("it answers", lambda: answered4(links, "red") == {own4(1)})


def test_what_somebody_changes_is_put_right(links):
    for path in SETTINGS:
        links.gateway.sysctl(path.format("lan"), "0")
    links.gateway.ip("link set lan mtu 1480")
    assert [eventually(path, lambda path=path: links.gateway.sysctl(path.format("lan")) != "0") for path in SETTINGS]
    links.gateway.ip("link set lan mtu 1500")


def test_the_trunk_itself_does_not_answer_for_its_vlans(links):
    if links.engine == "nftables" and not kernel.has("8021q"):
        pytest.skip("needs 802.1Q")
    document = links.document()
    del document["interfaces"]["dmz"]["addresses"]
    document["interfaces"]["dmz.30"] = {"vlan": {"parent": "dmz", "id": VLAN_ID}, "zone": "dmz", "addresses": ["10.30.0.1/24"]}
    links.gateway.apply(document)
    host = links.hosts["dmz"]
    seen, asks = host.sniff("eth0"), host.injector("eth0", "ff:ff:ff:ff:ff:ff")
    for _ in range(3):
        asks.send_frame(question(host, "10.30.0.9", "10.30.0.1"))
    links.gateway.apply(links.document())   # which takes longer than an answer
    assert answers4(seen) == []


def test_an_interface_that_leaves_has_its_settings_back(links):
    document = links.document()
    del document["interfaces"]["dmz"]
    document["policies"] = [policy("out", "lan", "internet")]
    document["nat"].pop("static")
    links.gateway.apply(document)
    assert [links.gateway.sysctl(path.format("dmz")) for path in SETTINGS] == ["0", "0"]
    links.gateway.cleanup()
    left = snapshot.differences(links.before, snapshot.take(links.gateway))
    assert not [line for line in left if "arp_" in line]
