"""Run a harness: ``python -m tests.fuzz.harnesses csv --seconds 300``.

Needs ``pip install atheris``, which has wheels for Linux and is none of our dependencies. What a
harness found before is in its corpus, and the next run continues from there. A crash leaves the file
that caused it beside the corpus; ``--file`` looks at one again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))

from tests.fuzz.harnesses.parsers import HARNESSES
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import seeds

_LONGEST = 1 << 15  # longer ones take longer and show no more


def main() -> None:
    """Fuzz until the time is over, or something is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.harnesses", description=__doc__)
    parser.add_argument("name", choices=HARNESSES)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir(), "bsd-corpus"))
    parser.add_argument("--file", type=Path, help="look at this one, and at nothing else")
    asked = parser.parse_args()
    family, look = HARNESSES[asked.name]
    name = family if family[0] != "." else f"a{family}"
    if asked.file is not None:
        look(_kept(asked.file.read_bytes(), name))
        return
    import atheris

    with atheris.instrument_imports(include=["brainscore_data"], enable_loader_override=False):
        known = [each for each in seeds(family) if len(each) < _LONGEST]
        look(_kept(known[0], name))  # imports what it needs
    corpus = asked.corpus / asked.name
    corpus.mkdir(parents=True, exist_ok=True)
    for content in known:
        (corpus / hashlib.sha1(content, usedforsecurity=False).hexdigest()).write_bytes(content)

    def damaged(data: bytes, most: int, seed: int) -> bytes:
        rng = random.Random(seed)  # noqa: S311
        if rng.random() < 0.5 or not data:
            return atheris.Mutate(data, most)
        return mutated(rng, family, data, rng.choice(known))[:most]

    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={asked.seconds}",
            f"-artifact_prefix={asked.corpus}/{asked.name}-",
            *("-timeout=20", "-rss_limit_mb=3000", f"-max_len={_LONGEST}", "-print_final_stats=1"),
            str(corpus),
        ],
        lambda data: look(_kept(data, name)),
        custom_mutator=damaged,
    )
    atheris.Fuzz()


_FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))  # noqa: PTH112, S108


def _kept(data: bytes, name: str) -> Path:
    path = _FOLDER / name
    path.write_bytes(data)
    return path


if __name__ == "__main__":
    main()
