# SPDX-License-Identifier: GPL-2.0-or-later
"""One more pod, and one less, by a verb: without a look at the rest of the machine, which nobody may notice."""

import pytest
from lab import HomeLab, Lab, clients, eventually, servers
from lab.documents import policy
from lab.home import FAR4, INSIDE4, LAN4, WAN4
from lab.pods import PodHost

WEB = 3000
DROPPED_SETTING = "net/ipv4/conf/lan/arp_ignore"   # the kernel tells nobody of it


def document(engine):
    return {"version": 1, "engine": engine,
            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"], "rate": "200mbit"},
                           "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}},
            "policies": [policy("lan-out", "lan", "internet")],
            "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]},
            "pods": {"first": {"services": [{"name": "web", "port": WEB, "publish": True}], "egress": {"default": "accept"}}}}


@pytest.fixture(scope="module")
def home(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        for host in (made.outside, made.inside, made.far):
            servers.tcp_peer_server(host, WEB)
        made.gateway.start_daemon()
        lab.defer(made.gateway.sluice, "cleanup", expect=None)   # names of namespaces are the machine's
        made.gateway.apply(document(engine))
        made.route_gateway()
        made.gateway.apply(document(engine))   # now there is a way to the internet
        settle(made)
        yield made


def in_force(home):
    return home.gateway.get("/v1/document")["text"]


def whole(home):
    """That nothing is left to do, by a look at all of the machine at once."""
    file = home.gateway.write(in_force(home))
    assert home.gateway.json("plan", file)["steps"] == []


def settle(home):
    """What the daemon hears of its own changes brings a look within a second: the next edit goes by that one."""
    eventually("a look found nothing to do", lambda: home.gateway.json("status")["degraded"] == [])
    whole(home)


def add(home, name, *more):
    home.gateway.sluice("pod", "add", name, "--service", f"web:{WEB}", "--publish", "web", *more)
    whole(home)
    pod = PodHost(home.lab, name)
    servers.tcp_peer_server(pod, WEB)
    return pod


def published(home, name):
    service = home.gateway.json("pod", "show", name)["services"][0]
    return service["outside_address"], service["outside_port"]


def test_one_more_is_whole_when_the_answer_comes(home):
    add(home, "second")
    assert clients.tcp_outcome(home.outside, *published(home, "second")) == "answered"


def test_what_it_may_is_asked(home):
    pod = PodHost(home.lab, "second")
    for target in (INSIDE4, FAR4, home.gateway.json("pod", "show", "first")["address"]):
        assert clients.tcp_outcome(pod, target, WEB) != "answered", target


def test_several_come_one_right_behind_the_other(home):
    names = [f"row{number}" for number in range(6)]
    for name in names:
        home.gateway.sluice("pod", "add", name, "--service", f"web:{WEB}", "--publish", "web")
    whole(home)
    for name in names:
        servers.tcp_peer_server(PodHost(home.lab, name), WEB)
        assert clients.tcp_outcome(home.outside, *published(home, name)) == "answered", name


def test_one_with_a_share_of_the_line(home):
    pod = add(home, "wide", "--bandwidth", "10mbit:50mbit")
    assert clients.tcp_outcome(home.outside, *published(home, "wide")) == "answered"
    assert "class htb" in home.gateway.run("tc", "class", "show", "dev", "wan").stdout
    assert pod.run("ip", "-o", "-4", "addr", "show", "scope", "global").stdout


def test_one_less_is_gone_when_the_answer_comes(home):
    for name in ("row0", "wide", "row1"):
        home.gateway.sluice("pod", "remove", name)
        whole(home)
        assert name not in home.gateway.run("ip", "link").stdout
        assert f"pod-{name}" not in home.lab.run("ip", "netns").stdout


def test_a_name_comes_again(home):
    add(home, "row0")
    assert clients.tcp_outcome(home.outside, *published(home, "row0")) == "answered"


def test_live_connections_of_others_live(home):
    held = clients.EchoedConnection(home.outside, *published(home, "second"))
    assert held.says("before")
    add(home, "beside")
    assert held.says("between")
    home.gateway.sluice("pod", "remove", "beside")
    assert held.says("after")


def test_a_forward_by_a_verb_goes_the_same_way(home):
    home.gateway.sluice("forward", "add", "web", "--listen", "wan", "--ports", "8080", "--to", f"{INSIDE4}:{WEB}")
    whole(home)
    assert clients.tcp_outcome(home.outside, WAN4, 8080) == "answered"
    home.gateway.sluice("forward", "remove", "web")
    whole(home)
    assert clients.tcp_outcome(home.outside, WAN4, 8080) != "answered"


def test_what_somebody_else_changed_without_a_word_is_put_right_by_the_look_that_follows(home):
    home.gateway.sysctl(DROPPED_SETTING, "0")
    home.gateway.sluice("pod", "add", "drift")
    eventually("it is as it was", lambda: home.gateway.run("sysctl", "-n", DROPPED_SETTING.replace("/", ".")).stdout.strip() == "1")


def test_a_device_of_the_name_that_one_would_get_is_left_alone(home):
    """It has come a moment before."""
    before = in_force(home)
    home.gateway.ip("link add pod-theirs type veth peer name theirs")
    assert "sluice did not make" in home.gateway.sluice("pod", "add", "theirs", expect=3).stderr
    assert "pod-theirs@theirs" in home.gateway.run("ip", "link", "show", "pod-theirs").stdout
    home.gateway.ip("link del pod-theirs")
    assert in_force(home) == before
    whole(home)


def test_what_cannot_be_made_changes_nothing(home):
    before = in_force(home)
    home.lab.run("ip", "netns", "add", "pod-odd")
    told = home.gateway.sluice("pod", "add", "odd", expect=3).stderr
    assert "sluice did not make it" in told
    home.lab.run("ip", "netns", "del", "pod-odd")
    assert in_force(home) == before
    whole(home)


def test_after_a_kill_the_next_one_comes_as_well(home):
    home.gateway.daemon.kill()
    home.gateway.start_daemon()
    add(home, "later")
    assert clients.tcp_outcome(home.outside, *published(home, "later")) == "answered"


def test_a_cleanup_leaves_nothing_of_them(home):
    home.gateway.sluice("cleanup")
    assert "pod-" not in home.gateway.run("ip", "link").stdout
    assert "pod-" not in home.lab.run("ip", "netns").stdout
