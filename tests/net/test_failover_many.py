# SPDX-License-Identifier: GPL-2.0-or-later
"""More flows than fit into what is underway between nodes of a cluster. On one engine: the daemon and its process decide here."""

import os
import signal
import time
from pathlib import Path

import pytest
from lab import clients, eventually
from pair_site import OUTSIDE4, PORT, started

SCRIPT = Path(__file__).resolve().parents[1] / "support" / "lab" / "many_flows.py"
PORTS, FROM_EACH = (7100, 7101, 7102, 7103), 25_000   # a node gives half of the ports
FLOWS = len(PORTS) * FROM_EACH   # 20 MB as they are told


@pytest.fixture
def site():
    yield from started("tc", "ebpf", sync=True, tables={"flows": 3 * FLOWS // 2}, timeouts={"udp": "1h", "udp_one_way": "1h"})


def fill(site):
    for port in PORTS:
        server = site.outside.start("/usr/bin/python3", "-B", SCRIPT, "answer", port)
        eventually("it answers", lambda server=server: "ready" in server.output())
        asked = site.client.run("/usr/bin/python3", "-B", SCRIPT, "ask", OUTSIDE4, port, 10_000, FROM_EACH, 5, timeout=600)
        assert int(asked.stdout) == FROM_EACH
        server.terminate()


def test_a_node_that_is_slower_than_what_it_is_told_is_waited_for(site):
    """Its daemon stands still, and its process takes what there is room for. It is not left, and told all anew, again and again."""
    fill(site)
    active, standby = (site.gateways[name] for name in (site.active(), site.standby()))
    os.kill(standby.daemon.pid, signal.SIGSTOP)
    active.daemon.kill()
    active.start_daemon()
    eventually("all is told anew", lambda: site.sync(site.active())["peers"][0]["state"] == "catching-up")
    for _ in range(8):
        clients.connect_tcp(site.client, OUTSIDE4, PORT).close()   # is told while all is
        time.sleep(1)   # the pace of the sender, for longer than a silent node is waited for
        peer = site.sync(site.active())["peers"][0]
        assert (peer["state"], peer["trouble"]) == ("catching-up", None)
    os.kill(standby.daemon.pid, signal.SIGCONT)
    site.settle()
    eventually("it has all", site.is_told, within=60)
    assert standby.json("status")["counts"]["flows"] >= FLOWS
