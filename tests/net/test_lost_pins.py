# SPDX-License-Identifier: GPL-2.0-or-later
"""Pins that somebody removes: the programs on the devices go on, and a new daemon takes the maps back from them."""

import shutil

import pytest
import ways
from lab import clients, servers
from lab.download import Download
from lab.home import OUTSIDE4, WAN4

hook = ways.one_hook


@pytest.fixture(scope="module", autouse=True)
def servers_run(home):
    servers.endless_server(home.outside, 9000)
    servers.tcp_peer_server(home.outside, 7000)
    servers.tcp_peer_server(home.inside, 8080)


def works(home):
    return (clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
            and clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4)


def remove_all(pins):
    shutil.rmtree(pins)


def remove_some(pins):
    for name in ("nat_outside", "policy_rules", "programs/gc"):
        (pins / name).unlink()


@pytest.mark.parametrize("remove", [remove_all, remove_some])
def test_sessions_go_on_after_the_next_start(home, document, remove):
    session = clients.EchoedConnection(home.inside, OUTSIDE4, 7000, source=("", 48000))
    download = Download(home.inside, OUTSIDE4, 9000)
    home.gateway.daemon.kill()
    remove(home.gateway.pins)
    assert session.says("nobody watches")
    daemon = home.gateway.start_daemon()
    assert "taken back" in daemon.output()
    assert session.says("somebody watches again") and download.goes_on() and works(home)
    assert 48000 in {row["original"]["source_port"] for row in home.gateway.show("flows")}
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(document))
    session.reset()


def test_nothing_is_taken_back_where_nothing_ran(home, document):
    home.gateway.cleanup()
    daemon = home.gateway.start_daemon()
    assert "taken back" not in daemon.output()
    home.gateway.apply(document)
    assert works(home)
