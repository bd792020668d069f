# SPDX-License-Identifier: GPL-2.0-or-later
"""Who of a cluster's nodes has the addresses: failures of each kind, changes meanwhile, and ways back. On one engine: daemons and keepalived decide here."""

import json
import os
import signal
import time

import pytest
from lab import eventually, stays
from pair_site import ALL, WAN4, started


@pytest.fixture(scope="module")
def site():
    yield from started()


@pytest.fixture(autouse=True)
def settled(site):
    yield
    site.settle()
    eventually("all works", lambda: site.works() == ALL)


def turns(gateway, since=0):
    """What it told of the addresses, in order."""
    lines = [json.loads(line) for line in gateway.daemon.output().splitlines() if line.startswith("{") and "cluster-" in line]
    return [(line["event"], line["why"]) for line in lines][since:]


def moved(site, standby):
    eventually("the other one is active", lambda: site.holds(standby) and site.active() == standby)


def test_a_link_that_is_down_moves_them_and_its_return_does_not(site):
    """Not the link that nodes hear each other by: the worse one gives way though both are heard."""
    active, standby = site.active(), site.standby()
    seen, own = len(turns(site.gateways[standby])), len(turns(site.gateways[active]))
    site.link(site.client, active, "down")
    moved(site, standby)
    assert site.works() == ALL
    lan = site.device(active, "lan")
    eventually("all know why", lambda: {row["node"]: row["hindered"] for row in site.status(standby)["nodes"]} == {active: f"{lan} is down", standby: None})
    eventually("the one told it", lambda: turns(site.gateways[active], own) == [("cluster-standby", f"{lan} is down")])
    eventually("and the other", lambda: [event for event, _ in turns(site.gateways[standby], seen)] == ["cluster-active"])
    site.link(site.client, active, "up")
    site.settle()
    stays("they stay where they are", lambda: site.active() == standby, seconds=1)


def test_a_link_that_is_down_at_both_moves_nothing(site):
    """A switch that fails takes no address from both nodes: what still works goes on."""
    active = site.active()
    for name in (site.standby(), active):
        site.link(site.client, name, "down")
        stays("who is active is it still", lambda: site.active() == active, seconds=0.5)   # each has time to notice
    assert site.works()[1] == "silence"
    for name in site.gateways:
        site.link(site.client, name, "up")


def test_one_whose_wires_were_down_takes_nothing_when_they_are_back(site):
    """For a while it is heard by nobody, and hears nobody: a port that comes up lets nothing through at first."""
    active, standby = site.active(), site.standby()
    site.cut(active)
    moved(site, standby)
    time.sleep(4)   # the while in which nobody hears it
    site.mend(active)
    site.settle()
    assert site.active() == standby and site.works() == ALL


def metrics(gateway):
    lines = gateway.run("curl", "-sS", "--unix-socket", gateway.socket_path, "http://sluice/metrics", quiet=True).stdout.splitlines()
    return {line.split()[0]: float(line.split()[1]) for line in lines if line.startswith("sluice_cluster_")}


def test_metrics_say_who_is_active(site):
    for name, gateway in site.gateways.items():
        told = metrics(gateway)
        turned = told.pop("sluice_cluster_turns_total")
        assert told == {"sluice_cluster_store_up": 1, "sluice_cluster_in_step": 1, "sluice_cluster_nodes": 2, "sluice_cluster_active": site.holds(name)}
        assert turned == len(turns(gateway))


def test_an_operator_moves_them(site):
    active, standby = site.active(), site.standby()
    assert f"{standby} has the addresses" in site.gateways[active].sluice("cluster", "yield").stderr
    assert site.active() == standby
    eventually("it told why", lambda: turns(site.gateways[active])[-1] == ("cluster-standby", "it gave the addresses to another node"))
    said = site.gateways[active].sluice("cluster", "yield", expect=1)
    assert "stands by already" in said.stderr
    table = site.gateways[active].sluice("cluster", "status").stdout
    assert "ROLE" in table and "standby" in table and "active" in table


