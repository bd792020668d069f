# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/seeing.md, from a complaint to its cause: the commands that it shows say what it shows.

SLUICE_GOLDEN_UPDATE=1 writes what they say into it.
"""

import os
import re
import shlex
from pathlib import Path

import pytest
from lab import clients, eventually
from lab.home import FAR4, OUTSIDE4, WAN4

PAGE = Path(__file__).resolve().parents[2] / "docs/seeing.md"
MARGIN = "    "
SILENT = ("add table inet silent; add chain inet silent out { type filter hook output priority 0; }; "
          "add rule inet silent out icmp type destination-unreachable drop")
DEAF = "add table inet deaf; add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in tcp dport 8080 drop"
# Of a lab that differ each time: times, ports of clients, places in a file, counters.
CHANGES = ((r"\d\d:\d\d:\d\d\.\d{3}", "TIME"), (r"(?<=[\d\]]:)[3-6]\d{4}\b", "PORT"), (r"\([^ ()]*\.json:\d+\)", "(FILE)"),
           (r"(?<![\d.:/\w])\d+[ms]?(?![\d.:/\w])", "N"), (r" +", " "))


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """What is shown is the daemon's."""
    return request.param


def examples():
    """{complaint: [(command, output)]}"""
    section = re.search(r"^## From a complaint to its cause\n(.*?)^## ", PAGE.read_text(encoding="utf-8"), re.M | re.S)[1]
    found = {}
    for part in section.split("\n### ")[1:]:
        title, text = part.split("\n", 1)
        blocks = re.findall(r"^    \$ (.*)\n((?:    .*\n|\n(?=    (?!\$)))*)", text, re.M)
        found[title] = [(command, re.sub(f"^{MARGIN}", "", output, flags=re.M).strip("\n")) for command, output in blocks]
    return found


def alike(text):
    for pattern, word in CHANGES:
        text = re.sub(pattern, word, text)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(dict.fromkeys(lines))   # he may have tried more than once


def say(gateway, command, complain):
    """What it says; where it waits for packets, those that the complaint is about come."""
    command, _, pattern = command.partition(" | grep ")
    words = shlex.split(command)[1:]
    process = gateway.start_sluice(*words)

    def ended():
        complain()
        return not process.running()
    eventually("it ends", ended, within=60)
    lines = [line for line in process.output().splitlines() if pattern in line and not line.startswith("explain: waiting")]
    return re.sub(r"/[\w/-]+/gw-0\.json", "home.json", "\n".join(lines)).strip()


def write_down(command, output):
    """In place of what the page shows."""
    text = PAGE.read_text(encoding="utf-8")
    shown = "\n".join(f"{MARGIN}{line}".rstrip() for line in output.splitlines())
    pattern = re.compile(rf"^    \$ {re.escape(command)}\n(?:    (?!\$).*\n|\n(?=    (?!\$)))*", re.M)
    PAGE.write_text(pattern.sub(lambda _: f"{MARGIN}$ {command}\n{shown}\n", text, count=1), encoding="utf-8")


@pytest.fixture
def deaf(home):
    """The server does not answer."""
    home.inside.run("nft", DEAF)
    yield
    home.inside.run("nft", "delete table inet deaf")


@pytest.fixture
def hole(home):
    home.outside.run("nft", SILENT)
    for host, device in ((home.outside, "eth1"), (home.far, "eth0")):
        host.ip(f"link set dev {device} mtu 1300")
    yield
    home.outside.run("nft", "delete table inet silent")


def check(home, complaint, port=None):
    shown = examples()[complaint]
    assert shown
    for command, output in shown:
        said = say(home.gateway, command, lambda: port and clients.tcp_outcome(home.outside, WAN4, port, timeout=0.2, source=(OUTSIDE4, 0)))
        if os.environ.get("SLUICE_GOLDEN_UPDATE"):
            write_down(command, said)
        else:
            assert alike(said) == alike(output), command


def test_every_complaint_is_tried():
    assert set(examples()) == {'"The forward does not work"', '"It leads nowhere"', '"Some pages stall, and others do not"'}


def test_who_may_not(home):
    check(home, '"The forward does not work"', 2222)


def test_a_server_that_does_not_answer(home, deaf):
    check(home, '"It leads nowhere"', 80)


def test_a_hole_on_the_way(home, hole):
    assert FAR4 in examples()['"Some pages stall, and others do not"'][0][0]
    check(home, '"Some pages stall, and others do not"')
