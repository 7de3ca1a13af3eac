"""The lines in a Brain-Score plugin's ``__init__.py`` that pin an identifier to a receipt.

Brain-Score finds a plugin by searching the lines of every ``__init__.py`` for
``data_registry['<identifier>']`` (``locate_plugin`` in brainscore-core's ``import_plugin.py``):
the key is a literal, and on one line with its registry's name.

Three forms exist: ``s3`` calls brainscore-core's loaders, which reach AWS only; ``language`` is
the one of ``brainscore_language.utils.s3``, which reaches one prefix of one bucket; ``own`` calls
this package's loaders, for every other store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from brainscore_data.errors import UsageError
from brainscore_data.receipts import StimulusSetReceipt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from brainscore_data.receipts import (
        AssemblyReceipt,
        FileReceipt,
        ItemReceipt,
        PublishedObject,
        Receipts,
    )

Form = Literal["auto", "s3", "language", "own"]

_LANGUAGE_STORE = "s3://brainscore-storage/brainscore-language"
_LANGUAGE_PLUGINS = "brainscore_language/"
_BRAINIO = "brainscore_core.supported_data_standards.brainio"
_PLAIN = re.compile(r"[A-Za-z0-9 ._:/@+=-]*", re.ASCII)


@dataclass
class _Imports:
    """Names to import, by module; a module with no names is imported itself."""

    names: dict[str, set[str]] = field(default_factory=dict)

    def add(self, module: str, *names: str) -> None:
        self.names.setdefault(module, set()).update(names)

    def render(self) -> str:
        whole = [f"import {module}" for module, names in self.names.items() if not names]
        parts = [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in self.names.items()
            if names
        ]
        return "\n".join(sorted(whole) + sorted(parts))


def render_registrations(receipts: Receipts, form: Form = "auto") -> str:
    """Write what registers all items of some receipts: imports first, then one item each.

    Parameters
    ----------
    receipts : Receipts
        What was published.
    form : {"auto", "s3", "language", "own"}
        ``auto`` takes Brain-Score's own form wherever it reaches the store.

    Returns
    -------
    str
        Python, ready to be pasted.

    Raises
    ------
    UsageError
        If the form that is asked for cannot reach the store.
    """
    blocks = [render_registration(item, form, plugin=receipts.plugin) for item in receipts.items]
    imports = render_imports(receipts.items, form, plugin=receipts.plugin)
    return "\n\n".join([imports, *blocks]) + "\n"


def render_imports(
    items: Iterable[ItemReceipt], form: Form = "auto", *, plugin: str | None = None
) -> str:
    """Write the import lines that the registrations of some items need."""
    imports = _Imports()
    for item in items:
        _add_imports(imports, item, _form_for(item, form, plugin), _package(plugin))
    return imports.render()


def render_registration(
    item: ItemReceipt, form: Form = "auto", *, plugin: str | None = None
) -> str:
    """Write what registers one item.

    Parameters
    ----------
    item : StimulusSetReceipt or AssemblyReceipt
        Its receipt.
    form : {"auto", "s3", "language", "own"}
        ``auto`` takes Brain-Score's own form wherever it reaches the store.
    plugin : str, optional
        The plugin's folder from the repository's root.

    Raises
    ------
    UsageError
        If the form that is asked for cannot reach the store.
    """
    chosen = _form_for(item, form, plugin)
    if isinstance(item, StimulusSetReceipt):
        if not _has_stimulus_sets(plugin):
            return (
                f"# stimulus set {item.identifier!r}: brainscore_language has no registry for "
                f"stimulus sets"
            )
        registry = "stimulus_set_registry"
        loader, arguments = _stimulus_set_call(item, chosen)
    else:
        registry = "data_registry"
        loader, arguments = _assembly_call(item, chosen, with_loader=_has_stimulus_sets(plugin))
    lines = "".join(f"    {name}={value},\n" for name, value in arguments.items())
    return f"{registry}[{item.identifier!r}] = lambda: {loader}(\n{lines})"


def _form_for(item: ItemReceipt, form: Form, plugin: str | None) -> Form:
    stored = item.files[0].object
    reaches_aws = stored.bucket is not None and stored.endpoint is None
    in_language = stored.store == _LANGUAGE_STORE and item.kind == "assembly"
    if form == "auto":
        if not reaches_aws:
            return "own"
        is_language = in_language and (plugin or "").startswith(_LANGUAGE_PLUGINS)
        return "language" if is_language else "s3"
    if form == "s3" and stored.bucket is None:
        raise UsageError(
            f"the s3 form cannot reach {stored.store}", hint="use the form `own`, or `auto`"
        )
    if form == "language" and not in_language:
        raise UsageError(
            f"the language form reaches assemblies in {_LANGUAGE_STORE} only, and "
            f"{item.identifier!r} is a {item.kind.replace('_', ' ')} in {stored.store}",
            hint="use the form `s3`, `own` or `auto`",
        )
    return form


def _stimulus_set_call(item: StimulusSetReceipt, form: Form) -> tuple[str, dict[str, str]]:
    csv, zipped = item.csv.object, item.zip.object
    identifier = {"identifier": quoted(item.identifier)}
    pins = {
        "csv_sha1": quoted(csv.sha1),
        "zip_sha1": quoted(zipped.sha1),
        "csv_version_id": _version(item.csv, form),
        "zip_version_id": _version(item.zip, form),
    }
    if form == "own":
        return "brainscore_data.load_stimulus_set", {
            **identifier,
            **_place(csv),
            **pins,
            "cls": "StimulusSet",
        }
    return "load_stimulus_set_from_s3", {**identifier, "bucket": _bucket(csv), **pins}


def _assembly_call(
    item: AssemblyReceipt, form: Form, *, with_loader: bool
) -> tuple[str, dict[str, str]]:
    stored = item.nc.object
    version = {"version_id": _version(item.nc, form)}
    sha1 = {"sha1": quoted(stored.sha1)}
    arguments = {"identifier": quoted(item.identifier)}
    cls = {"cls": item.assembly_class}
    if form == "language":
        return "load_from_s3", arguments | sha1 | version | cls
    if form == "own":
        loader = "brainscore_data.load_assembly"
        arguments |= _place(stored) | version | sha1 | cls
    else:
        loader = "load_assembly_from_s3"
        arguments |= version | sha1 | {"bucket": _bucket(stored)} | cls
    if item.stimulus_set is not None and with_loader:
        arguments["stimulus_set_loader"] = f"lambda: load_stimulus_set({item.stimulus_set!r})"
        if not item.merges_stimulus_set:
            arguments["merge_stimulus_set_meta"] = "False"
    return loader, arguments


def _add_imports(imports: _Imports, item: ItemReceipt, form: Form, package: str) -> None:
    if isinstance(item, StimulusSetReceipt):
        if package == "brainscore_language":
            return
        imports.add(package, "stimulus_set_registry")
        if form == "own":
            imports.add(f"{_BRAINIO}.stimuli", "StimulusSet")
        else:
            imports.add(f"{_BRAINIO}.s3", "load_stimulus_set_from_s3")
    else:
        imports.add(package, "data_registry")
        imports.add(f"{_BRAINIO}.assemblies", item.assembly_class)
        if form == "language":
            imports.add("brainscore_language.utils.s3", "load_from_s3")
        elif form == "s3":
            imports.add(f"{_BRAINIO}.s3", "load_assembly_from_s3")
        if item.stimulus_set is not None and package != "brainscore_language":
            imports.add(package, "load_stimulus_set")
    if form == "own":
        imports.add("brainscore_data")


def _package(plugin: str | None) -> str:
    first = (plugin or "").split("/")[0]
    return first if re.fullmatch(r"brainscore_[a-z_]+", first) else "brainscore_vision"


def _has_stimulus_sets(plugin: str | None) -> bool:
    return _package(plugin) != "brainscore_language"


def _bucket(stored: PublishedObject) -> str:
    return quoted(stored.store.removeprefix("s3://"))


def _place(stored: PublishedObject) -> dict[str, str]:
    place = {"store": quoted(stored.store)}
    if stored.endpoint is not None:
        place["endpoint_url"] = quoted(stored.endpoint)
        if stored.region is not None:
            place["region"] = quoted(stored.region)
    return place


def _version(receipt: FileReceipt, form: Form) -> str:
    version = receipt.object.version_id
    if version is None:  # "null" is S3's name for it, and the living registrations'
        return "None" if form == "own" else '"null"'
    return quoted(version)


def quoted(text: str) -> str:
    r"""Write a string as a Python literal, in double quotes where nothing has to be escaped.

    Examples
    --------
    >>> print(quoted("dicarlo.MajajHong2015"))
    "dicarlo.MajajHong2015"
    >>> print(quoted('"); import os  #\n'))
    '"); import os  #\n'
    """
    return f'"{text}"' if _PLAIN.fullmatch(text) else ascii(text)
