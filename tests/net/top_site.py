# SPDX-License-Identifier: GPL-2.0-or-later
"""A home whose traffic `sluice top` shows at terminals, with each engine. Its fixtures are those of the tests that name them."""

import documents
import pytest
from lab import clients, eventually, servers
from lab.download import Download
from lab.gateway import binaries
from lab.home import INSIDE4, OUTSIDE4, WAN4
from lab.terminal import Terminal

WAYS = (("ebpf", "tc"), ("nftables", "tc"))
KEYS = "q quit  1-7 tab"
ECHO, ENDLESS = 7200, 7201   # ports of servers outside


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def hook(way):
    return way[1]


@pytest.fixture(scope="module")
def document(way):
    made = documents.carried_by(*way)
    made["services"] = {"pool": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": f"{INSIDE4}:8080"}]}}
    made["underlays"] = {"near": {"zone": "lan"}}
    return made


@pytest.fixture(scope="module", autouse=True)
def served(home):
    servers.tcp_peer_server(home.outside, ECHO)
    servers.tcp_peer_server(home.inside, 8080)
    servers.endless_server(home.outside, ENDLESS)


@pytest.fixture
def top(home):
    """top(*options) opens one and waits until it is drawn."""
    made = []

    def start(*options, **keywords):
        made.append(Terminal(home.gateway, binaries() / "sluice", "--socket", home.gateway.socket_path, "top", *options,
                             **{"width": 80, "height": 24, **keywords}))
        eventually("it is drawn", lambda: made[-1].lines()[-1].startswith(KEYS[:keywords.get("width", 80)]))
        return made[-1]
    yield start
    for one in made:
        one.close()


@pytest.fixture
def download(home):
    made = Download(home.inside, OUTSIDE4, ENDLESS)
    yield made
    made.stop()


def row_of(screen, *words):
    """The cells of the row that has all of these; None: there is none."""
    return next((line.split() for line in screen.lines()[3:-1] if all(word in line.split() for word in words)), None)


def number(text):
    """What format_count() wrote."""
    unit = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1])
    return float(text[:-1]) * unit if unit else float(text)


def echoed(home, host="inside"):
    made = clients.EchoedConnection(getattr(home, host), OUTSIDE4, ECHO)
    return made, f"{made.socket.getsockname()[0]}:{made.socket.getsockname()[1]}"