def test_one_that_is_hindered_is_given_nothing(site):
    active, standby = site.active(), site.standby()
    site.link(site.client, standby, "down")
    eventually("it is known", lambda: any(row["hindered"] for row in site.status(active)["nodes"]))
    assert "no other node" in site.gateways[active].sluice("cluster", "yield", expect=1).stderr
    assert site.active() == active
    site.link(site.client, standby, "up")


def test_a_daemon_that_is_killed_or_begins_anew_moves_nothing(site):
    active = site.active()
    gateway = site.gateways[active]
    processes = site.keepalived(active)
    gateway.daemon.kill()
    stays("the other one takes nothing", lambda: site.active() == active, seconds=0.8)
    assert site.works() == ALL
    gateway.start_daemon()
    site.settle()
    assert site.active() == active and site.keepalived(active) == processes
    assert turns(gateway) == [] and metrics(gateway)["sluice_cluster_turns_total"] == 0


def begin_anew(gateway, *launcher):
    gateway.stop_daemon()
    gateway.launcher = launcher
    gateway.start_daemon()
    eventually("it is in step", lambda: gateway.json("cluster", "status")["in_step"], within=20)


def test_without_keepalived_no_address_is_given_away(site):
    """A gateway that has its addresses by itself keeps them."""
    active = site.active()
    gateway = site.gateways[active]
    alone = site.document(active, moves=False)
    gateway.apply(alone)
    eventually("each has them", lambda: all(site.holds(name) for name in site.gateways))
    begin_anew(gateway, "unshare", "--mount", "--propagation", "private", "sh", "-c",
               'mount --bind /dev/null /usr/sbin/keepalived && exec "$@"', "sh")
    for verb in ("plan", "apply"):
        said = gateway.sluice(verb, gateway.write(site.document(active)), expect=3)
        assert "install the package keepalived" in said.stderr, said.stderr
    assert all(site.holds(name) for name in site.gateways)
    begin_anew(gateway)
    gateway.apply(site.document(active))


def test_keepalived_that_is_killed_is_there_again(site):
    """Its addresses stay where they are when nobody takes them off: two nodes would have them."""
    active = site.active()
    for number in (0, 1):
        killed = site.keepalived(active)[number]
        os.kill(killed, signal.SIGKILL)
        eventually("another one runs", lambda at=active, old=killed, which=number: running(site, at, which) not in (None, old), within=10)
        site.settle()
        active = site.active()


def running(site, name, number):
    try:
        process = site.keepalived(name)[number]
        os.kill(process, 0)
        return process
    except (OSError, ValueError):
        return None


def test_one_that_froze_and_thaws_gives_way_to_who_took_over(site):
    """Its keepalived stands still; when it goes on, both have the addresses for a moment, and the one that clients went to keeps them."""
    active, standby = site.active(), site.standby()
    site.grow_old()
    for process in site.keepalived(active):
        os.kill(process, signal.SIGSTOP)
    eventually("the other one took over, and knows it", lambda: site.knows(standby) == "active")
    for process in site.keepalived(active):
        os.kill(process, signal.SIGCONT)
    moved(site, standby)
    stays("it does not take them again", lambda: site.active() == standby, seconds=0.5)


def test_a_change_of_the_document_moves_nothing(site):
    """Also one of the addresses themselves, and with connections that go on."""
    active = site.active()
    more = site.document(active)
    more["interfaces"][site.device(active, "lan")]["addresses"].append("192.168.11.1/24")
    site.gateways[active].apply(more)
    eventually("the new one is there", lambda: site.holds(active, "192.168.11.1/24"))
    assert site.active() == active and not site.holds(site.standby(), "192.168.11.1/24") and site.works() == ALL
    site.gateways[site.standby()].apply(site.document(site.standby()))
    eventually("it is gone again", lambda: not site.holds(active, "192.168.11.1/24"))
    assert site.active() == active


