# SPDX-License-Identifier: GPL-2.0-or-later
"""Sets that stand in files: read by the command, put in force at once, kept with the revision."""

import os

import documents
import pytest
from lab import HomeLab, Lab, clients, servers
from lab.home import OTHER_OUTSIDE4, OUTSIDE4

INVALID = 3
SECRET = "root:x:0:0"


@pytest.fixture(scope="module")
def lab(engine):
    with Lab("tc") as made:
        yield made


@pytest.fixture(scope="module")
def document(engine):
    made = documents.home("tc")
    made["engine"] = engine
    if engine == "nftables":
        for interface in made["interfaces"].values():
            del interface["hook"]
    made["sets"]["blocked"] = {"file": "blocked.txt"}
    made["policies"].insert(0, documents.policy("blocked-out", "lan", "internet", "reject", destination="blocked"))
    return made


@pytest.fixture(scope="module")
def blocked(lab):
    """The file beside the documents, and a way to fill it."""
    return lab.directory / "blocked.txt"


@pytest.fixture(scope="module")
def home(lab, document, blocked):
    made = HomeLab(lab)
    made.gateway.start_daemon()
    blocked.write_text(f"# tonight\n{OUTSIDE4}\n", encoding="ascii")
    made.gateway.apply(document)
    made.route_gateway()
    servers.tcp_peer_server(made.outside, 7000)
    return made


def reaches(home, address):
    return clients.tcp_outcome(home.inside, address, 7000, timeout=0.5)


def test_the_file_decides_and_another_one_takes_its_place(home, document, blocked):
    assert reaches(home, OUTSIDE4) in ("refused", "unreachable")
    assert reaches(home, OTHER_OUTSIDE4) == "answered"
    blocked.write_text(f"{OTHER_OUTSIDE4}/32\n2001:db8:bad::/48\n", encoding="ascii")
    file = home.gateway.write(document)
    home.gateway.sluice("plan", "--exit-code", file, expect=8)
    home.gateway.sluice("apply", file)
    assert reaches(home, OUTSIDE4) == "answered"
    assert reaches(home, OTHER_OUTSIDE4) in ("refused", "unreachable")
    home.gateway.sluice("plan", "--exit-code", file)


def test_a_restart_and_a_forward_need_no_file(home, document, blocked):
    blocked.write_text(f"{OUTSIDE4}\n", encoding="ascii")
    home.gateway.apply(document)
    blocked.unlink()
    home.gateway.sluice("forward", "add", "more", "--listen", "203.0.113.1", "--ports", "81", "--to", "192.168.10.2:8080")
    home.gateway.stop_daemon()
    home.gateway.start_daemon()
    assert reaches(home, OUTSIDE4) in ("refused", "unreachable")
    exported = home.gateway.sluice("export").stdout
    assert '"file": "blocked.txt"' in exported and OUTSIDE4 + "\n" not in exported


def missing(path):
    return path.name


def directory(path):
    path.mkdir()
    return "not a regular file"


def pipe(path):
    os.mkfifo(path)
    return "not a regular file"


def gigabyte(path):
    with open(path, "wb") as file:
        file.truncate(1 << 30)
    return "longer than 16777216 bytes"


def secret(path):
    path.write_text(f"192.0.2.1\n{SECRET}\n", encoding="ascii")
    return "bad.txt:2: is no address or prefix"


def too_many(path):
    path.write_text("\n".join(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(500_001)), encoding="ascii")
    return "too many addresses"


def empty(path):
    path.write_text("# nothing\n", encoding="ascii")
    return "has no address in it"


@pytest.mark.parametrize("bad", [missing, directory, pipe, gigabyte, secret, too_many, empty])
def test_a_bad_file_is_one_error_and_changes_nothing(home, lab, document, bad):
    path = lab.directory / "bad.txt"
    revision = home.gateway.json("status")["revision"]
    said = bad(path)
    try:
        changed = {**document, "sets": {**document["sets"], "blocked": {"file": "bad.txt"}}}
        for verb in ("check", "plan", "apply"):
            done = home.gateway.sluice(verb, home.gateway.write(changed), expect=INVALID)
            assert said in done.stderr and SECRET not in done.stderr + done.stdout
            assert done.stderr.count("bad.txt:") <= 1
        assert home.gateway.json("status")["revision"] == revision
        assert reaches(home, OUTSIDE4) in ("refused", "unreachable")
    finally:
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)


def test_the_daemon_opens_no_file_for_a_client(home, document):
    file = home.gateway.write({**document, "sets": {**document["sets"], "blocked": {"file": "/etc/passwd"}}})
    done = home.gateway.sluice("apply", file, expect=INVALID)
    assert "/etc/passwd:1: is no address or prefix" in done.stderr and "root" not in done.stderr
