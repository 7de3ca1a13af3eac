"""From the address that people copy to the address of the bytes: OSF pages and archives' DOIs."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from brainscore_data.base.errors import DataError
from brainscore_data.https.addresses import guard
from brainscore_data.https.asking import (
    TIMEOUT,
    answers_explained,
    followed,
    host_of,
    insistently,
    open_session,
    refuse_status,
)

if TYPE_CHECKING:
    import requests

_OSF_PATH = re.compile(r"/(?:download/)?([a-z0-9]{5,})(?:/download)?/?")
_LARGEST_LIST = 16 << 20  # thousands of files in one record
_INSTEAD = "files at Zenodo, figshare and Dataverse can be named by DOI, others by their https URL"


def direct_osf(url: str) -> str:
    """Turn the address of an OSF file's page into that of the file.

    ``https://osf.io/download/<id>/`` is where OSF's own button leads. Other URLs stay as they are.

    >>> direct_osf("https://osf.io/4xf2d/"), direct_osf("https://osf.io/4xf2d/download")
    ('https://osf.io/download/4xf2d/', 'https://osf.io/download/4xf2d/')
    >>> direct_osf("https://example.org/4xf2d/")
    'https://example.org/4xf2d/'
    """
    parts = urlsplit(url)
    match = _OSF_PATH.fullmatch(parts.path)
    if parts.netloc.lower() not in {"osf.io", "www.osf.io"} or match is None:
        return url
    return urlunsplit(("https", "osf.io", f"/download/{match[1]}/", parts.query, ""))


def address_of(url: str) -> str:
    """Find the https URL of a source's bytes: ``https://…``, or ``doi:10.…/filename`` in an archive."""
    if not url.startswith("doi:"):
        return direct_osf(url)
    from pooch.utils import parse_url

    if url.count("/") < 2 or url.endswith("/"):
        raise DataError(
            f"{url} names no file in the archive", hint="write doi:10.…/filename, with its ending"
        )
    parsed = parse_url(url)
    doi, file_name = parsed["netloc"], parsed["path"].removeprefix("/")
    with open_session() as session:
        archive = insistently(lambda: _archive_of(session, doi), "https://doi.org")
    return insistently(lambda: _file_in(archive, doi, file_name), archive)


def _archive_of(session: requests.Session, doi: str) -> str:
    # pooch could do this, but would follow redirects to wherever a stranger's DOI points.
    asked = f"https://doi.org/{doi}"
    with followed(session, asked) as response:
        if host_of(response.url) == "doi.org":
            if response.status_code == 404:
                raise DataError(
                    f"there is no DOI {doi}", hint="check that you wrote it as the archive does"
                )
            refuse_status(response, asked)
        # The archive's page itself is not read; some are shown to browsers only.
        return response.url


def _file_in(archive: str, doi: str, file_name: str) -> str:
    import requests

    with answers_explained(archive), warnings.catch_warnings():
        # A figshare DOI without a version means the latest: the hash is what pins the file.
        warnings.simplefilter("ignore", UserWarning)
        repository = _repository(archive, doi)
        try:
            return str(repository.download_url(file_name))
        except (requests.JSONDecodeError, KeyError, IndexError, TypeError) as error:
            raise DataError(
                f"{host_of(archive)} does not list the files of doi:{doi} in a form that this "
                "program knows",
                hint=_INSTEAD,
            ) from error
        except ValueError as error:  # what pooch says of a name that is not in the list
            raise DataError(
                f"doi:{doi} has no file {file_name!r}", hint=_listed(repository) or f"see {archive}"
            ) from error


def _repository(archive: str, doi: str) -> Any:
    from pooch.downloaders import DataverseRepository, FigshareRepository, ZenodoRepository

    for kind in (FigshareRepository, ZenodoRepository, DataverseRepository):
        repository = kind.initialize(
            archive_url=archive,
            doi=doi,
            # From here on, arguments of requests.get.
            auth=guard,
            timeout=TIMEOUT,
            allow_redirects=False,
            hooks={"response": _refuse_answer},
        )
        if repository is not None:
            return repository
    raise DataError(
        f"doi:{doi} is at {host_of(archive)}, which is not a known archive", hint=_INSTEAD
    )


def _refuse_answer(response: requests.Response, **_: Any) -> None:
    status = response.status_code
    # Any other host is asked whether it is a Dataverse, and may well answer 404.
    certain = host_of(response.url) in {"zenodo.org", "api.figshare.com"}
    if status == 429 or status >= 500 or (status >= 400 and certain):
        refuse_status(response, response.url)
    _read_list(response)


def _read_list(response: requests.Response) -> None:
    """Read the answer up to a limit; requests would go on until the memory is full."""
    from requests import ConnectionError as BrokenError
    from urllib3.exceptions import HTTPError

    try:
        body = response.raw.read(_LARGEST_LIST + 1, decode_content=True)
    except HTTPError as error:
        raise BrokenError(error) from error
    if len(body) > _LARGEST_LIST:
        raise DataError(
            f"{host_of(response.url)} lists more than {_LARGEST_LIST >> 20} MiB of files",
            hint=_INSTEAD,
        )
    response.raw = io.BytesIO(body)


def _listed(repository: Any) -> str | None:
    registry: dict[str, str] = {}
    # The list also asks for checksums, which not every archive gives.
    with contextlib.suppress(KeyError, ValueError):
        repository.populate_registry(SimpleNamespace(registry=registry))
    return f"it has: {', '.join(sorted(registry))}" if registry else None
