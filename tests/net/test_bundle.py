# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice bundle`: what helps to find a fault, in one file that has no secret of the gateway."""

import base64
import json
import os
import shutil
import stat
import subprocess
import tarfile

import documents
import pytest
from lab import HomeLab, Lab, eventually
from lab.authority import SECRET
from lab.front import certificate
from lab.gateway import binaries
from lab.home import INSIDE4, OUTSIDE4, WAN4

USAGE, NOT_PERMITTED = 2, 5
JOURNALD = "/lib/systemd/systemd-journald"
TOKEN, EARLIER_TOKEN = "tok-of-the-provider-4711", "correcthorsestaple"
IN_PATH, IN_QUERY = "path-bearer-0815", "query-bearer-0816"
IN_COMMENT, IN_REASON, IN_JOURNAL = "comment-hunter2", "reason-hunter2", "journal-hunter2"
FRONT_SECRET = "front-secret+by-which-tokens-are-signed"
PARTS = {"versions.json", "status.json", "documents/in-force.json", "documents/in-force-resolved.json", "documents/history.json", "plan.json",
         "doctor.json", "kernel/links.txt", "kernel/routes.txt", "kernel/rules.txt", "kernel/qdiscs.txt", "kernel/programs.txt",
         "kernel/maps.txt", "show/policies.json", "show/endpoints.json", "front/haproxy.cfg", "metrics.txt", "readme.txt"}


def wireguard_key():
    return base64.b64encode(os.urandom(32)).decode()


