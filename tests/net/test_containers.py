# SPDX-License-Identifier: GPL-2.0-or-later
"""sluice-cni by the specification of CNI: what an engine asks, what it is answered, and what the container can reach then."""

import json
import signal

import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.cni import Plugin, port
from lab.dns_client import addresses, ask
from lab.documents import forward, policy
from lab.home import FAR4, FAR6, INSIDE4, INSIDE6, LAN4, LAN6, WAN4, WAN6

WEB, OTHER, DNS, PUBLISHED = 80, 8000, 53, 8080
SUBNET, SUBNET6 = "172.20.1.0/24", "2001:db8:20:1::/64"


def document(engine, **more):
    return {
        "version": 1, "engine": engine,
        "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24", f"{WAN6}/64"]},
                       "lan": {"zone": "lan", "addresses": [f"{LAN4}/24", f"{LAN6}/64"]}},
        "zones": {"dmz": {"dns": True, "isolated": True}, "internal": {}},
        "policies": [policy("lan-to-dmz", "lan", "dmz", protocol="tcp", ports=WEB),
                     policy("dmz-to-internal", "dmz", "internal", protocol=["tcp", "udp"], ports=WEB),
                     policy("dmz-out", "dmz", "internet"),
                     policy("dns", "dmz", "host", protocol=["tcp", "udp"], ports=DNS)],
        "nat": {"masquerade": [{"name": "out", "from": "dmz", "to": "internet"}]},
        "pods": {"app1": {"ingress": ["zone:lan"]}},
        **more}


@pytest.fixture(scope="module")
def home(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        for host in (made.outside, made.inside, made.far):
            servers.tcp_peer_server(host, WEB)
        made.outside.routes(f"172.20.0.0/16 via {WAN4}", f"2001:db8:20::/48 via {WAN6}")   # as a hostile neighbour would
        made.gateway.start_daemon()
        made.gateway.apply(document(engine))
        made.route_gateway()
        yield made
        lab.run("ip", "netns", "del", "pod-app1", expect=None)


class Attached:
    """A container with two servers."""

    def __init__(self, plugin, host, **more):
        self.plugin, self.host = plugin, host
        self.answer = plugin.add(host, **more)
        self.address = self.answer["ips"][0]["address"].split("/")[0]
        self.gateway = self.answer["ips"][0]["gateway"]

    def serves(self):
        for number in (WEB, OTHER):
            servers.tcp_peer_server(self.host, number)
        servers.udp_peer_server(self.host, WEB)
        return self


@pytest.fixture(scope="module")
def dmz(home):
    return Plugin(home.gateway, name="dmz", zone="dmz", subnet=SUBNET, subnet6=SUBNET6)


@pytest.fixture(scope="module")
def web(home, dmz):
    made = Attached(dmz, home.lab.host("web"), ports=[port(PUBLISHED, WEB), port(PUBLISHED, WEB, "udp"), port(81, WEB, address=WAN4)])
    return made.serves()


@pytest.fixture(scope="module")
def other(home, dmz):
    return Attached(dmz, home.lab.host("other")).serves()


@pytest.fixture(scope="module")
def store(home):
    return Attached(Plugin(home.gateway, name="internal", zone="internal", subnet="172.20.2.0/24"), home.lab.host("store")).serves()


def shown(home, name):
    return next(row for row in home.gateway.show("containers") if row["name"] == name)


def refused(host, target, number):
    return clients.tcp_outcome(host, target, number) != "answered"


def names_of_links(home):
    return {link["ifname"] for link in json.loads(home.gateway.ip("-json link").stdout)}


def test_a_result_says_what_there_is(home, web):
    assert web.answer["cniVersion"] == "1.0.0"
    outer, inner = web.answer["interfaces"]
    assert outer["name"] == "ct-web" and inner == {"name": "eth0", "mac": web.host.mac("eth0"), "sandbox": web.host.path}
    assert [row["interface"] for row in web.answer["ips"]] == [1, 1]
    for row in web.answer["ips"]:
        assert web.host.has_address("eth0", row["address"])
    assert {row["dst"] for row in web.answer["routes"]} == {"0.0.0.0/0", "::/0"}
    assert web.answer["dns"]["nameservers"][0] == web.gateway
    row = shown(home, "web")
    assert (row["zone"], row["address"], row["state"], row["id"]) == ("dmz", web.address, "up", "web-id")
    assert {(one["protocol"], one["host_port"], one["port"]) for one in row["ports"]} == {
        ("tcp", PUBLISHED, WEB), ("udp", PUBLISHED, WEB), ("tcp", 81, WEB)}


@pytest.mark.parametrize("version", ["0.3.1", "0.4.0"])
def test_an_older_engine_is_answered_in_its_words(home, version):
    older = Plugin(home.gateway, cniVersion=version, zone="dmz", subnet="172.20.3.0/24")
    host = home.lab.host(f"old{version[2]}")
    answer = older.add(host)
    assert answer["cniVersion"] == version and answer["ips"][0]["version"] == "4"
    older.remove(host)
    assert older.call("VERSION", host)["supportedVersions"] == ["0.3.0", "0.3.1", "0.4.0", "1.0.0"]


def test_twice_is_as_once(home, dmz, web):
    assert dmz.add(web.host, ports=[port(PUBLISHED, WEB), port(PUBLISHED, WEB, "udp"), port(81, WEB, address=WAN4)]) == web.answer
    assert len([row for row in home.gateway.show("containers") if row["id"] == "web-id"]) == 1


def test_policies_say_who_reaches_whom(home, web, other, store):
    assert clients.tcp_peer(home.inside, web.address, WEB).address == INSIDE4
    assert refused(home.inside, web.address, OTHER)
    assert clients.tcp_peer(web.host, store.address, WEB).address == web.address
    assert clients.udp_peer(web.host, store.address, WEB).address == web.address
    assert refused(store.host, web.address, WEB)
    assert refused(web.host, other.address, WEB), "the zone is isolated"
    assert refused(web.host, INSIDE4, WEB)
    assert refused(home.outside, web.address, WEB)
    assert refused(web.host, web.gateway, OTHER)
    assert clients.tcp_peer(web.host, FAR4, WEB).address == WAN4


def test_an_address_that_is_asked_for_may_be_any(home, dmz):
    asks = Attached(dmz, home.lab.host("asks"), args="IP=172.20.1.100").serves()
    assert (asks.address, asks.gateway) == ("172.20.1.100", "172.20.1.101") and clients.tcp_peer(home.inside, asks.address, WEB)
    dmz.remove(asks.host)


def test_ipv6_goes_by_the_same_policies(home, web, other):
    address6 = web.answer["ips"][1]["address"].split("/")[0]
    assert clients.tcp_peer(home.inside, address6, WEB).address == INSIDE6
    assert refused(home.inside, address6, OTHER)
    assert refused(home.outside, address6, WEB)
    assert refused(web.host, other.answer["ips"][1]["address"].split("/")[0], WEB)
    assert refused(web.host, INSIDE6, WEB)


def test_published_ports_are_forwards(home, web, other):
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED).address == FAR4
    assert clients.udp_peer(home.far, WAN4, PUBLISHED).address == FAR4
    assert clients.tcp_peer(home.far, WAN6, PUBLISHED).address == FAR6
    assert clients.tcp_peer(home.far, WAN4, 81).address == FAR4
    assert refused(home.far, WAN4, WEB) and refused(home.inside, LAN4, 81)
    assert clients.tcp_peer(home.inside, WAN4, PUBLISHED), "hairpin from another zone"
    assert clients.tcp_peer(home.inside, LAN4, PUBLISHED)
    counted = {row["name"]: row["flows"] for row in home.gateway.show("forwards")}
    assert counted[f"container:web:{PUBLISHED}/tcp"] > 0


