#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests a second through the front, beside a HAProxy and an nginx that were configured by hand. Needs root; SLUICE_BIN_DIR says which build.

All serve one public site by HTTPS with the same certificate, in front of the same server (nginx in the LAN), and take turns, in another order each
time. `haproxy` and `nginx` do what the front does that is visible: a site by its name, a limit for each address, forged headers taken away, headers
for the backend, HSTS, a limit of connections. `minimal` is a HAProxy that only hands on. `us` is the processor time of the proxy for a request, in
microseconds. `ratio` is the median of the ratios to the requests of `haproxy` in the same round. Two processes of one program with one configuration
differ by up to 7 % for as long as they live: what is to be known better than that is measured in several labs (`--labs`), each with processes of its own.
"""

import argparse
import random
import re
import sys
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "tests" / "net")]

import documents  # noqa: E402  needs the path
from front_site import PORT, SHOP, FrontSite  # noqa: E402
from lab import Lab, clients, eventually  # noqa: E402
from lab.helper_process import children_of, processor_seconds  # noqa: E402
from lab.home import INSIDE4, WAN4  # noqa: E402

PEERS = {"haproxy": 8443, "minimal": 9443, "nginx": 7443}
BACKEND = """
worker_processes 1;
pid {folder}/backend.pid;
error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  server {{ listen {port} backlog=4096; location / {{ return 200 "a backend says this\\n"; }} }}
}}
"""
HEAD = """
global
  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 60s
  timeout http-request 10s
"""
HAPROXY = HEAD + """
  option http-restrict-req-hdr-names reject
backend requests
  stick-table type ipv6 size 200k expire 60s store http_req_rate(1s)
backend connections
  stick-table type ipv6 size 200k expire 60s store conn_cur
frontend https
  bind {listen}:{port} ssl crt {pem} strict-sni alpn h2,http/1.1
  tcp-request connection track-sc1 src table connections
  tcp-request connection reject if {{ sc1_conn_cur gt 1000 }}
  http-request return status 400 if {{ req.hdr_cnt(host) gt 1 }}
  acl shop req.hdr(host),host_only,lower -m str {host}
  http-request return status 404 if !shop
  http-request track-sc0 src table requests
  http-request return status 429 hdr Retry-After 1 if {{ sc0_http_req_rate gt 1000000 }}
  http-request del-header x-user
  http-request del-header x-pod
  http-request del-header x-real-ip
  http-request del-header x-client-ip
  http-request del-header forwarded
  http-request del-header x-forwarded- -m beg
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Forwarded-Proto https
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-after-response set-header Strict-Transport-Security max-age=31536000
  use_backend web-api if {{ path_beg /api/ }}
  default_backend web
backend web
  server one {to}:{backend}
backend web-api
  server one {to}:{backend}
"""
MINIMAL = HEAD + """
listen https
  bind {listen}:{port} ssl crt {pem} alpn h2,http/1.1
  server one {to}:{backend}
