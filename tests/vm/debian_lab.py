# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines of vagrant/ without Vagrant: a Debian root made by debootstrap, systemd as its first process, the very same
provisioning, in VMs whose cards are connected by sockets of qemu. All of it in a network namespace of its own.
"""

import concurrent.futures
import contextlib
import io
import subprocess
import tarfile
import time
from pathlib import Path

from vm import Hardware, Machine, VmError

TREE = Path(__file__).resolve().parents[2]
VAGRANT = TREE / "vagrant"
ROLES = {"gateway": "gateway", "inside1": "inside", "inside2": "inside", "outside": "outside", "site2": "site"}
SEGMENTS = {"lan": 7001, "wan": 7002}
FIRST_SSH_PORT = 2200
# What the machines need not start under emulation: what is for people, for hardware that they have not, or for another boot.
IDLE_UNITS = ("systemd-logind.service", "getty@tty1.service", "serial-getty@ttyS0.service", "modprobe@configfs.service",
              "modprobe@dm_mod.service", "modprobe@drm.service", "modprobe@efi_pstore.service", "modprobe@fuse.service",
              "modprobe@loop.service", "systemd-binfmt.service", "kmod-static-nodes.service", "systemd-network-generator.service",
              "systemd-update-utmp.service", "systemd-update-utmp-runlevel.service", "systemd-random-seed.service",
              "systemd-journal-flush.service", "systemd-rfkill.socket", "systemd-initctl.socket", "systemd-journald-audit.socket",
              "proc-sys-fs-binfmt_misc.automount", "sys-fs-fuse-connections.mount", "dev-hugepages.mount", "dev-mqueue.mount",
              "sys-kernel-config.mount", "systemd-remount-fs.service", "systemd-sysusers.service", "systemd-pstore.service")
IDLE_MODULES = ("acpi_cpufreq", "aesni_intel", "ata_generic", "ata_piix", "button", "cfg80211", "crc32_pclmul", "crc32c_intel",
                "crct10dif_pclmul", "evdev", "floppy", "ghash_clmulni_intel", "i2c_piix4", "pcspkr", "powernow_k8", "psmouse",
                "qemu_fw_cfg", "rfkill", "serio_raw", "sha1_ssse3", "sha256_ssse3", "sha512_ssse3")
PATIENCE = 600   # seconds for a boot, or the installation of a package, under emulation on a busy machine


def run(*argv, **keywords):
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          **keywords)
    if done.returncode:
        raise VmError(f"{argv[0]} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
    return done.stdout


def cards_of(name):
    """(network, MAC address) of a machine's cards (vagrant/provision/nics.txt)."""
    lines = (VAGRANT / "provision" / "nics.txt").read_text(encoding="utf-8").splitlines()
    words = [line.split() for line in lines if not line.startswith("#")]
    return [(network, mac) for machine, network, mac, *_ in words if machine == name]


def private_network():
    """Loopback, and multicast over it: the segments are groups there."""
    run("ip", "link", "set", "lo", "up", "multicast", "on")
    run("ip", "route", "add", "224.0.0.0/4", "dev", "lo")


def nics(name, port):
    """Words for qemu: the first card for ssh, the others in their segments."""
    number = list(ROLES).index(name)
    words = ["-netdev", f"user,id=ssh,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:22",
             "-device", f"virtio-net-pci,netdev=ssh,mac=52:54:00:00:00:{number:02x}"]
    for network, mac in cards_of(name):
        words += ["-netdev", f"socket,id={network},mcast=230.0.0.1:{SEGMENTS[network]},localaddr=127.0.0.1",
                  "-device", f"virtio-net-pci,netdev={network},mac={mac}"]
    return words


def upload():
    """What provisioning wants to find, as Vagrant uploads it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(VAGRANT / "provision", "lab/provision")
        archive.add(TREE / "config" / "examples", "lab/examples")
    return packed.getvalue()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def be_patient(folder):
    """How long systemd waits for a device, and for the daemon: an emulated machine that shares its core takes minutes."""
    write(folder / "etc/systemd/system.conf.d/slow.conf", "[Manager]\nDefaultTimeoutStartSec=10min\n")
    write(folder / "etc/systemd/system/sluiced.service.d/slow.conf", "[Service]\nTimeoutStartSec=10min\n")


def seed(folder, public):
    """What is different in a machine's root: it is no disk, we can log in, and it starts what it needs."""
    write(folder / "etc/fstab", "")
    write(folder / "home/vagrant/.ssh/authorized_keys", public)
    write(folder / "etc/modprobe.d/idle.conf", "".join(f"blacklist {name}\n" for name in IDLE_MODULES))
    be_patient(folder)
    units = folder / "etc/systemd/system"
    for name in IDLE_UNITS:
        (units / name).symlink_to("/dev/null")


class DebianLab:
    """`with` boots the machines; provision() makes them what they are."""

    def __init__(self, kernel, root, package, folder, names):
        self.package, self.folder, self.names = package, folder, names
        self.ports = {name: FIRST_SSH_PORT + number for number, name in enumerate(names)}
        self.machines = {name: Machine(kernel, Hardware(memory=448, nics=nics(name, self.ports[name])), root=root,
                                       init="/sbin/init", name=name) for name in names}
        self.stack = contextlib.ExitStack()

    @property
    def config(self):
        """For ssh -F, as `vagrant ssh-config` prints it."""
        return self.folder / "ssh-config"

    def _write_config(self):
        key = self.folder / "key"
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)
        texts = [f"Host {name}\n  HostName 127.0.0.1\n  Port {port}\n  User vagrant\n  IdentityFile {key}\n"
                 "  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
                 "  LogLevel ERROR\n  ConnectTimeout 30\n  KexAlgorithms curve25519-sha256\n"
                 f"  ControlMaster auto\n  ControlPath {self.folder}/%n\n  ControlPersist yes\n" for name, port in self.ports.items()]
        self.config.write_text("\n".join(texts), encoding="utf-8")
        return key.with_suffix(".pub").read_text(encoding="utf-8")

    def __enter__(self):
        public = self._write_config()
        for machine in self.machines.values():
            self.stack.enter_context(machine)
            seed(machine.control / "seed", public)
            machine.start()
        return self

    def __exit__(self, *exception):
        return self.stack.__exit__(*exception)

    def ssh(self, name, *command, data=None):
        return subprocess.run(["ssh", "-F", str(self.config), name, *command], input=data, capture_output=True, check=False,
                              timeout=PATIENCE)

    def wait_for(self, name):
        end = time.monotonic() + PATIENCE
        while self.ssh(name, "true").returncode:
            if time.monotonic() > end or self.machines[name].process.poll() is not None:
                raise VmError(f"{name} does not answer by ssh; its last lines:\n"
                              + "\n".join(self.machines[name].last_words()))
            time.sleep(1)   # between two attempts, each of which is a process

    def _provision(self, name):
        self.wait_for(name)
        if ROLES[name] in ("gateway", "site"):
            self.ssh(name, "cat > /tmp/sluice.deb", data=self.package.read_bytes())
        done = self.ssh(name, f"tar -xz -C /tmp && sudo bash /tmp/lab/provision/{ROLES[name]}.sh {name}", data=upload())
        if done.returncode:
            raise VmError(f"{name} was not provisioned: {(done.stdout + done.stderr).decode(errors='replace')[-3000:]}")

    def provision(self):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(self._provision, self.names))

    def verify(self):
        """vagrant/verify over these machines: what it printed, and whether all was proven."""
        done = subprocess.run([VAGRANT / "verify", "--ssh-config", self.config, *self.names], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        return done.returncode == 0, done.stdout + done.stderr