def test_a_container_is_nobody_else(home, web, other):
    before = home.gateway.drops().get("spoofed", 0)
    web.host.ip(f"addr add {other.address}/32 dev eth0")
    assert clients.udp_outcome(web.host, FAR4, WEB, source=(other.address, 0)) != "answered"
    web.host.ip(f"addr del {other.address}/32 dev eth0")
    eventually("it was seen", lambda: home.gateway.drops().get("spoofed", 0) > before)


def test_names_are_answered_where_the_zone_is_served(home, web, store):
    assert store.answer["dns"] == {}
    assert addresses(ask(web.host, "store.containers.internal", server=web.gateway)) == [store.address]
    assert addresses(ask(web.host, "web.containers.internal", "AAAA", server=web.gateway)) == [web.answer["ips"][1]["address"].split("/")[0]]


def test_check_tells_what_is_missing(home, dmz, other):
    assert dmz.check(other.host, previous=other.answer) is None
    wrong = json.loads(json.dumps(other.answer))
    wrong["ips"][0]["address"] = "172.20.1.99/32"
    assert dmz.check(other.host, previous=wrong, expect=1)["msg"] == "container other-id: it does not have 172.20.1.99"
    other.host.ip("route del default")
    told = dmz.check(other.host, previous=other.answer, expect=1)
    assert told["code"] == 101 and f"the default route by {other.gateway} is missing inside" in told["msg"]
    other.host.ip(f"route add default via {other.gateway} dev eth0 onlink")
    dmz.check(other.host, previous=other.answer)
    stranger = home.lab.host("stranger")
    assert "it is not attached" in dmz.check(stranger, expect=1)["msg"]


def test_a_container_can_have_the_policies_of_a_pod(home):
    plain = Plugin(home.gateway, name="plain", zone="dmz", subnet="172.20.4.0/24")
    host = home.lab.host("member")
    made = Attached(plain, host, args="SLUICE_POD=app1", ports=[port(8082, WEB)]).serves()
    assert shown(home, "member")["pod"] == "app1"
    assert clients.tcp_peer(home.inside, made.address, OTHER).address == INSIDE4, "ingress of the pod"
    assert refused(host, FAR4, WEB), "the pod has no egress"
    assert refused(home.outside, made.address, WEB)
    assert clients.tcp_peer(home.far, WAN4, 8082).address == FAR4
    assert addresses(ask(host, "app1.pods.internal", server=made.gateway))
    assert "there is no pod" in plain.add(home.lab.host("lost"), args="SLUICE_POD=nobody", expect=1)["msg"]
    plain.remove(host)


