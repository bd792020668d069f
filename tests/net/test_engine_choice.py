# SPDX-License-Identifier: GPL-2.0-or-later
"""Where the eBPF engine cannot run, the doctor says why, and the gateway is carried by nftables."""

import sys
from dataclasses import dataclass
from pathlib import Path

import documents
import pytest
from lab import HomeLab, Lab, clients, eventually, servers, snapshot
from lab.download import Download
from lab.gateway import binaries
from lab.home import OUTSIDE4, WAN4

FORBID_BPF = Path(documents.__file__).parents[1] / "support" / "lab" / "forbid_bpf.py"
PYTHON = (sys.executable, "-B", FORBID_BPF)
INVALID = 3


@dataclass(frozen=True)
class Machine:
    """What is taken from the daemon, and a word that must stand in the reason."""

    name: str
    reason: str
    launcher: tuple = ()
    bpffs: bool = True
    user: bool = False


MACHINES = [
    Machine("no-capability", "CAP_BPF", ("setpriv", "--bounding-set=-bpf,-sys_admin")),
    Machine("no-verifier-privilege", "CAP_PERFMON", ("setpriv", "--bounding-set=-perfmon,-sys_admin")),
    Machine("no-bpf", "seccomp", (*PYTHON, "all")),
    Machine("no-programs", "seccomp", (*PYTHON, "load")),
    Machine("no-runs", "seccomp", (*PYTHON, "run")),
    Machine("no-bpffs", "none is mounted", bpffs=False),
    Machine("no-privileges", "CAP_BPF", user=True, launcher=(
        "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
        "--inh-caps=+net_admin", "--ambient-caps=+net_admin")),
]


def prepare(home, machine):
    gateway = home.gateway
    gateway.launcher = machine.launcher
    if not machine.bpffs:
        gateway.pins = home.lab.directory / "no-bpffs"
    if machine.user:
        home.lab.directory.chmod(0o711)
        own = home.lab.directory / "own"
        own.mkdir(mode=0o777)
        own.chmod(0o777)
        gateway.socket_path, gateway.state = own / "sluice.sock", own / "state"
    gateway.start_daemon()


@pytest.fixture(scope="module", params=MACHINES, ids=lambda machine: machine.name)
def machine(request):
    return request.param


@pytest.fixture(scope="module")
def home(machine):
    with Lab() as lab:
        made = HomeLab(lab)
        prepare(made, machine)
        servers.tcp_peer_server(made.outside, 7000)
        servers.tcp_peer_server(made.inside, 8080)
        yield made


def document(engine, hook="auto"):
    return {**documents.home(hook), "engine": engine}


def engines(findings):
    return {row["name"]: row for row in findings["engines"]}


def refused_checks(findings):
    return [row for row in findings["checks"] if row["engine"] == "ebpf" and row["state"] == "bad"]


def test_the_doctor_says_what_was_tried_and_why_it_was_refused(home, machine):
    findings = home.gateway.json("doctor")
    assert engines(findings)["nftables"] == {"name": "nftables", "usable": True, "refused": None}
    assert not engines(findings)["ebpf"]["usable"]
    assert machine.reason in engines(findings)["ebpf"]["refused"]
    assert refused_checks(findings)
    for row in refused_checks(findings):
        assert row["finding"] and row["reason"] and row["remedy"] and row["gain"], row


def test_people_read_the_same(home, machine):
    text = home.gateway.sluice("doctor").stdout
    assert "ebpf cannot run: " in text and "nftables can run\n" in text
    assert machine.reason in text and "  change  " in text and "  gain    " in text


def test_a_document_that_asks_for_ebpf_is_refused_and_nothing_changes(home, machine):
    before = snapshot.take(home.gateway)
    refused = home.gateway.apply(document("ebpf"), expect=None)
    assert refused.returncode not in (0, 6)
    assert "ebpf" in refused.stderr and machine.reason in refused.stderr
    assert snapshot.differences(before, snapshot.take(home.gateway)) == []
    assert home.gateway.json("status")["state"] == "empty"


