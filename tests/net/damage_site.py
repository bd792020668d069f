# SPDX-License-Identifier: GPL-2.0-or-later
"""A site whose state folder lies on a small disk of its own, and what becomes of that disk."""

import contextlib
import os
import sqlite3

from lost_site import Site

ROOM = "8m"


def on_a_disk(lab, engine="ebpf"):
    """The lab's gateway is called "gw": its folder is there before it."""
    folder = lab.directory / "gw.state"
    folder.mkdir(mode=0o700)
    lab.run("mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "small", folder)
    lab.defer(lab.run, "umount", "--lazy", folder, expect=None)
    return Site(lab, engine)


def fill(site):
    filler = os.open(site.gateway.state / "filler", os.O_CREAT | os.O_WRONLY)
    with contextlib.suppress(OSError):
        while True:
            os.write(filler, bytes(4096))
    os.close(filler)


def make_room(site):
    (site.gateway.state / "filler").unlink()


def remount(site, way):
    site.gateway.lab.run("mount", "-o", f"remount,{way}", site.gateway.state)


def of_another_application(file):
    for name in ("", "-wal", "-shm"):
        file.with_name(file.name + name).unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE people (name TEXT)")
        database.execute("INSERT INTO people VALUES ('ann')")


def tables(file):
    with contextlib.closing(sqlite3.connect(file)) as database:
        return [name for name, in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def lose_what_runs(site):
    """What a boot takes: everything of sluice but its record."""
    site.gateway.daemon.kill()
    folders = (site.gateway.state, site.copy)
    kept = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]
    site.gateway.cleanup()
    for folder, files in zip(folders, kept):
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
