# SPDX-License-Identifier: GPL-2.0-or-later
"""A router that answers nobody for a while, as one that is started again: what it gave is had again soon afterwards, however long the
pauses between questions have become.
"""

import pytest
from lab import eventually
from lab.behind_nat import OUTSIDE4, PORT, box_that_is_reached


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def behind(lab):
    return box_that_is_reached(lab, port_mapping=["pcp"], lease="8s")


def asked(behind):
    """How often the router was, so far."""
    shown = behind.box.run("curl", "-s", "--unix-socket", behind.box.socket_path, "http://sluice/metrics", quiet=True).stdout
    return int(next(line.split()[-1] for line in shown.splitlines() if line.startswith("sluice_reachability_asked_total ")))


def test_servers_that_are_heard_again_end_the_pause(behind):
    behind.switch.run("nft", "add table bridge block; add chain bridge block way { type filter hook forward priority 0; }; add rule bridge block way ip protocol udp drop")
    before = asked(behind)
    # Five questions to prolong it, five from the first way on, a pause of 15 s, and five more: the next pause is of 30 s.
    eventually("it was asked in vain three times", lambda: asked(behind) >= before + 15, within=60)
    status = behind.status()
    assert (status["path"], status["upnp"]["status"], status["stun"]["status"]) == ("none", "refused", "silent")
    behind.switch.run("nft", "delete table bridge block")
    eventually("it has its port again", lambda: behind.status()["upnp"]["status"] == "mapped", within=20)
    eventually("strangers get through", lambda: behind.status()["path"] == "direct", within=10)
    assert behind.status()["endpoint"] == f"{OUTSIDE4}:{PORT}"
