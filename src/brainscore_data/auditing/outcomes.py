"""What an audit has found out so far, so that one that was cut off goes on.

One line of JSON for each file that was compared, appended as it is done: whatever ends the
program, at most its last line is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from brainscore_data.auditing.comparing import Compared, Disagreement
from brainscore_data.auditing.pins import Pin
from brainscore_data.base.caching import cache_folder
from brainscore_data.base.files import explained

# What somebody mends while an audit pauses; it is looked at again.
_MENDED = frozenset({"gone", "different", "exposed", "hidden"})
# What a store held a day ago says little about what it holds.
LONGEST_PAUSE = 24 * 60 * 60


class Unfinished:
    """The outcomes of an audit that is under way.

    `purpose` is what they depend on beside the pin: the server, and how the audit was asked for.
    """

    def __init__(self, path: Path, purpose: tuple[object, ...]) -> None:
        self._path = path
        self._purpose = purpose
        self._lock = threading.Lock()
        self._known = {} if self._is_too_old() else self._load()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, pin: Pin) -> Compared | None:
        """Give what is known of a pin; None if it has to be compared."""
        known = self._known.get(self._name(pin))
        with contextlib.suppress(KeyError, TypeError):
            if known is not None:
                problems = tuple(Disagreement(**each) for each in known["problems"])
                return Compared(pin, **{**known, "problems": problems})
        return None

    def add(self, compared: Compared) -> None:
        """Keep the outcome of one comparison, unless it is one that somebody may mend."""
        mended = any(problem.kind in _MENDED for problem in compared.problems)
        if mended or compared.visibility or compared.error:
            return
        entry = asdict(compared)
        del entry["pin"]
        entry["name"] = self._name(compared.pin)
        with self._lock, explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as stream:
                # On a line of its own, also behind one that was cut off.
                stream.write(f"\n{json.dumps(entry)}\n")

    def forget(self) -> None:
        """Remove what was kept: the audit is whole."""
        with explained(self._path):
            self._path.unlink(missing_ok=True)

    def _is_too_old(self) -> bool:
        try:
            age = time.time() - self._path.stat().st_mtime
        except OSError:
            return False
        if age > LONGEST_PAUSE:
            self.forget()
            return True
        return False

    def _load(self) -> dict[str, dict[str, Any]]:
        known = {}
        with contextlib.suppress(FileNotFoundError), explained(self._path):
            for line in self._path.read_bytes().splitlines():
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    entry = json.loads(line)
                    known[entry.pop("name")] = entry
        return known

    def _name(self, pin: Pin) -> str:
        identity = [*self._purpose, pin.store, pin.key, pin.version_id, pin.sha1, pin.said_by]
        return hashlib.sha256(json.dumps(identity).encode()).hexdigest()


def usual_path(folder: Path) -> Path:
    """Name where the outcomes for a folder are kept, in the user's cache folder."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
    return cache_folder() / "audits" / f"{name}.jsonl"
