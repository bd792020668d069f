# SPDX-License-Identifier: GPL-2.0-or-later
"""What tells the kernel where to send: believed where an uplink says it, and from nobody inside."""

import documents
import pytest
from lab import HomeLab, eventually, snapshot
from lab.home import FAR4, INSIDE4, INSIDE6, LAN4, OUTSIDE4, OUTSIDE6
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6

PREFIX = "2001:db8:5::"
REDIRECTS = ("net/ipv4/conf/{}/accept_redirects", "net/ipv4/conf/{}/send_redirects", "net/ipv6/conf/{}/accept_redirects")


@pytest.fixture
def bare(own_lab):
    """A home in which sluice never ran, and whose devices get their IPv6 addresses from the link."""
    home = HomeLab(own_lab)
    home.gateway.ip("-6 route flush dev wan proto boot")
    for device in ("wan", "lan"):
        home.gateway.sysctl(f"net/ipv6/conf/{device}/accept_ra", "1")   # which labs switch off
    home.gateway.addresses("lan", f"{LAN4}/24")
    return home


def from_the_link(engine, hook):
    """`lan` has its addresses from somebody else, `wan` in IPv6 as well."""
    document = documents.carried_by(engine, hook)
    for interface in document["interfaces"].values():
        del interface["addresses"]
    document["nat"] = {"masquerade": document["nat"]["masquerade"]}
    document["policies"].append(documents.policy("everything", ["lan", "internet"], "host"))
    return document


def start(home, document):
    home.gateway.addresses("wan", "203.0.113.1/24")
    home.gateway.start_daemon()
    home.gateway.apply(document)


def advertise(home, host, device):
    """As the host's own kernel would, with a prefix to make an address of."""
    source = next(line.split()[3].split("/")[0] for line in host.ip("-6 -oneline addr show dev eth0 scope link").stdout.splitlines())
    host.injector("eth0", home.gateway.mac(device)).send(
        IPv6(src=source, dst="ff02::1", hlim=255) / ICMPv6ND_RA(routerlifetime=1800)
        / ICMPv6NDOptPrefixInfo(prefix=PREFIX, prefixlen=64, L=1, A=1))


def routes(home, device):
    return home.gateway.ip("-6 route show proto ra dev", device).stdout + home.gateway.ip("-4 route show cache").stdout


def drops(home, device):
    return {row["reason"]: row["packets"] for row in home.gateway.get("/v1/show/drops")["drops"] if row["interface"] == device}


def test_an_uplink_takes_its_address_by_advertisements(bare, engine, hook):
    start(bare, from_the_link(engine, hook))
    advertise(bare, bare.outside, "wan")
    eventually("the default route is there", lambda: "default" in routes(bare, "wan"))
    eventually("so is an address", lambda: PREFIX[:-1] in bare.gateway.ip("-6 addr show dev wan").stdout)
    assert drops(bare, "wan").get("control", 0) == 0


def in_ipv4(document, *names):
    """The document gives these interfaces IPv4 alone."""
    for name in names:
        row = document["interfaces"][name]
        row["addresses"] = [address for address in row["addresses"] if ":" not in address]
    document["policies"] = [row for row in document["policies"] if row["name"] != "web6"]
    document["nat"]["forwards"] = [row for row in document["nat"]["forwards"] if row["name"] != "web-six"]
    return document


@pytest.mark.parametrize("names", [("wan", "lan"), ("wan",), ()], ids=["ipv4", "ipv6-inside", "ipv6"])
def test_an_uplink_goes_on_with_what_it_was_told(bare, engine, hook, names):
    """What it learnt before sluice came stays, and the next advertisement is believed as well: whatever the document gives."""
    advertise(bare, bare.outside, "wan")
    eventually("the host is told a route", lambda: "default" in routes(bare, "wan"))
    bare.gateway.start_daemon()
    bare.gateway.apply(in_ipv4(documents.carried_by(engine, hook), *names))
    assert "default" in routes(bare, "wan")
    bare.gateway.ip("-6 route flush dev wan proto ra")
    comes_back(bare)
    assert drops(bare, "wan").get("control", 0) == 0


def test_a_document_of_ipv4_leads_nobody_in_ipv6(bare, engine, hook):
    """The gateway has a route that it was told, its neighbours have theirs by it; and nothing passes."""
    advertise(bare, bare.outside, "wan")
    eventually("the host is told a route", lambda: "default" in routes(bare, "wan"))
    bare.gateway.start_daemon()
    bare.gateway.apply(in_ipv4(documents.carried_by(engine, hook), "wan", "lan"))
    lan, wan = bare.switch.sniff("gw"), bare.outside.sniff("eth0")
    for host, device, source, target in ((bare.inside, "lan", INSIDE6, OUTSIDE6), (bare.outside, "wan", OUTSIDE6, INSIDE6)):
        host.injector("eth0", bare.gateway.mac(device)).send(IPv6(src=source, dst=target) / UDP(sport=4242, dport=4243))
    eventually("both are dropped", lambda: sum(drops(bare, "lan").values()) and sum(drops(bare, "wan").values()))
    arrived = {("lan", INSIDE6), ("wan", OUTSIDE6)}   # at the sniffers, from the hosts themselves
    passed = {(name, packet[IPv6].src) for name, sniffer in (("lan", lan), ("wan", wan)) for packet in sniffer.packets()
              if UDP in packet and IPv6 in packet and packet[UDP].sport == 4242}
    assert passed <= arrived


