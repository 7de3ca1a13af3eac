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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from brainscore_data.base.errors import UsageError
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX
from brainscore_data.plugins.homes import LANGUAGE_STORE, folder_in_package, package_said
from brainscore_data.plugins.loader_calls import BRAINIO
from brainscore_data.records.receipts import (
    AssemblyReceipt,
    FileReceipt,
    ItemReceipt,
    Receipts,
    StimulusSetReceipt,
)

Form = Literal["auto", "s3", "language", "own"]

# Module and function; of our own the module is imported, of all others the function.
_LOADERS: dict[tuple[str, Form], tuple[str, str]] = {
    ("stimulus_set", "s3"): (f"{BRAINIO}.s3", "load_stimulus_set_from_s3"),
    ("stimulus_set", "own"): ("brainscore_data", "load_stimulus_set"),
    ("assembly", "s3"): (f"{BRAINIO}.s3", "load_assembly_from_s3"),
    ("assembly", "own"): ("brainscore_data", "load_assembly"),
    ("assembly", "language"): ("brainscore_language.utils.s3", "load_from_s3"),
}
_REGISTRIES = {"stimulus_set": "stimulus_set_registry", "assembly": "data_registry"}
_UNSURE = "from brainscore_vision import data_registry"
_PLAIN = re.compile(r"[A-Za-z0-9 ._:/@+=-]*", re.ASCII)


@dataclass(frozen=True)
class Style:
    """How a plugin writes its registrations."""

    key_quote: str = "'"  # around registry keys, and around the arguments
    quote: str = '"'
    # The module's constants, by what they hold: ``{"brainio-contrib": "_BUCKET"}``
    constants: Mapping[str, str] = field(default_factory=dict)
    hugging: bool = False  # whether the closing parenthesis follows the last argument on its line
    indent: str = "    "  # before each argument


def render_registrations(receipts: Receipts, form: Form = "auto", *, folder: str = "") -> str:
    """Write what registers all items of some receipts: imports first, then one item each."""
    plugin = folder_in_package(receipts.plugin or "") or folder_in_package(folder)
    plugin = plugin or package_said(receipts)
    blocks = [render_registration(item, form, plugin=plugin) for item in receipts.items]
    needed = needed_imports(receipts.items, form, plugin=plugin).items()
    whole = [f"import {module}" for module, names in needed if not names]
    parts = [
        f"from {module} import {', '.join(sorted(names))}" for module, names in needed if names
    ]
    imports = "\n".join(sorted(whole) + sorted(parts))
    if plugin is None:  # assemblies without stimulus sets
        imports = imports.replace(_UNSURE, f"{_UNSURE}  # or from brainscore_language")
    return "\n\n".join([imports, *blocks] if imports else blocks) + "\n"


def needed_imports(
    items: Iterable[ItemReceipt], form: Form = "auto", *, plugin: str | None = None
) -> dict[str, set[str]]:
    """Name what the registrations of some items import; a module without names as a whole."""
    needed: dict[str, set[str]] = {}
    for item in items:
        if isinstance(item, AssemblyReceipt) and item.prefix != ASSEMBLY_PREFIX:
            continue
        _add_imports(needed, item, form_for(item, form, plugin=plugin), _package(plugin))
    return needed


def render_registration(
    item: ItemReceipt,
    form: Form = "auto",
    *,
    plugin: str | None = None,
    style: Style | None = None,
) -> str:
    """Write what registers one item."""
    chosen = form_for(item, form, plugin=plugin)
    style = style or Style()
    if isinstance(item, StimulusSetReceipt):
        if not _has_stimulus_sets(plugin):
            return (
                f"# stimulus set {item.identifier!r}: brainscore_language has no registry for "
                f"stimulus sets"
            )
    elif item.prefix != ASSEMBLY_PREFIX:
        return _call_without_registry(item)
    name = quoted(item.identifier, style.key_quote)
    arguments = {"identifier": quoted(item.identifier, style.quote)}
    for argument, value in located(item, chosen).items():
        constant = style.constants.get(value or "") if argument in {"bucket", "store"} else None
        arguments[argument] = constant or quoted(value, style.quote)
    arguments |= _classes_and_loaders(item, chosen, style, plugin)
    lines = ",\n".join(f"{style.indent}{argument}={value}" for argument, value in arguments.items())
    end = ")" if style.hugging else ",\n)"
    module, loader = _LOADERS[item.kind, chosen]
    called = f"{module}.{loader}" if chosen == "own" else loader
    statement = f"{_REGISTRIES[item.kind]}[{name}] = lambda: {called}(\n{lines}{end}"
    stated = license_comment(item.license)
    return f"{stated}\n{statement}" if stated else statement


def license_comment(license_: str | None) -> str:
    """Say under which license an item is: the loaders of Brain-Score take no argument for that.

    Brain-Score searches comments for registry keys, too: a text that could hold one is left out.
    """
    if not license_ or not _PLAIN.fullmatch(license_.translate({40: None, 41: None})):
        return ""
    return f"# License: {license_}"


