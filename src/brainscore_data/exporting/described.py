"""What is known of a dataset to those who describe it: from its manifest, its receipts or a bundle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Unpack
from urllib.parse import quote

from brainscore_data.base.door import only_inside
from brainscore_data.base.errors import UsageError
from brainscore_data.base.hints import Hint, Words
from brainscore_data.cage.limits import Limits, size_of
from brainscore_data.cage.workers import Workers
from brainscore_data.dataset.identifiers import stimulus_set_keys
from brainscore_data.dataset.manifest import DatasetTable
from brainscore_data.dataset.reading import load_dataset
from brainscore_data.reading.verification import Stores, store_of
from brainscore_data.records.bundle import Bundle, load_bundle
from brainscore_data.records.receipts import FILE_NAME as RECEIPTS
from brainscore_data.records.receipts import PublishedObject, Receipts, load_receipts
from brainscore_data.store.options import StoreOptions
from brainscore_data.store.verified_copy import cached
from brainscore_data.tables.columns import inferred
from brainscore_data.tables.table import read_table

_OF_A_BUNDLE = Words(" with --bundle", function=" with `bundle`", workflow="")

Kind = Literal["whole number", "number", "truth", "text"]
_KINDS: dict[str, Kind] = {"i": "whole number", "u": "whole number", "f": "number", "b": "truth"}
_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class TableColumn:
    """A column of a stimulus set's table, typed as readers type it."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class File:
    """A file that everybody may have: its name, and where it is if that is a URL."""

    name: str
    size: int
    sha256: str
    url: str | None = None


@dataclass(frozen=True)
class DescribedItem:
    """A stimulus set or an assembly; of one that is not public there are no files."""

    identifier: str
    is_public: bool
    license: str | None
    files: tuple[File, ...] = ()
    columns: tuple[TableColumn, ...] = ()  # of a stimulus set
    assembly_class: str = ""


@dataclass(frozen=True)
class DescribedDataset:
    """A dataset, as it is cited."""

    name: str
    manifest: str  # where to write what is missing
    about: DatasetTable
    items: tuple[DescribedItem, ...] = ()
    published: str | None = None  # the year, or the day

    @property
    def doi(self) -> str | None:
        """The DOI of the article that describes the data, if its reference is one."""
        return doi_of(self.about.reference)

    def require(self, *names: str, form: str) -> None:
        """Make sure that the manifest says what a form cannot do without."""
        known = {**dict(self.about), "published": self.published}
        if missing := [name for name in names if not known[name]]:
            raise UsageError(
                f"{form} needs {_listed(missing)}, which [dataset] does not say",
                where=self.manifest,
                hint=f"write there {' and '.join(_EXAMPLES[name] for name in missing)}",
            )


_EXAMPLES = {
    "title": 'title = "…"',
    "authors": 'authors = [{ name = "Doe, Jane" }]',
    "description": 'description = "…"',
    "published": 'published = "2026-01-31"',
}


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def doi_of(reference: str | None) -> str | None:
    """Find the DOI that a reference is.

    >>> doi_of("doi:10.1523/JNEUROSCI.5181-14.2015"), doi_of("https://doi.org/10.5281/zenodo.1")
    ('10.1523/JNEUROSCI.5181-14.2015', '10.5281/zenodo.1')
    >>> doi_of("https://example.org") is None
    True
    """
    found = _DOI.fullmatch((reference or "").strip())
    return None if found is None else found[1]


def described(
    folder: Path, *, bundle: Path | None = None, files: bool, **options: Unpack[StoreOptions]
) -> DescribedDataset:
    """Read what is known of a dataset; its tables only if its `files` are to be described."""
    dataset = load_dataset(folder)
    receipts = dataset.path.with_name(RECEIPTS)
    items: tuple[DescribedItem, ...] = ()
    published = dataset.manifest.dataset.published
    known = load_receipts(receipts) if bundle is None and receipts.is_file() else None
    if known is not None:
        published = published or _first_day(known)
    if files:
        if bundle is not None:
            items = _of_bundle(bundle, load_bundle(bundle))
        elif known is not None:
            items = _of_receipts(known, options)
        else:
            raise UsageError(
                "nothing is published yet, so there are no files to describe",
                where=str(folder),
                hint=Hint("publish it first; or describe a bundle", _OF_A_BUNDLE),
            )
    about = dataset.manifest.dataset
    return DescribedDataset(
        about.title or dataset.root.name, str(dataset.path), about, items, published
    )


