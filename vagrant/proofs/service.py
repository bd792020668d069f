# SPDX-License-Identifier: GPL-2.0-or-later
"""Proofs about the daemon under systemd."""

import json
import re
import time

from . import clients
from .addresses import OUTSIDE4, SITE_INSIDE4, WAN4


def unit(machine, wanted="active"):
    found = machine.attempt("systemctl is-active sluiced").stdout.strip()
    assert found == wanted, f"it is {found}"
    return machine.run("systemctl show -P MainPID sluiced") if wanted == "active" else None


def is_running(machine):
    status = machine.json("sluice status -o json")
    assert status["state"] == "running", f"it is {status['state']}: {'; '.join(status['degraded'])}"
    return f"revision {status['revision']}, {status['engine']}, sluice {status['version']}, kernel {machine.run('uname -r')}"


def hooks(machine):
    """Each interface is up and carried; where, and why there."""
    rows = machine.json("sluice show interfaces -o json")["interfaces"]
    assert {row["name"] for row in rows} == {"wan", "lan"}, f"they are {[row['name'] for row in rows]}"
    engine = machine.json("sluice status -o json")["engine"]
    for row in rows:
        assert row["state"] == "up", f"{row['name']} is {row['state']}"
        assert engine != "ebpf" or row["hook"] in ("xdp", "tc"), f"{row['name']} has the hook {row['hook']}"
    return ", ".join(f"{row['name']} {row['hook']}" + (f" ({row['hook_reason']})" if row["hook_reason"] else "") for row in rows)


def nothing_to_do(machine):
    machine.run("sluice plan --exit-code /etc/sluice/gateway.json")
    return "the plan is empty"


def entries(machine, *matches):
    text = machine.run(f"journalctl -q -u sluiced -o json -n 400 {' '.join(matches)}")
    return [json.loads(line) for line in text.splitlines()]


def journal(machine):
    """Priorities are fields, not a part of the text."""
    ready = [entry for entry in entries(machine) if entry.get("MESSAGE") == "ready"]
    assert ready, "no entry says that it is ready"
    assert ready[-1]["PRIORITY"] == "6", f"its priority is {ready[-1]['PRIORITY']}"
    return f"{ready[-1]['SYSLOG_IDENTIFIER']}: ready, priority 6"


def mapping_log(machine):
    """Fields of docs/events.md; the host behind has been outside before."""
    rows = entries(machine, "SLUICE_EVENT=mapping-made", f"SLUICE_INSIDE={SITE_INSIDE4}")
    assert rows, "no entry tells of a mapping"
    return rows[-1]["MESSAGE"]


def restraint(machine):
    """What the unit may do to the machine, as systemd judges it: 0 is nothing, 10 is anything."""
    told = machine.run("systemd-analyze security --no-pager sluiced.service").splitlines()[-1]
    exposure = float(re.search(r"(\d+\.\d+)", told)[1])
    assert exposure <= 2.0, told
    return f"exposure level {exposure}"


def watchdog(machine):
    asked, heard = (machine.run(f"systemctl show -P {name} sluiced").strip() for name in ("WatchdogUSec", "WatchdogTimestamp"))
    assert asked == "3min" and heard not in ("", "n/a"), f"systemd waits {asked} and heard the daemon at {heard!r}"
    return f"within {asked}, heard {heard}"


def gateways(story, lab):
    prove = story.prove
    for name in ("gateway", "site2"):
        machine = getattr(lab, name) if story.has(name) else None
        prove(name, f"{name}: the unit is active", lambda m=machine: f"process {unit(m)}")
        prove(name, f"{name}: what the unit may do is little", lambda m=machine: restraint(m))
        prove(name, f"{name}: the watchdog hears it", lambda m=machine: watchdog(m))
        prove(name, f"{name}: sluice status", lambda m=machine: is_running(m))
        prove(name, f"{name}: every interface is up and carried", lambda m=machine: hooks(m))
        prove(name, f"{name}: a second apply of the same document has nothing to do", lambda m=machine: nothing_to_do(m))
        prove(name, f"{name}: the journal has the daemon's entries with their priority", lambda m=machine: journal(m))


def mapping_events(story, lab):
    story.prove("site2 outside", "site2: the journal has mappings as entries with fields", lambda: mapping_log(lab.site2))


