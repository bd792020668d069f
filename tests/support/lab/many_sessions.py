# SPDX-License-Identifier: GPL-2.0-or-later
"""Many TCP sessions at once, each of which speaks again and again, and new connections all the while.

many_sessions.py serve PORT              sends back what comes, until it is ended
many_sessions.py hold ADDRESS PORT COUNT WORDS NEW
                                         COUNT sessions say WORDS words a second together, and NEW others a second begin,
                                         say one and end. Prints "all speak" when every session has had an answer, and
                                         after SIGTERM, when all have answered once more, what it saw, as JSON
"""

import contextlib
import errno
import json
import selectors
import signal
import socket
import sys
import time

BACKLOG = 4096
LAST_WORDS = 20   # seconds for the answers to them


def serve(port):
    listener = socket.create_server(("", port), backlog=BACKLOG)
    waiting = selectors.DefaultSelector()
    waiting.register(listener, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is listener:
                waiting.register(listener.accept()[0], selectors.EVENT_READ)
                continue
            try:
                data = key.fileobj.recv(4096)
                key.fileobj.send(data)
            except OSError:
                data = b""
            if not data:
                waiting.unregister(key.fileobj)
                key.fileobj.close()


class Session:
    def __init__(self, address):
        self.asked, self.begun = None, time.monotonic()
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.refused = self.socket.connect_ex(address)   # by this host itself: no port left


class Holder:
    def __init__(self, address, count, words, new):
        self.address, self.words, self.new = address, words, new
        self.waiting = selectors.DefaultSelector()
        self.sessions = [self.begin() for _ in range(count)]
        self.brief = set()   # new ones: a word, and the end
        self.at, self.stopping, self.why = 0, False, {}
        self.said = {"sessions": count, "ended": 0, "answers": 0, "longest_ms": 0.0, "begun": 0, "served": 0, "failed": 0,
                     "longest_begin_ms": 0.0}

    def begin(self):
        session = Session(self.address)
        self.waiting.register(session.socket, selectors.EVENT_WRITE, session)
        return session

    def say(self, session):
        if session.asked is None and session.socket.fileno() >= 0:
            session.asked = time.monotonic()
            with contextlib.suppress(BlockingIOError):
                session.socket.send(b"x")

    def forget(self, session):
        self.waiting.unregister(session.socket)
        session.socket.close()

    def note_longest(self, key, since):
        self.said[key] = round(max(self.said[key], 1000 * (time.monotonic() - since)), 1)

    def ready(self, session, events):
        try:
            if events & selectors.EVENT_WRITE:
                error = session.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or session.refused
                if error not in (0, errno.EINPROGRESS):
                    raise OSError(error, "connect")
                self.waiting.modify(session.socket, selectors.EVENT_READ, session)
                self.say(session)
            elif not session.socket.recv(100):
                raise OSError("closed")
            else:
                self.answered(session)
        except OSError as failure:
            self.said["failed" if session in self.brief else "ended"] += 1
            self.why[str(failure)] = self.why.get(str(failure), 0) + 1
            self.brief.discard(session)
            self.forget(session)

    def answered(self, session):
        if session in self.brief:
            self.note_longest("longest_begin_ms", session.begun)
            self.said["served"] += 1
            self.brief.discard(session)
            self.forget(session)
            return
        if self.said["answers"] >= len(self.sessions):   # the first ones are many connects at once
            self.note_longest("longest_ms", session.asked)
        self.said["answers"] += 1
        session.asked = None

    def look(self, until):
        for key, events in self.waiting.select(max(0, until - time.monotonic())):
            self.ready(key.data, events)

    def speak(self, since, spoken, begun):
        """As many words and connections as are due by now."""
        passed = time.monotonic() - since
        for _ in range(min(int(passed * self.words) - spoken, len(self.sessions))):
            self.say(self.sessions[self.at % len(self.sessions)])
            self.at += 1
        for _ in range(int(passed * self.new) - begun):
            self.brief.add(self.begin())
            self.said["begun"] += 1
        return int(passed * self.words), int(passed * self.new)

    def run(self):
        while self.said["answers"] < len(self.sessions):
            self.look(time.monotonic() + 0.1)
        print("all speak", flush=True)
        since, spoken, begun = time.monotonic(), 0, 0
        while not self.stopping:
            spoken, begun = self.speak(since, spoken, begun)
            self.look(time.monotonic() + 0.001)
        self.end()

    def end(self):
        for session in self.sessions:
            self.say(session)
        deadline = time.monotonic() + LAST_WORDS
        while time.monotonic() < deadline and (self.brief or any(one.asked for one in self.sessions)):
            self.look(time.monotonic() + 0.1)
        silent = sum(one.asked is not None for one in self.sessions if one.socket.fileno() >= 0)
        print(json.dumps({**self.said, "silent": silent, "unserved": len(self.brief), "why": self.why}), flush=True)


def hold(address, port, count, words, new):
    holder = Holder((address, port), count, words, new)
    signal.signal(signal.SIGTERM, lambda *_: setattr(holder, "stopping", True))
    holder.run()


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(int(sys.argv[2]))
    else:
        hold(sys.argv[2], *map(int, sys.argv[3:]))
