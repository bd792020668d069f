# SPDX-License-Identifier: GPL-2.0-or-later
"""Real servers of the distribution: dnsmasq and iperf3."""

import json
import socket

from .wait import eventually


def dns_server(host, name, address):
    """Answers the one name with the one address."""
    server = host.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv",
                        "--no-hosts", "--pid-file", "--user=root", "--port=53",
                        f"--address=/{name}/{address}")
    eventually("dnsmasq listens", lambda: _listens(host, "-lunH", 53))
    return server


def tftp_server(host, directory):
    """Serves the files there; every transfer from a port of its own (RFC 1350)."""
    server = host.start("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--user=root",
                        "--port=0", "--enable-tftp", f"--tftp-root={directory}")
    eventually("dnsmasq listens", lambda: _listens(host, "-lunH", 69))
    return server


def iperf_server(host, port=5201):
    server = host.start("iperf3", "-s", "-p", port)
    eventually("iperf3 listens", lambda: _listens(host, "-ltnH", port))
    return server


def iperf(host, address, seconds=2, port=5201, reverse=False, streams=1, omit=0):
    """Gbit/s received, after the seconds that are omitted."""
    done = host.run("iperf3", "-c", address, "-p", port, "-t", seconds, "-P", streams, "-O", omit, "-J",
                    *(["-R"] if reverse else []), quiet=True)
    said = json.loads(done.stdout)
    assert "error" not in said, said["error"]   # iperf3 ends with 0 after some errors
    return said["end"]["sum_received"]["bits_per_second"] / 1e9


def dig(host, server, name):
    done = host.run("dig", "+short", "+tries=3", "+time=2", f"@{server}", name, "A")
    return done.stdout.strip()


def _listens(host, options, port):
    with host.entered():
        socket.if_nameindex()   # fails with a sentence when the namespace is gone
    return any(line.split()[3].endswith(f":{port}") for line in host.run("ss", options).stdout.splitlines())
