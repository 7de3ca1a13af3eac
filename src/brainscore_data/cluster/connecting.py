"""From an address to a cluster that can be asked, or one message that says why it cannot."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from brainscore_data.base.errors import UsageError
from brainscore_data.cluster.calls import Cluster, refused
from brainscore_data.cluster.on_worker import OTHER_VERSION, NotAlike
from brainscore_data.cluster.versions import differences, installed

if TYPE_CHECKING:
    from distributed import Client

    #: What a caller names a cluster by, or has already.
    ClusterOrAddress: TypeAlias = str | Client

_LOCAL = re.compile(r"local:([1-9][0-9]*)")
_SECONDS = 10
# They tell of what we say ourselves, in one message.
_TALKATIVE = ("distributed", "distributed.client", "tornado.application", "asyncio")


@contextlib.contextmanager
def connected(address: ClusterOrAddress) -> Iterator[Cluster]:
    """Connect to a cluster, and make sure that those workers that are there are as we are.

    `address` is that of a scheduler, the file in which one has written where it is, or ``local:4``
    for a cluster of four workers that is started here and ends with this. A client stays open. A
    `UsageError` if there is no scheduler, or a worker has other versions.
    """
    with contextlib.ExitStack() as ending, warnings.catch_warnings():
        if not isinstance(address, str):
            cluster = Cluster(address, _name(address))
        else:
            # A worker with another version is refused by name, whatever dask says of it.
            warnings.simplefilter("ignore")
            ending.enter_context(_without_their_logs())
            cluster = Cluster(client_of(address, ending), address)
        _require_alike(cluster)
        try:
            yield cluster
        finally:
            cluster.close()


def _name(client: Client) -> str:
    return str(client.scheduler.address)


def client_of(address: str, ending: contextlib.ExitStack, *, default: bool = False) -> Client:
    """Speak to a scheduler, whatever its workers have; as the `default`, dask computes there."""
    from distributed import Client

    if local := _LOCAL.fullmatch(address):
        where: Any = _started_here(int(local[1]), ending)
    elif "://" in address:
        where = address
    elif Path(address).is_file():
        where = None
    else:
        raise UsageError(
            f"{address!r} does not name a cluster: it is neither an address nor a file",
            where="--cluster",
            hint="give the scheduler's address (tcp://…), the scheduler file that it was started with, "
            "or local:4 for four workers on this machine",
        )
    try:
        named = {"scheduler_file": address} if where is None else {"address": where}
        client = Client(**named, timeout=_SECONDS, direct_to_workers=True, set_as_default=default)
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, AssertionError) as error:
        raise UsageError(
            f"no scheduler of dask answers there: {_in_short(error)}",
            where=address,
            hint="check whether it runs and can be reached from here; `dask scheduler` says its "
            "address",
        ) from error
    return ending.enter_context(client)


def _started_here(workers: int, ending: contextlib.ExitStack) -> Any:
    """Start a cluster for this process alone: others of this machine have no key to it."""
    from distributed import LocalCluster

    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
        security=True,
    )
    return ending.enter_context(cluster)


def _require_alike(cluster: Cluster) -> None:
    cluster.refuse_others()  # before they are asked what only this program can answer
    here = installed()
    for worker, versions in cluster.asked_of_all(installed).items():
        if isinstance(versions, BaseException):
            raise refused(NotAlike(worker, _in_short(versions), OTHER_VERSION))
        if other := differences(here, versions):
            raise refused(NotAlike(worker, f"it has {other}", OTHER_VERSION))


@contextlib.contextmanager
def _without_their_logs() -> Iterator[None]:
    import distributed  # noqa: F401 - sets the levels that are set here

    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _in_short(error: BaseException) -> str:
    said = " ".join(str(error).split())
    return said or (os.strerror(error.errno or 0) if isinstance(error, OSError) else repr(error))
