# SPDX-License-Identifier: GPL-2.0-or-later
"""`./run vm` itself: a command in a VM is like a command here, and every failure is a sentence."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TREE = Path(__file__).resolve().parents[2]


def vm(*argv, **keywords):
    environment = {**os.environ, "PYTHONPATH": str(TREE / "tests/support"), **keywords.pop("environment", {})}
    return subprocess.run([sys.executable, "-B", "-m", "vm", "--timeout", "120", *argv], capture_output=True, text=True,
                          cwd=TREE, env=environment, timeout=180, check=False, **keywords)


def left():
    """Folders of VMs, and processes that run one in this process tree's view."""
    folders = list(Path(tempfile.gettempdir()).glob("sluice-vm-*"))
    names = [(path / "comm").read_text() for path in Path("/proc").glob("[0-9]*") if (path / "comm").exists()]
    return folders + [name for name in names if name.startswith("qemu-system")]


def test_output_input_and_status_pass_through():
    before = left()
    words = "words for the command\n" * 5000
    done = vm("--", "sh", "-c", "md5sum; echo to-err >&2; pwd; exit 7", input=words)
    assert done.returncode == 7, done.stderr
    digest, folder = done.stdout.splitlines()
    assert digest == f"{hashlib.md5(words.encode()).hexdigest()}  -" and folder == str(TREE)
    assert done.stderr == "to-err\n"
    assert left() == before


def test_what_the_command_writes_is_thrown_away_but_for_shares(tmp_path):
    lost, kept = TREE / "written-in-a-vm", tmp_path / "kept"
    done = vm("--share", str(tmp_path), "--", "sh", "-c", f"echo lost > {lost} && cat {lost} && echo kept > {kept}")
    assert (done.returncode, done.stdout) == (0, "lost\n"), done.stderr
    assert not lost.exists() and kept.read_text() == "kept\n"


def test_a_panic_is_told_with_the_last_lines():
    done = vm("--", "sh", "-c", "echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger; sleep 30")
    assert done.returncode == 125
    assert "vm: the VM's kernel panicked; its last lines:" in done.stderr and "sysrq" in done.stderr


def test_its_time_is_over():
    done = vm("--timeout", "6", "--", "sleep", "60")
    assert done.returncode == 124 and "vm: the VM was stopped after 6.0 s (--timeout)" in done.stderr


def test_the_guest_runs_out_of_memory():
    hungry = "import os\nwith open('/dev/zero', 'rb') as zero: kept = [zero.read(1 << 24) for _ in range(99)]"
    done = vm("--memory", "512", "--", "/usr/bin/python3", "-c", hungry)
    assert done.returncode != 0
    assert "vm: the VM ran out of its 512 MiB of memory: --memory gives it more" in done.stderr


def test_this_machine_has_too_little_memory():
    done = vm("--memory", str(1 << 27), "--", "true")
    assert done.returncode == 125
    assert "vm: this machine has no 134217728 MiB of memory for a VM: --memory asks for less" in done.stderr


def test_without_qemu_there_is_a_remedy(tmp_path):
    (tmp_path / "sh").symlink_to("/bin/sh")
    done = vm("--", "true", environment={"PATH": str(tmp_path)})
    assert done.returncode == 125 and "there is no qemu-system-x86_64: install qemu-system-x86" in done.stderr


def test_a_kernel_that_is_none(tmp_path):
    done = vm("--kernel", "5.4", "--", "true")
    assert done.returncode == 2 and "--kernel 5.4: neither one of 6.1, 6.12, nor a .deb" in done.stderr
    done = vm("--kernel", str(tmp_path), "--", "true")
    assert done.returncode == 125 and "is no unpacked kernel package" in done.stderr


def test_a_kernel_that_cannot_be_fetched(tmp_path):
    """Where apt knows of none: lists in an empty folder."""
    settings = tmp_path / "apt.conf"
    settings.write_text(f'Dir::State "{tmp_path}";\nDir::Cache "{tmp_path}";\n', encoding="utf-8")
    done = vm("--kernel", "6.12", "--", "true", environment={"SLUICE_VM_CACHE": str(tmp_path / "cache"),
                                                             "APT_CONFIG": str(settings)})
    assert done.returncode == 125 and "there is no package of Linux 6.12 in the package lists" in done.stderr


def test_a_share_that_is_not_there():
    done = vm("--share", "/nowhere", "--", "true")
    assert done.returncode == 2 and "--share /nowhere: there is no such folder" in done.stderr
