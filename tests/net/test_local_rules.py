# SPDX-License-Identifier: GPL-2.0-or-later
"""The routing rule for the machine's own addresses, where a script of the machine's has laid it (`ip rule add pref 0 lookup local`)."""

import pytest
from lab import Lab
from lost_site import CONFLICT, LAN4, Site, boot

ROLLED_BACK = 7
ADD = ("ip", "rule", "add", "pref", "0", "lookup", "local")
REMOVE = ("ip", "rule", "del", "pref", "0")
REPLACED, TWICE = (REMOVE, ADD), (ADD,)
scripts = pytest.mark.parametrize("script", [REPLACED, TWICE], ids=["replaced", "twice"])


@pytest.fixture(params=["ebpf", "nftables"])
def site(request):
    with Lab("tc") as lab:
        yield Site(lab, request.param)


def with_vrf(site, **interfaces):
    made = site.document(**interfaces)
    made["interfaces"]["br7"]["vrf"] = "red"
    return {**made, "vrfs": {"red": {"table": 1100}}}


def local_rules(site):
    """Where they are, of IPv4."""
    shown = site.gateway.ip("-4 -details rule show").stdout.splitlines()
    return [line for line in shown if "from all lookup local" in line]


def run(site, script):
    for words in script:
        site.gateway.run(*words)


def assert_behind(site):
    assert [line.split(":")[0] for line in local_rules(site)] == ["400"]
    assert site.gateway.json("status")["degraded"] == []
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(with_vrf(site)))


@scripts
def test_a_document_with_a_vrf_is_put_in_force(site, script):
    run(site, script)
    site.gateway.apply(with_vrf(site))
    assert_behind(site)
    assert site.forward_works()
    site.gateway.cleanup()
    assert [line.split(" proto")[0] for line in local_rules(site)] == ["0:\tfrom all lookup local"]


@scripts
def test_an_apply_that_is_undone_puts_it_back_as_it_was(site, script):
    run(site, script)
    before = local_rules(site)
    site.gateway.run(*CONFLICT)
    failing = with_vrf(site, lan={"zone": "lan", "addresses": [f"{LAN4}/24", "2001:db8:77::1/48"]})
    assert "earlier state is back" in site.gateway.apply(failing, expect=ROLLED_BACK).stderr
    assert local_rules(site) == before


@scripts
def test_a_restart_and_a_boot_hold_it(site, script):
    site.gateway.apply(with_vrf(site))
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    assert_behind(site)
    (site.gateway.lab.directory / "kept").mkdir()
    boot(site, *script)
    assert site.state() == "running"
    assert_behind(site)
    assert site.forward_works()


def test_a_rule_for_some_sources_alone_is_another_one(site):
    run(site, [(*ADD[:5], "from", "10.0.0.0/8", *ADD[5:])])
    site.gateway.apply(with_vrf(site))
    assert_behind(site)
    assert "0:\tfrom 10.0.0.0/8 lookup local" in site.gateway.ip("-4 rule show").stdout
    site.gateway.cleanup()
    assert "from 10.0.0.0/8 lookup local" in site.gateway.ip("-4 rule show").stdout
