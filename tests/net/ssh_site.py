# SPDX-License-Identifier: GPL-2.0-or-later
"""A gateway with boxes behind WireGuard and on its LAN, each with OpenSSH's own server; and callers on the internet."""

import json
import os
import shutil
import tempfile
from pathlib import Path

from lab import eventually
from lab.phones import Phone, own_runtime_directory

WAN4, WAN6 = "203.0.113.1", "2001:db8:f::1"
NET4, NET6 = "203.0.113.14", "2001:db8:f::e"
LAN_BOX4, LAN_BOX6 = "192.168.10.2", "2001:db8:10::2"
USERS = {"alice": 4001, "bob": 4002, "carol": 4003}
SSHD = "/usr/sbin/sshd"
OPTIONS = ("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
           "-o", "IdentitiesOnly=yes", "-o", "ConnectTimeout=10", "-F", "none")


class Keys:
    """Accounts that only processes of the lab see, with a key pair each."""

    def __init__(self, host):
        self.directory = Path(tempfile.mkdtemp(prefix="ssh-", dir="/run"))   # sshd reads keys as the user, whom the lab's folder is closed to
        host.lab.defer(shutil.rmtree, self.directory)
        self.directory.chmod(0o755)
        accounts = Path("/etc/passwd").read_text(encoding="utf-8")
        self.passwd = self.directory / "passwd"
        lines = [f"{name}:*:{uid}:{uid}::/:/bin/sh\n" for name, uid in USERS.items()]
        self.passwd.write_text(accounts + "".join(lines), encoding="utf-8")
        for name in [*USERS, "server"]:
            host.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.directory / name)
        # One sshd for each namespace; the folder that it wants is made where Debian's start script has not run.
        os.makedirs("/run/sshd", exist_ok=True)

    def launcher(self):
        """Words before a program that is to know the accounts."""
        return ("unshare", "--mount", "--propagation", "private", "sh", "-c", f'mount --bind {self.passwd} /etc/passwd && exec "$@"', "sh")

    def start_sshd(self, host, *more, name=""):
        """Answers its process; `more`: lines of its configuration, the last ones."""
        file = self.directory / f"sshd-{host.name}{name}.conf"
        file.write_text("\n".join([
            f"HostKey {self.directory}/server", f"AuthorizedKeysFile {self.directory}/%u.pub", "StrictModes no", "UsePAM no", "UseDNS no",
            "PidFile none", "LogLevel VERBOSE", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", *more]) + "\n", encoding="utf-8")
        host.run(*self.launcher(), SSHD, "-t", "-f", file)
        process = host.start(*self.launcher(), SSHD, "-D", "-e", "-f", file)
        eventually("sshd listens", lambda: "listening" in process.output())
        return process


class SshSite:
    """caller, alice's and bob's box -- net -- wan [gateway] lan -- carol's box; alice's and bob's are in its WireGuard network"""

    def __init__(self, lab, way):
        own_runtime_directory()
        self.lab, self.way = lab, way
        self.net, self.gateway = lab.host("net"), lab.gateway("gw")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.net.sysctl(path, "1")
        lab.wire((self.net, "gw"), (self.gateway, "wan"))
        self.net.addresses("gw", f"{NET4}/28", f"{NET6}/64")
        self.gateway.addresses("wan", f"{WAN4}/28", f"{WAN6}/64").routes(f"default via {NET4}", f"default via {NET6}")
        self.caller, self.other = self.stranger("caller", 10), self.stranger("other", 12)
        self.boxes = {"alice": self.stranger("abox", 20), "bob": self.stranger("bbox", 22), "carol": lab.host("cbox")}
        lab.wire((self.gateway, "lan"), (self.boxes["carol"], "eth0"))
        self.boxes["carol"].addresses("eth0", f"{LAN_BOX4}/24", f"{LAN_BOX6}/64").routes("default via 192.168.10.1", "default via 2001:db8:10::1")
        self.keys = Keys(self.net)
        self.gateway.launcher = self.keys.launcher()
        self.addresses = {"carol": [LAN_BOX4, LAN_BOX6]}
        self.jump = None   # the gateway's own sshd

    def stranger(self, name, number):
        host = self.lab.host(name)
        self.lab.wire((self.net, f"to{number}"), (host, "eth0"))
        self.net.addresses(f"to{number}", f"198.51.100.{number}/31", f"2001:db8:a{number}::1/64")
        host.addresses("eth0", f"198.51.100.{number + 1}/31", f"2001:db8:a{number}::2/64")
        host.routes(f"default via 198.51.100.{number}", f"default via 2001:db8:a{number}::1")
        return host

    def document(self, users=None, **ssh):
        engine, hook = self.way
        wan = {"zone": "internet"} | ({"hook": hook} if engine == "ebpf" else {})
        made = {
            "version": 1, "engine": engine,
            "interfaces": {"wan": wan, "lan": {"zone": "lan", "addresses": ["192.168.10.1/24", "2001:db8:10::1/64"]}},
            "policies": [{"name": "jump", "from": "internet", "to": "host", "protocol": "tcp", "ports": 22, "action": "accept"}],
            "networks": {"home": {"type": "secure-internet", "endpoint": WAN4, "internet": "internet", "subnet": "10.100.0.0/29", "subnet6": "fd00:100::/64",
                                  "endpoints": {"abox": {"type": "mobile", "address": "10.100.0.2"},
                                                "bbox": {"type": "mobile", "address": "10.100.0.3", "address6": "fd00:100::3"}}}},
        }
        if users:
            made["ssh"] = {"users": users, **ssh}
        return made

    def users(self):
        return {"alice": "10.100.0.2", "bob": ["10.100.0.3", "fd00:100::3"], "carol": [LAN_BOX4, LAN_BOX6]}

    def start(self):
        self.gateway.start_daemon()
        self.lab.defer(self.gateway.sluice, "cleanup", expect=None)
        self.gateway.apply(self.document(self.users()))
        for user, endpoint in (("alice", "abox"), ("bob", "bbox")):
            phone = Phone(self.gateway, self.boxes[user], "home", endpoint, f"{endpoint}0").up()
            self.addresses[user] = [phone.addresses()[0]]
        for host in self.boxes.values():
            self.keys.start_sshd(host)
        self.start_jump()
        return self

    def start_jump(self):
        snippet = self.keys.directory / "sluice.conf"
        snippet.write_text(self.gateway.sluice("ssh", "config").stdout, encoding="utf-8")
        # What is said for everybody opens nothing that the part about users closes.
        open_to_all = [f"{key} yes" for key in ("AllowTcpForwarding", "PermitTTY", "PermitTunnel", "X11Forwarding", "GatewayPorts")]
        self.jump = self.keys.start_sshd(self.gateway, *open_to_all, "PermitOpen any", "PermitListen any", f"Include {snippet}")

    def port(self, user, box=0):
        return [row["port"] for row in self.gateway.show("ssh") if row["user"] == user][box]

    def told(self, since=0):
        """What the daemon has logged of connections to boxes."""
        lines = [json.loads(line) for line in self.gateway.daemon.output().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == "ssh-connected"][since:]

    def words(self, user, address, *command, port=22, jump=None, options=()):
        """As `user` to `address`; `jump`: over the gateway as that user."""
        identity = ("-i", self.keys.directory / user)
        words = ["ssh", *OPTIONS, *identity, *options]
        if jump:   # -J has no options of its own
            first = ["ssh", *OPTIONS, "-i", self.keys.directory / jump, "-W", "[%h]:%p", f"{jump}@{WAN4}"]
            words += ["-o", "ProxyCommand=" + " ".join(map(str, first))]
        return [*words, "-p", port, f"{user}@{address}", *command]

    def ssh(self, *what, by=None, expect=0, **how):
        """Answers what came of it."""
        return (by or self.caller).run(*self.words(*what, **how), stdin="", expect=expect, timeout=40)