def test_auto_is_carried_by_nftables(home, machine):
    applied = home.gateway.apply(document("auto"))
    home.route_gateway()
    assert machine.reason in applied.stdout + applied.stderr   # the note that says why
    assert home.gateway.json("status")["engine"] == "nftables"
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    assert clients.tcp_peer(home.outside, WAN4, 80).address == OUTSIDE4


def test_the_doctor_says_for_each_interface_what_was_tried(home, machine):
    home.gateway.apply(document("auto"))
    rows = home.gateway.json("doctor")["interfaces"]
    assert {row["name"] for row in rows} == {"wan", "lan"}
    for row in rows:
        assert row["engine"] == "nftables"
        assert [(tried["what"], tried["result"]) for tried in row["tried"]] == [
            ("ebpf", "refused"), ("nftables", "in use")]
        assert machine.reason in row["tried"][0]["why"] and row["remedy"] and row["gain"]


def refused_for_nftables(gateway):
    """The address that is there with another length is found when everything else was planned."""
    wanted = documents.carried_by("nftables")
    wanted["interfaces"]["lan"]["addresses"].append("2001:db8:77::1/48")
    gateway.run("ip", "address", "add", "2001:db8:77::1/64", "dev", "lan")
    assert "2001:db8:77::1" in gateway.apply(wanted, expect=None).stderr
    gateway.run("ip", "address", "del", "2001:db8:77::1/64", "dev", "lan")


def planned_for_nftables(gateway):
    gateway.sluice("plan", gateway.write(documents.carried_by("nftables")))


@pytest.mark.parametrize("tried", [planned_for_nftables, refused_for_nftables])
def test_what_was_only_tried_changes_no_mind_about_the_document_in_force(home, tried):
    gateway = home.gateway
    gateway.apply(document("auto"))
    tried(gateway)
    gateway.run("ip", "address", "del", "192.168.10.1/24", "dev", "lan")
    eventually("the address is back", lambda: gateway.has_address("lan", "192.168.10.1/24"))
    assert gateway.json("status")["engine"] == "nftables"


def test_a_hook_is_more_than_nftables_can_do(home):
    refused = home.gateway.apply(document("auto", hook="tc"), expect=None)
    assert refused.returncode == INVALID
    assert "interfaces.wan.hook" in refused.stderr and "the ebpf engine can" in refused.stderr


@pytest.fixture
def healthy():
    with Lab() as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        yield made


def descriptors(daemon):
    return len(list(Path(f"/proc/{daemon.pid}/fd").iterdir()))


def test_auto_takes_ebpf_where_it_runs(healthy):
    healthy.gateway.apply(document("auto"))
    assert healthy.gateway.json("status")["engine"] == "ebpf"
    tried = {row["name"]: row["tried"] for row in healthy.gateway.json("doctor")["interfaces"]}
    assert tried["wan"] == [{"what": "xdp", "result": "not tried",
                             "why": "native XDP on veth costs bulk TCP its segmentation offload"},
                            {"what": "tc", "result": "in use", "why": None}]


def test_trying_leaves_nothing_and_disturbs_nobody(healthy):
    gateway = healthy.gateway
    gateway.apply(document("auto"))
    healthy.route_gateway()
    servers.endless_server(healthy.outside, 9000)
    download = Download(healthy.inside, OUTSIDE4, 9000)
    assert download.goes_on()
    gateway.json("doctor")
    before, opened = (snapshot.take(gateway), sorted(gateway.pins.rglob("*"))), descriptors(gateway.daemon)
    for _ in range(3):
        gateway.json("doctor")
    assert (snapshot.take(gateway), sorted(gateway.pins.rglob("*"))) == before
    # A connection that its client has closed, or a sweep, may have one open for a moment.
    eventually("no descriptor is left open", lambda: descriptors(gateway.daemon) <= opened)
    assert download.goes_on()


def test_without_a_daemon_the_doctor_tries_as_the_caller(healthy):
    gateway = healthy.gateway
    doctor = [binaries() / "sluice", "--socket", "/run/nowhere.sock", "doctor"]
    assert "ebpf can run\nnftables can run\n" in gateway.run(*doctor).stdout
    gateway.run("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups", *doctor, expect=1)
    assert "CAP_NET_ADMIN" in gateway.run("setpriv", "--bounding-set=-net_admin", *doctor, expect=1).stdout