def forward_everywhere(home):
    """Once, as docker, networkd and `sysctl --system` do. The kernel forgets a route that a host was told."""
    home.gateway.sysctl("net/ipv6/conf/all/forwarding", "1")


def comes_back(home):
    def has_route():
        advertise(home, home.outside, "wan")
        return "default" in routes(home, "wan")
    eventually("the next advertisement is believed", has_route)


def test_an_uplink_stays_one_when_another_program_forwards(bare, engine, hook):
    start(bare, from_the_link(engine, hook))
    comes_back(bare)
    forwarding = [bare.gateway.sysctl(f"net/ipv6/conf/{device}/forwarding") for device in ("all", "wan")]
    for _ in range(2):
        forward_everywhere(bare)
        eventually("forwarding is as it was", lambda: [bare.gateway.sysctl(f"net/ipv6/conf/{device}/forwarding")
                                                       for device in ("all", "wan")] == forwarding)
        comes_back(bare)
    bare.gateway.stop_daemon()
    forward_everywhere(bare)
    bare.gateway.start_daemon()
    comes_back(bare)


def test_an_uplink_that_comes_later_takes_advertisements(bare, engine, hook):
    bare.gateway.sysctl("net/ipv6/conf/default/accept_ra", "1")
    bare.gateway.ip("link set wan name gone")
    bare.gateway.start_daemon()
    bare.gateway.apply(from_the_link(engine, hook), expect=6)   # degraded: `wan` is missing
    bare.gateway.ip("link add wan type bridge")
    eventually("it may be told, also where another becomes a router", lambda: bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra") == "2")


def test_nobody_inside_changes_a_route(bare, engine, hook):
    start(bare, from_the_link(engine, hook))
    before = routes(bare, "lan"), bare.gateway.ip("route get", FAR4).stdout
    advertise(bare, bare.inside, "lan")
    bare.inside.injector("eth0", bare.gateway.mac("lan")).send(
        IP(src=OUTSIDE4, dst=LAN4) / ICMP(type=5, code=1, gw=INSIDE4) / IP(src=LAN4, dst=FAR4) / UDP(sport=9, dport=9))
    eventually("both are counted", lambda: drops(bare, "lan").get("control") == 2)
    assert (routes(bare, "lan"), bare.gateway.ip("route get", FAR4).stdout) == before
    assert PREFIX[:-1] not in bare.gateway.ip("-6 addr show dev lan").stdout


def test_nobody_is_believed_and_nobody_told(bare, engine, hook):
    before = snapshot.take(bare.gateway)
    start(bare, from_the_link(engine, hook))
    for path in REDIRECTS:
        for device in ("wan", "lan"):
            assert bare.gateway.sysctl(path.format(device)) == "0", path.format(device)
    for setting in ("accept_redirects", "send_redirects"):
        assert bare.gateway.sysctl(f"net/ipv4/conf/all/{setting}") == "0"
    assert bare.gateway.sysctl("net/ipv6/conf/lan/accept_ra") == "0"
    assert bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra") != "0"
    bare.gateway.cleanup()
    bare.gateway.daemon.wait()
    bare.gateway.ip("addr del 203.0.113.1/24 dev wan")
    bare.route_gateway()
    bare.gateway.ip("-6 route flush dev wan proto boot")
    assert snapshot.differences(before, snapshot.take(bare.gateway)) == []


def test_what_somebody_switches_on_is_off_again(bare, engine, hook):
    start(bare, from_the_link(engine, hook))
    bare.gateway.sysctl("net/ipv4/conf/lan/accept_redirects", "1")
    bare.gateway.sysctl("net/ipv6/conf/lan/accept_ra", "1")
    bare.gateway.ip("link set lan mtu 1400")
    for path in ("net/ipv4/conf/lan/accept_redirects", "net/ipv6/conf/lan/accept_ra"):
        eventually(f"{path} is off", lambda path=path: bare.gateway.sysctl(path) == "0")


def test_an_uplink_is_where_the_default_route_points(bare, engine, hook):
    start(bare, documents.carried_by(engine, hook))
    assert bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra") != "0"
    before = bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra")
    bare.gateway.ip("route del default")
    eventually("wan is none", lambda: bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra") == "0")
    bare.route_gateway()
    eventually("it is one again", lambda: bare.gateway.sysctl("net/ipv6/conf/wan/accept_ra") == before)


@pytest.mark.parametrize("forwarded", ["0", "1"])
def test_redirects_come_back_as_they_were(bare, engine, hook, forwarded):
    """Whatever the kernel itself writes when forwarding is switched."""
    bare.gateway.sysctl("net/ipv4/ip_forward", forwarded)
    for device in ("all", "wan"):
        bare.gateway.sysctl(f"net/ipv4/conf/{device}/accept_redirects", "1" if device == "all" else "0")
    before = snapshot.take(bare.gateway)
    bare.gateway.start_daemon()
    bare.gateway.apply(documents.carried_by(engine, hook))
    assert bare.gateway.sysctl("net/ipv4/conf/all/accept_redirects") == "0"
    bare.gateway.cleanup()
    bare.gateway.daemon.wait()
    changed = [line for line in snapshot.differences(before, snapshot.take(bare.gateway)) if line.startswith("net/")]
    assert changed == []
