# SPDX-License-Identifier: GPL-2.0-or-later
"""Packets that come in the middle of a sweep, on the sweep's CPU: no live flow ends by that.

Where the kernel leaves bottom halves on while user space runs a program (before Linux 6.3), packets that a clock lets go come
there at any moment; what a process sends comes when it sends.
"""

import socket
import struct
import time

import documents
import pytest
from lab import floods, servers
from lab.home import INSIDE4, OUTSIDE4, SECOND4
from lab.pace import patience

pytestmark = pytest.mark.needs("interrupted-test-runs")

PORT = 7002
LIVE = 32   # as many as one list has
SILENT = "203.0.113.200"
SECONDS = 20
SWEEPS_AT_ONCE = 5000
DISALLOWED = 1   # enum gc_mode in bpf/flow/gc_run.h: those that the rules do not allow any more are ended


@pytest.fixture(scope="module")
def hook():
    """XDP has had memory of its own always."""
    return "tc"


@pytest.fixture(scope="module")
def document(hook):
    return documents.home(hook) | {"tables": {"flows": 1024, "half_open": 1024}}


@pytest.fixture
def trickle(home):
    """What `second` sends waits on its wire until a timer's interrupt."""
    home.gateway.ip("neigh replace", SILENT, "lladdr", home.outside.mac("eth0"), "dev wan nud permanent")
    home.second.run("tc", "qdisc", "add", "dev", "eth0", "root", "netem", "delay", "2ms", "1ms", "limit", "10000")
    with floods.flood(home.second, home.gateway.mac("lan"), "udp", SECOND4, SILENT, 0, patience(60), 0):
        yield
    home.second.run("tc", "qdisc", "del", "dev", "eth0", "root")


def open_flows(home):
    """The sockets of LIVE answered flows, and their ports."""
    servers.udp_peer_server(home.outside, PORT)
    sockets = []
    for _ in range(LIVE):
        made = home.inside.socket(kind=socket.SOCK_DGRAM)
        made.connect((OUTSIDE4, PORT))
        made.send(b"who am I?")
        made.recv(100)
        sockets.append(made)
    return {made.getsockname()[1]: made for made in sockets}


def live_ports(home):
    text = (home.gateway.pins / "text/flows4").read_text(encoding="ascii")
    lines = [line.split() for line in text.splitlines() if line.startswith(f"17 {INSIDE4}:")]
    return {int(words[1].rpartition(":")[2]) for words in lines if words[3] == f"{OUTSIDE4}:{PORT}"}


def listed(port):
    """struct sl_tuple (maps/flow.h) of a live flow's first direction."""
    ends = (socket.inet_aton(INSIDE4), socket.inet_aton(OUTSIDE4))
    return b"".join(bytes(12) + end for end in ends) + struct.pack("!HH", port, PORT) + struct.pack("=HBB", 0, socket.IPPROTO_UDP, 4)


def sweep(home, ports):
    """As the daemon looks at flows by a list, but over and over."""
    frame, context = home.lab.directory / "frame", home.lab.directory / "context"
    frame.write_bytes(bytes(12) + b"\x88\xb5" + bytes(2) + b"".join(listed(port) for port in ports))
    context.write_bytes(struct.pack("=III", 0, 0, DISALLOWED) + bytes(180))
    home.gateway.run("bpftool", "prog", "run", "pinned", home.gateway.pins / "programs/gc", "data_in", frame,
                     "ctx_in", context, "repeat", SWEEPS_AT_ONCE)


def test_no_live_flow_ends_by_packets_in_the_middle_of_a_sweep(home, trickle):
    flows = open_flows(home)
    before, sweeps = home.gateway.show("interfaces"), 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        sweep(home, flows)
        sweeps += SWEEPS_AT_ONCE
    assert sweeps and home.gateway.show("interfaces") != before, "packets came meanwhile"
    lost = len(flows.keys() - live_ports(home))
    assert not lost, f"{lost} of {LIVE} live flows ended in {sweeps} sweeps"
