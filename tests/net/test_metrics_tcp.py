# SPDX-License-Identifier: GPL-2.0-or-later
"""Metrics by TCP: who is told, and that nobody who asks stalls the others or the daemon."""

import json
import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from lab import Lab, eventually
from lab.garbage import GARBAGE, send_all_of
from lab.helper_process import is_nobody, process_of
from metrics_site import PORT, TOKEN, MetricsSite

MOST = 32


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        yield MetricsSite(lab).answers()


@pytest.fixture
def restored(site):
    yield site
    site.apply(token_file="metrics.token")
    site.answers()


def connected(site, address="127.0.0.1", port=PORT):
    with site.gateway.entered():
        return socket.create_connection((address, port), timeout=5)


def test_it_is_what_the_socket_says(site):
    def series(text):
        return {line.split(" ")[0] for line in text.splitlines() if not line.startswith("#")}

    def by_socket():
        return site.gateway.run("curl", "-sS", "--unix-socket", site.gateway.socket_path, "http://sluice/metrics").stdout

    assert len(series(by_socket())) > 50
    eventually("both have the same series", lambda: series(site.ask()[1]) == series(by_socket()))


def test_who_has_no_token_is_told_nothing(site):
    for token in (None, "", "wrong", TOKEN[:-1], TOKEN + "x", TOKEN.upper()):
        status, text = site.ask(token=token)
        assert status == 401 and "sluice_" not in text, token
    assert site.ask("-H", f"Authorization: Basic {TOKEN}", token=None)[0] == 401
    assert TOKEN not in site.gateway.daemon.output()
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in os.listdir("/proc") if pid.isdigit() and Path(f"/proc/{pid}/cmdline").exists()]
    assert not [line for line in lines if TOKEN.encode() in line and b"curl" not in line and b"pytest" not in line]


def test_there_is_nothing_else_to_be_asked(site):
    assert site.ask(path="/v1/status")[0] == 404
    assert site.ask("-X", "POST", "-d", "x")[0] == 405
    assert site.ask(path="/metrics?a=b")[0] == 200


@pytest.mark.parametrize("sent", GARBAGE)
def test_garbage_ends_one_connection(site, sent):
    with connected(site) as one:
        send_all_of(one, sent)
    assert site.ask()[0] == 200


def test_those_who_say_nothing_leave_the_others_their_place(site):
    with ExitStack() as held:
        for _ in range(MOST - 1):
            held.enter_context(connected(site))
        assert site.ask()[0] == 200
        assert site.gateway.json("status")["state"] == "running"
        held.enter_context(connected(site))
        eventually("who comes beyond is closed", lambda: site.ask()[0] == 0)
        assert site.gateway.json("status")["state"] == "running"
        eventually("those who say nothing for ten seconds are closed", lambda: site.ask()[0] == 200, within=20)


def test_those_who_ask_and_read_nothing_stall_nobody(site):
    question = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    with ExitStack() as held:
        for _ in range(3 * MOST):
            held.enter_context(connected(site)).sendall(question)
        eventually("others are told", lambda: site.ask()[0] == 200)
        assert site.gateway.json("status")["state"] == "running"


def test_a_flood_of_questions_is_few_for_the_daemon(site):
    """Who asks at once is told the same."""
    before = site.gateway.processor_seconds()
    question = f"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    asked = 0
    for _ in range(20):
        with ExitStack() as held:
            many = [held.enter_context(connected(site)) for _ in range(MOST - 2)]
            for one in many:
                one.sendall(question)
            for one in many:
                text = b""
                while piece := one.recv(1 << 16):
                    text += piece
                asked += text.startswith(b"HTTP/1.1 200")
    spent = site.gateway.processor_seconds() - before
    one_by_one = site.gateway.processor_seconds()
    for _ in range(20):
        assert site.ask()[0] == 200
    one_by_one = site.gateway.processor_seconds() - one_by_one
    assert asked == 20 * (MOST - 2)
    assert spent < 5 * one_by_one + 0.2, f"{spent} s of processor for {asked} questions, {one_by_one} s for 20"


def test_the_process_is_nobody_and_comes_back(site):
    pid = process_of(site.gateway, "scrape")
    assert is_nobody(pid)
    os.kill(pid, signal.SIGKILL)
    eventually("another one tells", lambda: process_of(site.gateway, "scrape") not in (None, pid) and site.ask()[0] == 200)


def test_it_goes_with_its_key(restored):
    made = json.loads(restored.gateway.sluice("export").stdout)
    del made["metrics"]
    restored.gateway.apply(made)
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    assert process_of(restored.gateway, "scrape") is None


def test_without_a_token_whoever_gets_there_is_told(restored):
    restored.apply()
    eventually("it answers", lambda: restored.ask(token=None)[0] == 200)


def test_a_token_that_cannot_be_had_closes_it(restored):
    restored.apply(token_file="nothing.token")
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    assert [line for line in restored.gateway.json("status")["degraded"] if "nothing.token" in line]
    restored.apply(token_file="metrics.token")
    restored.answers()
    assert not [line for line in restored.gateway.json("status")["degraded"] if "metrics" in line]


def test_a_token_that_no_header_can_have_closes_it(restored):
    (restored.gateway.state / "two.token").write_text(f"{TOKEN}\nanother\n", encoding="ascii")
    restored.apply(token_file="two.token")
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    assert [line for line in restored.gateway.json("status")["degraded"] if "two.token" in line]


def test_a_port_that_is_taken_is_said_and_tried_again(restored):
    with restored.gateway.entered():
        taken = socket.create_server(("127.0.0.1", PORT + 1))
    with taken:
        restored.apply(listen=f"127.0.0.1:{PORT + 1}")
        eventually("it is said", lambda: [line for line in restored.gateway.json("status")["degraded"] if str(PORT + 1) in line])
    eventually("it answers", lambda: restored.ask(place=f"127.0.0.1:{PORT + 1}")[0] == 200)
    eventually("nothing is said any more", lambda: restored.gateway.json("status")["degraded"] == [])


def test_the_daemon_may_be_away(restored):
    restored.gateway.daemon.kill()
    eventually("nobody listens", lambda: restored.ask()[0] == 0)
    restored.gateway.start_daemon()
    restored.answers()
