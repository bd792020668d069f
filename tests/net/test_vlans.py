# SPDX-License-Identifier: GPL-2.0-or-later
"""VLANs of a trunk and bridges that filter VLANs, where the kernel has them, and the reason where it has not."""

import contextlib
import json
import sys
from pathlib import Path

import pytest
from documents import policy
from lab import Lab, clients, eventually, kernel, servers
from lab.capture import IN, OUT, Capture
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Dot1Q

WAN4, OUTSIDE4 = "203.0.113.1", "203.0.113.9"
TAGGED = Path(__file__).resolve().parents[1] / "support" / "lab" / "tagged.py"
INVALID = 3


def way(name, engine, hook, *needs):
    return pytest.param((engine, hook), id=name, marks=[pytest.mark.needs(feature) for feature in needs])


# Where the kernel has no 802.1Q the first two are by tags.
EBPF = [way("tc", "ebpf", "tc"), way("xdp", "ebpf", "xdp"), way("kernel-xdp", "ebpf", "xdp", "8021q")]   # which leaves them to tc
WAYS = [*EBPF, way("kernel-nftables", "nftables", "tc", "8021q")]


def vlan(parent, number, zone, address, **more):
    return {"vlan": {"parent": parent, "id": number, **more}, "zone": zone, "addresses": [f"{address}/24"]}


class Trunk:
    """hosts -- eth1, eth2 [gateway] wan -- outside"""

    def __init__(self, lab, engine, hook):
        self.lab, self.engine, self.hook = lab, engine, hook
        self.gateway, self.outside = lab.gateway(), lab.host("outside")
        self.one, self.two = lab.host("one"), lab.host("two")
        lab.wire((self.gateway, "wan"), (self.outside, "eth0"))
        lab.wire((self.gateway, "eth1"), (self.one, "eth0"))
        lab.wire((self.gateway, "eth2"), (self.two, "eth0"))
        self.outside.addresses("eth0", f"{OUTSIDE4}/24")
        servers.tcp_peer_server(self.outside, 7000)
        self.gateway.start_daemon()

    @contextlib.contextmanager
    def lent(self):
        """To one test: what it adds to the hosts is gone afterwards."""
        with self.lab.part():
            for host in (self.one, self.two):
                self.lab.defer(host.ip, "-4 addr flush dev eth0")
            yield self

    def document(self, interfaces, **more):
        zones = [row["zone"] for row in interfaces.values()]
        plain = {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, **interfaces}
        hooks = {name: {"hook": self.hook} for name, row in plain.items()
                 if self.engine == "ebpf" and row.keys().isdisjoint(("vlan", "bridge"))}
        return {
            "version": 1,
            "engine": self.engine,
            "interfaces": {name: row | hooks.get(name, {}) for name, row in plain.items()},
            "policies": [policy("out", zones, "internet"), policy("ping", zones, "host", protocol=["icmp", "icmpv6"])],
            "nat": {"masquerade": [{"name": "out", "from": zones, "to": "internet"}]},
            **more,
        }

    def tagged(self, host, device, address, *tags):
        """A VLAN device of a host; tags as "802.1Q:20", the outermost first."""
        if kernel.has("8021q"):
            self._by_kernel(host, device, tags)
        else:
            for end in ("eth1", "eth2"):   # nobody finishes checksums for a tap
                self.gateway.run("ethtool", "-K", end, "tx", "off", quiet=True)
            host.start(sys.executable, TAGGED, "eth0", device, *tags)
            eventually("the tap is there", lambda: host.ip("-br link show").stdout.find(device) >= 0)
            host.run("ethtool", "-K", device, "tx", "off", quiet=True)
        host.ip("link set", device, "up")
        return host.addresses(device, f"{address}/24")

    def _by_kernel(self, host, device, tags):
        below = "eth0"
        for level, tag in enumerate(tags):
            protocol, number = tag.split(":")
            name = device if level == len(tags) - 1 else f"{device}-{level}"
            host.ip(f"link add link {below} name {name} type vlan protocol {protocol} id {number}")
            host.ip(f"link set {name} up")
            self.lab.defer(host.ip, "link del", name)
            below = name

    def asks(self, host, source):
        """Whom the outside sees of a host that has several addresses."""
        host.ip(f"route replace default via {source.rpartition('.')[0]}.1")
        return clients.tcp_peer(host, OUTSIDE4, 7000, source=(source, 0)).address

    def links(self):
        return {link["ifname"]: link for link in json.loads(self.gateway.ip("-json -details link show").stdout)}

    def link(self, device):
        return self.links().get(device, {})

    def number_of(self, device):
        """Of the VLAN that it is now."""
        data = self.link(device)["linkinfo"].get("info_data", {})
        return data["id"] if "id" in data else int(self.link(device)["link"].split(".")[2])

    def counted(self, reason):
        return sum(row["packets"] for row in self.gateway.json("show", "drops")["drops"] if row["reason"] == reason)


