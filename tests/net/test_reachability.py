# SPDX-License-Identifier: GPL-2.0-or-later
"""A box behind a router that runs sluice: it asks for its port, keeps it, finds out that strangers get through, and says so."""

import os
import signal
import socket
import stat

import pytest
from lab import Lab, clients, eventually
from lab.behind_nat import BOX4, NEIGHBOUR4, OTHER_STUN4, OUTSIDE4, PORT, ROUTER4, SECOND_BOX4, STRANGER4, STUN4, BehindNat, box_document, box_that_is_reached, router_document
from lab.mapping_client import NOT_AUTHORIZED, MappingClient


@pytest.fixture(scope="module")
def hook():
    """The daemon decides what is asked, whatever carries the traffic; net_reachability_ways has the ways."""
    return "tc"


@pytest.fixture(scope="module")
def behind(lab):
    return box_that_is_reached(lab)


@pytest.fixture
def reached(behind):
    """As it was, at the end."""
    yield behind
    if not behind.box.daemon.running():
        behind.box.start_daemon()
    behind.box.apply(box_document())
    eventually("strangers get through again", lambda: behind.status()["path"] == "direct", within=40)


def leases(behind, host=BOX4):
    return [row for row in behind.router.show("leases") if row["host"] == host]


def mapped(behind):
    return behind.status()["upnp"]["status"] == "mapped"


def test_the_status_has_what_the_contract_names(behind):
    status = behind.status()
    assert status["path"] == "direct" and status["endpoint"] == f"{OUTSIDE4}:{PORT}"
    upnp = status["upnp"]
    assert (upnp["status"], upnp["by"], upnp["external_ip"], upnp["external_port"], upnp["router"]) == ("mapped", "pcp", OUTSIDE4, PORT, ROUTER4)
    assert (status["relay"], status["dns"]) == (None, None), "what is not configured"
    stun = eventually("its NAT is known", lambda: (found := behind.status()["stun"])["mapping"] and found, within=30)
    assert stun["server"] == f"{STUN4}:3478" and stun["mapped"].startswith(f"{OUTSIDE4}:")
    assert (stun["mapping"], stun["filtering"]) == ("endpoint-independent", "address-and-port-dependent"), "of what it was not asked for"
    assert behind.status()["layers"] == [{"outside": OUTSIDE4, "kind": "home", "mapping": "endpoint-independent",
                                          "filtering": "address-and-port-dependent", "mapped_by": "pcp"}]
    [peer] = status["wireguard"]["peers"]
    assert (peer["network"], peer["name"], peer["last_handshake"], peer["path"]) == ("home", "phone", None, "none")


def test_the_router_has_a_lease_of_the_box(behind):
    [row] = leases(behind)
    assert (row["host"], row["port"], row["outside_port"], row["protocol"], row["by"]) == (BOX4, PORT, PORT, "udp", "pcp")


def test_it_is_shown_for_people_and_counted(behind):
    shown = behind.box.sluice("reachability", "status").stdout
    assert "path      direct" in shown and f"{OUTSIDE4}:{PORT}" in shown and "phone" in shown
    metrics = behind.box.run("curl", "-s", "--unix-socket", behind.box.socket_path, "http://sluice/metrics").stdout
    assert 'sluice_reachability_direct{network="home"} 1' in metrics
    assert 'sluice_reachability_mapped{network="home"} 1' in metrics
    assert f"reachability: the path of UDP port {PORT} is direct: {OUTSIDE4}:{PORT}" in behind.box.daemon.output()


def test_the_box_never_speaks_to_the_stranger_from_its_port(behind):
    own = int(behind.status()["stun"]["mapped"].rsplit(":", 1)[1])
    assert {address for source, (address, _), _ in behind.stun.asked if source[1] == own} == {STUN4}
    assert OTHER_STUN4 in {address for _, (address, _), _ in behind.stun.asked}, "another port of it finds out what the NAT is like"


def test_what_strangers_send_arrives(behind):
    heard = behind.box.sniff("wan0")
    with behind.world.socket(kind=socket.SOCK_DGRAM) as stranger:
        stranger.bind((STRANGER4, 4000))
        stranger.sendto(b"\x09stranger", (OUTSIDE4, PORT))
    eventually("it arrives", lambda: any(frame.endswith(b"\x09stranger") for frame in list(heard.frames)))


def test_the_nonce_is_kept_for_root_alone(behind):
    assert stat.S_IMODE((behind.box.state / "reach.json").stat().st_mode) == 0o600


def test_nat_pmp_where_the_document_says_so(reached):
    reached.box.apply(box_document(port_mapping=["nat-pmp"]))
    eventually("it is NAT-PMP's", lambda: reached.status()["upnp"]["by"] == "nat-pmp", within=20)
    assert reached.status()["upnp"]["external_ip"] == OUTSIDE4
    assert [row["by"] for row in leases(reached)] == ["nat-pmp"]


