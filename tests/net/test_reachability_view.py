# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice reachability status` at a terminal is a screen with keys, and elsewhere the text that it was; `reachability test`."""

import json
import os
import signal
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest
from lab import eventually
from lab.behind_nat import OUTSIDE4, PORT, STUN4, box_document, box_that_is_reached
from lab.gateway import binaries
from lab.terminal import Terminal

KEYS = "t test  r refresh  q quit"


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def behind(lab):
    return box_that_is_reached(lab)


def open_view(behind, *words, **keywords):
    return Terminal(behind.box, binaries() / "sluice", "--socket", behind.box.socket_path, "reachability", "status", *words, **keywords)


@pytest.fixture
def view(behind):
    made = open_view(behind)
    eventually("it is drawn", lambda: made.shows(KEYS))
    yield made
    made.close()


def test_it_shows_ports_nats_peers_and_keys(view):
    lines = view.lines()
    assert "path      direct" in lines and f"endpoint  {OUTSIDE4}:{PORT}" in lines
    assert any(line.split() == ["home", str(PORT), "direct", f"{OUTSIDE4}:{PORT}"] for line in lines)
    assert any(line.startswith("home     mapped  pcp") for line in lines)
    assert any(f"{STUN4}:3478" in line for line in lines)
    assert any(line.startswith("phone") and "never" in line for line in lines)
    assert lines[-1] == KEYS


def test_q_ends_it_and_the_terminal_is_as_before(view):
    view.type("q")
    assert view.ended() == 0 and view.is_restored()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_so_do_signals(view, number):
    os.kill(view.process.pid, number)
    assert view.ended() == 0 and view.is_restored()


def test_and_ctrl_c(view):
    view.type("\x03")
    assert view.ended() == 0 and view.is_restored()


def test_a_terminal_that_goes_away_ends_it(behind, view):
    os.close(view.ours)
    eventually("it has ended", lambda: view.process.poll() is not None)


def test_it_draws_itself_again(view):
    title = view.lines()[0]
    eventually("the time goes on", lambda: view.lines()[0] != title)


def test_t_asks_everybody_anew(behind, view):
    asked = len(behind.stun.asked)
    before = behind.status()["test"]["number"]
    view.type("t")
    eventually("it is begun", lambda: behind.status()["test"]["number"] == before + 1)
    eventually("it is over, and shown", lambda: view.shows("tested    ") and view.shows(" ago") and not behind.status()["test"]["running"])
    assert len(behind.stun.asked) > asked
    assert behind.status()["path"] == "direct"


class FakeDaemon(socketserver.UnixStreamServer):
    """Answers the same to every request, and counts them."""

    def __init__(self, path, answer):
        self.answer, self.asked = json.dumps(answer).encode(), []
        super().__init__(str(path), self.Handler)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    class Handler(BaseHTTPRequestHandler):
        def answer(self):
            self.server.asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(self.server.answer)))
            self.end_headers()
            self.wfile.write(self.server.answer)

        do_GET = do_POST = answer   # noqa: N815

        def log_message(self, format, *values):   # noqa: A002
            pass

        def address_string(self):
            return "test"


@pytest.fixture
def fake(behind):
    hostile = "\x1b[2J\x1b]0;owned\x07\x9b31m\n"
    peers = [{"name": hostile, "network": hostile, "path": "direct", "state": "active", "last_handshake": None, "endpoint": hostile}]
    with FakeDaemon(behind.lab.directory / "fake.sock", {"path": hostile, "dns": {"subdomain": hostile}, "wireguard": {"peers": peers}}) as made:
        yield made
        made.shutdown()


def test_r_looks_at_once_and_names_of_others_steer_nothing(behind, fake):
    shown = Terminal(behind.box, binaries() / "sluice", "--socket", fake.server_address, "reachability", "status")
    eventually("it is drawn", lambda: shown.shows(KEYS))
    before, begun = len(fake.asked), time.monotonic()
    shown.type("r" * 50)
    eventually("as often as it was typed", lambda: len(fake.asked) >= before + 50)
    assert len(fake.asked) - before - 50 <= time.monotonic() - begun + 2, "the rest are by itself, one a second"
    assert shown.shows("\\x1b[2J\\x1b]0;owned")
    for piece in (b"\x1b]0", b"\x07", b"\x9b"):
        assert piece not in shown.raw
    shown.type("q")
    assert shown.ended() == 0 and shown.is_restored()


