# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway is moved to another machine by one file: its clients keep what they have."""

import json
import os
import pty
import re
import stat
from contextlib import suppress

import pytest
from lab import Lab, clients
from lab.gateway import binaries
from lab.kills import kills
from moved_site import (FAILED, MAP, NOT_PERMITTED, PASSPHRASE, USAGE, WAN4, Machines, counted, document, given, history, is_fresh, key_of,
                        one_sentence, settles, state_of)
from revision_site import change_store


@pytest.fixture(scope="module")
def lab():
    with Lab("tc") as made:
        yield made


@pytest.fixture(scope="module")
def machines(lab):
    return Machines(lab)


@pytest.fixture(scope="module")
def first(machines):
    """With a history, a client that was there, and a key that its operator keeps."""
    made = machines.start(machines.first, document(nat={}))
    made.sluice("apply", made.write(document()), "--why", "as it stays")
    return made


@pytest.fixture(scope="module")
def phone(machines, first):
    made = machines.phone().up()
    settles(first, "the phone is there", lambda: clients.ping(made.host, "10.100.0.1", expect=None, wait=1).returncode == 0)
    return made


@pytest.fixture(scope="module")
def backup(machines, first, phone):
    return machines.backup(first, "first.backup")


@pytest.fixture(scope="module")
def locked(machines, first, phone, backup):
    """The same with a passphrase; the first machine answers no more after the move."""
    file = machines.lab.directory / "locked.backup"
    machines.carried = counted(first)   # at least that is in it
    first.sluice("backup", file, "--passphrase-file", machines.passphrase)
    return file


@pytest.fixture(scope="module")
def second(machines):
    return machines.start(machines.second)


def test_the_file_says_nothing_without_the_passphrase(first, locked):
    assert stat.S_IMODE(locked.stat().st_mode) == 0o600
    content = locked.read_bytes()
    assert content.startswith(b"sluicebackup\x01\x01")
    for secret in (b"51820", b"home", key_of(first).encode(), PASSPHRASE.encode()):
        assert secret not in content
    assert not list(locked.parent.glob(f"{locked.name}.*"))


def test_what_is_no_whole_backup_of_ours_is_one_sentence_and_changes_nothing(machines, backup, locked, second):
    content, other = backup.read_bytes(), locked.read_bytes()
    damaged = machines.lab.directory / "damaged.backup"
    cases = {"is no backup of sluice": [b"", b"{}", b"sluicebacku", os.urandom(500)],
             "cut off": [content[:13], content[:30], content[:110]],
             "format 9": [content[:12] + b"\x09" + content[13:]],
             "altered": [content[:-1], content[:200], content[:-1] + bytes([content[-1] ^ 1]), content[:40] + b"xx" + content[42:],
                         content[:14] + b"x" + content[15:], content + b"x"]}
    for said, contents in cases.items():
        for one in contents:
            damaged.write_bytes(one)
            assert said in one_sentence(machines.restore(second, damaged, expect=FAILED)), (said, one[:80])
    costly = [other[:16] + b"\xff\xff\xff\xff" + other[20:], other[:20] + b"\xff\xff\xff\xff" + other[24:]]
    for said, one in [*(("more work", one) for one in costly), ("the passphrase is not the one", other)]:
        damaged.write_bytes(one)
        refused = second.run("env", "SLUICE_PASSPHRASE=another", binaries() / "sluice", "--socket", second.socket_path, "restore", damaged,
                             expect=FAILED)
        assert said in one_sentence(refused)
    assert is_fresh(second)


def test_a_map_names_interfaces_that_are_there(machines, backup, second):
    for words, said in ((("wlan0=ens3",), "has no interface \"wlan0\"; it has lan, wan, wg-home"),
                        (("wan=ens3", "wan=ens4"), "named twice"), (("wan=lan",), "\"lan\" twice"), (("wan",), "OLD=NEW"),
                        (("wan=ens3", "lan=ens3"), "\"ens3\" twice"), (("wan=a/b",), "OLD=NEW")):
        options = [option for word in words for option in ("--map", word)]
        assert said in one_sentence(machines.restore(second, backup, *options, expect=USAGE))
    assert is_fresh(second)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(machines, backup, second):
    told = machines.restore(second, backup, "--dry-run")
    assert "this machine has no wan (--map wan=NAME" in told.stderr and "nothing was changed" in told.stderr
    told = machines.restore(second, backup, "--dry-run", *MAP)
    assert "this machine has no" not in told.stderr and "wg-home" in told.stdout and "ens3" in told.stdout
    assert is_fresh(second)


