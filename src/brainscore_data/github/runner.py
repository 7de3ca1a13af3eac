"""What a job tells the runner: its log, its outputs and its summary.

The runner obeys commands in the log [1]_. It is told to stop that for as long as the program works,
and to listen again for one line when the program itself has something to say: whatever a file, a
library or a script of a contributor prints in between is text and nothing else.

.. [1] https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.base.text import one_line
from brainscore_data.check.engine.finding import Finding
from brainscore_data.check.reporters.github import command_text, escaped

# A step's summary may have 1 MiB, and is dropped whole if it is longer.
_LARGEST_SUMMARY = 1_000_000
# The runner shows ten annotations of each kind for a step:
# https://docs.github.com/en/rest/checks/runs and
# https://github.com/orgs/community/discussions/26680
_MOST_ANNOTATIONS = 10


@dataclass
class Runner:
    """The runner, as far as a step can tell it anything."""

    environment: Mapping[str, str]
    stream: IO[str] = field(default_factory=lambda: sys.stdout)
    _password: str | None = None
    _shown: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def obeying_nothing(self) -> Iterator[None]:
        """Make the runner take everything in the log for text, but for what is said here."""
        self._stop()
        try:
            yield
        finally:
            self._listen()

    def say(self, text: str) -> None:
        """Write text into the log, a line of it at a time."""
        for line in text.splitlines():
            plain = "".join(each if each.isprintable() or each == "\t" else "�" for each in line)
            # `##[command]` is obeyed anywhere in a line of a runner that listens.
            print(plain.replace("##[", "# #["), file=self.stream, flush=True)

    def mask(self, secret: str) -> None:
        """Have a secret hidden wherever it would be in the log."""
        for line in secret.splitlines():
            if line.strip():
                self._command("::add-mask::" + escaped(line))

    def annotate(self, finding: Finding) -> None:
        """Put a finding beside the line that it is about; from the eleventh of a kind on, none."""
        if self._counts(finding.severity.value):
            self._command(command_text(finding))

    def error(self, error: BrainScoreDataError) -> None:
        """Put an error where the run is looked at."""
        if self._counts("error"):
            said = escaped(_on_lines(error.told("workflow")))
            self._command(f"::error title=brainscore-data::{said}")
        else:
            self.say(f"error: {error.told('workflow')}")

    @property
    def not_annotated(self) -> int:
        """How many annotations the runner would not have shown."""
        return sum(max(0, count - _MOST_ANNOTATIONS) for count in self._shown.values())

    def output(self, name: str, value: str) -> None:
        """Set an output of the step."""
        end = _delimiter()
        self._append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")

    def summary(self, markdown: str) -> None:
        """Add to the summary of the job, which takes a megabyte."""
        if len(markdown.encode()) > _LARGEST_SUMMARY:
            kept = markdown.encode()[:_LARGEST_SUMMARY].decode(errors="ignore")
            markdown = f"{kept.rpartition(chr(10))[0]}\n\n…the rest is in the log.\n"
        # A blank line: what follows is no further row of a table.
        self._append("GITHUB_STEP_SUMMARY", markdown.rstrip("\n") + "\n\n")

    def _append(self, variable: str, text: str) -> None:
        if path := self.environment.get(variable):
            with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
                stream.write(text)

    def _counts(self, kind: str) -> bool:
        self._shown[kind] = self._shown.get(kind, 0) + 1
        return self._shown[kind] <= _MOST_ANNOTATIONS

    def _command(self, line: str) -> None:
        stopped = self._password is not None
        if stopped:
            self._listen()
        print(line, file=self.stream, flush=True)
        if stopped:
            self._stop()

    def _stop(self) -> None:
        self._password = _delimiter()
        print(f"::stop-commands::{self._password}", file=self.stream, flush=True)

    def _listen(self) -> None:
        sys.stderr.flush()
        print(f"::{self._password}::", file=self.stream, flush=True)
        self._password = None


def _delimiter() -> str:
    # Nobody can write it into a value, or into the log, before it is there.
    return f"brainscore-data-{secrets.token_hex(16)}"


def _on_lines(text: str) -> str:
    return "\n".join(one_line(line) for line in text.splitlines())