@pytest.fixture(scope="module", params=WAYS)
def shared(request):
    with Lab(request.param[1]) as lab:
        yield Trunk(lab, *request.param)


@pytest.fixture
def trunk(shared):
    with shared.lent():
        yield shared


@pytest.fixture(params=["ebpf", "nftables"])
def plain_trunk(request):
    with Lab("tc") as lab:
        yield Trunk(lab, request.param, "tc")


def test_what_the_kernel_lacks_is_refused_with_the_reason_and_told_by_doctor(plain_trunk):
    trunk = plain_trunk
    filtering = {"br0": {"bridge": {"members": ["eth2"], "ports": {"eth2": {"tagged": [20]}}}, "zone": "lan"}}
    documents = {
        "8021q": trunk.document({"eth1.20": vlan("eth1", 20, "office", "10.20.0.1")}),
        "vlan-filtering": trunk.document(filtering),
    }
    checks = {row["name"]: row for row in trunk.gateway.json("doctor")["checks"]}
    rows = {"8021q": checks["vlan-devices"], "vlan-filtering": checks["vlan-filter-devices"]}
    for feature, document in documents.items():
        has = kernel.has(feature)
        done = trunk.gateway.apply(document, expect=0 if has else INVALID)
        assert (rows[feature]["state"] == "ok") == has
        assert has or rows[feature]["finding"] in done.stderr
    assert checks["bridge-devices"]["state"] == checks["vxlan-devices"]["state"] == "ok"
    if not kernel.has("8021q"):
        hint = 'add "eth1" to the interfaces' if trunk.engine == "ebpf" else "the eBPF engine"
        assert hint in trunk.gateway.apply(documents["8021q"], expect=INVALID).stderr


def two_vlans(trunk, **more):
    return trunk.document({
        "eth1": {"zone": "lan", "addresses": ["192.168.10.1/24"]},
        "eth1.20": vlan("eth1", 20, "office", "10.20.0.1"),
        "eth1.30": vlan("eth1", 30, "guests", "10.30.0.1"),
    }, **more)


def test_vlans_of_a_trunk_are_interfaces_like_others(trunk):
    document = two_vlans(trunk)
    trunk.gateway.apply(document)
    trunk.one.addresses("eth0", "192.168.10.2/24")
    trunk.tagged(trunk.one, "v20", "10.20.0.2", "802.1Q:20")
    trunk.tagged(trunk.one, "v30", "10.30.0.2", "802.1Q:30")
    for source in ("192.168.10.2", "10.20.0.2", "10.30.0.2"):
        assert trunk.asks(trunk.one, source) == WAN4
    assert trunk.gateway.json("plan", trunk.gateway.write(document))["steps"] == []
    trunk.gateway.ip("link del eth1.20")
    eventually("it is made again", lambda: trunk.link("eth1.20"))
    eventually("it carries traffic", lambda: trunk.asks(trunk.one, "10.20.0.2") == WAN4)
    document["interfaces"]["eth1.20"]["vlan"]["id"] = 40
    trunk.gateway.apply(document)
    assert trunk.number_of("eth1.20") == 40


