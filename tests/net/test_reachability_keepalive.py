# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the NAT keeps a mapping is found out, and tunnels that the gateway calls by are kept open as rarely as that asks for."""

import pytest
from lab import Lab, eventually
from lab.behind_nat import STRANGER4, BehindNat, box_document, make_nat

KEYS = {"hub": "HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=", "told": "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="}


def document():
    made = box_document(network="home", port_mapping=[])
    made["networks"]["home"]["endpoints"] = {
        "hub": {"type": "gateway", "public_key": KEYS["hub"], "dial": f"{STRANGER4}:51820", "routes": ["10.2.0.0/16"]},
        "told": {"type": "gateway", "public_key": KEYS["told"], "dial": f"{STRANGER4}:51821", "routes": ["10.3.0.0/16"], "keepalive": "40s"},
    }
    return made


@pytest.fixture(scope="module")
def behind():
    """A router whose NAT forgets after 22 s what is not used."""
    with Lab("tc") as lab:
        made = BehindNat(lab)
        make_nat(made.router)
        for timeout in ("nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"):
            made.router.sysctl(f"net/netfilter/{timeout}", "22")
        made.box.start_daemon()
        lab.defer(made.box.sluice, "cleanup", expect=None)
        made.box.apply(document())
        yield made


def keepalives(box):
    return {key: line.split()[1] for line in box.run("wg", "show", "wg-home", "persistent-keepalive").stdout.splitlines() for key in line.split()[:1]}


def test_it_is_what_the_nat_asks_for(behind):
    assert keepalives(behind.box) == {KEYS["hub"]: "25", KEYS["told"]: "40"}, "nothing is known yet"
    assert behind.status()["stun"]["mapping_lifetime"] is None
    eventually("it is found out", lambda: behind.status()["stun"]["mapping_lifetime"] == 18, within=120)
    eventually("the tunnel is told", lambda: keepalives(behind.box) == {KEYS["hub"]: "15", KEYS["told"]: "40"}, within=10)
    assert "keeps what is used every 15s" in behind.box.daemon.output()


def test_an_apply_leaves_it(behind):
    changed = document()
    changed["interfaces"]["lan"]["addresses"] = ["10.77.0.2/24"]
    steps = behind.box.json("plan", behind.box.write(changed))["steps"]
    assert not [step for step in steps if "wg-home" in step["text"]]
    behind.box.apply(changed)
    assert keepalives(behind.box)[KEYS["hub"]] == "15"


def test_it_is_as_usual_without_reachability(behind):
    changed = document()
    del changed["reachability"]
    behind.box.apply(changed)
    eventually("the tunnel is told", lambda: keepalives(behind.box) == {KEYS["hub"]: "25", KEYS["told"]: "40"}, within=10)