def _call_without_registry(item: AssemblyReceipt) -> str:
    """Write how a benchmark loads what no registry names, as a comment: where it goes is its own.

    The call is the one of brainscore_language's benchmarks, for example in its
    ``benchmarks/pereira2018/benchmark.py``.
    """
    stored = item.nc.object
    arguments = {"sha1": stored.sha1, "version_id": stored.version_id}
    module, more = "brainscore_language.utils.s3", {"assembly_prefix": item.prefix}
    if stored.store != LANGUAGE_STORE:
        module = "brainscore_data.brainio.language"
        more["bucket_name"] = stored.store
    pins = ", ".join(f"{name}={quoted(value)}" for name, value in (arguments | more).items())
    return (
        f"# {item.prefix}: no registry has these; with load_from_s3 of {module},\n"
        f"# load_from_s3({quoted(item.identifier)}, {pins})"
    )


def form_for(item: ItemReceipt, form: Form = "auto", *, plugin: str | None = None) -> Form:
    """Choose the form that reaches an item's store."""
    stored = item.files[0].object
    reaches_aws = stored.bucket is not None and stored.endpoint is None
    in_language = stored.store == LANGUAGE_STORE and item.kind == "assembly"
    if form == "auto":
        if not reaches_aws:
            return "own"
        is_language = in_language and _package(plugin) == "brainscore_language"
        return "language" if is_language else "s3"
    if form == "s3" and stored.bucket is None:
        raise UsageError(
            f"the s3 form cannot reach {stored.store}", hint="use the form `own`, or `auto`"
        )
    if form == "language" and not in_language:
        raise UsageError(
            f"the language form reaches assemblies in {LANGUAGE_STORE} only, and "
            f"{item.identifier!r} is a {item.kind.replace('_', ' ')} in {stored.store}",
            hint="use the form `s3`, `own` or `auto`",
        )
    return form


def located(item: ItemReceipt, form: Form) -> dict[str, str | None]:
    """Give the arguments that say where an item's files are, and which versions are meant."""
    stored = item.files[0].object
    place: dict[str, str | None] = {"bucket": stored.store.removeprefix("s3://")}
    if form == "language":
        place = {}
    elif form == "own":
        place = {"store": stored.store}
        if stored.endpoint is not None:
            place |= {"endpoint_url": stored.endpoint}
            place |= {} if stored.region is None else {"region": stored.region}
    if isinstance(item, StimulusSetReceipt):
        return place | {
            "csv_sha1": item.csv.object.sha1,
            "zip_sha1": item.zip.object.sha1,
            "csv_version_id": _version(item.csv, form),
            "zip_version_id": _version(item.zip, form),
        }
    sha1: dict[str, str | None] = {"sha1": stored.sha1}
    version = {"version_id": _version(item.nc, form)}
    if form == "language":
        return sha1 | version
    return place | version | sha1 if form == "own" else version | sha1 | place


def _classes_and_loaders(
    item: ItemReceipt, form: Form, style: Style, plugin: str | None
) -> dict[str, str]:
    if isinstance(item, StimulusSetReceipt):
        return {"cls": "StimulusSet"} if form == "own" else {}
    arguments: dict[str, str] = {"cls": item.assembly_class}
    if form != "language" and item.stimulus_set is not None and _has_stimulus_sets(plugin):
        name = quoted(item.stimulus_set, style.key_quote)
        arguments["stimulus_set_loader"] = f"lambda: load_stimulus_set({name})"
        if not item.merges_stimulus_set:
            arguments["merge_stimulus_set_meta"] = "False"
    return arguments


def _add_imports(needed: dict[str, set[str]], item: ItemReceipt, form: Form, package: str) -> None:
    def add(module: str, *names: str) -> None:
        needed.setdefault(module, set()).update(names)

    has_sets = package != "brainscore_language"
    if isinstance(item, AssemblyReceipt):
        add(f"{BRAINIO}.assemblies", item.assembly_class)
        if item.stimulus_set is not None and has_sets:
            add(package, "load_stimulus_set")
    elif not has_sets:
        return
    elif form == "own":
        add(f"{BRAINIO}.stimuli", "StimulusSet")
    add(package, _REGISTRIES[item.kind])
    module, loader = _LOADERS[item.kind, form]
    add(module, *([] if form == "own" else [loader]))


def _package(plugin: str | None) -> str:
    first = (plugin or "").split("/")[0]
    return first if re.fullmatch(r"brainscore_[a-z_]+", first) else "brainscore_vision"


def _has_stimulus_sets(plugin: str | None) -> bool:
    return _package(plugin) != "brainscore_language"


def _version(receipt: FileReceipt, form: Form) -> str | None:
    version = receipt.object.version_id
    # "null" is S3's name for none, and the living registrations'.
    return "null" if version is None and form != "own" else version


def quoted(text: str | None, quote: str = '"') -> str:
    """Write a string, or None, as a Python literal, in these quotes where nothing is escaped."""
    if text is None:
        return "None"
    return f"{quote}{text}{quote}" if _PLAIN.fullmatch(text) else ascii(text)
