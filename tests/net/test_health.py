# SPDX-License-Identifier: GPL-2.0-or-later
"""Who asks backends how they are: what it survives, what it trusts, and which way it goes."""

import os
import signal
import subprocess
from pathlib import Path

import documents
import lab as support
import pytest
from lab import clients, eventually
from lab.helper_process import RAW_SOCKETS, children_of, is_gone, is_nobody, process_of
from lab.home import INSIDE4, SECOND4, WAN4
from lab.tenants import TENANT4, TenantsLab, vrf_of
from lab.tenants import WAN4 as WAN4_OF_TENANTS

PORT, SERVED, MANY = 8081, 8090, 100
QUICK = {"interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 3}   # who asks may wait for a core of its own
PROGRAM = Path(support.__file__).with_name("backend_process.py")
ROWS = [{"name": "one", "near": f"{INSIDE4}:{SERVED}"}, {"name": "two", "near": f"{SECOND4}:{SERVED}"}]


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """What is asked here is the daemon; what differs in the packet path is asked by the conformance suite."""
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


def served(hook="tc", rows=ROWS, **health):
    made = documents.home(hook)
    made["underlays"] = {"near": {"zone": "lan"}}
    made["services"] = {"pool": {"listen": WAN4, "ports": PORT, "backends": rows, "health": {"type": "tcp", **QUICK, **health}}}
    return made


@pytest.fixture
def backend(home):
    """backend(host, PEM file..., answers="STATUS SECONDS") starts one, which answers 200."""
    started = []

    def start(host, *pem, answers="200"):
        file = home.lab.directory / f"status-{host.name}"
        file.write_text(f"{answers}\n", encoding="ascii")
        started.append(host.start("/usr/bin/python3", "-B", PROGRAM, SERVED, file, *pem))
        eventually("it listens", lambda: clients.tcp_outcome(host, "127.0.0.1", SERVED) == "answered")
        return started[-1]
    yield start
    for process in started:
        process.end()


def rows_of(gateway):
    return {row["backend"]: row for row in gateway.show("services")}


def await_states(gateway, **wanted):
    eventually(f"backends are {wanted}",
               lambda: all(rows_of(gateway)[name]["state"] == state for name, state in wanted.items()))


def led_by(home, connections=4):
    """How many new connections each backend gets."""
    before = rows_of(home.gateway)
    for _ in range(connections):
        clients.tcp_peer(home.outside, WAN4, PORT)
    gained = {name: row["flows"] - before[name]["flows"] for name, row in rows_of(home.gateway).items()}
    return {name: count for name, count in gained.items() if count}


def test_states_outlive_the_daemon(restored, backend):
    gateway = restored.gateway
    backend(restored.inside)
    await_states(gateway, one="up", two="down")
    [asking] = children_of(gateway.daemon.pid)
    gateway.stop_daemon()
    eventually("nobody asks any more", lambda: is_gone(asking))
    assert clients.tcp_peer(restored.outside, WAN4, PORT), "the last choice stands"
    assert clients.tcp_peer(restored.outside, WAN4, PORT)
    gateway.start_daemon()
    row = rows_of(gateway)["two"]
    assert (row["state"], row["reason"]) == ("down", "connection refused")
    assert led_by(restored) == {"one": 4}


def test_nor_does_a_kill_forget_them_or_leave_anybody_who_asks(restored, backend):
    gateway = restored.gateway
    backend(restored.inside)
    await_states(gateway, one="up", two="down")
    [asking] = children_of(gateway.daemon.pid)
    gateway.daemon.kill()
    eventually("nobody asks any more", lambda: is_gone(asking))
    assert clients.tcp_peer(restored.outside, WAN4, PORT) and clients.tcp_peer(restored.outside, WAN4, PORT)
    gateway.start_daemon()
    assert rows_of(gateway)["two"]["state"] == "down"
    assert led_by(restored) == {"one": 4}


def test_who_asks_is_started_again(restored, backend):
    gateway = restored.gateway
    one = backend(restored.inside)
    backend(restored.second)
    await_states(gateway, one="up", two="up")
    [asking] = children_of(gateway.daemon.pid)
    os.kill(asking, signal.SIGKILL)
    eventually("another one asks", lambda: children_of(gateway.daemon.pid) not in ([], [asking]))
    assert {row["state"] for row in rows_of(gateway).values()} == {"up"}
    one.kill()
    await_states(gateway, one="down")
    said = gateway.daemon.output()
    assert 'service "pool": one over near is down: connection refused' in said
    assert "backends are not asked how they are: their process has ended" in said


def test_who_asks_is_nobody(restored, backend):
    backend(restored.inside)
    await_states(restored.gateway, one="up")
    assert is_nobody(process_of(restored.gateway, "health"), RAW_SOCKETS)


def test_a_document_without_checks_has_nobody_who_asks(restored, backend):
    gateway = restored.gateway
    backend(restored.inside)
    await_states(gateway, one="up", two="down")
    [asking] = children_of(gateway.daemon.pid)
    made = served()
    del made["services"]["pool"]["health"]
    gateway.apply(made)
    eventually("nobody asks any more", lambda: is_gone(asking))
    assert {(row["state"], row["reason"], row["latency_ms"]) for row in rows_of(gateway).values()} == {
        ("unknown", "nobody asks it how it is", None)}
    assert len({clients.tcp_outcome(restored.outside, WAN4, PORT, source=clients.unused_source()) for _ in range(2)}) == 2


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The file of an authority, and one with the key and certificate of web.example that it signed."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*words):
        subprocess.run(["/usr/bin/openssl", *words], cwd=folder, capture_output=True, check=True)
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Lab", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=web.example", "-keyout", "web.key", "-out", "web.csr")
    (folder / "names").write_text("subjectAltName=DNS:web.example\n", encoding="ascii")
    openssl("x509", "-req", "-in", "web.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "names", "-out", "web.crt")
    both = folder / "both.pem"
    both.write_text((folder / "web.key").read_text() + (folder / "web.crt").read_text(), encoding="ascii")
    return folder / "ca.pem", both


def test_https_trusts_whom_it_is_told(restored, backend, certificates):
    authority, pem = certificates
    quiet = {"type": "https", "rows": ROWS[:1], "interval": "1s", "timeout": "1s"}
    trusted = {"host": "web.example", "ca_file": str(authority), "path": "/ready", "body": "ready"}
    # Who is found to be up keeps the reason of that, so the backend comes when it is asked by HTTPS.
    await_states(restored.gateway, one="down")
    restored.gateway.apply(served(**quiet, **trusted))
    backend(restored.inside, pem)
    for more, state, reason in (
            (trusted, "up", "status 200"),
            ({"host": "web.example"}, "down", "its certificate: "),
            ({"host": "other.example", "ca_file": str(authority)}, "down", "its certificate: it is not that of other.example"),
            ({"tls_verify": False}, "up", "status 200"),
            ({"ca_file": "/nowhere.pem"}, "down", "open /nowhere.pem: ")):
        restored.gateway.apply(served(**quiet, **more))
        await_states(restored.gateway, one=state)
        eventually(f"the reason is {reason}", lambda says=reason: rows_of(restored.gateway)["one"]["reason"].startswith(says))


def test_by_latency_the_fast_one_serves_and_the_slow_one_where_it_is_down(restored, backend):
    fast = backend(restored.inside)
    backend(restored.second, answers="200 0.3")
    made = served(type="http", interval="1s", timeout="1s", rows=[
        {"name": "one", "near": f"{INSIDE4}:{SERVED}"}, {"name": "two", "near": f"{SECOND4}:{SERVED}"}])
    made["services"]["pool"]["balance"] = "latency"
    restored.gateway.apply(made)
    eventually("the slow one is told so", lambda: rows_of(restored.gateway)["two"]["reason"] == "others are faster")
    rows = rows_of(restored.gateway)
    assert rows["two"]["latency_ms"] > max(300, rows["one"]["latency_ms"])
    assert led_by(restored) == {"one": 4}
    fast.kill()
    await_states(restored.gateway, one="down", two="up")
    assert led_by(restored) == {"two": 4}


def test_an_echo_is_answered_or_not(restored):
    restored.gateway.apply(served(rows=ROWS[:1], type="icmp"))
    await_states(restored.gateway, one="up")
    assert rows_of(restored.gateway)["one"]["latency_ms"] > 0
    restored.inside.sysctl("net/ipv4/icmp_echo_ignore_all", "1")
    try:
        await_states(restored.gateway, one="down")
        assert rows_of(restored.gateway)["one"]["reason"] == "no answer in 200ms"
    finally:
        restored.inside.sysctl("net/ipv4/icmp_echo_ignore_all", "0")
    await_states(restored.gateway, one="up")


def test_many_that_fail_together_are_left_together(restored):
    """Each exchange of the rules has to do with several of them."""
    gateway, ports = restored.gateway, range(9100, 9100 + MANY)
    listeners = []
    for port in ports:
        listeners.append(restored.inside.socket())
        listeners[-1].bind(("", port))
        listeners[-1].listen(4096)
    rows = [{"name": f"vm{port}", "near": f"{INSIDE4}:{port}"} for port in ports]
    gateway.apply(served(rows=rows, interval="500ms", timeout="500ms"))
    eventually("all are up", lambda: all(row["state"] == "up" for row in gateway.show("services")))
    before = gateway.daemon.output().count("backends changed: ")
    for listener in listeners:
        listener.close()
    eventually("all are down", lambda: all(row["state"] == "down" for row in gateway.show("services")))
    assert clients.tcp_outcome(restored.outside, WAN4, PORT) == "refused"
    assert gateway.daemon.output().count("backends changed: ") - before <= MANY / 2


def test_what_is_wrong_with_a_check_is_said_and_changes_nothing(restored, backend):
    backend(restored.inside)
    await_states(restored.gateway, one="up")
    refused = restored.gateway.apply(served(type="http", path="no slash"), expect=3)
    assert "services.pool.health.path" in refused.stderr
    assert rows_of(restored.gateway)["one"]["state"] == "up"


@pytest.fixture(scope="module")
def tenants(hook):
    with support.Lab(hook) as lab:
        made = TenantsLab(lab, ["red", "blue"])
        made.gateway.start_daemon()
        yield made


def test_backends_of_a_vrf_are_asked_in_it(tenants, hook):
    """Both tenants have the very same address, and only red's serves."""
    made = tenants.document(hook)
    made["underlays"] = {"red": {"zone": "red"}, "blue": {"zone": "blue"}}
    made["services"] = {name: {"listen": WAN4_OF_TENANTS, "ports": 9000 + number, "vrf": vrf_of(name),
                               "backends": [{"name": "host", name: f"{TENANT4}:{SERVED + number}"}],
                               "health": {"type": "tcp", "port": SERVED, **QUICK}}
                        for number, name in enumerate(["red", "blue"])}
    listener = tenants.tenants["red"].socket()
    listener.bind(("", SERVED))
    listener.listen(4096)
    tenants.gateway.apply(made)
    eventually("red is up and blue is down", lambda: {row["service"]: row["state"] for row in tenants.gateway.show("services")}
               == {"red": "up", "blue": "down"})


@pytest.mark.needs("netem")
def test_five_percent_loss_take_no_backend_down(restored, backend):
    """Under a stock kernel. Of ten thousand runs of five failures one would."""
    backend(restored.inside), backend(restored.second)
    restored.gateway.apply(served(interval="500ms", timeout="500ms", fall=5))
    await_states(restored.gateway, one="up", two="up")
    for host in (restored.inside, restored.second):
        host.run("tc", "qdisc", "add", "dev", "eth0", "root", "netem", "loss", "5%")
        restored.lab.defer(host.run, "tc", "qdisc", "del", "dev", "eth0", "root")
    told = restored.gateway.daemon.output().count(" is down: ")
    assert all(clients.tcp_peer(restored.outside, WAN4, PORT, timeout=20) for _ in range(60))
    assert {row["state"] for row in rows_of(restored.gateway).values()} == {"up"}
    assert restored.gateway.daemon.output().count(" is down: ") == told
