# SPDX-License-Identifier: GPL-2.0-or-later
"""Ports of boxes outlive restarts and other users, and the doctor knows who reaches the gateway's sshd. What only the daemon decides: one
engine carries it.
"""

import json

import pytest
from lab import clients, eventually
from ssh_site import LAN_BOX4, WAN4, SshSite


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    return request.param


@pytest.fixture(scope="module")
def site(lab):
    return SshSite(lab, ("ebpf", "tc")).start()


def ports(site):
    return {(row["user"], row["box"]): row["port"] for row in site.gateway.show("ssh")}


def test_ports_outlive_restarts_and_other_users(site):
    before = ports(site)
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    assert ports(site) == before
    others = site.users()
    del others["alice"]
    site.gateway.apply(site.document({"aaron": "192.168.10.7", **others}))
    with_aaron = ports(site)
    assert with_aaron.pop(("aaron", "192.168.10.7")) == 10006, "what alice had rests"
    assert with_aaron.items() <= before.items()
    site.gateway.apply(site.document(site.users()))
    assert ports(site) == before
    assert site.ssh("alice", WAN4, "echo here", port=before[("alice", "10.100.0.2")]).stdout == "here\n"


def test_a_restart_tells_again_of_those_that_are_there(site):
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    eventually("those that are there are told", lambda: site.told())


def test_a_resolved_document_has_the_ports(site):
    resolved = json.loads(site.gateway.sluice("export", "--resolved").stdout)
    assert resolved["ssh"]["users"] == {"alice": {"box": "10.100.0.2", "port": 10001}, "bob": {"box": ["10.100.0.3", "fd00:100::3"], "port": [10002, 10003]},
                                        "carol": {"box": [LAN_BOX4, "2001:db8:10::2"], "port": [10004, 10005]}}
    site.gateway.sluice("check", site.gateway.write(resolved))


def test_a_backup_keeps_ports(site, lab):
    before, sealed, key = ports(site), lab.directory / "ssh.backup", lab.directory / "backup.key"
    site.gateway.sluice("backup", sealed, "--to", site.gateway.sluice("backup", "--generate-key", key).stdout.strip())
    site.gateway.cleanup()
    site.gateway.start_daemon()
    assert site.gateway.show("ssh") == []
    site.gateway.sluice("restore", sealed, "--key-file", key)
    assert ports(site) == before


def test_what_sshd_is_told_needs_users(site):
    site.gateway.apply(site.document())
    refused = site.gateway.sluice("ssh", "config", expect=2).stderr
    assert 'the document says nothing of "ssh"' in refused
    site.gateway.apply(site.document(site.users()))


def sshd_check(site):
    return next(check for check in site.gateway.json("doctor")["checks"] if check["name"] == "sshd")


def test_the_doctor_says_who_reaches_the_gateways_sshd(site):
    open_to_all = sshd_check(site)
    assert (open_to_all["state"], open_to_all["finding"]) == ("warning", 'sshd listens at port 22, which zone "internet" may reach')
    assert 'from "home" alone' in open_to_all["remedy"] and "ListenAddress 10.100.0.1" in open_to_all["remedy"]
    other = site.keys.start_sshd(site.gateway, "Port 2222", name="other")
    document = site.document(site.users())
    document["policies"] = [{"name": "lan-in", "from": "lan", "to": "host", "protocol": "tcp", "ports": 2222, "action": "accept"}]
    site.gateway.apply(document)
    assert sshd_check(site)["finding"] == 'sshd listens at port 2222, which zone "lan" may reach', "by its socket"
    other.terminate()
    document["policies"] = []
    site.gateway.apply(document)
    assert sshd_check(site)["state"] == "ok"
    assert clients.tcp_outcome(site.other, WAN4, 22) != "answered"
    assert clients.tcp_outcome(site.boxes["alice"], "10.100.0.3", 22) != "answered", "endpoints do not reach each other"
    eventually("it is reached by WireGuard", lambda: clients.tcp_outcome(site.boxes["alice"], "10.100.0.1", 22) == "answered", within=30)
    site.gateway.apply(site.document(site.users()))
