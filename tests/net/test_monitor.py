# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice monitor --health`: a line for each change of a backend's state, until somebody ends it."""

import contextlib
import json
import signal

import documents
import pytest
from lab import HomeLab, eventually
from lab.gateway import UnixConnection
from lab.home import INSIDE4, SECOND4, WAN4
from lab.monitor import Monitor

PORT, SERVED = 8081, 8090
QUICK = {"type": "tcp", "interval": "100ms", "timeout": "100ms", "rise": 1, "fall": 2}
FIELDS = {"time", "service", "backend", "underlay", "address", "state", "reason", "since", "schema_version"}
MOST_LISTENERS = 16


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """What is followed here is the daemon."""
    return request.param


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


def rows(*names):
    address = {"one": INSIDE4, "two": SECOND4}
    return [{"name": name, "near": f"{address[name]}:{SERVED}"} for name in names]


def served(hook="tc", backends=rows("one", "two"), **more):
    made = documents.home(hook)
    made["underlays"] = {"near": {"zone": "lan"}, "far": {"zone": "internet"}}
    made["services"] = {"pool": {"listen": WAN4, "ports": PORT, "backends": backends, "health": QUICK, **more}}
    return made


@contextlib.contextmanager
def listening(host):
    with contextlib.closing(host.socket()) as made:
        made.bind(("", SERVED))
        made.listen(64)
        yield made


@pytest.fixture
def monitor(home):
    """monitor(*options) starts one."""
    made = []

    def start(*options):
        made.append(Monitor(home.gateway, "--health", *options))
        return made[-1]
    yield start
    for one in made:
        one.end()


@contextlib.contextmanager
def followed(gateway, query=""):
    """The answer of the control socket, of which nothing but its head was read."""
    with contextlib.closing(UnixConnection(gateway.socket_path)) as connection:
        connection.request("GET", "/v1/monitor/health" + query)
        with contextlib.closing(connection.getresponse()) as answer:
            yield answer


def connections(gateway):
    """Of the control socket: probes of health open and close others meanwhile."""
    return gateway.run("ss", "-Hx").stdout.count(f" {gateway.socket_path} ")


def await_states(gateway, **wanted):
    eventually(f"backends are {wanted}", lambda: {row["backend"]: row["state"] for row in gateway.show("services")} == wanted)


def test_each_change_is_a_line(restored, monitor):
    gateway = restored.gateway
    with listening(restored.inside):
        await_states(gateway, one="up", two="down")
        seen = monitor("--now")
        first = seen.next(service="pool", backend="one", underlay="near", address=f"{INSIDE4}:{SERVED}", state="up")
        assert set(first) == FIELDS
        seen.next(backend="two", state="down", reason="connection refused")
        with listening(restored.second):
            seen.next(backend="two", state="up", reason="answered")
            gateway.sluice("service", "drain", "pool", "two")
            seen.next(backend="two", state="draining", reason="drains")
            gateway.sluice("service", "undrain", "pool", "two")
            seen.next(backend="two", state="up")
        down = seen.next(backend="two", state="down")
        assert down["since"] == next(row["since"] for row in gateway.show("services") if row["backend"] == "two")
        gateway.apply(served(backends=rows("two")))
        seen.next(backend="one", state="down", reason="it has left the document")
        gateway.apply(served())
        seen.next(backend="one", state="unknown")
        seen.next(backend="one", state="up")
    seen.next(backend="one", state="down")
    assert len(seen.lines()) == seen.read


def test_without_now_there_is_no_line_until_something_changes(restored):
    await_states(restored.gateway, one="down", two="down")
    with followed(restored.gateway) as answer, listening(restored.inside):
        line = json.loads(answer.readline())
        assert (line["backend"], line["state"]) == ("one", "up")


def test_ctrl_c_ends_it_and_a_kill_leaves_nothing(restored, monitor):
    gateway = restored.gateway
    eventually("nobody asks any more", lambda: connections(gateway) == 0)
    for number in (signal.SIGINT, signal.SIGKILL):
        one = monitor("--now")
        one.next()
        assert connections(gateway) == 1
        one.process.signal(number)
        assert one.process.wait() == -number
        eventually("the daemon has let it go", lambda: connections(gateway) == 0)


def test_it_ends_with_the_daemon_and_says_so(restored, monitor):
    one = monitor("--now")
    one.next()
    restored.gateway.stop_daemon()
    assert one.process.wait() == 4
    assert "sluiced does not answer" in one.process.output()
    restored.gateway.start_daemon()


def test_who_does_not_read_hinders_nobody_and_learns_what_he_missed(restored):
    """Two megabytes of lines, with one in the way of whoever waits until they are read."""
    gateway = restored.gateway
    many = [{"name": f"{'x' * 50}{number}", "near": f"{INSIDE4}:{9000 + number}", "far": f"203.0.113.9:{9000 + number}"}
            for number in range(128)]
    modes = [served(backends=many, network_mode=mode, grace="1s") for mode in ("near-only", "far-only")]
    for mode in modes:
        del mode["services"]["pool"]["health"]
    files = [gateway.write(mode) for mode in modes]
    with followed(gateway) as answer:
        for turn in range(24):
            gateway.sluice("apply", files[turn % 2], quiet=True)
        while "lost" not in (line := json.loads(answer.readline())):
            assert set(line) == FIELDS
        assert line["lost"] > 0


def test_only_so_many_listen(restored):
    gateway = restored.gateway
    with contextlib.ExitStack() as stack:
        answers = [stack.enter_context(followed(gateway)) for _ in range(MOST_LISTENERS)]
        assert {answer.status for answer in answers} == {200}
        refused = gateway.sluice("monitor", "--health", expect=1)
        assert refused.stderr == "sluice: 16 follow the health of backends already: end one of them\n"
    eventually("there is room again", lambda: _may_listen(gateway))


def _may_listen(gateway):
    with followed(gateway) as answer:
        return answer.status == 200


@pytest.mark.parametrize(("options", "said"), [(("--health", "--flows"), "--flows and --health exclude each other"), (("--rates",), "--rates"),
                                               (("--health", "word"), "word")])
def test_what_it_does_not_follow_is_one_clear_error(restored, options, said):
    refused = restored.gateway.sluice("monitor", *options, expect=2)
    assert said in refused.stderr and len(refused.stderr.splitlines()) == 1


def test_who_listens_before_there_is_a_document_hears_of_the_first(own_lab):
    gateway = HomeLab(own_lab).gateway
    gateway.start_daemon()
    with followed(gateway, "?now=1") as answer:
        gateway.apply(served())
        assert json.loads(answer.readline())["state"] == "unknown"