def test_a_capture_shows_tags_in_their_place(trunk, tmp_path):
    """Of what comes and what leaves by a trunk. XDP sees what comes at the trunk, tc at the VLAN's own device, without a tag."""
    trunk.gateway.apply(two_vlans(trunk))
    if trunk.engine == "nftables":
        assert "nftables" in trunk.gateway.sluice("capture", "-w", tmp_path / "none", expect=2).stderr
        return
    trunk.tagged(trunk.one, "v20", "10.20.0.2", "802.1Q:20")
    trunk.asks(trunk.one, "10.20.0.2")   # neighbours are known
    capture = Capture(trunk.gateway, tmp_path / "tags", "--zone", "office", "tcp port 7000")
    assert trunk.asks(trunk.one, "10.20.0.2") == WAN4
    rows = capture.rows()
    by_tags = not kernel.has("8021q")
    seen = {(row["interface"], row["direction"], ":vlan:" in row["protocol"]) for row in rows if row["interface"] != "wan"}
    came = ("eth1", IN, True) if trunk.hook == "xdp" else ("eth1.20", IN, False)
    assert came in seen and (not by_tags or seen == {came, ("eth1", OUT, True)}), seen
    assert all(":vlan:" not in row["protocol"] for row in rows if row["interface"] == "wan")


def test_the_gateway_answers_for_its_addresses_in_a_vlan(trunk):
    document = two_vlans(trunk)
    document["interfaces"]["eth1.20"]["addresses"].append("fd00:20::1/64")
    trunk.gateway.apply(document)
    trunk.tagged(trunk.one, "v20", "10.20.0.2", "802.1Q:20").addresses("v20", "fd00:20::2/64")
    clients.ping(trunk.one, "10.20.0.1")
    clients.ping(trunk.one, "fd00:20::1")
    clients.ping(trunk.gateway, "10.20.0.2")


def test_between_vlans_of_two_trunks_and_from_outside_into_one(trunk):
    document = trunk.document({
        "eth1": {"zone": "lan"}, "eth1.20": vlan("eth1", 20, "office", "10.20.0.1"),
        "eth2": {"zone": "hall"}, "eth2.20": vlan("eth2", 20, "guests", "10.30.0.1"),
    })
    document["policies"].append(policy("between", "office", "guests"))
    document["nat"]["forwards"] = [{"name": "web", "listen": WAN4, "ports": 8080, "to": "10.30.0.2:8081"}]
    trunk.gateway.apply(document)
    trunk.tagged(trunk.one, "v20", "10.20.0.2", "802.1Q:20").routes("default via 10.20.0.1")
    trunk.tagged(trunk.two, "v20", "10.30.0.2", "802.1Q:20").routes("default via 10.30.0.1")
    servers.tcp_peer_server(trunk.two, 8081)
    assert clients.tcp_peer(trunk.one, "10.30.0.2", 8081).address == "10.20.0.2"
    assert clients.tcp_peer(trunk.outside, WAN4, 8080).address == OUTSIDE4
    assert clients.ping(trunk.two, "10.20.0.2", expect=None, wait=1).returncode != 0, "no policy leads that way"


@pytest.mark.parametrize("shared", EBPF, indirect=True)
def test_tags_of_nobody_are_counted_drops(trunk):
    """With nftables the kernel drops what is nobody's, and counts nothing."""
    trunk.gateway.apply(two_vlans(trunk))
    trunk.one.addresses("eth0", "192.168.10.2/24")
    sender = trunk.one.injector("eth0", trunk.gateway.mac("eth1"))
    before = trunk.counted("vlan")
    inner = IP(src="192.168.10.2", dst="192.168.10.1") / UDP(sport=4000, dport=9)
    for tag in (Dot1Q(vlan=21), Dot1Q(vlan=4095), Dot1Q(type=0x8100, vlan=20) / Dot1Q(vlan=30)):
        sender.send(tag / inner)
    eventually("they are counted", lambda: trunk.counted("vlan") == before + 3)