def test_it_is_prolonged_at_half_its_life(reached):
    reached.box.apply(box_document(lease="8s"))
    # What the way of before gave is given back before this one is asked.
    eventually("it has a lease by PCP", lambda: [row["by"] for row in leases(reached)] == ["pcp"], within=20)
    for _ in range(3):   # the short one at first, then twice for longer
        before = max(row["expires"] for row in leases(reached))
        eventually("it ends at another time", lambda before=before: {row["expires"] for row in leases(reached)} - {before}, within=20)
    assert mapped(reached)


def test_a_router_that_lost_everything_is_asked_again(reached):
    """It announces another epoch to all hosts."""
    reached.router.cleanup()
    assert not (reached.router.state / "mappings.json").exists()
    reached.router.start_daemon()
    reached.router.apply(router_document())
    eventually("it has a lease again", lambda: len(leases(reached)) == 1, within=20)
    eventually("and is known to have given it", lambda: mapped(reached))


def move(box, before, after):
    box.ip(f"addr del {before}/24 dev wan0")
    box.ip(f"addr add {after}/24 dev wan0")
    box.ip(f"route replace default via {ROUTER4}")


def test_another_address_gets_a_port_of_its_own(reached):
    move(reached.box, BOX4, SECOND_BOX4)
    eventually("the new one has a lease", lambda: leases(reached, SECOND_BOX4), within=20)
    move(reached.box, SECOND_BOX4, BOX4)


def test_it_is_given_back_when_nobody_wants_it(reached):
    without = box_document()
    del without["reachability"]
    reached.box.apply(without)
    eventually("the router has none", lambda: not leases(reached))
    eventually("the process has ended", lambda: reached.helper() is None)
    assert reached.status()["upnp"] is None and reached.status()["path"] is None
    assert PORT not in {row["port"] for row in leases(reached)}


def test_who_asks_under_the_boxs_name_gets_nothing(behind):
    intruder = MappingClient(behind.box, BOX4, ROUTER4)
    assert intruder.ask(PORT, wanted=PORT).code == NOT_AUTHORIZED
    assert intruder.end(PORT).code == NOT_AUTHORIZED
    assert len(leases(behind)) == 1


def test_a_process_that_is_killed_is_started_again(reached):
    ports = [row["outside_port"] for row in leases(reached)]
    before = reached.helper()
    os.kill(before, signal.SIGKILL)
    after = eventually("another one", lambda: (now := reached.helper()) and now != before and now, within=20)
    assert after != before
    eventually("it has the port", lambda: mapped(reached) and reached.status()["path"] == "direct", within=20)
    assert [row["outside_port"] for row in leases(reached)] == ports


def test_a_daemon_that_is_killed_has_the_same_port_after_it(reached):
    """By the same nonce: another one would be refused."""
    ports = [row["outside_port"] for row in leases(reached)]
    reached.box.daemon.kill()
    reached.box.start_daemon()
    eventually("it has the port", lambda: mapped(reached), within=20)
    assert [row["outside_port"] for row in leases(reached)] == ports and len(ports) == 1


def test_what_could_not_be_given_back_is_by_the_next_daemon(reached):
    without = box_document()
    del without["reachability"]
    helper = reached.helper()
    os.kill(helper, signal.SIGSTOP)
    reached.box.apply(without)
    reached.box.daemon.kill()
    os.kill(helper, signal.SIGKILL)
    assert leases(reached)
    reached.box.start_daemon()
    eventually("the router has none", lambda: not leases(reached), within=20)


def test_it_has_no_rights(behind):
    with open(f"/proc/{behind.helper()}/status", encoding="ascii") as status:
        rows = dict(line.split(":", 1) for line in status)
    assert rows["Uid"].split() == ["65534"] * 4 and int(rows["CapEff"], 16) == int(rows["CapPrm"], 16) == 0


@pytest.fixture
def alone():
    """A box and a router of their own; its network has another name, because tunnels of all labs have one folder of sockets."""
    with Lab("tc") as lab:
        made = BehindNat(lab, router="sluice")
        made.router.start_daemon()
        made.router.apply(router_document())
        made.box.start_daemon()
        lab.defer(made.box.sluice, "cleanup", expect=None)
        yield made


def test_a_port_that_somebody_has_is_another_one(alone):
    assert MappingClient(alone.neighbour, NEIGHBOUR4, ROUTER4).ask(PORT, wanted=PORT).port == PORT
    alone.box.apply(box_document(network="away"))
    port = eventually("it has another one", lambda: alone.status()["upnp"]["external_port"], within=20)
    assert port != PORT
    eventually("strangers get through there", lambda: alone.status()["endpoint"] == f"{OUTSIDE4}:{port}", within=20)


def test_a_cleanup_gives_it_back(alone):
    alone.box.apply(box_document(network="away"))
    eventually("it has the port", lambda: len(leases(alone)) == 1, within=20)
    alone.box.cleanup()
    eventually("the router has none", lambda: not leases(alone))
    assert not list(alone.box.state.glob("reach*"))
    assert clients.ping(alone.neighbour, BOX4)