def test_another_size_is_another_page(view):
    view.resize(40, 8)
    eventually("it is drawn in it", lambda: view.lines()[7].startswith(KEYS) and view.lines()[0].startswith("sluice: how this machine is reached")
               and "path      direct" in view.lines())   # a screen that is read while it is drawn lacks a part
    view.type("\x1b[6~" * 20)   # page down
    eventually("the end is reached", lambda: view.shows("phone"))
    view.type("\x1b[5~" * 20)
    eventually("and the beginning", lambda: view.shows("path      direct"))
    for width, height in ((1, 1), (3, 2), (200, 3), (20, 4)):
        view.resize(width, height)
        eventually("it lives", lambda height=height, width=width: view.lines()[height - 1] == KEYS[:width].rstrip() or
                   view.lines()[height - 1].startswith(("t", KEYS[:max(width - 1, 1)])))
    view.resize(100, 40)
    eventually("it is whole again", lambda: view.lines()[-1] == KEYS and view.shows("phone"))


def test_a_daemon_that_goes_away_is_waited_for(behind, view):
    behind.box.daemon.kill()
    eventually("it is told", lambda: view.shows("still trying: sluiced does not answer"))
    assert view.shows("path      direct"), "what was known last"
    view.type("t")
    eventually("a test is begun by nobody", lambda: view.shows("still trying"))
    behind.box.start_daemon()
    eventually("it is back", lambda: not view.shows("still trying"))
    eventually("strangers get through again", lambda: behind.status()["path"] == "direct", within=30)
    view.type("q")
    assert view.ended() == 0 and view.is_restored()


def test_a_daemon_that_hangs_keeps_nobody_from_leaving(behind, view):
    os.kill(behind.box.daemon.pid, signal.SIGSTOP)
    try:
        eventually("it is told", lambda: view.shows("no answer in time"))
        while view.process.poll() is None:   # whoever is impatient keeps the key down
            os.kill(view.process.pid, signal.SIGINT)
            view.read()
        assert view.ended() == 0 and view.is_restored()
    finally:
        os.kill(behind.box.daemon.pid, signal.SIGCONT)


def colours(terminal):
    terminal.read()
    return {cell.fg for line in terminal.screen.buffer.values() for cell in line.values()} - {"default"}


def test_without_colours_there_are_none(behind, view):
    eventually("what is good is green", lambda: view.shows("path      direct") and colours(view) == {"green"})
    plain = open_view(behind, NO_COLOR="1")
    eventually("it is drawn", lambda: plain.shows("path      direct"))
    assert not colours(plain)


@pytest.mark.parametrize("way", ["dumb", "none", "unknown", "json", "table"])
def test_elsewhere_it_is_the_text_that_it_was(behind, way):
    words, environment = {"dumb": ((), {"TERM": "dumb"}), "none": ((), {"TERM": ""}), "unknown": ((), {"TERM": "no-such-terminal"}),
                          "json": (("-o", "json"), {}), "table": (("-o", "table"), {})}[way]
    shown = open_view(behind, *words, height=200, **environment)
    assert shown.ended() == 0
    eventually("it is told", lambda: shown.shows('"path": "direct"' if way == "json" else "path      direct"))
    assert b"\x1b[?1049h" not in shown.raw and KEYS.encode() not in shown.raw


def test_a_pipe_gets_the_text(behind):
    shown = Terminal(behind.box, "sh", "-c", f"{binaries()}/sluice --socket {behind.box.socket_path} reachability status | cat", height=100)
    assert shown.ended() == 0
    eventually("it is told", lambda: shown.shows("path      direct"))
    assert b"\x1b[" not in shown.raw


def test_without_a_daemon_there_is_an_error_and_no_screen(behind):
    shown = Terminal(behind.box, binaries() / "sluice", "--socket", "/nowhere", "reachability", "status")
    assert shown.ended() == 4
    assert shown.shows("sluiced does not answer on /nowhere") and b"\x1b[?1049h" not in shown.raw


def test_a_script_waits_for_what_is_found(behind):
    number = behind.status()["test"]["number"]
    told = behind.box.sluice("reachability", "test").stdout
    assert "path      direct" in told
    assert behind.status()["test"] == {"number": number + 1, "running": False, "ended": behind.status()["test"]["ended"]}
    assert behind.box.json("reachability", "test")["path"] == "direct"


def test_it_finds_out_what_has_changed_since(behind):
    """Within seconds, though servers are asked every 25 s."""
    behind.stun.silent = True
    try:
        told = behind.box.sluice("reachability", "test", expect=1)
        assert "path      none" in told.stdout and "nobody gets through" in told.stderr
        assert behind.status()["stun"]["status"] == "silent"
    finally:
        behind.stun.silent = False
    eventually("and that it is back", lambda: behind.box.sluice("reachability", "test", expect=None).returncode == 0, within=30)


def test_where_nothing_is_asked_for_there_is_nothing_to_test(behind):
    document = box_document()
    del document["reachability"]
    behind.box.apply(document)
    assert 'has no "reachability"' in behind.box.sluice("reachability", "test", expect=2).stderr
    shown = open_view(behind)
    eventually("it is said", lambda: shown.shows('The document in force has no "reachability".'))
    shown.type("t")
    eventually("and again", lambda: shown.shows("there is nothing to test"))
    shown.type("q")
    assert shown.ended() == 0
    behind.box.apply(box_document())