def test_a_vlan_in_a_vlan_is_qinq(trunk):
    interfaces = {
        "inner": vlan("outer", 5, "customer", "10.5.0.1"),
        "outer": {"vlan": {"parent": "eth1", "id": 100, "protocol": "802.1ad"}, "zone": "carrier"},
        "eth1": {"zone": "lan"},
    }
    trunk.gateway.apply(trunk.document(interfaces))
    trunk.tagged(trunk.one, "v5", "10.5.0.2", "802.1ad:100", "802.1Q:5")
    assert trunk.asks(trunk.one, "10.5.0.2") == WAN4
    clients.ping(trunk.one, "10.5.0.1")
    trunk.gateway.apply(trunk.document({"eth1": {"zone": "lan"}}))
    assert not trunk.link("inner") and not trunk.link("outer")


def test_a_trunk_that_changes_a_daemon_that_is_killed_and_the_cleanup(trunk):
    """The last that borrows the trunk."""
    document = two_vlans(trunk)
    trunk.gateway.apply(document)
    trunk.tagged(trunk.one, "v20", "10.20.0.2", "802.1Q:20")
    assert trunk.asks(trunk.one, "10.20.0.2") == WAN4
    trunk.gateway.daemon.kill()
    assert trunk.asks(trunk.one, "10.20.0.2") == WAN4, "nobody is needed to carry it"
    trunk.gateway.start_daemon()
    assert trunk.gateway.json("plan", trunk.gateway.write(document))["steps"] == []
    trunk.gateway.ip("link set eth1 mtu 1400")
    eventually("its VLANs follow", lambda: {trunk.link(name)["mtu"] for name in ("eth1.20", "eth1.30")} == {1400})
    assert trunk.asks(trunk.one, "10.20.0.2") == WAN4
    document["interfaces"]["eth1.20"]["vlan"]["id"] = 40
    trunk.gateway.apply(document)
    assert "remove VLAN 40 of eth1 as eth1.20" in trunk.gateway.cleanup().stdout
    assert not [name for name in trunk.links() if name.startswith(("eth1.", "tag."))]


@pytest.mark.needs("vlan-filtering")
@pytest.mark.needs("8021q")
def test_a_bridge_that_filters_carries_what_its_ports_are_said_to(plain_trunk):
    """eth1 is in VLAN 20 alone, eth2 a trunk of 20 and 30; the gateway has both."""
    trunk = plain_trunk
    document = trunk.document({
        "br0": {"bridge": {"members": ["eth1", "eth2"], "ports": {
            "eth1": {"untagged": 20}, "eth2": {"tagged": [20, 30]}, "br0": {"untagged": 20, "tagged": [30]}}},
            "zone": "lan", "addresses": ["10.20.0.1/24"]},
        "br0.30": vlan("br0", 30, "guests", "10.30.0.1"),
    })
    trunk.gateway.apply(document)
    trunk.one.addresses("eth0", "10.20.0.2/24", "10.30.0.3/24")
    trunk.tagged(trunk.two, "v20", "10.20.0.4", "802.1Q:20")
    trunk.tagged(trunk.two, "v30", "10.30.0.4", "802.1Q:30")
    for host, source in ((trunk.one, "10.20.0.2"), (trunk.two, "10.20.0.4"), (trunk.two, "10.30.0.4")):
        assert trunk.asks(host, source) == WAN4
    clients.ping(trunk.one, "10.20.0.4")
    assert clients.ping(trunk.one, "10.30.0.4", expect=None, wait=1).returncode != 0, "VLAN 30 is not on that port"
    document["interfaces"]["br0"]["bridge"]["ports"]["eth1"] = {"untagged": 30}
    trunk.gateway.apply(document)
    trunk.one.ip("neigh flush all")
    eventually("it is in VLAN 30 now", lambda: clients.ping(trunk.one, "10.30.0.4", wait=1))
    assert trunk.gateway.json("plan", trunk.gateway.write(document))["steps"] == []
    del document["interfaces"]["br0"]["bridge"]["ports"]
    trunk.gateway.apply(document)
    assert trunk.link("br0")["linkinfo"]["info_data"]["vlan_filtering"] == 0