def test_it_moves_by_one_command_and_clients_notice_nothing(machines, first, second, phone, locked):
    before, key, box = given(first), key_of(first), (first.state / "keys/box.key").read_text()
    carried, known, config = machines.carried, history(first), phone.file.read_bytes()
    machines.burns(first)
    done = second.sluice("restore", locked, "--passphrase-file", machines.passphrase, *MAP, "--why", "it burnt")
    assert re.search(r"backup of \S+, 20\S+Z, revision 2", done.stderr), done.stderr
    assert given(second) == before and key_of(second) == key
    assert (second.state / "keys/box.key").read_text() == box
    assert stat.S_IMODE((second.state / "keys/box.key").stat().st_mode) == 0o600
    settles(second, "the phone is there", lambda: clients.ping(phone.host, "10.100.0.1", expect=None, wait=1).returncode == 0)
    assert phone.file.read_bytes() == config
    newest, *older = history(second)
    assert older == known and newest[0] == 3
    assert re.fullmatch(r"restored from backup of \S+ at 20\S+Z: it burnt", newest[1])
    assert json.loads(second.sluice("export").stdout)["interfaces"].keys() == {"ens3", "ens4"}
    assert carried["phone"] > 0 and len(carried) > 1
    now = counted(second)
    assert not {name: (packets, now.get(name)) for name, packets in carried.items() if now.get(name, 0) < packets}


def test_and_its_earlier_revisions_are_those_of_this_machine_too(second, phone):
    second.sluice("rollback", "1")
    assert not second.show("forwards") and given(second)[0]["home"]["port"] == 51820
    second.sluice("rollback", "3")
    assert second.show("forwards")[0]["listen"] == "ens3"
    clients.ping(phone.host, "10.100.0.1")


def test_no_secret_is_told_elsewhere(second):
    secret = (second.state / "network-keys/home.key").read_text().strip()
    for word in (secret, PASSPHRASE):
        assert word not in second.daemon.output()
    database = (second.state / "sluice.db").read_bytes() + (second.state / "sluice.db-wal").read_bytes()
    assert secret.encode() not in database