class Site:
    """A gateway that has secrets of every kind."""

    def __init__(self, lab):
        self.lab, self.files, self.secrets = lab, lab.directory, {}
        self.home = HomeLab(lab)
        self.gateway = self.home.gateway
        self.journal()
        self.gateway.start_daemon()
        self.certificate = certificate(self.files, "site", "shop.example.org")
        self.plant_files()
        self.apply_documents()

    def journal(self):
        """A journal of this lab alone, where daemons of systemd log to."""
        os.makedirs("/run/log/journal", exist_ok=True)
        self.gateway.start(JOURNALD)
        eventually("journald listens", lambda: os.path.exists("/run/systemd/journal/stdout"))

    def plant(self, kind, text, name):
        self.secrets[kind] = text
        file = self.files / name
        file.write_text(text + "\n", encoding="ascii")
        return str(file)

    def plant_files(self):
        self.tsig = self.files / "tsig.key"
        self.tsig.write_text(f'key "update" {{\n\talgorithm hmac-sha256;\n\tsecret "{SECRET}";\n}};\n', encoding="ascii")
        self.secrets["key of rfc2136"] = SECRET
        self.token = self.plant("token of dynamic_dns", TOKEN, "token")
        self.earlier_token = self.plant("token of an earlier document", EARLIER_TOKEN, "collector.txt")
        self.front_key = self.plant("secret of the front's tokens", FRONT_SECRET, "jwt.secret")
        self.preshared = self.plant("preshared key", wireguard_key(), "box.psk")
        self.box_key = self.plant("key that the operator keeps", wireguard_key(), "box.key")
        account = self.gateway.state / "front" / "acme" / "private"
        account.mkdir(parents=True)
        _, key = certificate(self.files, "account", "account.example.org")
        shutil.copy(key, account / "key.pem")
        for kind, file in {"account of ACME": key, "key of a certificate": self.certificate[1]}.items():
            self.secrets[kind] = file.read_text(encoding="ascii").splitlines()[1]

    def document(self):
        made = documents.home("tc")
        made["nat"].pop("forwards", None)
        made["networks"] = {"home": {"type": "secure-internet", "port": 51821, "endpoints": {
            "phone": {"type": "mobile"},
            "box": {"type": "mobile", "key_file": self.box_key, "preshared_key_file": self.preshared}}}}
        made["underlays"] = {"near": {"zone": "lan"}}
        made["services"] = {"web": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": f"{INSIDE4}:8090"}]}}
        made["front"] = {"listen": [WAN4], "certificates": [dict(zip(("chain", "key"), map(str, self.certificate)))],
                         "tokens": {"algorithm": "HS256", "key_file": self.front_key}}
        made["sites"] = {"shop": {"host": "shop.example.org", "service": "web", "access": "public"}}
        return made

    def with_name(self, **way):
        return self.document() | {"reachability": {"interface": "wan", "port_mapping": [],
                                                   "dynamic_dns": {"name": "alice.example.org", **way}}}

    def apply_documents(self):
        """The first one names a file that no later one names, and is told of in a reason."""
        self.gateway.sluice("apply", self.gateway.write(self.document() | {"metrics": {"listen": "127.0.0.1:9469", "token_file": self.earlier_token}}),
                            "--why", f"the collector gets {EARLIER_TOKEN}")
        self.gateway.apply(self.with_name(rfc2136={"server": OUTSIDE4, "zone": "example.org", "key_file": str(self.tsig)}))
        url = f"https://{OUTSIDE4}:8443/{IN_PATH}?key={IN_QUERY}"
        text = json.dumps(self.with_name(url=url, token_file=self.token), indent=2)
        commented = text.replace("{\n", f"{{\n  // the router's password is {IN_COMMENT}\n", 1)
        self.gateway.sluice("apply", self.gateway.write(commented), "--why", f"new password {IN_REASON} for the router")
        self.secrets |= {"bearer in a path": IN_PATH, "bearer in a query": IN_QUERY, "password in a comment": IN_COMMENT,
                         "password in a reason": IN_REASON, "password in the journal": IN_JOURNAL}
        for kind, folder in {"key of a network": "network-keys", "key of an endpoint": "keys"}.items():
            file = next((self.gateway.state / folder).rglob("*.key"))
            self.secrets[kind] = file.read_text(encoding="ascii").strip()
        for line in (f"password={IN_JOURNAL} was refused", f"the provider was told {TOKEN}, see {url}", f"a line of {OUTSIDE4}"):
            self.gateway.run("systemd-cat", "-t", "sluiced", "echo", line)

    def bundle(self, name):
        file = self.files / name
        self.gateway.sluice("bundle", file)
        return unpacked(file)


def unpacked(file):
    """By name: what is in it."""
    with tarfile.open(file) as archive:
        members = archive.getmembers()
        assert all(one.isreg() and one.mode == 0o600 and one.name.startswith("sluice-bundle/") for one in members)
        return {one.name.removeprefix("sluice-bundle/"): archive.extractfile(one).read() for one in members}


@pytest.fixture(scope="module")
def site():
    with Lab("tc") as lab:
        yield Site(lab)


@pytest.fixture(scope="module")
def found(site):
    return site.bundle("first.tar.gz")


def where(secret, files):
    return [name for name, content in files.items() if secret.encode() in content]


def test_the_search_finds_every_secret_where_it_is(site):
    """In the state folder, in the operator's files, and in the journal: otherwise the next test would prove nothing."""
    places = {str(file): file.read_bytes() for folder in (site.gateway.state, site.files) for file in folder.rglob("*")
              if file.is_file() and not file.name.endswith(".gz")}
    places["journal"] = site.gateway.run("journalctl", "-t", "sluiced", "-o", "cat").stdout.encode()
    assert {kind for kind, secret in site.secrets.items() if not where(secret, places)} == set()
    assert len(set(site.secrets.values())) == 15


def test_it_has_no_secret(site, found):
    assert {kind: where(secret, found) for kind, secret in site.secrets.items() if where(secret, found)} == {}


def test_what_helps_is_in_it(site, found):
    assert PARTS <= set(found), (PARTS - set(found), found["readme.txt"])
    document = json.loads(found["documents/in-force.json"])
    assert document["interfaces"]["wan"]["addresses"] == site.document()["interfaces"]["wan"]["addresses"]
    assert document["reachability"]["dynamic_dns"]["url"] == f"https://{OUTSIDE4}:8443/[removed]"
    assert document["networks"]["home"]["endpoints"]["box"]["key_file"] == site.box_key
    endpoints = {row["name"]: row for row in json.loads(found["show/endpoints.json"])["endpoints"]}
    shown = {row["name"]: row for row in site.gateway.show("endpoints")}
    assert endpoints["phone"]["public_key"] == shown["phone"]["public_key"], "public keys tell peers apart"
    assert json.loads(found["plan.json"])["steps"] == []
    history = json.loads(found["documents/history.json"])
    assert [row["why"] for row in history if row["in_force"]][0] == "new password [removed] for the router"
    versions = json.loads(found["versions.json"])
    assert versions["kernel"] == os.uname().release and versions["sluice"] == site.gateway.json("status")["version"]


def test_earlier_documents_are_in_it(site, found):
    history = json.loads(found["documents/history.json"])
    assert [(row["rev"], row["in_force"]) for row in history] == [(3, True), (2, False), (1, False)]
    assert history[-1]["why"] == "the collector gets [removed]"
    first, second = (json.loads(found[f"documents/revision-{number}.json"]) for number in (1, 2))
    assert first["metrics"]["token_file"] == site.earlier_token
    assert second["reachability"]["dynamic_dns"]["rfc2136"]["server"] == OUTSIDE4
    assert "documents/revision-3.json" not in found, "it is the one in force"


def test_the_kernels_state_is_in_it(site, found):
    lines = {name: found[f"kernel/{name}.txt"].decode().splitlines() for name in ("links", "routes", "rules", "qdiscs", "programs", "maps")}
    assert any(f" {WAN4}/24" in line for line in lines["links"]) and any(" wan " in line for line in lines["links"])
    assert any(line.startswith("table 254 unicast ") and " dev wan" in line for line in lines["routes"])
    assert any("ipv4" in line and "table 255" in line for line in lines["rules"])
    assert any(line.startswith("lo ") or line.startswith("wan ") for line in lines["qdiscs"])
    assert any("name sluice_ingress" in line for line in lines["programs"])
    rows = {line.split(":")[0]: line.split() for line in lines["maps"]}
    assert int(rows["flows4"][rows["flows4"].index("bytes") + 1]) > 1 << 20


def test_the_journal_is_in_it(found):
    rows = [json.loads(line) for line in found["journal.jsonl"].splitlines()]
    told = [row["MESSAGE"] for row in rows]
    assert "password=[removed] was refused" in told
    assert f"the provider was told [removed], see https://{OUTSIDE4}:8443/[removed]" in told
    assert f"a line of {OUTSIDE4}" in told, "names and addresses stay"


def test_nothing_is_written_over(site, found):
    file = site.files / "mine.tar.gz"
    file.write_text("mine", encoding="ascii")
    said = site.gateway.sluice("bundle", file, expect=USAGE).stderr
    assert "is there already" in said and file.read_text(encoding="ascii") == "mine"
    link = site.files / "link.tar.gz"
    link.symlink_to(site.files / "elsewhere")
    site.gateway.sluice("bundle", link, expect=USAGE)
    assert not (site.files / "elsewhere").exists()
    assert found and stat.S_IMODE((site.files / "first.tar.gz").stat().st_mode) == 0o600


def test_who_has_the_socket_can_make_one_and_others_cannot(site):
    """No right of root's is needed at this end."""
    folder = site.files / "of-nobody"
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    site.files.chmod(0o755)
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", binaries() / "sluice", "--socket",
               site.gateway.socket_path, "bundle", folder / "one.tar.gz"]
    site.gateway.run(*command, expect=NOT_PERMITTED)
    assert not list(folder.iterdir())
    os.chown(site.gateway.socket_path, 0, 65534)
    site.gateway.run(*command)
    assert PARTS <= set(unpacked(folder / "one.tar.gz"))


def test_requests_for_what_is_no_part_are_refused(site):
    for path in ("nothing", "..%2fstatus", ""):
        answer = site.gateway.get(f"/v1/bundle/{path}")
        assert answer["error"]["kind"] == "usage"


def test_without_a_daemon_it_says_what_is_missing(site):
    site.gateway.stop_daemon()
    try:
        files = site.bundle("late.tar.gz")
    finally:
        site.gateway.start_daemon()
    assert "versions: " in files["readme.txt"].decode()
    assert json.loads(files["doctor.json"])["checks"]


def test_a_pipe_gets_it_as_well(site):
    with site.gateway.entered():
        done = subprocess.run([binaries() / "sluice", "--socket", site.gateway.socket_path, "bundle", "-"], capture_output=True, check=True)
    assert done.stdout[:2] == b"\x1f\x8b"