def test_what_is_removed_is_gone(home, dmz):
    host = home.lab.host("brief")
    made = Attached(dmz, host, ports=[port(8083, WEB)]).serves()
    assert clients.tcp_peer(home.far, WAN4, 8083)
    dmz.remove(host)
    assert refused(home.far, WAN4, 8083)
    assert "ct-brief" not in names_of_links(home)
    assert "eth0" not in host.ip("-br link").stdout
    assert "brief" not in {row["name"] for row in home.gateway.show("containers")}
    dmz.remove(host)
    dmz.remove(host, CNI_NETNS="")
    assert Attached(dmz, host).address != made.address, "an address rests"
    dmz.remove(host)


def test_what_ends_without_a_word_is_collected(home, dmz):
    host = home.lab.host("killed")
    Attached(dmz, host, ports=[port(8084, WEB)])
    home.lab.run("ip", "netns", "del", host.namespace)
    eventually("nothing of it is left", lambda: "killed" not in {row["name"] for row in home.gateway.show("containers")})
    assert "ct-killed" not in names_of_links(home)
    dmz.remove(host)


def test_another_document_leaves_containers_as_they_are(home, engine, web):
    with_more = document(engine)
    with_more["zones"]["management"] = {}
    home.gateway.apply(with_more)
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)
    home.gateway.sluice("rollback")
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)
    without = document(engine)
    del without["zones"]["dmz"]
    without["policies"], without["nat"] = [], {}
    told = home.gateway.apply(without, expect=3)
    assert "there is no zone \"dmz\" in the document" in told.stderr and told.stderr.count("container \"web\"") == 1
    taken = document(engine)
    taken["nat"]["forwards"] = [forward("web", "wan", PUBLISHED, f"{INSIDE4}:{WEB}")]
    assert f"port {PUBLISHED}/tcp of wan is that of forward \"web\"" in home.gateway.apply(taken, expect=3).stderr
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)


def test_a_document_that_nobody_confirms_is_taken_back_all_the_same(home, engine, web):
    """Who locked himself out gets in again; a container that the earlier document has no place for waits without a link."""
    with_more = document(engine)
    with_more["zones"]["lab"] = {}
    home.gateway.sluice("apply", home.gateway.write(with_more), "--confirm", "5s")
    lab, host = Plugin(home.gateway, name="lab", zone="lab", subnet="172.20.6.0/24"), home.lab.host("tried")
    address = Attached(lab, host).address
    eventually("the earlier document is in force", lambda: shown(home, "tried")["state"] == "left out", within=20)
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)
    assert any("tried" in text for text in home.gateway.json("status")["degraded"])
    home.gateway.apply(with_more)
    assert host.has_address("eth0", f"{address}/32")
    lab.remove(host)
    home.gateway.apply(document(engine))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_containers_go_on_without_the_daemon(home, dmz, web, how):
    index = json.loads(home.gateway.ip("-json link show ct-web").stdout)[0]["ifindex"]
    connection = clients.connect_tcp(home.far, WAN4, PUBLISHED)
    home.gateway.daemon.signal(how)
    home.gateway.daemon.wait()
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)
    gone, left = home.lab.host(f"gone{how.value}"), home.lab.host(f"left{how.value}")
    assert dmz.add(gone, expect=1)["code"] == 11
    assert dmz.remove(web.host, expect=1)["code"] == 11, "its namespace is there: the engine asks again"
    assert dmz.remove(left, CNI_NETNS="/run/netns/none") is None
    home.gateway.start_daemon()
    assert json.loads(home.gateway.ip("-json link show ct-web").stdout)[0]["ifindex"] == index
    assert dmz.check(web.host, previous=web.answer) is None
    connection.close()
    assert clients.tcp_peer(home.far, WAN4, PUBLISHED)


def test_what_ends_while_the_daemon_is_away_is_collected_when_it_starts(home, dmz):
    host = home.lab.host("unseen")
    Attached(dmz, host)
    home.gateway.stop_daemon()
    home.lab.run("ip", "netns", "del", host.namespace)
    home.gateway.start_daemon()
    assert "unseen" not in {row["name"] for row in home.gateway.show("containers")}


def test_nothing_is_left(home, dmz, web, other, store):
    for made in (web, other, store):
        made.plugin.remove(made.host)
    assert home.gateway.show("containers") == []
    assert not {name for name in names_of_links(home) if name.startswith("ct-")}
    assert refused(home.far, WAN4, PUBLISHED)
    home.gateway.apply({"version": 1, "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}}})
    home.gateway.cleanup()
