# SPDX-License-Identifier: GPL-2.0-or-later
"""What config/monitoring has: a real Prometheus asks the gateway, judges its metrics, and answers every query of the dashboard."""

import re
import shutil
import subprocess

import pytest
from lab import Lab, eventually
from metrics_site import MONITORING, ROOT, MetricsSite, dashboard

# Of objects that this document has none of; their names are looked for in the manual all the same.
ABSENT = {"sluice_tenant_receive_bytes_total", "sluice_tenant_transmit_bytes_total", "sluice_pod_receive_bytes_total",
          "sluice_pod_transmit_bytes_total", "sluice_endpoint_last_handshake_seconds", "sluice_dns_queries_total", "sluice_dns_failed_total"}

EBPF = {"sluice_flows_created_total", "sluice_connect_seconds", "sluice_forward_seconds"}   # nftables has none of them

@pytest.fixture(scope="module", params=["ebpf", "nftables"])
def site(request):
    with Lab("tc") as lab:
        made = MetricsSite(lab, request.param).answers()
        yield made
        made.gateway.cleanup()   # the next one has a tunnel of the same name

@pytest.fixture(scope="module")
def prometheus(site):
    site.collect()
    return site

def query(site, expression):
    return site.query("query", query=expression)

def value(site, expression):
    return [float(row["value"][1]) for row in query(site, expression)["data"]["result"]]

def dashboard_queries():
    return [target["expr"].replace("$instance", ".*") for panel in dashboard()["panels"] for target in panel.get("targets", [])]

def names_in(text):
    return {name.removesuffix("_bucket") for name in re.findall(r"\bsluice_[a-z_]+", text)}

def test_promtool_has_nothing_to_say(site):
    site.traffic()
    _, text = site.ask()
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")

def test_promtool_would_have_something_to_say(site):
    _, text = site.ask()
    lines = text.splitlines(keepends=True)
    without_help = "".join(line for line in lines if not line.startswith("# HELP sluice_flows "))
    for broken in (without_help, text.replace("sluice_shortage_total", "sluice_shortages"), text + 'sluice_flows{state="x\n'):
        checked = subprocess.run(["promtool", "check", "metrics"], input=broken, text=True, capture_output=True, check=False)
        assert checked.returncode != 0 or checked.stderr

def test_every_metric_is_in_the_manual(site):
    manual = names_in((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    _, text = site.ask()
    assert {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")} - manual == set()

def test_every_query_of_the_dashboard_has_an_answer(prometheus):
    prometheus.traffic()
    for expression in dashboard_queries():
        if names_in(expression) & ABSENT or (prometheus.engine == "nftables" and names_in(expression) & EBPF):
            assert query(prometheus, expression)["status"] == "success", expression
            continue
        eventually(f"there is an answer to {expression}", lambda e=expression: value(prometheus, e), within=20)

def test_rates_are_those_of_the_traffic(prometheus):
    def flows():
        return value(prometheus, "sum(sluice_service_backend_flows_total)")[0]

    before = flows()
    prometheus.traffic()
    eventually("four more are counted", lambda: flows() == before + 4, within=20)
    assert value(prometheus, 'sluice_interface_up{interface="wan"}') == [1.0]
    eventually("both backends are up", lambda: value(prometheus, "sum(sluice_service_backend_up)") == [2.0], within=20)

def test_what_rules_and_dashboard_name_is_in_the_manual():
    manual = names_in((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8"))
    used = names_in((MONITORING / "alerts.yml").read_text(encoding="utf-8")) | names_in("\n".join(dashboard_queries()))
    assert len(used) > 20 and used - manual == set()

def test_alerts_do_what_they_say(tmp_path):
    for name in ("alerts.yml", "alerts-test.yml"):
        shutil.copy(MONITORING / name, tmp_path)
    subprocess.run(["promtool", "check", "rules", "alerts.yml"], cwd=tmp_path, check=True, capture_output=True)
    run = ["promtool", "test", "rules", "alerts-test.yml"]
    subprocess.run(run, cwd=tmp_path, check=True, capture_output=True)
    rules = (tmp_path / "alerts.yml").read_text(encoding="utf-8")
    tests = (tmp_path / "alerts-test.yml").read_text(encoding="utf-8")
    alerts = set(re.findall(r"alert: (\w+)", rules))
    assert alerts == set(re.findall(r"alertname: (\w+)", tests)) and len(alerts) == 11
    for old, new in (("sluice_interface_up == 0", "sluice_interface_up == 1"), ("> 0.2 * sum", "> 0.9 * sum"), ("for: 15m", "for: 5m")):
        assert old in rules
        (tmp_path / "alerts.yml").write_text(rules.replace(old, new), encoding="utf-8")
        assert subprocess.run(run, cwd=tmp_path, check=False, capture_output=True).returncode != 0, old
