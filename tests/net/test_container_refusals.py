# SPDX-License-Identifier: GPL-2.0-or-later
"""What sluice-cni refuses, in the words and codes of CNI, and that nothing has changed then."""

import pytest
from lab import HomeLab, Lab, eventually
from lab.cni import Plugin, port
from lab.documents import policy
from lab.home import LAN4, WAN4

WEB, PUBLISHED = 80, 8080
SUBNET = "172.20.1.0/24"


@pytest.fixture(scope="module")
def home():
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply({"version": 1,
                            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
                            "zones": {"dmz": {}}, "policies": [policy("dmz-out", "dmz", "internet")]})
        yield made


@pytest.fixture(scope="module")
def dmz(home):
    return Plugin(home.gateway, name="dmz", zone="dmz", subnet=SUBNET, subnet6="2001:db8:20:1::/64")


@pytest.fixture(scope="module")
def web(home, dmz):
    return dmz.add(home.lab.host("web"), ports=[port(PUBLISHED, WEB)])


@pytest.mark.parametrize("change, code, said", [
    ({"zone": "dmx"}, 7, "there is no zone \"dmx\" in the document"),
    ({"zone": "pods"}, 7, "there is no zone \"pods\" in the document"),
    ({"zone": ""}, 7, "\"zone\" is missing"),
    ({"subnet": "172.20.1.1/24"}, 7, "\"172.20.1.1/24\" is no subnet"),
    ({"subnet": "192.168.0.0/16", "subnet6": ""}, 7, "192.168.0.0/16 overlaps 192.168.10.0/24: interface \"lan\""),
    ({"subnet": "172.20.0.0/16", "subnet6": ""}, 7, "172.20.0.0/16 overlaps 172.20.1.0/24"),
    ({"cniVersion": "1.1.0"}, 1, "CNI 1.1.0 is not spoken here"),
    ({"socket": "/run/nobody.sock"}, 11, "sluiced does not answer"),
])
def test_a_network_that_cannot_be_had_is_refused(home, dmz, web, change, code, said):   # pylint: disable=unused-argument
    told = Plugin(home.gateway, **{**dmz.config, **change}).add(home.lab.host(f"no{abs(hash(str(change)))}"[:12]), expect=1)
    assert told["code"] == code and said in told["msg"]


@pytest.mark.parametrize("more, code, said", [
    ({"ports": [port(PUBLISHED, WEB)]}, 7, f"port {PUBLISHED}/tcp of wan is that of container:web:{PUBLISHED}/tcp"),
    ({"ports": [port(8085, WEB, "sctp")]}, 7, "is no port of a container"),
    ({"ports": [port(0, WEB)]}, 7, "is no port of a container"),
    ({"ports": [port(8085, WEB, address="127.0.0.1")]}, 7, "is no port of a container"),
    ({"ports": [port("80; reboot", WEB)]}, 7, "is no port mapping"),
    ({"args": "IP=172.20.1.1"}, 7, "containers have addresses from 172.20.1.2 on"),
    ({"args": "MAC=02:00:00:00:00:01"}, 7, "cannot be given"),
    ({"CNI_CONTAINERID": "../../x"}, 7, "is no container ID"),
    ({"interface": "a/b"}, 7, "is no name of an interface"),
    ({"CNI_NETNS": "/proc/1/ns/net"}, 7, "is no network namespace"),
    ({"CNI_NETNS": "/run/netns/../../etc/passwd"}, 7, "is no network namespace"),
    ({"CNI_NETNS": "/run/nothing"}, 100, "No such file"),
    ({"CNI_NETNS": ""}, 4, "CNI_NETNS is missing"),
    ({"CNI_COMMAND": "REBOOT"}, 4, "CNI_COMMAND is"),
    ({"text": "{"}, 6, "is not a JSON object"),
    ({"text": "[]"}, 6, "is not a JSON object"),
])
def test_a_container_that_asks_for_too_much_is_refused(home, dmz, web, more, code, said):   # pylint: disable=unused-argument
    before = [{key: row[key] for key in ("name", "address", "ports")} for row in home.gateway.show("containers")]
    told = dmz.add(home.lab.host(f"bad{abs(hash(str(more)))}"[:12]), expect=1, **more)
    assert told["code"] == code and said in told["msg"]
    assert [{key: row[key] for key in ("name", "address", "ports")} for row in home.gateway.show("containers")] == before


def test_what_fails_in_the_middle_is_undone(home, dmz, web):   # pylint: disable=unused-argument
    """Somebody has put an interface of that name into the namespace already."""
    host = home.lab.host("middle")
    host.ip("link add eth0 type bridge")
    told = dmz.add(host, ports=[port(8090, WEB)], expect=1)
    assert told["code"] == 100 and "File exists" in told["msg"]
    assert "ct-middle" not in home.gateway.ip("-br link").stdout
    assert "middle" not in {row["name"] for row in home.gateway.show("containers")}
    assert "container:middle:8090/tcp" not in {row["name"] for row in home.gateway.show("forwards")}
    assert home.gateway.json("status")["degraded"] == []
    host.ip("link del eth0")
    dmz.add(host, ports=[port(8090, WEB)])
    assert dmz.check(host) is None
    dmz.remove(host)


def test_a_link_that_somebody_takes_away_is_made_again(home, dmz):
    host = home.lab.host("again")
    address = dmz.add(host)["ips"][0]["address"]
    host.ip("link del eth0")
    eventually("it is there again", lambda: dmz.check(host, expect=None) is None)
    assert host.has_address("eth0", address)
    dmz.remove(host)


def test_a_container_has_one_network(home, dmz):
    host = home.lab.host("both")
    first = dmz.add(host)
    other = Plugin(home.gateway, name="other", zone="dmz", subnet="172.20.9.0/24")
    told = other.add(host, interface="eth1", expect=1)
    assert told["code"] == 7 and "one network of sluice is all" in told["msg"]
    assert dmz.check(host, previous=first) is None
    dmz.remove(host)


def test_a_service_with_mounts_of_its_own_sees_namespaces_that_come():
    """As the unit has them: what is mounted outside later is seen inside."""
    with Lab("tc") as lab:
        gateway = lab.gateway("gw")
        gateway.launcher = ("unshare", "--mount", "--propagation", "slave")
        gateway.start_daemon()
        gateway.apply({"version": 1, "interfaces": {"lo": {"zone": "self"}}, "zones": {"dmz": {}}}, expect={0, 6})
        plugin, host = Plugin(gateway, zone="dmz", subnet=SUBNET), lab.host("later")
        assert plugin.add(host)["ips"][0]["address"] == "172.20.1.3/32"
        assert plugin.check(host) is None
        lab.run("ip", "netns", "del", host.namespace)
        eventually("it is collected", lambda: gateway.show("containers") == [])
        gateway.cleanup()
