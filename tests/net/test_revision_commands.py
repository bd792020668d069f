# SPDX-License-Identifier: GPL-2.0-or-later
"""Going back, history, differences, and eight clients at once."""

import json
import threading

import pytest
from lab import Lab
from lost_site import WAN4, boot
from revision_site import DIFFERENT, FAILED, LONG, USAGE, apply, history, is_back, make_site, revision, waits


@pytest.fixture
def site():
    with Lab("tc") as lab:
        yield make_site(lab)


def test_rollback_goes_back_step_by_step_and_by_number(site):
    for port in (81, 82):
        apply(site, port)
    done = site.gateway.sluice("rollback", "--why", "82 is wrong")
    assert "revision 2 is in force" in done.stderr and site.forward_works(81)
    assert history(site) == {3: "rolled-back", 2: "applied", 1: "applied"}
    site.gateway.sluice("rollback")
    assert revision(site) == 1 and site.forward_works(80)
    done = site.gateway.sluice("rollback", expect=FAILED)
    assert "no revision before 1" in done.stderr
    site.gateway.sluice("rollback", "3")
    assert revision(site) == 3 and site.forward_works(82) and history(site)[3] == "applied"
    site.gateway.sluice("rollback", "99", expect=FAILED)
    site.gateway.sluice("rollback", "soon", expect=USAGE)
    assert revision(site) == 3
    site.restart()
    assert revision(site) == 3 and site.forward_works(82)


def test_rollback_does_not_wait_for_the_deadline(site):
    apply(site, 81)
    apply(site, 82, confirm=LONG)
    apply(site, 83, confirm=LONG)
    site.gateway.sluice("rollback")
    assert revision(site) == 2 and waits(site) is None and site.forward_works(81)
    assert history(site) == {4: "rolled-back", 3: "rolled-back", 2: "applied", 1: "applied"}


def test_a_boot_takes_up_what_was_gone_back_to(site):
    apply(site, 81)
    site.gateway.sluice("rollback")
    boot(site)
    assert revision(site) == 1 and site.forward_works(80)


def test_diff_tells_what_is_meant(site):
    apply(site, 81)
    rows = site.gateway.sluice("diff", "1", "2", "-o", "json", expect=DIFFERENT)
    assert json.loads(rows.stdout) == [{"path": 'nat.forwards["web"].ports', "old": 80, "new": 81}]
    line = site.gateway.sluice("diff", "1", "2", "-o", "jsonl", expect=DIFFERENT)
    assert json.loads(line.stdout) == {"path": 'nat.forwards["web"].ports', "old": 80, "new": 81, "schema_version": 1}
    text = site.gateway.sluice("diff", expect=DIFFERENT).stdout
    assert text.startswith("--- revision 1\n+++ revision 2\n@@ ") and '-        "ports": 80,' in text
    spelled = site.document(ports="81") | {"timeouts": {"udp": "5m"}, "zones": {}}
    file = site.gateway.write("// the same\n" + json.dumps(dict(reversed(spelled.items()))))
    assert site.gateway.sluice("diff", "running", file).stdout == ""
    assert site.gateway.json("diff", file) == []
    site.gateway.sluice("diff", "7", expect=FAILED)
    answer = site.gateway.get("/v1/diff?a=2&b=1")
    assert answer["changes"] == [{"path": 'nat.forwards["web"].ports', "old": 81, "new": 80}]


def test_export_has_the_words_of_each_revision(site):
    text = "// for the shop\n" + json.dumps(site.document(ports=81))
    site.gateway.sluice("apply", site.gateway.write(text))
    apply(site, 82)
    assert site.gateway.sluice("export", "2").stdout.rstrip("\n") == text
    site.gateway.sluice("export", "9", expect=FAILED)


def test_who_when_and_why_are_kept(site):
    site.gateway.sluice("apply", site.gateway.write(site.document(ports=81)), "--why", "port 81 for the shop")
    newest = site.gateway.json("history", "-n", "1")["history"]
    assert [(row["rev"], row["who"], row["why"]) for row in newest] == [(2, "root", "port 81 for the shop")]
    assert newest[0]["when"].endswith("Z") and newest[0]["in_force"]
    assert "port 81 for the shop" in site.gateway.sluice("history").stdout


def test_clients_at_the_same_time_see_one_order(site):
    """Eight of them apply, confirm and go back: each answer is of one moment, and the end is a state like any other."""
    files = [site.gateway.write(site.document(ports=100 + number)) for number in range(8)]
    statuses = []

    def work(number):
        for verb in (["apply", files[number], "--confirm", LONG], ["history"], ["confirm"], ["diff"], ["rollback"]):
            statuses.append((verb[0], site.gateway.sluice(*verb, expect=None).returncode))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    allowed = {"apply": {0}, "history": {0}, "confirm": {0, FAILED}, "diff": {0, FAILED, DIFFERENT}, "rollback": {0, FAILED}}
    assert len(statuses) == 40 and all(status in allowed[verb] for verb, status in statuses), statuses
    site.gateway.sluice("rollback", "1")
    assert is_back(site)
    site.gateway.sluice("plan", "--exit-code", site.gateway.write(site.document()))


def test_so_many_revisions_are_kept(site):
    site.gateway.stop_daemon()
    site.gateway.launcher = ("sh", "-c", 'exec "$@" --keep-revisions 3', "sh")
    site.gateway.start_daemon()
    for port in range(81, 86):
        apply(site, port)
    assert list(history(site)) == [6, 5, 4]
    site.gateway.sluice("rollback", "1", expect=FAILED)
    apply(site, 86, confirm=LONG)
    for port in (87, 88, 89):
        apply(site, port, confirm=LONG)
    assert 6 in history(site), "what it would be taken back to"
    site.gateway.sluice("rollback")
    assert revision(site) == 6 and site.forward_works(85)


def test_networks_go_and_come_back_as_they_were(site):
    """What only the newer document has goes as if it were removed, and its numbers and keys are the same when it returns."""
    networks = {"home": {"type": "secure-internet", "internet": "internet", "endpoint": WAN4, "endpoints": {"phone": {"type": "mobile"}}}}

    def told():
        row, = site.gateway.show("networks")
        return row["port"], row["vcid"], row["subnet"], site.gateway.sluice("endpoint", "config", "home", "phone").stdout

    apply(site, 81, networks=networks)
    before = told()
    resolved = json.loads(site.gateway.sluice("export", "--resolved").stdout)["networks"]["home"]
    assert (resolved["port"], resolved["vcid"], resolved["subnet"]) == before[:3]
    assert resolved["endpoints"]["phone"]["address"].startswith("10.100.0.") and f"MTU = {resolved['mtu']}\n" in before[3]
    site.gateway.sluice("rollback")
    assert site.gateway.show("networks") == []
    site.gateway.sluice("rollback", "2")
    assert told() == before
