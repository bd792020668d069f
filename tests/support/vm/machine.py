# SPDX-License-Identifier: GPL-2.0-or-later
"""One qemu process: its command line, its streams, and its end."""

import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .errors import VmError
from .initrd import GUEST, initrd_of

QEMU = "qemu-system-x86_64"
ACCELERATORS = {"kvm": ["-accel", "kvm", "-cpu", "host"],
                # Without what emulation does byte by byte (rep movsb) or in two halves (vectors of 32 bytes).
                "tcg": ["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max,-erms,-avx,-avx2,-smap,-smep,-svm"]}
# The first line: a console for what goes wrong, and no test of the timer's interrupt, which a machine fails with a panic
# that does not get its turn meanwhile. The others: what makes emulation fast, at no test's cost. The clock is the one that
# needs no exit from the guest; whoever waits for RCU does not wait for a tick; a walk over connection tracking looks at each
# place of its table, taken or not.
APPEND = ("console=ttyS0 quiet loglevel=4 panic=-1 oops=panic random.trust_cpu=on net.ifnames=0 no_timer_check "
          "mitigations=off nokaslr norandmaps no5lvl clocksource=tsc tsc=reliable audit=0 nf_conntrack.hashsize=4096 "
          "init_on_alloc=0 rcupdate.rcu_expedited=1")


@dataclass
class Hardware:
    """`nics` are words for qemu, which gets the descriptors in `handed`; `shares` are folders of this machine that the
    guest may write to, at the same place."""
    accelerator: str = "tcg"
    cpus: int = 1
    memory: int = 2048   # MiB
    nics: list = field(default_factory=list)
    shares: list = field(default_factory=list)
    handed: list = field(default_factory=list)


def qemu():
    found = shutil.which(QEMU)
    if not found:
        raise VmError(f"there is no {QEMU}: install qemu-system-x86 (`./run setup`)")
    return found


def share(tag, path, writable=False):
    """A folder of this machine by 9p. Other file systems below it are shown too: their inode numbers are remapped."""
    options = f"local,id={tag},path={path},security_model=none,multidevs=remap" + ("" if writable else ",readonly=on")
    return ["-fsdev", options, "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}"]


class Machine:
    """A VM over `root` with a throw-away overlay; nothing of it outlives `with`.

    Without `init` it runs guest/run, which wants the file `command` in `control`; with it, that program of its root.
    """

    def __init__(self, kernel, hardware=None, root="/", init=None, name="vm"):
        self.kernel, self.hardware = kernel, hardware or Hardware()
        self.root, self.init, self.name = Path(root), init, name
        self.streams = {}
        self.process = self.folder = self.complaints = None

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sluice-vm-"))
        self.control.mkdir()
        self.console.touch()
        shutil.copy(GUEST / "run", self.control / "run")
        if self.hardware.accelerator == "tcg":
            (self.control / "emulated").touch()
        return self

    def __exit__(self, *exception):
        self.kill()
        for one in self.streams.values():
            one.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def control(self):
        return self.folder / "control"

    @property
    def console(self):
        return self.folder / "console"

    def _words(self):
        hardware, kernel = self.hardware, self.kernel
        append = APPEND + (f" vm.init={self.init}" if self.init else "")
        words = [qemu(), "-name", f"sluice-{self.name}", "-M", "pc", *ACCELERATORS[hardware.accelerator],
                 "-smp", str(hardware.cpus), "-m", str(hardware.memory), "-nodefaults", "-no-user-config",
                 "-display", "none", "-no-reboot", "-kernel", str(kernel.image),
                 "-initrd", str(initrd_of(kernel, self.folder)), "-append", append,
                 "-serial", f"file:{self.console}", "-device", "virtio-serial-pci",
                 "-object", "rng-random,filename=/dev/urandom,id=rng", "-device", "virtio-rng-pci,rng=rng",
                 *share("root", self.root), *share("modules", kernel.modules),
                 *share("control", self.control, writable=True), *(hardware.nics or ["-nic", "none"])]
        for number, path in enumerate(hardware.shares):
            words += share(f"share{number}", path, writable=True)
        return words

    def _stream(self, name):
        """Our end of a port of the guest, and the words that give qemu its own."""
        ours, theirs = socket.socketpair()
        self.streams[name] = ours
        device = "virtconsole" if name == "terminal" else "virtserialport"
        return theirs, ["-chardev", f"socket,id={name},fd={theirs.fileno()}",
                        "-device", f"{device},chardev={name},name={name}"]

    def start(self, streams=()):
        lines = [f"share{number} {path}\n" for number, path in enumerate(self.hardware.shares)]
        (self.control / "shares").write_text("".join(lines), encoding="utf-8")
        made = [self._stream(name) for name in streams]
        words = self._words() + [word for _, more in made for word in more]
        self.complaints = open(self.folder / "qemu", "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=self.complaints, stderr=self.complaints,
                                        pass_fds=[*self.hardware.handed, *(theirs.fileno() for theirs, _ in made)])
        for theirs, _ in made:
            theirs.close()

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.complaints.close()
            self.process = None

    def last_words(self, count=20):
        """What the guest's kernel said last."""
        lines = self.console.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line.rstrip() for line in lines if line.strip()][-count:]

    def why_ended(self):
        """The sentence for a VM that ended before it should have."""
        self.complaints.seek(0)
        said = self.complaints.read().strip().splitlines()
        if any("Cannot allocate memory" in line for line in said):
            return f"this machine has no {self.hardware.memory} MiB of memory for a VM: --memory asks for less"
        words = self.last_words(200)
        panics = [at for at, line in enumerate(words) if "Kernel panic" in line]
        if panics:
            return "the VM's kernel panicked; its last lines:\n" + "\n".join(words[panics[0]:][:20])
        if said and self.process.returncode:
            return f"{QEMU} ended: {said[-1]}"
        return "the VM ended before its command did; its last lines:\n" + "\n".join(words[-20:] or ["(none)"])

    def ran_out_of_memory(self):
        return any("Out of memory" in line or "oom-kill" in line for line in self.last_words(200))
