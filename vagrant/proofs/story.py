# SPDX-License-Identifier: GPL-2.0-or-later
"""How the verification speaks: one line per proof, and what was left out because machines were."""

import time


class Story:
    """Makes those proofs whose machines are up; a failed one does not end the story, but its exit status."""

    def __init__(self, machines):
        self.machines = set(machines)
        self.started = time.monotonic()
        self.proven = self.failed = 0
        self.left_out = {}   # machines that are missing -> proofs

    def has(self, machines):
        return set(machines.split()) <= self.machines

    def prove(self, machines, sentence, attempt):
        """Runs attempt() when those machines are up; what it answers is the figure that is shown with the sentence."""
        if not self.has(machines):
            missing = " ".join(sorted(set(machines.split()) - self.machines))
            self.left_out.setdefault(missing, []).append(sentence)
            return
        try:
            figure = attempt()
        except Exception as failure:   # pylint: disable=broad-except  # whatever it is, the story goes on
            self.failed += 1
            print(f"FAILED  {sentence}: {failure or repr(failure)}", flush=True)
        else:
            self.proven += 1
            print(f"proven  {sentence}" + (f": {figure}" if figure else ""), flush=True)

    def end(self):
        """Prints what became of it; answers the exit status."""
        for missing, sentences in self.left_out.items():
            print(f"left out, without {missing}: {len(sentences)} proofs")
        total = self.proven + self.failed
        print(f"{self.proven} of {total} proven, in {time.monotonic() - self.started:.0f} s")
        return 1 if self.failed or not self.proven else 0