def test_only_root_gets_one(machines, second):
    second.socket_path.chmod(0o666)
    file = machines.lab.directory / "others.backup"
    words = ("env", "SLUICE_PASSPHRASE=x", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", binaries() / "sluice", "--socket", second.socket_path)
    machines.lab.directory.chmod(0o755)
    assert second.run(*words, "status").returncode == 0
    refused = second.run(*words, "backup", file, expect=NOT_PERMITTED)
    assert "that takes root" in one_sentence(refused) and not file.exists()


def test_a_gateway_with_clients_of_its_own_gives_them_up_when_told_to(machines, second, backup):
    """Those of the first machine, once more, over those that are here now."""
    second.cleanup()
    machines.start(second, document(interfaces={"ens3": {"zone": "internet", "addresses": [f"{WAN4}/24"]}}, nat={}))
    mine, key, own = given(second), key_of(second), machines.backup(second, "second.backup")
    refused = one_sentence(machines.restore(second, backup, *MAP, expect=FAILED))
    assert "network \"home\" has another key" in refused and "--replace gives it up" in refused
    assert "cannot be taken back" in one_sentence(machines.restore(second, backup, *MAP, "--replace", "--confirm", "60s", expect=FAILED))
    assert (given(second), key_of(second)) == (mine, key)
    machines.restore(second, backup, *MAP, "--replace")
    assert given(second) != mine and key_of(second) != key
    assert [row[0] for row in history(second)] == [2, 1]
    machines.restore(second, own, "--replace")
    assert (given(second)[0], key_of(second)) == (mine[0], key)


def test_a_kill_at_any_moment_leaves_what_was_or_what_comes(machines, second, backup):
    def now():
        networks, endpoints = given(second)
        return networks, {name: row["public_key"] for name, row in endpoints.items()}, key_of(second)

    mine, own = now(), machines.backup(second, "own.backup")
    restore = ("--key-file", machines.secret, "--replace")
    machines.restore(second, backup, *MAP, "--replace")
    theirs = now()
    assert theirs != mine
    machines.restore(second, own, "--replace")
    for _ in kills(second, backup, "restore", *MAP, *restore):
        second.start_daemon()
        newest = next(row for row in second.json("history")["history"] if row["in_force"])
        is_theirs = second.show("forwards") != []   # of their document
        assert now() == (theirs if is_theirs else mine), newest
        machines.restore(second, own, "--replace")
        assert now() == mine


def test_one_that_nobody_confirms_is_taken_back(machines, second, backup):
    second.cleanup()
    machines.start(second)
    done = machines.restore(second, backup, *MAP, "--confirm", "2s")
    assert "is taken back at" in done.stderr
    settles(second, "taken back", lambda: second.json("status")["rolled_back"] is not None)
    assert "wg-" not in second.ip("link show").stdout
    machines.restore(second, backup, *MAP, "--confirm", "60s")
    second.sluice("confirm")
    assert history(second)[0][2] == "confirmed" and given(second)[0]["home"]["port"] == 51820


def test_for_a_public_key_nobody_needs_a_passphrase(machines, second):
    file = machines.secret
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is there already" in one_sentence(second.sluice("backup", "--generate-key", file, expect=USAGE))
    sealed = machines.backup(second, "sealed.backup")
    assert "sealed for a public key" in one_sentence(second.sluice("restore", sealed, "--dry-run", expect=USAGE))
    typo = machines.public[:-1] + ("A" if machines.public[-1] != "A" else "B")
    assert "checksum" in one_sentence(second.sluice("backup", "x", "--to", typo, expect=USAGE))
    other = machines.lab.directory / "other.key"
    second.sluice("backup", "--generate-key", other)
    refused = second.sluice("restore", sealed, "--key-file", other, expect=FAILED)
    assert "sealed for another key" in one_sentence(refused)


def test_a_file_may_be_a_stream(machines, second):
    sealed = machines.lab.directory / "stream.backup"
    sluice = f"{binaries() / 'sluice'} --socket {second.socket_path}"
    second.run("sh", "-c", f"{sluice} backup - --to {machines.public} > {sealed}")
    told = second.run("sh", "-c", f"{sluice} restore - --key-file {machines.secret} --dry-run < {sealed}")
    assert "nothing was changed" in told.stderr


def typed(argv, *lines):
    """What a terminal shows while these are typed, each when it is asked for, and the exit status."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(argv[0], argv)
    shown = b""
    with suppress(OSError):   # a terminal whose program is gone
        for number, line in enumerate(lines, start=1):
            while shown.count(b": ") < number:
                shown += os.read(terminal, 1000)
            os.write(terminal, line.encode() + b"\n")
        while got := os.read(terminal, 1000):
            shown += got
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def test_a_passphrase_is_asked_for_and_not_shown(machines, second):
    file = machines.lab.directory / "typed.backup"
    argv = [str(word) for word in (binaries() / "sluice", "--socket", second.socket_path, "backup", file)]
    shown, status = typed(argv, "one secret", "another secret")
    assert status == USAGE and "differ" in shown and not file.exists()
    shown, status = typed(argv, "one secret", "one secret")
    assert status == 0 and "Passphrase" in shown and "one secret" not in shown
    (machines.lab.directory / "one").write_text("one secret", encoding="ascii")
    second.sluice("restore", file, "--dry-run", "--passphrase-file", machines.lab.directory / "one")


def test_keys_that_were_in_force_and_not_in_their_files_yet_come_there(second):
    """As after a kill between the two: the row is what the commit left."""
    copy = second.state.with_name(second.state.name + "-copy")
    key = second.run("wg", "genkey").stdout.strip()
    row = json.dumps({"network-keys/home.key": key})
    second.daemon.kill()
    for folder in (second.state, copy):
        change_store(folder / "sluice.db", f"INSERT INTO notes VALUES ('restored_keys', '{row}')")
    second.start_daemon()
    for folder in (second.state, copy):
        assert (folder / "network-keys/home.key").read_text().strip() == key
        assert key.encode() not in (folder / "sluice.db").read_bytes()
    assert key_of(second) == second.run("wg", "pubkey", stdin=key).stdout.strip()


def test_without_anything_there_is_nothing_to_back_up(machines, second):
    second.cleanup()
    machines.start(second)
    refused = second.sluice("backup", machines.lab.directory / "none", "--to", machines.public, expect=FAILED)
    assert "no document is in force yet" in one_sentence(refused) and state_of(second) == "empty"
    refused = second.sluice("forward", "add", "web", "--listen", WAN4, "--ports", 80, "--to", "192.168.10.2:80", expect=FAILED)
    assert "`sluice apply FILE`" in one_sentence(refused)
