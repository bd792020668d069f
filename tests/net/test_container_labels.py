# SPDX-License-Identifier: GPL-2.0-or-later
"""A label names the pod whose policies a container gets, by the conventions of CNI."""

import pytest
from lab import HomeLab, Lab, clients, servers
from lab.cni import Plugin
from lab.home import INSIDE4, LAN4, WAN4

WEB = 80
LABELS = [{"key": "app", "value": "x"}, {"key": "SLUICE_POD", "value": "app1"}]


@pytest.fixture(scope="module")
def home():
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.gateway.start_daemon()
        made.gateway.apply({"version": 1, "zones": {"dmz": {}}, "pods": {"app1": {"ingress": ["zone:lan"]}, "app2": {}},
                            "interfaces": {"wan": {"zone": "internet", "addresses": [f"{WAN4}/24"]}, "lan": {"zone": "lan", "addresses": [f"{LAN4}/24"]}}})
        yield made
        for pod in ("app1", "app2"):
            lab.run("ip", "netns", "del", f"pod-{pod}", expect=None)


@pytest.fixture
def labelled(home):
    """A network of an engine that hands labels over."""
    return Plugin(home.gateway, name="dmz", zone="dmz", subnet="172.20.4.0/24", args={"cni": {"labels": LABELS}})


def test_a_label_names_a_pod(home, labelled):
    host = home.lab.host("web")
    address = labelled.add(host)["ips"][0]["address"].split("/")[0]
    servers.tcp_peer_server(host, WEB)
    assert [row["pod"] for row in home.gateway.show("containers")] == ["app1"]
    assert clients.tcp_peer(home.inside, address, WEB).address == INSIDE4, "ingress of the pod"
    labelled.remove(host)


def test_the_environment_may_say_the_same_and_nothing_else(home, labelled):
    host = home.lab.host("both")
    labelled.add(host, args="SLUICE_POD=app1")
    labelled.remove(host)
    told = labelled.add(host, args="SLUICE_POD=app2", expect=1)
    assert (told["code"], told["msg"]) == (7, 'CNI_ARGS says pod "app2", and its label SLUICE_POD says pod "app1"')
    assert not home.gateway.show("containers")
