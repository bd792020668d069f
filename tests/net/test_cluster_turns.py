# SPDX-License-Identifier: GPL-2.0-or-later
"""Changes of one document by several gateways at the same time. On one engine: only daemons decide here."""

import json
import signal

import pytest
from cluster_site import WAN4, started
from lab import eventually


@pytest.fixture(scope="module")
def site():
    yield from started()


@pytest.fixture(autouse=True)
def as_before(site):
    yield
    site.await_step(*site.gateways)
    site.gateways["gw1"].apply(site.document())


def test_two_changes_at_once_are_one_after_the_other_or_refused(site):
    """Whoever was not first is told so, and all have the same in the end."""
    files = {name: site.gateways[name].write(site.document(opens=False, timeouts={"udp": f"{40 + number}s"}))
             for number, name in enumerate(site.gateways)}
    running = [site.gateways[name].start_sluice("apply", file) for name, file in files.items()]
    ends = [one.wait(timeout=60) for one in running]
    said = [one.output() for one in running]
    assert 0 in ends and all(end in (0, 1, 7) for end in ends), said
    assert all(any(why in text for why in ("another change", "is being tried", "not in step", "not decided yet"))
               for end, text in zip(ends, said, strict=True) if end), said
    site.await_step(*site.gateways)
    texts = {json.dumps(json.loads(gateway.sluice("export").stdout)["timeouts"]) for gateway in site.gateways.values()}
    assert len(texts) == 1


def test_edits_at_once_wait_for_their_turn(site):
    """Each of them is made, whichever node it is asked for at, and none undoes another one."""
    edits = [(name, f"f{number}-{name}") for name in site.gateways for number in range(4)]
    words = ("--listen", WAN4, "--to", "192.0.2.7:80", "--ports")
    running = [site.gateways[name].start_sluice("forward", "add", edit, *words, 9000 + at) for at, (name, edit) in enumerate(edits)]
    ends = [one.wait(timeout=150) for one in running]
    assert ends == [0] * len(edits), [one.output() for one in running]
    site.await_step(*site.gateways)
    for gateway in site.gateways.values():
        assert sorted(row["name"] for row in gateway.show("forwards")) == sorted(edit for _, edit in edits)


def test_an_edit_does_not_wait_for_an_operator(site):
    site.gateways["gw1"].sluice("apply", site.gateways["gw1"].write(site.document(opens=False)), "--confirm", "60s")
    said = site.gateways["gw2"].sluice("forward", "add", "late", "--listen", WAN4, "--ports", 81, "--to", "192.0.2.7:80", expect=1, timeout=20)
    assert "is being tried" in said.stderr
    site.gateways["gw1"].sluice("rollback")


def test_what_was_made_is_told_so_whatever_follows_before_the_command_looks(site):
    running = site.gateways["gw1"].start_sluice("apply", site.gateways["gw1"].write(site.document(opens=False)))
    eventually("it is in force there", lambda: "is in force" in running.output())
    running.signal(signal.SIGSTOP)
    site.await_step("gw2")
    eventually("it is settled", lambda: site.reached() == site.all("silence") and site.in_step("gw2"))
    site.gateways["gw2"].apply(site.document())
    running.signal(signal.SIGCONT)
    assert running.wait(timeout=30) == 0, running.output()
    assert "it was in force at all nodes of cluster edge, and another change followed" in running.output()
