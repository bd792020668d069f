# SPDX-License-Identifier: GPL-2.0-or-later
"""etcd with TLS, which takes no client without a certificate: one member, or several on one host."""

import json
import shutil
import subprocess

from . import clients
from .wait import eventually

CLIENT_PORT, PEER_PORT = 2379, 2380   # of the first member; the others have those that follow in steps of ten


class Certificates:
    """Of an authority of their own. etcd shows its own certificate to itself, too."""

    def __init__(self, folder):
        self.folder = folder
        self.authority, self.authority_key = self._make("ca", "-addext", "basicConstraints=critical,CA:TRUE")

    def give(self, name, *address):
        return self._make(name, "-CA", self.authority, "-CAkey", self.authority_key,
                          *(["-addext", f"subjectAltName=IP:{address[0]}"] if address else []))

    def _make(self, name, *words):
        chain, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", chain, "-days", "30", "-subj", f"/CN={name}", *words], check=True, capture_output=True)
        return chain, key


class Etcd:
    """Its data outlives a process: start() after kill() goes on with it."""

    def __init__(self, host, address, members=1):
        self.host, self.address, self.members = host, address, members
        self.folder = host.lab.directory / "etcd"
        self.folder.mkdir()
        certificates = Certificates(self.folder)
        self.authority = certificates.authority
        self.own, self.own_key = certificates.give("server", address)
        self.client, self.client_key = certificates.give("client")
        self.processes = {}
        for member in range(members):
            self.start(member)
        self.await_all()

    def urls(self):
        return [f"https://{self.address}:{CLIENT_PORT + 10 * member}" for member in range(self.members)]

    def _peer(self, member):
        return f"http://localhost:{PEER_PORT + 10 * member}"

    def start(self, member=0):
        name = f"m{member}"
        self.processes[member] = self.host.start(
            shutil.which("etcd"), "--name", name, "--data-dir", self.folder / name, "--unsafe-no-fsync",
            "--listen-client-urls", self.urls()[member], "--advertise-client-urls", self.urls()[member],
            "--listen-peer-urls", self._peer(member), "--initial-advertise-peer-urls", self._peer(member),
            "--initial-cluster", ",".join(f"m{one}={self._peer(one)}" for one in range(self.members)),
            "--cert-file", self.own, "--key-file", self.own_key, "--client-cert-auth", "--trusted-ca-file", self.authority,
            "--heartbeat-interval", "50", "--election-timeout", "500")

    def await_all(self):
        for member in self.processes:
            port = CLIENT_PORT + 10 * member
            eventually(f"member {member} of etcd listens", lambda at=port: clients.tcp_outcome(self.host, self.address, at) == "answered",
                       within=30)

    def kill(self, member=0):
        self.processes.pop(member).kill()

    def leader(self):
        """The member that leads, in a list of one; empty: nobody knows."""
        seen = self.ctl("endpoint", "status", "-w", "json", expect=None, everywhere=True).stdout
        return [(int(row["Endpoint"].rsplit(":", 1)[1]) - CLIENT_PORT) // 10 for row in json.loads(seen or "[]")
                if row["Status"]["leader"] == row["Status"]["header"]["member_id"]][:1]

    def ctl(self, *words, expect=0, everywhere=False):
        """By the first member that runs, or all of them."""
        places = [self.urls()[member] for member in self.processes] or self.urls()
        return self.host.run("env", "ETCDCTL_API=3", "etcdctl", "--endpoints", ",".join(places if everywhere else places[:1]), "--cacert", self.authority,
                             "--cert", self.client, "--key", self.client_key, *words, expect=expect)

    def reads(self):
        """How many ranges of keys were read of the first member so far."""
        text = self.host.run("curl", "-sS", "--cacert", self.authority, "--cert", self.client, "--key", self.client_key, f"{self.urls()[0]}/metrics", quiet=True).stdout
        return next(int(float(line.split()[-1])) for line in text.splitlines() if line.startswith("grpc_server_started_total") and 'grpc_method="Range"' in line)

    def keys(self, prefix=""):
        """Names of keys below this one, without their values."""
        return self.ctl("get", "--prefix", f"/sluice/{prefix}", "--keys-only").stdout.split()

    def lease_of(self, key):
        """Of this key, without which it is not there; None: it is not, or has none."""
        rows = json.loads(self.ctl("get", f"/sluice/{key}", "-w", "json").stdout).get("kvs", [])
        return rows[0].get("lease") if rows else None

    def store(self):
        """As a document names it."""
        return {"etcd": self.urls(), "ca_file": str(self.authority), "cert_file": str(self.client), "key_file": str(self.client_key)}
