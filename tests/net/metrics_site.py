# SPDX-License-Identifier: GPL-2.0-or-later
"""A home whose document has something of most kinds that metrics tell, and is asked for them by TCP."""

import json
import shutil
from pathlib import Path

import documents
from lab import HomeLab, clients, eventually, servers
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4

PORT, SERVICE_PORT, TOKEN = 9469, 8081, "the-token-of-the-collector"
ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "config" / "monitoring"
PROMETHEUS = "127.0.0.1:9090"
QUICK = {"type": "tcp", "interval": "200ms", "timeout": "200ms", "rise": 1, "fall": 2}


def document(engine="ebpf", listen=f"127.0.0.1:{PORT}", **metrics):
    made = documents.carried_by(engine, "tc")
    rows = [{"name": "one", "near": f"{INSIDE4}:8080"}, {"name": "two", "near": f"{SECOND4}:8080"}]
    return made | {"underlays": {"near": {"zone": "lan"}},
                   "services": {"pool": {"listen": WAN4, "ports": SERVICE_PORT, "backends": rows, "health": QUICK}},
                   "limits": [{"name": "callers", "from": "internet", "key": "source", "rate": "1000pps"}],
                   "networks": {"home": {"type": "secure-internet", "port": 51821, "endpoints": {"phone": {"type": "mobile"}}}},
                   "metrics": {"listen": listen, **metrics}}


def dashboard():
    return json.loads((MONITORING / "grafana-dashboard.json").read_text(encoding="utf-8"))


class MetricsSite:
    def __init__(self, lab, engine="ebpf"):
        self.home, self.engine = HomeLab(lab), engine
        self.gateway = self.home.gateway
        self.gateway.start_daemon()
        lab.defer(self.gateway.sluice, "cleanup", expect=None)
        self.token = self.gateway.state / "metrics.token"
        self.token.write_text(TOKEN + "\n", encoding="ascii")
        for host in (self.home.inside, self.home.second):
            servers.tcp_peer_server(host, 8080)
        servers.tcp_peer_server(self.home.outside, 7000)
        self.apply(token_file="metrics.token")

    def apply(self, **metrics):
        self.gateway.apply(document(self.engine, **metrics))
        self.home.route_gateway()

    def ask(self, *options, place=f"127.0.0.1:{PORT}", token=TOKEN, path="/metrics"):
        """Status and text."""
        given = ["-H", f"Authorization: Bearer {token}"] if token is not None else []
        done = self.gateway.run("curl", "-sS", "-m", "10", "-w", "\n%{http_code}", *given, *options, f"http://{place}{path}", expect=None)
        text, _, status = done.stdout.rpartition("\n")
        return int(status or 0), text

    def answers(self):
        eventually("it answers", lambda: self.ask()[0] == 200)
        return self

    def collect(self):
        """By a Prometheus with the configuration that is shipped, of another interval and another place of the token."""
        folder = self.gateway.lab.directory / "prometheus"
        folder.mkdir()
        token = folder / "token"
        token.write_text(TOKEN, encoding="ascii")
        text = (MONITORING / "prometheus.yml").read_text(encoding="utf-8")
        assert f"127.0.0.1:{PORT}" in text
        (folder / "prometheus.yml").write_text(text.replace("15s", "1s").replace("/etc/prometheus/sluice.token", str(token)), encoding="utf-8")
        shutil.copy(MONITORING / "alerts.yml", folder)
        self.gateway.start("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
                           f"--web.listen-address={PROMETHEUS}")
        up = {"query": 'up{job="sluice"}'}
        eventually("it has asked the gateway", lambda: [row["value"][1] for row in self.query("query", **up)["data"]["result"]] == ["1"], within=30)

    def query(self, kind, **parameters):
        """`kind`: query or query_range, of Prometheus' API."""
        words = [word for name, value in parameters.items() for word in ("--data-urlencode", f"{name}={value}")]
        done = self.gateway.run("curl", "-sS", *words, f"http://{PROMETHEUS}/api/v1/{kind}", expect=None, quiet=True)
        return json.loads(done.stdout) if done.stdout.startswith("{") else {"status": "away", "data": {"result": []}}

    def traffic(self):
        """A connection each way, a refused one, and both backends once."""
        for _ in range(4):
            assert clients.tcp_peer(self.home.outside, WAN4, SERVICE_PORT).address == OUTSIDE4
        assert clients.tcp_peer(self.home.inside, OUTSIDE4, 7000).address == WAN4
        assert clients.tcp_outcome(self.home.inside, OUTSIDE4, 23) == "refused"
