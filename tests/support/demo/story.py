# SPDX-License-Identifier: GPL-2.0-or-later
"""How the demo speaks: chapters, proofs with figures, and a list of what was proven at the end."""

import contextlib
import sys
import threading
import time


class Story:
    """Collects proofs; a failed one does not end the story, but its exit status."""

    def __init__(self):
        self.started = time.monotonic()
        self.proven, self.failed = [], []
        self.colour = sys.stdout.isatty()

    def _paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour else text

    def chapter(self, title):
        print(f"\n{self._paint('1', title)}", flush=True)

    def show(self, text):
        for line in text.rstrip("\n").splitlines():
            print(f"    {line}")
        sys.stdout.flush()

    def prove(self, sentence, attempt):
        """Runs attempt(); what it answers is the figure that is shown with the sentence."""
        try:
            with self._waiting(sentence):
                figure = attempt()
        except Exception as failure:   # pylint: disable=broad-except  # whatever it is, the story goes on
            self.failed.append(sentence)
            print(f"  {self._paint('31', 'FAILED')}  {sentence}")
            self.show(str(failure) or repr(failure))
            return
        self.proven.append(sentence)
        print(f"  {self._paint('32', 'proven')}  {sentence}" + (f": {figure}" if figure else ""), flush=True)

    @contextlib.contextmanager
    def _waiting(self, sentence):
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(sentence, done), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            done.set()
            ticker.join()

    def _tick(self, sentence, done):
        """What takes longer than two seconds says so; on a terminal the line is overwritten."""
        began = time.monotonic()
        while not done.wait(2.0):
            text = f"   ...    {sentence}: {time.monotonic() - began:.0f} s"
            print(text, end="\r" if self.colour else "\n", file=sys.stderr, flush=True)
        if self.colour and time.monotonic() - began > 2:
            print("\033[K", end="", file=sys.stderr, flush=True)

    def end(self):
        """Prints the list; answers the exit status."""
        total = len(self.proven) + len(self.failed)
        self.chapter(f"proven: {len(self.proven)} of {total}, in {time.monotonic() - self.started:.0f} s")
        for sentence in self.proven:
            print(f"  + {sentence}")
        for sentence in self.failed:
            print(f"  {self._paint('31', '- not proven')}: {sentence}")
        return 1 if self.failed or not self.proven else 0