def _first_day(receipts: Receipts) -> str | None:
    days = [file.run.when[:10] for item in receipts.items for file in item.files]
    return min((day for day in days if re.fullmatch(r"\d{4}-\d\d-\d\d", day)), default=None)


def _of_bundle(folder: Path, bundle: Bundle) -> tuple[DescribedItem, ...]:
    items = []
    for item in bundle.items:
        license_ = bundle.license_of(item)
        is_public = item.visibility == "public"
        items.append(
            DescribedItem(
                item.identifier,
                is_public,
                license_,
                tuple(File(each.name, each.size, each.sha256) for each in item.files)
                if is_public
                else (),
                _columns(folder / item.csv.name)
                if is_public and item.kind == "stimulus_set"
                else (),
                "" if item.kind == "stimulus_set" else item.assembly_class,
            )
        )
    return tuple(items)


def _of_receipts(receipts: Receipts, options: StoreOptions) -> tuple[DescribedItem, ...]:
    stores: Stores = {}
    items = []
    for item in receipts.items:
        if item.visibility != "public":
            items.append(DescribedItem(item.identifier, is_public=False, license=item.license))
            continue
        columns: tuple[TableColumn, ...] = ()
        if item.kind == "stimulus_set":
            stored = item.csv.object
            store = store_of(stored, stores, options)
            key = stimulus_set_keys(item.identifier)[0]
            copy = cached(store, key, version_id=stored.version_id, sha1=stored.sha1)
            columns = _columns(copy)
        files = tuple(
            File(
                each.object.key.rpartition("/")[2],
                each.object.size,
                each.object.sha256,
                _url(each.object),
            )
            for each in item.files
        )
        assembly_class = "" if item.kind == "stimulus_set" else item.assembly_class
        items.append(
            DescribedItem(item.identifier, True, item.license, files, columns, assembly_class)  # noqa: FBT003
        )
    return tuple(items)


def _url(stored: PublishedObject) -> str | None:
    """Say where everybody can read a version; None where that is no place on the web.

    AWS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
    """
    if stored.bucket is None:
        hosted = stored.store.startswith("https://")
        return f"{stored.store}/{quote(stored.key)}" if hosted else None
    if stored.endpoint is not None:
        start = f"{stored.endpoint.rstrip('/')}/{stored.bucket}"
    else:
        region = f".{stored.region}" if stored.region else ""
        host = f"s3{region}.amazonaws.com" + (".cn" if region.startswith(".cn-") else "")
        # A dot would not fit the certificate.
        dotted = "." in stored.bucket
        start = f"https://{host}/{stored.bucket}" if dotted else f"https://{stored.bucket}.{host}"
    version = f"?versionId={quote(stored.version_id, safe='')}" if stored.version_id else ""
    return f"{start}/{quote(stored.key)}{version}"


def _columns(csv: Path) -> tuple[TableColumn, ...]:
    root = csv.resolve()
    with Workers(1, readable=[root.parent]) as workers:
        found: tuple[TableColumn, ...] = workers.call(
            columns_of, limits=Limits.of(size_of([root])), csv=root
        )
    return found


def columns_of(csv: Path) -> tuple[TableColumn, ...]:
    """Read the columns of a table; this is what is called in the cage."""
    with only_inside(csv.parent):
        table = read_table(csv)
        return tuple(
            TableColumn(name, _KINDS.get(inferred(table.texts(name)).dtype.kind, "text"))
            for name in table.columns
        )
