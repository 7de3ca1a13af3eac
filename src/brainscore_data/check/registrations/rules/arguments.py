"""Rules of what is given to a loader: types, gaps left to fill in, and what stands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from brainscore_data.check.engine.finding import Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.registrations.examples import assembly, plugin, stimulus_set
from brainscore_data.check.registrations.probe import PlacedRegistration
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.dataset.naming import nearly_same_identifier
from brainscore_data.plugins.loader_calls import Argument, LoaderCall, Parameter, Role
from brainscore_data.plugins.parse import pinned_version
from brainscore_data.store.urls import forms, kind_of

_SHA1 = re.compile(r"[0-9a-f]{40}")
_PLACEHOLDER = re.compile(
    r"<.*>|\{.*\}|\[.*\]|\$.*|\.{2,}|…|_{2,}|-{2,}|\?+|x{3,}|0{40}"
    r"|(to-?do|fix-?me)\b.*|tbd|tba|none|nan|placeholder|change[-_ ]?me|fill[-_ ]?(me[-_ ]?)?in"
    r"|(your|insert|replace|enter)[-_ ].*"
    r"|(the[-_ ])?(identifier|bucket([-_ ]name)?|store|sha-?1([-_ ]hash)?|hash|version([-_ ]id)?)",
    re.IGNORECASE | re.DOTALL,
)
_BUCKET = "brainscore-storage"
_TEXTS: tuple[Role, ...] = ("identifier", "bucket", "store", "sha1", "version", "prefix")
# What each may be besides what the source does not tell, how that is called, and what to do.
_TEXT = ({"text"}, "a text", "write it in quotes")
_TYPES: dict[Role, tuple[set[str], str, str]] = {
    **dict.fromkeys((*_TEXTS, "option"), _TEXT),
    "class": (set(), "a class", "write the class itself, without quotes and parentheses"),
    "stimulus_set": (
        {"lambda"},
        "a function without parameters",
        "write `lambda: load_stimulus_set('…')`, or leave it out",
    ),
    "flag": ({"bool", "number"}, "True or False", "write it without quotes"),
}
_LIKE_CLASS = re.compile(r"[A-Z]\w*(Assembly|Set)")
_LOADING = frozenset({"load_stimulus_set", "load_stimulus_set_from_s3"})
_CLASS_OF: dict[Kind, str] = {"assembly": "Assembly", "stimulus_set": "StimulusSet"}


class ArgumentTypes(Rule[PlacedRegistration]):
    """An argument has the wrong type for the loader.

    Identifiers, buckets, hashes and versions are texts, `cls` is the class itself, and
    `stimulus_set_loader` a function that is called later: `lambda:
    load_stimulus_set('MajajHong2015')`. Without `lambda:` the stimulus set is called like a
    function.
    """

    code = "BSD513"
    name = "argument-type"
    fails = plugin(assembly(cls="'NeuroidAssembly'"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        for parameter, argument, *_ in _given(facts):
            if (wanted := _wrong_type(parameter, argument)) is not None:
                yield Violation(
                    facts.place,
                    f"{parameter.name} of {facts.called} is {_kind(argument)}, and "
                    f"has to be {wanted[0]}",
                    wanted[1],
                )


def _wrong_type(parameter: Parameter, argument: Argument) -> tuple[str, str] | None:
    """Say what an argument has to be in place of what it is, and what to do; None if it may be."""
    role, written, name = parameter.role, argument.written, argument.name or ""
    if role not in _TYPES:
        return None
    forms, wanted, hint = _TYPES[role]
    if written == "None":
        required = role in {"identifier", "bucket", "store"}
        is_wrong = required or (role == "class" and parameter.is_required)
    elif role == "class" and written == "call":
        is_wrong = _LIKE_CLASS.fullmatch(name) is not None
    elif role == "stimulus_set" and written in {"name", "call"}:
        is_wrong = name in _LOADING
    else:
        is_wrong = argument.needs or written not in {*forms, "name", "call", "other"}
    return (wanted, hint) if is_wrong else None


class Placeholders(Rule[PlacedRegistration]):
    """A value is still to be filled in.

    Examples and templates have `"<version id>"` or `TODO` where a value belongs. No store has such
    a name or version. To pin nothing, leave the argument out, or write `"null"`.
    """

    code = "BSD514"
    name = "argument-placeholder"
    fails = plugin(assembly(version_id="<version id>"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        hint = "fill it in: `brainscore-data register` writes registrations from receipts"
        key = facts.registration.registry_key
        if key and _PLACEHOLDER.fullmatch(key):
            yield Violation(facts.place, f"the key {shown(key)} is a placeholder", hint)
        for parameter, argument, text, _ in _given(facts):
            if parameter.role == "stimulus_set":
                text = argument.key  # noqa: PLW2901 - the name of the stimulus set
            elif parameter.role not in _TEXTS:
                continue
            is_told = parameter.role == "sha1" and not _SHA1.fullmatch(text or "")
            if text and not is_told and _is_placeholder(parameter, text):
                yield Violation(
                    facts.place,
                    f"{parameter.name} of {facts.called} is {shown(text)}, a placeholder",
                    hint,
                )


def _is_placeholder(parameter: Parameter, text: str) -> bool:
    if parameter.role == "version" and re.search(r"\s", text):
        return True
    return text != "null" and _PLACEHOLDER.fullmatch(text) is not None


class Swapped(Rule[PlacedRegistration]):
    """An argument has the value of another argument.

    People often copy a registration and fill it in by hand. Then the hash stands where the version
    belongs, or both files of a stimulus set have one hash or version. Two files never have the same
    version id.
    """

    code = "BSD515"
    name = "argument-swapped"
    fails = plugin(stimulus_set(zip_version_id="ouQuNTYnTGB6kEGA2ZVf1wRc1lTVlVzz"))
    passes = plugin(stimulus_set())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        for parameter, argument, text, call in _given(facts):
            if (what := _belongs_elsewhere(parameter, argument, text, call)) is not None:
                yield Violation(
                    facts.place,
                    f"{parameter.name} of {facts.called} is {what}",
                    "put each value where it belongs",
                )
        loading = facts.registration.call
        pins = loading.arguments if loading is not None and loading.form != "own" else {}
        for one, other in (("csv_sha1", "zip_sha1"), ("csv_version_id", "zip_version_id")):
            value = pins.get(one)
            if pinned_version(value) is not None and value == pins.get(other):
                yield Violation(
                    facts.place,
                    f"{one} and {other} of {facts.called} are both {shown(value or '')}",
                    "take each from the receipt of its file",
                )
        for name, place in facts.shared:
            yield Violation(
                facts.place,
                f"{name} of {facts.called} is that of another file, at {place}",
                "take it from this file's receipt",
            )


def _belongs_elsewhere(  # noqa: PLR0911 - one for each thing that it may hold
    parameter: Parameter, argument: Argument, text: str | None, call: LoaderCall
) -> str | None:
    """Say what an argument holds; None if it may be its own."""
    role, name = parameter.role, argument.name or ""
    if role == "class":
        other: Kind = "stimulus_set" if call.loader.kind == "assembly" else "assembly"
        is_other = argument.written == "name" and name.endswith(_CLASS_OF[other])
        return f"{name}, the class of a {other.replace('_', ' ')}" if is_other else None
    if role == "stimulus_set":
        is_data = argument.written == "lambda" and name in {"load_dataset", "load_assembly_from_s3"}
        return f"a call of {name}, which loads an assembly" if is_data else None
    if not text or (role == "version" and call.form == "own"):
        return None
    if role in {"identifier", "bucket", "store", "version", "prefix"} and _SHA1.fullmatch(text):
        return "a sha1"
    if role == "identifier" and text.split("/")[0].removeprefix("s3:") == _BUCKET:
        return "a bucket"
    if role == "bucket" and text == call.identifier:
        return "the identifier"
    return None


class BucketName(Rule[PlacedRegistration]):
    """A bucket is not written as the loader takes it.

    The loaders of brainscore-core take `bucket/prefix`, without `s3://`; this package's take the
    URL of a store. If `brainscore-storage` lacks a letter, the loader looks in a bucket that does
    not exist, or that belongs to somebody else.
    """

    code = "BSD516"
    name = "bucket-name"
    fails = plugin(assembly(bucket="brainscore-storge/brainio-brainscore"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        for parameter, argument, text, call in _given(facts):
            fault_of = {"bucket": _bucket_fault, "store": _store_fault}.get(parameter.role)
            is_told = not text or _PLACEHOLDER.fullmatch(text)
            if fault_of is None or is_told or _belongs_elsewhere(parameter, argument, text, call):
                continue
            if (fault := fault_of(text or "")) is not None:
                reason, hint = fault
                yield Violation(
                    facts.place,
                    f"{parameter.name} of {facts.called} is {shown(text or '')}: {reason}",
                    hint,
                )


def _bucket_fault(text: str) -> tuple[str, str] | None:
    """Say why nothing can be in a bucket, and what to do; None if something may be."""
    bucket = text.partition("/")[0]
    if "://" in text or text.startswith("arn:"):
        return "the loader takes the bucket's name, and no URL", "write bucket/prefix"
    if bucket != _BUCKET and nearly_same_identifier(bucket, _BUCKET):
        return f"this is nearly {_BUCKET}", f"if {_BUCKET} is meant, write it so"
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", bucket):
        return (
            "no bucket has such a name",
            "write bucket/prefix: small letters, digits, dots and hyphens, 3 to 63 of them",
        )
    return None


def _store_fault(text: str) -> tuple[str, str] | None:
    """Say why a URL names no store, and what to do; of a bucket, as for the loaders that take one."""
    if text.startswith("s3://"):
        return _bucket_fault(text.removeprefix("s3://"))
    kind = kind_of(text)
    if kind is None or (text.startswith("https://") and kind.refusal(text) is not None):
        return "this is not the URL of a store", f"write {forms()}"
    return None


class StimulusSetRegistered(Rule[PlacedRegistration]):
    """The stimulus set that an assembly loads is not registered.

    `load_stimulus_set` looks for the key in the plugins of the same library, and stops if none has
    it. The rule looks only in a checkout that contains the library itself, such as Brain-Score's
    repository.
    """

    code = "BSD517"
    name = "stimulus-set-registered"
    fails = plugin(
        assembly(stimulus_set="Kar2018"),
        beside={"brainscore_vision/__init__.py": "stimulus_set_registry = {}\n"},
    )
    passes = plugin(
        stimulus_set("Kar2018") + assembly(stimulus_set="Kar2018"),
        beside={"brainscore_vision/__init__.py": "stimulus_set_registry = {}\n"},
    )

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        key = facts.unregistered
        if key is not None and not _PLACEHOLDER.fullmatch(key):
            yield Violation(
                facts.place,
                f"{facts.called} loads the stimulus set {shown(key)}, which no plugin registers",
                "register it in stimulus_set_registry, or correct its key",
            )


def _kind(argument: Argument) -> str:
    """Name what is written, for people."""
    if argument.written in {"name", "call", "lambda"} and argument.name is not None:
        what = {"name": "the function", "call": "what is returned by", "lambda": "a lambda with"}
        return f"{what[argument.written]} {argument.name}"
    known = {"...": "...", "None": "None", "text": "a text", "bool": "True or False"}
    return known.get(argument.written, f"a {argument.written}")


class _Given(NamedTuple):
    """What is written for a parameter: which kind of value, and the text if it is one."""

    parameter: Parameter
    argument: Argument
    text: str | None
    call: LoaderCall


def _given(facts: PlacedRegistration) -> Iterator[_Given]:
    call = facts.registration.call
    for name, argument in call.written.items() if call is not None else ():
        if call is not None and (parameter := call.loader.find(name)) is not None:
            text = call.arguments.get(name) if argument.written == "text" else None
            yield _Given(parameter, argument, text, call)
