"""What a run of checks hands to its probes: what to look at, under which settings, and the cage."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from brainscore_data.base.errors import DataError
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.stimulus_tables import stimulus_tables
from brainscore_data.check.engine.subjects import Subjects

if TYPE_CHECKING:
    from concurrent.futures import Future

    from brainscore_data.cage.cage import Cage

Fact = TypeVar("Fact")
Fact_co = TypeVar("Fact_co", covariant=True)
# So many facts wait for one before them that is not known yet.
_AHEAD = 16


@dataclass(frozen=True)
class Question(Generic[Fact_co]):
    """A fact that only the cage can tell."""

    function: Callable[..., Fact_co]
    arguments: Mapping[str, Any]
    files: Iterable[Path]  # the larger they are, the more it may take
    otherwise: Callable[[DataError], Fact_co]  # what is known if it does not answer

    def ask(self, cage: Cage) -> Fact_co:
        """Call the function in the cage."""
        fact: Fact_co = cage.call(self.function, about=tuple(self.files), **self.arguments)
        return fact

    def told(self, answer: Future[Fact_co]) -> Fact_co:
        """Wait for the answer."""
        try:
            return answer.result()
        except DataError as error:
            return self.otherwise(error)


class CheckRun:
    """A run of checks; what it started ends with it."""

    def __init__(self, subjects: Subjects, settings: Settings, workers: Cage | None = None) -> None:
        self.subjects = subjects
        self.settings = settings
        self._given = workers  # of whoever goes on with them, or elsewhere
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @cached_property
    def workers(self) -> Cage:
        """Where files are parsed by more than the standard library, whichever family asks.

        No program starts before it is called, and a hook that never asks imports none of it.
        """
        if self._given is not None:
            return self._given
        from brainscore_data.cage.workers import Workers

        return self._open.enter_context(Workers(self.settings.jobs, readable=self.readable))

    @cached_property
    def stimulus_tables(self) -> frozenset[Path]:
        """Every table of stimuli, as the user would type it: listed once, whoever asks."""
        return frozenset(stimulus_tables(self.subjects))

    @cached_property
    def readable(self) -> tuple[Path, ...]:
        """What the cage may read: all of that, and what is known of stimuli from earlier runs."""
        from brainscore_data.media.cache import media_cache_folder

        try:
            return (*self.inside, media_cache_folder())
        except ModuleNotFoundError:
            return self.inside  # a hook that decodes no media

    @cached_property
    def inside(self) -> tuple[Path, ...]:
        """The folders that all of it lies in: what was given, the repository, fetched sources."""
        repository = self.subjects.repository
        folders = (*self.subjects.roots, *([] if repository is None else [repository]))
        if not self.subjects.manifests:
            return folders
        try:
            from brainscore_data.base.caching import cache_folder

            return (*folders, cache_folder() / "sources")
        except ModuleNotFoundError:
            return folders  # a hook for what is committed, which fetches nothing

    def answered(self, facts: Iterable[Fact | Question[Fact]]) -> Iterator[Fact]:
        """Ask several questions at once; facts come in the order in which they were given."""
        waiting: deque[Callable[[], Fact]] = deque()
        with ExitStack() as ending:
            submit: Callable[[Question[Fact]], Future[Fact]] | None = None
            for each in facts:
                if isinstance(each, Question):
                    submit = submit or ending.enter_context(_threads(self.workers))
                    waiting.append(partial(each.told, submit(each)))
                elif waiting:
                    waiting.append(partial(_told, each))
                else:
                    yield each
                if len(waiting) > _AHEAD:
                    yield waiting.popleft()()
            while waiting:
                yield waiting.popleft()()


def _told(fact: Fact) -> Fact:
    return fact


@contextmanager
def _threads(workers: Cage) -> Iterator[Callable[[Question[Fact]], Future[Fact]]]:
    """Start a thread for each job, to wait for its answers."""
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(workers.jobs)
    try:
        yield lambda question: pool.submit(question.ask, workers)
    except (KeyboardInterrupt, GeneratorExit):
        workers.stop()  # nobody wants to know any more, and a file can take minutes
        raise
    finally:
        pool.shutdown(cancel_futures=True)
