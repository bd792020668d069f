# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong, as sentences."""


class VmError(Exception):
    """One sentence: what was attempted, why it failed, what to do. `status` is what the command answers with."""

    def __init__(self, sentence, status=125):
        super().__init__(sentence)
        self.status = status
