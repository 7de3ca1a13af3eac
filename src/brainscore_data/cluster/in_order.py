"""Pieces of work on a cluster, taken back in their order: so many bytes of them are under way at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainscore_data.cluster.calls import LEAST_MEMORY, ClusterCage

if TYPE_CHECKING:
    from distributed import Future

# A worker has one piece at work and the next one at hand, and its results wait there to be taken.
_FOR_EACH_THREAD = 3
# What a piece takes in a worker, times its size: values, values sorted by bytes, and the result.
_IN_MEMORY = 3


@dataclass(frozen=True)
class Piece:
    """A call that gives bytes."""

    function: Callable[..., bytes]
    arguments: Mapping[str, Any]
    about: tuple[Path, ...]
    size: int  # of what it reads, in bytes


class InOrder:
    """Hands out pieces as far as there is room for them, and gives back what they became."""

    def __init__(self, cage: ClusterCage) -> None:
        self._cage = cage
        self._waiting: deque[Piece] = deque()
        self._begun: deque[tuple[int, Future]] = deque()
        self._bytes = 0

    def add(self, piece: Piece) -> None:
        """Do it when its turn comes."""
        self._waiting.append(piece)
        self._begin()

    def take(self) -> bytes:
        """Wait for the first one that was not taken yet."""
        self._begin()
        size, future = self._begun.popleft()
        content: bytes = self._cage.result(future)
        self._bytes -= size
        self._begin()
        return content

    def _begin(self) -> None:
        while self._waiting and (not self._begun or self._has_room(self._waiting[0])):
            piece = self._waiting.popleft()
            future = self._cage.begun(
                piece.function,
                about=piece.about,
                memory=LEAST_MEMORY + _IN_MEMORY * piece.size,
                arguments=piece.arguments,
            )
            self._begun.append((piece.size, future))
            self._bytes += piece.size

    def _has_room(self, piece: Piece) -> bool:
        several = _FOR_EACH_THREAD * max(1, self._cage.threads)
        largest = max(size for size, _ in self._begun)
        return len(self._begun) < several and self._bytes + piece.size <= several * largest