"""
NGINX = """
worker_processes auto;
pid {folder}/nginx.pid;
error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  limit_req_zone $binary_remote_addr zone=requests:16m rate=1000000r/s;
  limit_conn_zone $binary_remote_addr zone=connections:16m;
  upstream backends {{ server {to}:{backend}; keepalive 256; }}
  server {{
    listen {listen}:{port} ssl http2 backlog=4096;
    server_name {host};
    ssl_certificate {pem};
    ssl_certificate_key {pem};
    ssl_session_tickets off;
    add_header Strict-Transport-Security max-age=31536000 always;
    limit_req zone=requests burst=100000 nodelay;
    limit_conn connections 1000;
    location / {{
      proxy_pass {scheme}backends;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-User "";
      proxy_set_header X-Pod "";
      proxy_set_header X-Real-IP "";
      proxy_set_header X-Client-IP "";
      proxy_set_header Forwarded "";
    }}
  }}
}}
"""
CONFIGS = {"haproxy": HAPROXY, "minimal": MINIMAL, "nginx": NGINX}


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labs", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5, help="in each lab")
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--proxies", nargs="+", default=["front", *PEERS], choices=["front", *PEERS])
    return parser.parse_args()


class BenchSite(FrontSite):
    """Its backend is fast enough, and its limits are not met."""

    def backend(self, host, *words):
        config = self.files / f"{host.name}.conf"
        config.write_text(BACKEND.format(folder=self.files, port=PORT).replace("backend.pid", f"{host.name}.pid"), encoding="ascii")
        started = host.start("/usr/sbin/nginx", "-c", config, "-g", "daemon off;")
        eventually("it listens", lambda: clients.tcp_outcome(host, "127.0.0.1", PORT) == "answered")
        return started

    def document(self):
        made = super().document()
        made["policies"].append(documents.policy("peers", "internet", "host", protocol="tcp", ports=[str(port) for port in PEERS.values()]))
        made["front"]["limits"] = {"public": "1000000/1s", "user": "1000000/1s"}
        return made


def start_peer(site, name):
    pem = site.files / "site.pem"
    pem.write_bytes(site.chain.read_bytes() + site.chain_key.read_bytes())
    config = site.files / f"{name}.conf"
    config.write_text(CONFIGS[name].format(scheme="http://", folder=site.files, listen=WAN4, port=PEERS[name], pem=pem, host=SHOP, to=INSIDE4, backend=PORT),
                      encoding="ascii")
    argv = ("/usr/sbin/nginx", "-c", config, "-g", "daemon off;") if name == "nginx" else ("/usr/sbin/haproxy", "-f", config)
    started = site.gateway.start(*argv)
    eventually(f"{name} listens", lambda: clients.tcp_outcome(site.gateway, WAN4, PEERS[name]) == "answered")
    return started.pid


def family(pid):
    """It and its children."""
    return [pid, *children_of(pid)]


def seconds_of(pid):
    return sum(map(processor_seconds, family(pid)))


# Of h2load: connections that stay, and connections for one request each.
WAYS = {
    "h2": lambda requests: [("-n", requests, "-c", 20, "-m", 10)],
    "h1": lambda requests: [("--h1", "-n", requests, "-c", 20)],
    "new TLS": lambda requests: [("-n", 400, "-c", 400)] * max(1, requests // 4000),
}


def measure(site, pid, port, words_of_runs):
    """Requests a second, and microseconds of the processor for each."""
    before, requests, time = seconds_of(pid), 0, 0.0
    for words in words_of_runs:
        said = site.home.outside.run("h2load", *words, f"--connect-to={WAN4}:{port}", f"https://{SHOP}/").stdout
        done = int(re.search(r"(\d+) 2xx", said)[1])
        failed = int(re.search(r"(\d+) failed", said)[1])
        assert done and not failed, said
        requests += done
        taken = re.search(r"finished in ([\d.]+)(us|ms|s)", said)
        time += float(taken[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1}[taken[2]]
    return requests / time, (seconds_of(pid) - before) / requests * 1e6


def measure_lab(chosen, figures):
    with Lab("tc") as lab:
        site = BenchSite(lab)
        proxies = {"front": (site.master(), 443)} | {name: (start_peer(site, name), PEERS[name]) for name in PEERS}
        for _ in range(chosen.rounds):
            for way, words in WAYS.items():
                for name in random.sample(chosen.proxies, len(chosen.proxies)):
                    figures.setdefault((way, name), []).append(measure(site, *proxies[name], words(chosen.requests)))


def ratio_of(taken, beside):
    return median(own[0] / other[0] for own, other in zip(taken, beside))


def main():
    chosen = options()
    figures = {}
    for _ in range(chosen.labs):
        measure_lab(chosen, figures)
    for way, name in ((way, name) for way in WAYS for name in chosen.proxies):
        taken = figures[way, name]
        rate, cost = (median(values) for values in zip(*taken))
        beside = figures.get((way, "haproxy"), [])
        ratio = f" {ratio_of(taken, beside):6.3f} ratio" if beside else ""
        of_labs = [ratio_of(taken[at:at + chosen.rounds], beside[at:at + chosen.rounds]) for at in range(0, len(beside), chosen.rounds)]
        print(f"{way:8} {name:8} {rate:9.0f} requests/s {cost:7.1f} us{ratio} {' '.join(f'{one:.2f}' for one in of_labs)}", flush=True)


if __name__ == "__main__":
    main()
