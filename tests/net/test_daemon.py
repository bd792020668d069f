# SPDX-License-Identifier: GPL-2.0-or-later
"""Traffic goes on whatever happens to the daemon, and a new one takes over what it finds."""

import json
import os
import signal
import socket
from contextlib import closing

import documents
import pytest
import ways
from lab import clients, servers
from lab.download import Download
from lab.home import OUTSIDE4, OUTSIDE6, WAN4
from lab.kills import kills
from lab.wait import eventually
from pinned_config import make_of_another_release

hook = ways.one_hook

UNREACHABLE = 4


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.endless_server(home.outside, 9000)
    servers.tcp_peer_server(home.outside, 7000)
    servers.tcp_peer_server(home.inside, 8080)


@pytest.fixture(autouse=True)
def daemon_runs(home):
    """Whatever a test did to the daemon, the next one finds it running."""
    if not home.gateway.daemon.running():
        home.gateway.start_daemon()


def everything_works(home):
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4
    clients.ping(home.inside, OUTSIDE6)
    return True


def flow_ports(home):
    return {row["original"]["source_port"] for row in home.gateway.show("flows")}


def test_sigterm_ends_it_cleanly_and_removes_the_socket(home):
    assert home.gateway.stop_daemon() == 0
    assert not home.gateway.socket_path.exists()
    home.gateway.sluice("status", expect=UNREACHABLE)


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_a_download_survives_the_end_and_the_next_start(home, end):
    download = Download(home.inside, OUTSIDE4, 9000)
    assert download.goes_on()
    getattr(home.gateway.daemon, end)()
    assert download.goes_on()
    home.gateway.start_daemon()
    assert download.goes_on()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_new_connections_work_while_it_is_stopped(home, end):
    getattr(home.gateway.daemon, end)()
    assert everything_works(home)


def test_a_new_daemon_shows_the_flows_of_the_old_one(home):
    connection = clients.EchoedConnection(home.inside, OUTSIDE4, 7000, source=("", 48000))
    home.gateway.daemon.kill()
    assert connection.says("nobody watches")
    home.gateway.start_daemon()
    assert 48000 in flow_ports(home)
    assert connection.says("somebody watches again")


def test_asking_leaves_no_descriptor_open(home):
    """A thousand of them would be the end of the daemon (FD_SETSIZE)."""
    folder = f"/proc/{home.gateway.daemon.pid}/fd"
    for what in ("flows", "interfaces", "drops"):
        home.gateway.show(what)
    before = len(os.listdir(folder))
    for _ in range(10):
        home.gateway.json("status")
        home.gateway.show("flows")
    assert len(os.listdir(folder)) <= before + 2


def test_a_new_daemon_keeps_the_document_and_plans_nothing(home, document):
    home.gateway.stop_daemon()
    home.gateway.start_daemon()
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(document))


def test_a_new_daemon_keeps_the_counters(home):
    def forwarded():
        return sum(row["forwarded_packets"] for row in home.gateway.show("interfaces"))

    everything_works(home)
    before = forwarded()
    home.gateway.daemon.kill()
    home.gateway.start_daemon()
    assert forwarded() >= before > 0


def test_the_stored_document_wins_over_the_file(home, hook):
    home.gateway.stop_daemon()
    other = documents.without_forward(documents.home(hook), "web")
    home.gateway.start_daemon(config=home.gateway.write(other))
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4


def test_a_second_daemon_on_the_same_socket_is_refused(home):
    first = home.gateway.daemon
    second = home.gateway.start_daemon(ready=False)
    assert second.wait() != 0 and "sluiced" in second.output()
    home.gateway.daemon = first
    home.gateway.sluice("status")


def test_an_apply_that_is_killed_leaves_the_old_or_the_new(home, hook, document):
    changed = home.gateway.write(documents.without_forward(documents.home(hook), "web"))
    original = home.gateway.write(document)
    for _ in kills(home.gateway, changed):
        home.gateway.start_daemon()
        plans = [home.gateway.sluice("plan", "--exit-code", file, expect={0, 8}).returncode
                 for file in (changed, original)]
        assert 0 in plans, "neither the old nor the new document is in force"
        home.gateway.apply(document)
    assert everything_works(home)


def gateway_and_host(lab):
    """One host at both of its devices."""
    gateway, inside = lab.gateway(), lab.host("inside")
    for device in ("lan", "wan"):
        lab.wire((gateway, device), (inside, device))
    return gateway, inside


def test_tables_of_another_release_are_cleaned_up(own_lab, hook):
    gateway, _ = gateway_and_host(own_lab)
    gateway.start_daemon(config=gateway.write(documents.home(hook)))
    gateway.stop_daemon()
    make_of_another_release(gateway)
    gateway.cleanup()
    assert not gateway.pins.exists() and not gateway.has_address("lan", "192.168.10.1/24")
    for device in ("lan", "wan"):
        assert "sluice" not in gateway.run("bpftool", "net", "show", "dev", device).stdout
    gateway.start_daemon(config=gateway.write(documents.home(hook)))
    assert gateway.has_address("lan", "192.168.10.1/24")


def test_config_is_applied_at_the_first_start(own_lab, hook):
    gateway, inside = gateway_and_host(own_lab)
    gateway.start_daemon(config=gateway.write(documents.home(hook)))
    assert gateway.has_address("lan", "192.168.10.1/24")
    inside.addresses("lan", "192.168.10.2/24")
    clients.ping(inside, "192.168.10.1")


def test_systemd_hears_that_its_loop_turns(home, monkeypatch):
    home.gateway.stop_daemon()
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as ear:
        ear.bind(str(home.lab.directory / "notify.sock"))
        ear.settimeout(20)
        monkeypatch.setattr(home.gateway, "launcher", ("env", f"NOTIFY_SOCKET={home.lab.directory / 'notify.sock'}",
                                                       "WATCHDOG_USEC=400000"))
        daemon = home.gateway.start_daemon()
        told = [ear.recv(4096) for _ in range(4)]
        assert told == [b"READY=1"] + 3 * [b"WATCHDOG=1"]
        daemon.terminate()


def test_a_hang_up_puts_the_document_in_force_as_it_is_now(home, document):
    home.gateway.stop_daemon()
    file = home.gateway.write(document)
    daemon = home.gateway.start_daemon(config=file)
    before = home.gateway.json("status")["revision"]
    file.write_text("{ this is none")
    os.kill(daemon.pid, signal.SIGHUP)
    eventually("it says what is wrong", lambda: f"{file} is not a valid document" in daemon.output())
    assert home.gateway.json("status")["revision"] == before and everything_works(home)
    file.write_text(json.dumps(document | {"sets": document["sets"] | {"new": ["192.0.2.1"]}}))
    os.kill(daemon.pid, signal.SIGHUP)
    eventually("the new one is in force", lambda: home.gateway.json("status")["revision"] == before + 1)
    assert '"new"' in home.gateway.sluice("export").stdout