def await_other_process(machine, before, within=120):
    """systemd starts it again by itself."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if machine.attempt("systemctl is-active sluiced").returncode == 0:
            now = machine.run("systemctl show -P MainPID sluiced")
            if now != before:
                return now
        time.sleep(0.5)
    raise AssertionError(f"after {within} s the unit is not active again")


def goes_on(lab, running, what):
    """What was begun before still runs, and something new is translated."""
    assert running.goes_on(), "nothing more came of the download"
    seen = clients.seen_as(lab.inside1, OUTSIDE4, WAN4)
    return f"{what}; a download goes on, {seen}"


def restarted(lab, running):
    before = unit(lab.gateway)
    lab.gateway.run("systemctl restart sluiced")
    after = unit(lab.gateway)
    assert after != before, "it is the same process"
    return goes_on(lab, running, f"process {before} became {after}")


def stopped(lab, running):
    lab.gateway.run("systemctl stop sluiced")
    unit(lab.gateway, "inactive")
    try:
        return goes_on(lab, running, "no daemon")
    finally:
        lab.gateway.run("systemctl start sluiced")


def killed(lab, running):
    before = unit(lab.gateway)
    lab.gateway.run("systemctl kill -s KILL sluiced")
    figure = goes_on(lab, running, "killed")
    return f"{figure}; process {before} became {await_other_process(lab.gateway, before)}"


def next_process(machine, before):
    """As soon as there is one, and not when it is ready."""
    return machine.run(f"""timeout 100 sh -c 'while true; do now=$(systemctl show -P MainPID sluiced)
                           case $now in 0|{before}) sleep 0.1 ;; *) echo $now; exit ;; esac; done'""").strip()


def killed_often(lab, running):
    """More starts within ten seconds than systemd grants a unit that says nothing of it."""
    process, begin = unit(lab.gateway).strip(), time.monotonic()
    for _ in range(6):
        lab.gateway.run("systemctl kill -s KILL sluiced")
        process = next_process(lab.gateway, process)
    took = time.monotonic() - begin
    limit = lab.gateway.run("systemctl show -P StartLimitIntervalUSec sluiced").strip()
    assert limit == "0", f"there is a limit of starts within {limit}"
    await_other_process(lab.gateway, None)
    return goes_on(lab, running, f"killed six times within {took:.0f} s")


def carried_by_nftables(machine):
    machine.run("""sed 's/"engine": "auto"/"engine": "nftables"/' /etc/sluice/gateway.json >/run/nftables.json
                   sluice apply /run/nftables.json && rm /run/nftables.json""")
    engine = machine.json("sluice status -o json")["engine"]
    assert engine == "nftables", f"it is {engine}"


def exchanged(lab, running):
    """To nftables and back by the same process; afterwards the hooks are those that were."""
    before = hooks(lab.gateway)
    carried_by_nftables(lab.gateway)
    goes_on(lab, running, "nftables")
    lab.gateway.run("sluice apply /etc/sluice/gateway.json")
    after = hooks(lab.gateway)
    assert after == before, f"{before} became {after}"
    return goes_on(lab, running, f"ebpf, nftables and back; {after}")


def continuity(story, lab):
    house = "gateway inside1 outside"
    running = clients.RunningDownload(lab.inside1, OUTSIDE4) if story.has(house) else None
    story.prove(house, "traffic goes on through a restart of the unit", lambda: restarted(lab, running))
    story.prove(house, "traffic goes on while the unit is stopped", lambda: stopped(lab, running))
    story.prove(house, "traffic goes on after kill -9 of the daemon, which systemd starts again", lambda: killed(lab, running))
    story.prove(house, "the unit is started again however often it is killed", lambda: killed_often(lab, running))
    story.prove(house, "traffic goes on while the engine is exchanged and back", lambda: exchanged(lab, running))
    story.prove(house, "the download that ran through all of it", lambda: running.end(lab.outside))
    story.prove("gateway", "gateway: running again, with the same document", lambda: is_running(lab.gateway))


def cleaned_up(machine):
    """By the daemon, under the restrictions of its unit; the next start takes the document of /etc/sluice."""
    machine.run("sluice cleanup")
    machine.run("timeout 100 bash -c 'while systemctl is-active -q sluiced; do sleep 0.2; done'")
    left = machine.run("ls /sys/fs/bpf; ls -A /var/lib/sluice; ip -br address show dev wan scope global; tc filter show dev wan ingress")
    assert left.split() in ([], ["wan", "UP"]), f"there is still {left}"
    machine.run("systemctl start sluiced")
    return is_running(machine)


def last(story, lab):
    story.prove("gateway", "gateway: sluice cleanup leaves nothing, and the next start makes all of it again",
                lambda: cleaned_up(lab.gateway))
    story.prove("gateway inside1 outside", "the outside server sees the gateway's address as before",
                lambda: clients.seen_as(lab.inside1, OUTSIDE4, WAN4))
