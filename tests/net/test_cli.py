# SPDX-License-Identifier: GPL-2.0-or-later
"""The command's exit statuses and outputs against a running daemon."""

import json
import re
from pathlib import Path

import documents
import pytest
from lab import Lab
from lab.gateway import binaries

ROOT = Path(__file__).resolve().parents[2]
DONE, USAGE, INVALID, UNREACHABLE, DIFFERENT = 0, 2, 3, 4, 8
SHOWN = ("interfaces", "flows", "mappings", "policies", "forwards", "drops")
READING = [["status"], *(["show", what] for what in SHOWN), ["doctor"]]


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    return request.param


@pytest.mark.parametrize("verb", READING, ids=" ".join)
def test_reading_verbs_answer_in_every_format(home, verb):
    for form in ("table", "wide", "json", "jsonl"):
        shown = home.gateway.sluice(*verb, "-o", form).stdout
        if form == "json":
            assert json.loads(shown)["schema_version"] == 1
        if form == "jsonl":
            assert all(json.loads(line) is not None for line in shown.splitlines())


def test_tables_have_no_borders_and_no_colour_in_a_pipe(home):
    shown = home.gateway.sluice("show", "interfaces").stdout
    assert "\033" not in shown and "|" not in shown and "wan" in shown


def test_unknown_verb_is_a_usage_error(home):
    done = home.gateway.sluice("statsu", expect=USAGE)
    assert "status" in done.stderr and not done.stdout


@pytest.mark.parametrize("address, remedy", [("192.168.10.0/24", None),
                                             ("192.168.10.7/24", "192.168.10.0/24")])
def test_host_bits_are_refused_with_the_right_prefix(home, hook, address, remedy):
    document = documents.home(hook)
    document["policies"][1]["source"] = address
    done = home.gateway.sluice("check", home.gateway.write(document), expect=INVALID if remedy else DONE)
    assert remedy is None or remedy in done.stderr


def test_a_complaint_names_file_line_and_path(home):
    file = home.gateway.write('{\n  "version": 1,\n  "interfacs": {}\n}\n')
    done = home.gateway.sluice("check", file, expect=INVALID)
    assert f"{file.name}:3:" in done.stderr and "interfaces" in done.stderr


@pytest.mark.parametrize("verb", [["apply"], ["plan"]])
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_errors_are_json_where_answers_are(home, verb, form):
    file = home.gateway.write('{\n  "version": 1,\n  "interfacs": {}\n}\n')
    done = home.gateway.sluice(*verb, file, "-o", form, expect=INVALID)
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "invalid_document" and error["message"] in done.stderr
    assert [row["line"] for row in error["complaints"]] == [3]


def test_a_missing_daemon_is_told_in_json(home):
    done = home.gateway.run(binaries() / "sluice", "--socket", "/run/nowhere.sock", "status", "-o", "json",
                            expect=UNREACHABLE)
    assert json.loads(done.stdout)["error"]["kind"] == "unreachable"


@pytest.mark.parametrize("words", [("show", "interfaces", "x"), ("flow", "kill"), ("status", "--nope"), ("statsu",)], ids=" ".join)
@pytest.mark.parametrize("form", [("-o", "json"), ("--output=jsonl",)], ids=str)
def test_words_that_are_wrong_are_told_in_json_where_that_is_asked(home, words, form):
    done = home.gateway.sluice(*words, *form, expect=USAGE)
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "usage" and done.stderr == f"sluice: {error['message']}\n"


def test_an_empty_verb_is_none(home):
    assert home.gateway.sluice("", expect=USAGE).stderr == 'sluice: there is no ""; see `sluice help`\n'


def test_a_capture_that_is_refused_empties_no_file(home):
    file = home.lab.directory / "earlier.pcapng"
    file.write_bytes(b"an earlier one")
    for words in (("bad filter (",), ("-c", 0), ("--forward", "nope")):
        home.gateway.sluice("capture", "-w", file, *words, expect=USAGE)
        assert file.read_bytes() == b"an earlier one"
    said = home.gateway.sluice("capture", "-w", file, "-c", 0, expect=USAGE).stderr
    assert said == 'sluice: capture: --count: "0" is not a number from 1\n'
    done = home.gateway.start_sluice("capture", "-w", file, "--seconds", 1)
    assert done.wait(timeout=20) == 0
    assert file.read_bytes()[:4] == bytes.fromhex("0a0d0d0a"), "it is a capture now, and nothing else"


