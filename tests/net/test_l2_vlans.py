# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks of frames with VLANs, by a kernel that has all that they need: a wire whose tags are kept, and a mesh of two VLANs. Hosts
have both VLANs as devices of their own, and routers put their port into the bridge that the exported configuration makes.
"""

import documents
import pytest
import ways
from lab import clients
from lab.home import INSIDE4
from lab.phones import home_with_servers
from lab.places import Place, Plug, marked, send, tag, times_seen, wait_for
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way
pytestmark = pytest.mark.needs("wireguard", "gre", "vlan-filtering", "8021q")

GATEWAY4, BERLIN4 = "10.100.0.1", "10.100.0.2"
VLANS = (100, 200)
WHO = {"plug": 1, "berlin": 2, "paris": 3}


# The kernel's bridge carries frames, an engine the tunnels alone: so each is met by one kind.
@pytest.fixture(scope="module", ids="-".join, params=[("ebpf", "tc", "l2-point-to-point"), ("nftables", "tc", "l2-mesh")])
def way(request):
    return request.param


@pytest.fixture(scope="module")
def kind(way):
    return way[2]


@pytest.fixture(scope="module")
def document(engine, hook, kind):
    return documents.carried_by(engine, hook) | {"networks": {"lan7": {
        "type": kind, "expected_users": 6, "attach": ["eth3"], "vlans": list(VLANS),
        "endpoints": {"berlin": {"type": "cpe"}, "paris": {"type": "cpe"}}}}}


def address_of(who, vlan):
    return f"10.9.{vlan}.{WHO[who]}"


def with_vlans(host, who):
    host.sysctl("net/ipv4/conf/all/arp_ignore", "1")   # of the one VLAN it would answer for its address of the other
    for vlan in VLANS:
        host.ip(f"link add link eth0 name eth0.{vlan} type vlan id {vlan}")
        host.sysctl(f"net/ipv6/conf/eth0.{vlan}/disable_ipv6", "1")
        host.ip(f"link set eth0.{vlan} up")
        host.addresses(f"eth0.{vlan}", f"{address_of(who, vlan)}/24")


@pytest.fixture(scope="module")
def home(lab, document):
    made = home_with_servers(lab, document | {"networks": {}})
    made.plug = Plug(made.lab, made.gateway, "eth3", None)
    made.gateway.apply(document)
    return made


@pytest.fixture(scope="module")
def lan(home, kind):
    vlans = VLANS if kind == "l2-mesh" else ()   # the bridge of a wire's end passes everything
    places = {"plug": home.plug, "berlin": Place(home, "lan7", "berlin", 2, None, vlans), "paris": Place(home, "lan7", "paris", 3, None, vlans)}
    for who, place in places.items():
        with_vlans(place.host, who)
    for who in ("plug", "berlin"):
        eventually(f"{who} reaches paris", lambda one=places[who]: clients.ping(
            one.host, address_of("paris", 100), expect=None, wait=1).returncode == 0, within=20)
    return places


def pairs(lan):
    return [(one, other) for one in lan for other in lan if one != other]


def test_what_is_shown(home, kind):
    row = home.gateway.show("networks")[0]
    assert row["type"] == kind and row["vlans"] == "100,200" and row["l2_mtu"] == 1500 and row["backend"] == "kernel"
    assert row["vni"] == (4096 if kind == "l2-mesh" else None)


def test_a_look_behind_the_apply_finds_nothing_to_do(home, document, lan):
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(document))


def test_hosts_of_a_vlan_meet(lan):
    for one, other in pairs(lan):
        for vlan in VLANS:
            clients.ping(lan[one].host, address_of(other, vlan))


def test_frames_of_1500_bytes_pass_with_their_tags(lan):
    for one, other in pairs(lan):
        sniffer = lan[other].host.sniff("eth0.100")
        frame = marked(lan[one].host, size=1500, to=lan[other].host.mac("eth0"), tags=tag(100))
        send(lan[one].host, frame)
        wait_for(sniffer, frame)


def test_full_packets_pass(lan, kind):
    forbidden = "do" if kind == "l2-point-to-point" else "dont"   # a VXLAN answers what may be no fragments: TCP heeds it
    for one, other in pairs(lan):
        lan[one].host.run("ping", "-n", "-c", 2, "-i", "0.05", "-W", 2, "-M", forbidden, "-s", 1472, address_of(other, 200))


def test_other_vlans_and_frames_without_a_tag_do_not_pass(lan):
    for sender in lan:
        sniffers = {name: place.host.sniff("eth0") for name, place in lan.items() if name != sender}
        host = lan[sender].host
        closed, last = [marked(host, tags=tag(101)), marked(host)], marked(host, tags=tag(100))
        send(host, *closed, last)
        for name, sniffer in sniffers.items():
            wait_for(sniffer, last)
            assert [times_seen(sniffer, frame) for frame in closed] == [0, 0], (sender, name)


def test_a_vlan_is_none_of_another(lan):
    """An address of the one is not found by the other."""
    for one, other in pairs(lan):
        lan[one].host.ip(f"route replace {address_of(other, 200)}/32 dev eth0.100")
        clients.ping(lan[one].host, address_of(other, 200), expect=1, wait=1)
        lan[one].host.ip(f"route del {address_of(other, 200)}/32")


def test_no_frame_comes_back_and_none_is_there_twice(home, lan):
    elsewhere = [home.inside.sniff("eth0"), home.outside.sniff("eth0")]
    for sender in lan:
        sniffers = {name: place.host.sniff("eth0") for name, place in lan.items()}
        frames = [marked(lan[sender].host, tags=tag(vlan)) for vlan in VLANS]
        send(lan[sender].host, *frames)
        for name in sniffers.keys() - {sender}:
            wait_for(sniffers[name], *frames)
        for name, sniffer in sniffers.items():
            assert {times_seen(sniffer, frame) for frame in frames} == {0 if name == sender else 1}, (sender, name)
        assert not any(times_seen(sniffer, frame) for sniffer in elsewhere for frame in frames)


def test_an_end_reaches_nothing_else_by_the_tunnel(home, lan):
    router = lan["berlin"].router
    peer = router.run("wg", "show", "berlin0", "peers").stdout.strip()
    router.run("wg", "set", "berlin0", "peer", peer, "allowed-ips", "0.0.0.0/0")
    for target in (GATEWAY4, INSIDE4, "10.100.0.3"):
        router.ip("route replace", target, "dev berlin0")
        clients.ping(router, target, expect=1, wait=1)


def test_a_third_endpoint_is_refused_where_there_are_two(home, kind):
    said = home.gateway.sluice("endpoint", "add", "lan7", "rome", "--type", "cpe", "--generate", expect=None)
    if kind == "l2-mesh":
        assert said.returncode == 0
        home.gateway.sluice("endpoint", "remove", "lan7", "rome")
    else:
        assert said.returncode == 3 and 'networks.lan7.endpoints.rome: an l2-point-to-point network has two endpoints' in said.stderr


def test_nothing_is_left_behind(home, lan):
    home.gateway.sluice("cleanup")
    shown = home.gateway.ip("link show").stdout
    assert not [name for name in ("br-lan7", "gt1", "vx4", "wg-lan7", "master br") if name in shown]