def test_without_etcd_they_move_all_the_same(site):
    site.etcd.kill()
    active, standby = site.active(), site.standby()
    site.grow_old()
    site.cut(active)
    moved_now(site, standby)
    assert site.works() == ALL
    time.sleep(0.5)   # it knows that it is active, and has nobody to tell
    site.mend(active)
    moved(site, standby)
    site.etcd.start()
    site.etcd.await_all()


def moved_now(site, standby):
    eventually("the other one is active", lambda: site.holds(standby))


def test_translated_addresses_move_too(site):
    """An address that the gateway has for a forward alone is answered for by the active node."""
    extra = "203.0.113.50"
    made = site.document()
    made["nat"]["forwards"][0]["listen"] = extra
    site.gateways["gw1"].apply(made)
    for _ in range(2):
        active, standby = site.active(), site.standby()
        eventually("the active one has it", lambda at=active: site.gateways[at].has_address(site.device(at, "wan"), f"{extra}/32"))
        assert not site.gateways[standby].has_address(site.device(standby, "wan"), f"{extra}/32")
        site.gateways[active].sluice("cluster", "yield")
    site.gateways["gw1"].apply(site.document())


def test_what_cannot_move_is_refused_with_the_reason(site):
    before = site.gateways["gw1"].sluice("export").stdout
    for change, words in (({"interface": "eth9"}, "cannot hear each other by"), ({"id": 0}, "1 to 255"), ({"by": "carp"}, "vrrp")):
        made = site.document()
        made["cluster"]["addresses"] |= change
        said = site.gateways["gw1"].apply(made, expect=3)
        assert words in said.stderr, said.stderr
    made = site.document()
    made["cluster"]["role"] = "active-active"
    assert "nothing leads to more than one node" in site.gateways["gw1"].apply(made, expect=3).stderr
    made = site.document()
    made["cluster"]["nodes"]["gw2"]["interfaces"]["wan"]["addresses"] = ["203.0.113.11/24"]
    assert "another node's" in site.gateways["gw1"].apply(made, expect=3).stderr
    assert site.gateways["gw1"].sluice("export").stdout == before


def test_what_one_node_alone_refuses_is_said_with_the_reason(site):
    made = site.document()
    made["cluster"]["nodes"]["gw2"]["interfaces"]["lan"]["device"] = "la#n"
    said = site.gateways["gw1"].apply(made, expect=7)
    assert "gw2: " in said.stderr and 'addresses of "la#n" cannot move (letters, digits' in said.stderr, said.stderr
    site.settle()


def test_who_leaves_has_its_own_addresses_and_the_last_takes_all_along(site):
    active, standby = site.active(), site.standby()
    gateway = site.gateways[active]
    gateway.sluice("cluster", "leave")
    moved(site, standby)
    assert site.works() == ALL
    told = json.loads(gateway.sluice("export").stdout)["interfaces"]
    number = list(site.gateways).index(active) + 11
    assert told[site.device(active, "wan")]["addresses"] == [f"203.0.113.{number}/24"] and "addresses" not in told[site.device(active, "lan")]
    last = site.gateways[standby]
    eventually("it is alone", lambda: len(site.status(standby)["nodes"]) == 1, within=15)
    last.sluice("cluster", "leave")
    eventually("it has them by itself", lambda: site.holds(standby) and site.works() == ALL)
    assert not site.folder(last).exists()
    site.etcd.ctl("del", "--prefix", "/sluice/")
    site.start()


def test_a_cleanup_gives_them_to_another_node(site):
    """By the daemon, and without it."""
    for ends in (lambda gateway: gateway.sluice("cleanup"), lambda gateway: (gateway.daemon.kill(), gateway.cleanup())):
        active, standby = site.active(), site.standby()
        gateway = site.gateways[active]
        ends(gateway)
        moved(site, standby)
        assert not gateway.has_address(site.device(active, "wan"), f"{WAN4}/24")
        eventually("nothing of it runs", lambda at=gateway: not (site.folder(at)).exists())
        gateway.start_daemon()
        site.join(active)
        site.settle()
