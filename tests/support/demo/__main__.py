# SPDX-License-Identifier: GPL-2.0-or-later
"""The story from the first link to the last cleanup. Ends with status 1 when a proof failed."""

import os
import sys
from pathlib import Path

from lab import HomeLab, Lab, servers, services, snapshot
from lab.gateway import DaemonEnded
from lab.home import OUTSIDE4

from . import steps
from .story import Story

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "examples" / "home.json"
PICTURE = """
  inside 192.168.10.2  --+                                        +-- far 198.51.100.7
         2001:db8:10::2  |   lan +-----------+ wan                |       2001:db8:fa::7
                         +-------+  gateway  +------- outside ----+
  second 192.168.10.3  --+       +-----------+        203.0.113.9
         2001:db8:10::3        runs the real sluiced  2001:db8:f::9
"""


def build(story, lab):
    story.chapter("A lab of network namespaces")
    story.show(PICTURE)
    home = HomeLab(lab)
    content = lab.directory / "100MB"
    digest = steps.make_file(content, 100 * steps.MEGABYTE)
    servers.http_server(home.outside, 80, {"/100MB": content})
    servers.http_server(home.inside, 8080)
    services.dns_server(home.outside, "www.example", OUTSIDE4)
    services.iperf_server(home.outside)
    story.show(f"hosts: {', '.join(host.name for host in lab.hosts)}; servers: HTTP, DNS, iperf3")
    return home, digest


def configure(story, gateway):
    story.chapter(f"sluiced, and sluice apply {EXAMPLE.name}")
    gateway.start_daemon()
    for verb in ("check", "plan", "apply"):
        done = gateway.sluice(verb, EXAMPLE)
        story.show(f"$ sluice {verb} {EXAMPLE.name}\n{done.stdout}{done.stderr}")
    story.prove("a second apply of the same document has nothing to do",
                lambda: gateway.sluice("plan", "--exit-code", EXAMPLE) and "the plan is empty")


def tables(story, gateway):
    for words in ("status", "show flows", "show mappings", "show forwards", "show drops"):
        story.chapter(f"sluice {words}")
        story.prove(f"sluice {words} answers",
                    lambda argv=words.split(): story.show(gateway.sluice(*argv).stdout))


def tell(story, lab):
    home, digest = build(story, lab)
    before = snapshot.take(home.gateway)
    configure(story, home.gateway)
    steps.masquerade(story, home, digest)
    steps.forward(story, home)
    steps.diagnose(story, home)
    steps.throughput(story, home)
    steps.change_engines(story, home, EXAMPLE)
    steps.network(story, home)
    tables(story, home.gateway)
    story.chapter("sluice cleanup")
    story.prove("sluice cleanup answers", lambda: story.show(home.gateway.cleanup().stdout))
    story.prove("the gateway is as it was found", lambda: steps.left_behind(home.gateway, before))


def main():
    if os.geteuid() != 0:
        sys.exit("demo: network namespaces need root (./run demo asks sudo)")
    story = Story()
    try:
        with Lab("tc") as lab:
            tell(story, lab)
    except KeyboardInterrupt:
        print("demo: interrupted; the lab is taken down", file=sys.stderr)
        sys.exit(130)
    except (AssertionError, DaemonEnded) as failure:
        print(f"demo: cannot go on: {failure}\n\nthe last steps:\n{lab.log.news(15)}", file=sys.stderr)
        sys.exit(1)
    sys.exit(story.end())


main()