def test_warnings_say_so_once(home, document):
    document = json.loads(json.dumps(document)) | {"timeouts": {"udp": "10s"}}
    said = home.gateway.sluice("check", home.gateway.write(document)).stderr
    assert said.count("warning: ") == 1


def test_help_knows_verbs_with_their_word(home):
    assert home.gateway.sluice("help", "completion", "bash").stdout == home.gateway.sluice("help", "completion").stdout


def test_plan_tells_whether_there_is_something_to_do(home, hook, document):
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(document), expect=DONE)
    changed = documents.without_policy(documents.home(hook), "ping")
    home.gateway.sluice("plan", "--exit-code", home.gateway.write(changed), expect=DIFFERENT)


def test_check_and_plan_need_neither_root_nor_daemon(home, document):
    file = home.gateway.write(document)
    home.lab.directory.chmod(0o755)
    nobody = ("setpriv", "--reuid", 65534, "--regid", 65534, "--clear-groups", binaries() / "sluice", "--socket", "/run/nowhere.sock")
    home.gateway.run(*nobody, "check", file)
    assert home.gateway.run(*nobody, "plan", file).stderr == "sluiced does not answer: planned against this machine without it\n"


def test_a_missing_daemon_is_its_own_status(home):
    home.gateway.run(binaries() / "sluice", "--socket", "/run/nowhere.sock", "status", expect=UNREACHABLE)


def test_the_socket_is_closed_to_others(home):
    assert home.gateway.socket_path.stat().st_mode & 0o777 == 0o660


def test_doctor_finds_a_healthy_machine(home):
    checks = home.gateway.json("doctor")["checks"]
    assert checks and not [check for check in checks if check["state"] == "bad"]
    names = {check["name"] for check in checks}
    assert {"syn-cookies", "synproxy", "ipv4-neighbours", "ipv6-neighbours"} <= names


def test_no_bpf_file_system_is_said_in_one_sentence(hook):
    with Lab(hook) as lab:
        gateway = lab.gateway()
        gateway.pins = lab.directory / "no-bpffs"
        only_ebpf = {**documents.home(hook), "engine": "ebpf"}
        daemon = gateway.start_daemon(config=gateway.write(only_ebpf), ready=False)
        assert daemon.wait(timeout=20) != 0
        assert "bpf" in daemon.output().lower() and "mount" in daemon.output().lower()


def run_checkout(home, directory, expect):
    """The service of the example, without systemd: its line as systemd hands it to the shell."""
    unit = (ROOT / "config/examples/systemd/sluice-checkout.service").read_text()
    line = re.search(r"^ExecStart=/bin/sh -c '(.*)'$", unit, re.M)[1].replace("$$", "$").replace("%%", "%").replace("\\\\", "\\")
    return home.gateway.run("env", "-C", directory, f"SLUICE_SOCKET={home.gateway.socket_path}",
                            f"PATH={directory}:{binaries()}:/usr/bin:/bin", "/bin/sh", "-c", line, expect=expect)


def test_a_checkout_is_applied_where_it_changed_and_only_then(home, document):
    directory = home.lab.directory / "checkout"
    directory.mkdir()
    (directory / "git").write_text("#!/bin/sh\necho abc123 a change\n")
    (directory / "git").chmod(0o755)
    file = directory / "gateway.json"
    home.gateway.apply(document)
    revision = home.gateway.json("status")["revision"]
    file.write_text(json.dumps(document))
    run_checkout(home, directory, expect=0)
    assert home.gateway.json("status")["revision"] == revision
    file.write_text("{ wrong")
    assert "gateway.json" in run_checkout(home, directory, expect=1).stderr
    assert home.gateway.json("status")["revision"] == revision
    file.write_text(json.dumps(documents.without_policy(document, "ping")))
    run_checkout(home, directory, expect=0)
    assert home.gateway.json("status")["revision"] == revision + 1
    home.gateway.apply(document)
