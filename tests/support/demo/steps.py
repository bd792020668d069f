# SPDX-License-Identifier: GPL-2.0-or-later
"""The proofs. Each function does one thing with real clients and answers a figure to show."""

import hashlib
import os
import re
from pathlib import Path

from lab import clients, servers, services, snapshot
from lab.download import Download
from lab.home import FAR4, FAR6, INSIDE4, INSIDE6, LAN4, LAN6, MAIL_OUTSIDE4, OUTSIDE4, OUTSIDE6, WAN4
from lab.phones import Phone, own_runtime_directory

MEGABYTE = 1_000_000


def make_file(path, size):
    """Random content, so that nothing but the right bytes has the right checksum."""
    digest = hashlib.sha256()
    with open(path, "wb") as file:
        for _ in range(size // MEGABYTE):
            piece = os.urandom(MEGABYTE)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def download(host, url, wanted_digest):
    """curl's rate, after the checksum was found right."""
    target = Path(host.lab.directory) / "downloaded"
    done = host.run("curl", "-sS", "--noproxy", "*", "--max-time", 90, "-o", target,
                    "-w", "%{speed_download}", url)
    with open(target, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    target.unlink()
    assert found == wanted_digest, f"the checksum is {found}, and {wanted_digest} was served"
    return f"sha256 {found[:16]}... is right, {float(done.stdout) / 1e6:.0f} MB/s"


def seen_as(peer, address):
    assert peer.address == address, f"the server saw {peer.address}, expected {address}"
    return f"the server saw {peer.address} port {peer.port}"


def resolves(host, server, name, address):
    found = services.dig(host, server, name)
    assert found == address, f"dig answered {found!r}"
    return f"{name} is {found}"


def pings(host, address):
    done = clients.ping(host, address, count=5)
    assert " 0% packet loss" in done.stdout, done.stdout
    return re.search(r"rtt .* = (.*)", done.stdout)[1]


def traces(host, address, hops):
    family = "-6" if ":" in address else "-4"
    done = host.run("traceroute", family, "-n", "-q", 1, "-w", 3, "-m", 6, address)
    found = [line.split()[1] for line in done.stdout.splitlines()[1:]]
    assert found == hops, f"the hops are {found}, expected {hops}"
    return " -> ".join(found)


def rate(host, address, reverse=False):
    measured = services.iperf(host, address, seconds=3, reverse=reverse)
    assert measured > 0.01, f"{measured} Gbit/s"
    return f"{measured:.2f} Gbit/s"


def closed(host, address, port):
    what = clients.tcp_outcome(host, address, port)
    assert what in ("silence", "unreachable"), f"it was {what}"
    return f"connecting to {address} port {port} ends in {what}"


def masquerade(story, home, digest):
    inside, outside = home.inside, home.outside
    story.chapter("Masquerade: the inside reaches the outside")
    story.prove("curl of 100 MB from inside to outside through masquerade",
                lambda: download(inside, f"http://{OUTSIDE4}/100MB", digest))
    story.prove("the outside server sees the gateway's address only",
                lambda: seen_as(clients.http_peer(inside, OUTSIDE4, 80), WAN4))
    story.prove("curl of 100 MB over IPv6, forwarded with its own address",
                lambda: download(inside, f"http://[{OUTSIDE6}]/100MB", digest))
    story.prove("dig over UDP from inside", lambda: resolves(inside, OUTSIDE4, "www.example", OUTSIDE4))
    story.prove("a host with a static mapping leaves with its own outside address",
                lambda: seen_as(clients.http_peer(home.mail, OUTSIDE4, 80), MAIL_OUTSIDE4))
    story.prove("the outside reaches no inside address over IPv4", lambda: closed(outside, INSIDE4, 8080))
    story.prove("the outside reaches no unlisted inside port over IPv6",
                lambda: closed(outside, INSIDE6, 9999))


def forward(story, home):
    story.chapter("Port forward: 203.0.113.1 port 80 -> 192.168.10.2 port 8080")
    story.prove("curl from outside through the forward, the server sees the client's own address",
                lambda: seen_as(clients.http_peer(home.outside, WAN4, 80), OUTSIDE4))
    story.prove("curl from two hops away through the forward",
                lambda: seen_as(clients.http_peer(home.far, WAN4, 80), FAR4))
    story.prove("an IPv6 server inside is reached by the policy that names it",
                lambda: seen_as(clients.http_peer(home.outside, INSIDE6, 8080), OUTSIDE6))
    story.prove("the same forward by hairpin from a second inside host",
                lambda: seen_as(clients.http_peer(home.second, WAN4, 80), WAN4))
    story.prove("the same forward by hairpin from the server's own host",
                lambda: seen_as(clients.http_peer(home.inside, WAN4, 80), WAN4))


def carried_by(engine, example, home):
    """The example with its engine named, applied."""
    text = example.read_text(encoding="utf-8").replace('"engine": "auto"', f'"engine": "{engine}"')
    home.gateway.apply(text)
    shown = home.gateway.json("status")["engine"]
    assert shown == engine, f"it is {shown}"
    return f"sluice status says {shown}"


def change_engines(story, home, example):
    """A download and a silent connection live through both changes."""
    story.chapter("Another engine under traffic: eBPF -> nftables -> eBPF")
    servers.endless_server(home.outside, 9000)
    servers.tcp_peer_server(home.outside, 7000)
    running = Download(home.inside, OUTSIDE4, 9000)
    silent = clients.EchoedConnection(home.inside, OUTSIDE4, 7000)
    for engine in ("nftables", "ebpf"):
        story.prove(f"the same document, carried by {engine}", lambda e=engine: carried_by(e, example, home))
        story.prove("the download that was running goes on",
                    lambda: running.goes_on() and f"{running.received / 1e6:.0f} MB so far, every byte right")
        story.prove("new connections are translated",
                    lambda: seen_as(clients.http_peer(home.inside, OUTSIDE4, 80), WAN4))
    story.prove("the connection that was silent meanwhile works", lambda: silent.says("hello") and "it is echoed")


def network(story, home):
    """From nothing to a phone that is connected; its client is wg-quick as Debian has it."""
    story.chapter("A private network: sluice network add, sluice endpoint add")
    gateway = home.gateway
    for words in ("network add home --type secure-internet --users 6", "endpoint add home phone --type mobile --generate"):
        gateway.sluice(*words.split())
        story.show(f"$ sluice {words}")
    own_runtime_directory()
    phone = Phone(gateway, home.far, "home", "phone", "phone0").up()
    story.prove("the phone reaches the gateway's end of the tunnel", lambda: pings(home.far, "10.100.0.1"))
    story.prove("and the internet, where it is seen as the gateway",
                lambda: seen_as(clients.http_peer(home.far, OUTSIDE4, 80), WAN4))
    story.prove("it does not reach the LAN", lambda: closed(home.far, INSIDE4, 8080))
    story.prove("sluice show endpoints says that it is connected", lambda: phone.row()["state"] == "active" and "active")
    story.show(gateway.sluice("show", "endpoints").stdout)
    phone.down()


def diagnose(story, home):
    inside = home.inside
    story.chapter("ping and traceroute, both families")
    story.prove("ping over IPv4", lambda: pings(inside, FAR4))
    story.prove("ping over IPv6", lambda: pings(inside, FAR6))
    story.prove("traceroute over IPv4 shows the gateway",
                lambda: traces(inside, FAR4, [LAN4, OUTSIDE4, FAR4]))
    story.prove("traceroute over IPv6 shows the gateway",
                lambda: traces(inside, FAR6, [LAN6, OUTSIDE6, FAR6]))


def throughput(story, home):
    story.chapter("iperf3, 3 seconds each way")
    story.prove("iperf3 from inside to outside through masquerade", lambda: rate(home.inside, OUTSIDE4))
    story.prove("iperf3 the other way, answering the same client",
                lambda: rate(home.inside, OUTSIDE4, reverse=True))
    story.prove("iperf3 over IPv6", lambda: rate(home.inside, OUTSIDE6))


def left_behind(gateway, before):
    """After the cleanup: daemon, pins, programs, addresses, sysctls."""
    assert not gateway.pins.exists(), f"{gateway.pins} is still there"
    changed = snapshot.differences(before, snapshot.take(gateway))
    assert not changed, "; ".join(changed)
    gateway.daemon.wait(timeout=10)
    return "no pin, program, address or sysctl is left; sluiced has ended"
