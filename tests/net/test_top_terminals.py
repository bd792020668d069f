# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice top` at small terminals, without colours, and beside a daemon that goes away; where there is no terminal."""

import os
import signal
import time

import pytest
import top_site
from lab import eventually
from lab.gateway import binaries
from lab.home import INSIDE4
from lab.terminal import Terminal
from top_site import KEYS, row_of

hook, document, served, top = top_site.hook, top_site.document, top_site.served, top_site.top
download = top_site.download


@pytest.fixture(scope="module")
def way():
    """What is looked at here is the screen."""
    return top_site.WAYS[0]


def test_a_daemon_that_is_started_again_is_waited_for(home, top, download):
    shown = top()
    source = f"{INSIDE4}:{download.socket.getsockname()[1]}"
    eventually("the flow is there", lambda: row_of(shown, source))
    home.gateway.daemon.kill()
    eventually("it is told", lambda: "still trying: sluiced does not answer" in shown.lines()[-1])
    assert row_of(shown, source), "what was known last"
    shown.type("2")
    eventually("keys are heard", lambda: "[2 talkers]" in shown.lines()[1])
    home.gateway.start_daemon()
    eventually("it is back", lambda: row_of(shown, INSIDE4, "lan") and shown.lines()[-1].startswith(KEYS), within=30)


def test_a_daemon_that_hangs_keeps_nobody_from_leaving(home, top):
    shown = top()
    eventually("something is shown", lambda: "running" in shown.lines()[0])
    os.kill(home.gateway.daemon.pid, signal.SIGSTOP)
    try:
        eventually("it says how old it is", lambda: " ago" in shown.lines()[0])
        begun = time.monotonic()
        shown.type("4")
        eventually("keys are heard", lambda: "[4 services]" in shown.lines()[1])
        assert time.monotonic() - begun < 2
        shown.type("q")
        assert shown.ended() == 0 and shown.is_restored()
    finally:
        os.kill(home.gateway.daemon.pid, signal.SIGCONT)


def test_where_nobody_looks_the_daemon_does_not(home, top):
    shown = top()
    eventually("something is shown", lambda: "running" in shown.lines()[0])
    shown.type("q")
    assert shown.ended() == 0 and shown.is_restored()
    gateway = home.gateway
    eventually("nobody listens", lambda: gateway.run("ss", "-Hx").stdout.count(f" {gateway.socket_path} ") == 0)


def test_signals_end_it_and_the_terminal_is_as_before(top):
    for number_of_signal in (signal.SIGINT, signal.SIGTERM):
        shown = top()
        os.kill(shown.process.pid, number_of_signal)
        assert shown.ended() == 0 and shown.is_restored()


def test_other_sizes_show_what_fits(home, top, download):
    shown = top()
    source = f"{INSIDE4}:{download.socket.getsockname()[1]}"
    eventually("it is there", lambda: row_of(shown, source))
    for width, height in ((60, 12), (40, 6), (20, 4), (3, 2), (1, 1)):
        shown.resize(width, height)
        eventually("it lives", lambda width=width, height=height: shown.lines()[height - 1].startswith(KEYS[:width - 1].rstrip()) or width == 1)
        assert all(len(line) <= width for line in shown.lines())
    shown.resize(160, 50)
    eventually("it is whole, with more columns", lambda: row_of(shown, source, "established") and "TRANSLATION" in shown.lines()[3])


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "vt100"}], ids=["no-color", "vt100"])
def test_without_colours_it_says_the_same(home, top, download, environment):
    shown = top(**environment)
    source = f"{INSIDE4}:{download.socket.getsockname()[1]}"
    eventually("it is there", lambda: row_of(shown, source))
    cells = [cell for line in shown.screen.buffer.values() for cell in line.values()]
    assert {cell.fg for cell in cells} | {cell.bg for cell in cells} == {"default"}
    eventually("one row is the chosen one", lambda: shown.read() or any(cell.reverse for cell in shown.screen.buffer[4].values()))
    shown.type("q")
    assert shown.ended() == 0


@pytest.mark.parametrize("way_out", ["dumb", "unknown", "pipe"])
def test_where_there_is_no_screen_an_error_says_what_there_is(home, way_out):
    words = [binaries() / "sluice", "--socket", home.gateway.socket_path, "top"]
    if way_out == "pipe":
        words = ["sh", "-c", f"{' '.join(map(str, words))} | cat; exit 2"]
    environment = {"dumb": {"TERM": "dumb"}, "unknown": {"TERM": "no-such-terminal"}, "pipe": {}}[way_out]
    shown = Terminal(home.gateway, *words, **environment)
    assert shown.ended() == 2
    eventually("it is said", lambda: "`sluice show`" in " ".join(shown.lines()) and "monitor" in " ".join(shown.lines()))
    assert b"\x1b[?1049h" not in shown.raw


def test_without_a_daemon_there_is_an_error_and_no_screen(home):
    shown = Terminal(home.gateway, binaries() / "sluice", "--socket", "/nowhere", "top")
    assert shown.ended() == 4
    assert shown.shows("sluiced does not answer on /nowhere") and b"\x1b[?1049h" not in shown.raw
