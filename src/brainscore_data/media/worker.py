"""The program that looks at files for another one, which goes on if a decoder crashes here.

``python -P -m brainscore_data.media.worker`` reads requests, a line of JSON each, and answers with
a line of JSON. It is JSON because the other side does not trust what comes from here: a decoder that
a file has taken over can say something wrong of files and no more.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
import warnings
from typing import Any

from brainscore_data.media.cache import MediaCache
from brainscore_data.media.looks import look_at, look_at_members

#: Of address space. The largest image that Pillow agrees to decode takes a tenth of it.
MEMORY_GIB = 8
#: Of processor time for each file; the longest video that is decoded at all takes about half.
SECONDS = 3600
#: The exit status when the memory did not suffice.
OUT_OF_MEMORY = 75


def main() -> None:
    """Answer requests until there are no more."""
    # Ctrl-C reaches all processes of a terminal; the one that asks decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")  # what Pillow warns of, it can still read
    _limit("RLIMIT_AS", MEMORY_GIB << 30)
    _limit("RLIMIT_CORE", 0)
    # What a library prints is no answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    caches: dict[tuple[str, str], MediaCache] = {}
    _tell(answers, {"ready": True})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            _tell(answers, {"looks": _looks(request, caches)})
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _tell(stream: Any, answer: dict[str, Any]) -> None:
    stream.write(json.dumps(answer).encode() + b"\n")
    stream.flush()


def _looks(request: dict[str, Any], caches: dict[tuple[str, str], MediaCache]) -> list[Any]:
    _limit("RLIMIT_CPU", int(time.process_time()) + SECONDS * len(request["names"]))
    recall = {}
    if request["recall"] is not None:
        where, decoder = request["recall"]
        if (where, decoder) not in caches:
            from brainscore_data.media.cache import MediaCache

            caches[where, decoder] = MediaCache(where, decoder)
        recall = {"recall": caches[where, decoder].content_of}
    if request["members"] is not None:
        return look_at_members(request["where"], request["members"], **recall)
    return [look_at(os.path.join(request["where"], name), **recall) for name in request["names"]]


def _limit(name: str, most: int) -> None:
    """Set a limit that this process may lift again; Windows has none, macOS not all."""
    with contextlib.suppress(ImportError, AttributeError, ValueError, OSError):
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (allowed, hard))


if __name__ == "__main__":
    main()
