"""Rules of what a registration pins: hashes, versions and the store, also beside receipts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.registrations.committed_receipts import ReceiptPins
from brainscore_data.check.registrations.examples import assembly, plugin, receipts
from brainscore_data.check.registrations.probe import PlacedRegistration, ReceiptsFacts
from brainscore_data.check.registrations.rules.calls import misspelt
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import PINS, Registration, pinned_version

_SHA1 = re.compile(r"[0-9a-f]{40}")


class Sha1Pinned(Rule[PlacedRegistration]):
    """A registration does not pin the sha1 of its files.

    By the sha1 a reader knows that it has the published bytes. Readers compare it as text: 40
    hexadecimal digits in lower case. Any other text stops the load.
    """

    code = "BSD504"
    name = "registration-sha1"
    fails = plugin(assembly(sha1="57813230E337A09C4C423DA927C1F33E62054547"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        for name in _unset(facts.registration, _sha1s(facts.registration.kind)):
            yield Violation(
                facts.place,
                f"{facts.called} has no {name}",
                "take it from receipts.json: `brainscore-data receipt` writes the registration",
            )
        call = facts.registration.call
        for name in _sha1s(facts.registration.kind):
            written = call.arguments.get(name) if call is not None else None
            is_text = (
                call is not None and name in call.written and call.written[name].written == "text"
            )
            if written and is_text and not _SHA1.fullmatch(written):
                yield Violation(
                    facts.place,
                    f"{name} of {facts.called} is {shown(written)}, which is not a sha1",
                    "write its 40 characters, 0-9 and a-f in lower case",
                )


class VersionPinned(Rule[PlacedRegistration]):
    """A registration does not pin the version of its files.

    Without a version id a reader gets whatever the key holds today, and fails when somebody
    overwrites it. A bucket without versioning gives the version `"null"`. Most of Brain-Score's
    older data is in such a bucket, so this is only a warning.
    """

    code = "BSD505"
    name = "registration-version"
    severity = Severity.WARNING
    fails = plugin(assembly(version_id="null"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        unset = _unset(facts.registration, _versions(facts.registration.kind))
        if unset:
            yield Violation(
                facts.place,
                f"{facts.called} pins no version: {' and '.join(unset)} "
                f'{"is" if len(unset) == 1 else "are"} None, empty, "null" or missing',
                "take the version id from receipts.json; if the bucket keeps none, never "
                "overwrite the key",
            )


class BucketAllowed(Rule[PlacedRegistration]):
    """A registration reads from a bucket that is not allowed.

    A repository can say in `[tool.brainscore-data]` where its data may be: `allowed-buckets =
    ["brainscore-storage/brainscore-vision"]` allows that prefix and what is below it. Without the
    setting nothing is checked.
    """

    code = "BSD507"
    name = "bucket-allowed"
    fails = plugin(
        assembly(bucket="my-own-bucket"), settings='allowed-buckets = ["brainscore-storage"]'
    )
    passes = plugin(assembly(), settings='allowed-buckets = ["brainscore-storage"]')

    def check(self, facts: PlacedRegistration, settings: Settings) -> Iterator[Violation]:
        call = facts.registration.call
        if not settings.allowed_buckets or call is None or call.store is None:
            return
        store = _plain_store(call.store)
        allowed = [_plain_store(each) for each in settings.allowed_buckets]
        if not any(store == each or store.startswith(f"{each}/") for each in allowed):
            yield Violation(
                facts.place,
                f"{facts.called} reads from {shown(store)}, which is not allowed",
                f"publish to {' or '.join(allowed)}, or add the bucket to allowed-buckets",
                ("BSD516", facts.place),
            )


class ReceiptsReadable(Rule[ReceiptsFacts]):
    """Committed receipts cannot be read.

    `receipts.json` is the record of what was published. If it cannot be read, the rules cannot
    compare it with the registrations. This does not count as passed.
    """

    code = "BSD508"
    name = "receipts-readable"
    fails = plugin(assembly(), receipts=receipts(text="{"))
    passes = plugin(assembly(), receipts=receipts())

    def check(self, facts: ReceiptsFacts) -> Iterator[Violation]:
        if facts.is_checked and facts.error is not None:
            yield Violation(
                Place(facts.subject),
                f"receipts could not be read: {facts.error}",
                "restore the file, or remove it and publish again: nothing is uploaded twice",
            )


class ReceiptsAgree(Rule[ReceiptsFacts]):
    """A registration does not agree with the committed receipts.

    A `receipts.json` beside its `dataset.toml` says which bytes, which version and which store were
    confirmed. If a registration pins others, somebody edited it by hand, or it is out of date. If
    an identifier has several registrations, one must agree.
    """

    code = "BSD509"
    name = "registration-unlike-receipts"
    requires = frozenset({"BSD508"})
    fails = plugin(assembly(version_id="3HL4kqtJlcpXroDTDmJ"), receipts=receipts())
    passes = plugin(assembly(), receipts=receipts())

    def check(self, facts: ReceiptsFacts) -> Iterator[Violation]:
        for item, placed in facts.registered:
            disagreeing = [(each, _disagreement(each.registration, item)) for each in placed]
            if any(said is None for _, said in disagreeing):
                continue
            for each, said in disagreeing:
                yield Violation(
                    each.place,
                    f"{each.called} disagrees with {facts.subject}: {said}",
                    f"`brainscore-data register {quote(facts.subject)}` writes what they say; "
                    "where the registration is right, publish again what it is for",
                )


def _sha1s(kind: Kind) -> tuple[str, ...]:
    return tuple(sha1 for sha1, _ in PINS[kind].values())


def _versions(kind: Kind) -> tuple[str, ...]:
    return tuple(version for _, version in PINS[kind].values())


def _unset(registration: Registration, names: tuple[str, ...]) -> list[str]:
    """Give the arguments that pin nothing, or may be and are left away."""
    call = registration.call
    if call is None:
        return []
    meant = misspelt(call).values()
    return [
        name
        for name in names
        if name not in call.computed
        and name not in meant
        and (name in call.arguments or (call.is_complete and not _is_required(call, name)))
        and pinned_version(call.arguments.get(name)) is None
    ]


def _is_required(call: LoaderCall, name: str) -> bool:
    """Whether the call fails without an argument, which another rule says."""
    parameter = call.loader.find(name)
    return parameter is not None and parameter.is_required


def _disagreement(registration: Registration, item: ReceiptPins) -> str | None:
    call = registration.call
    if call is None:
        return None
    for name, sha1 in item.sha1s:
        if _is_known(call, name) and call.arguments.get(name) != sha1:
            return f"{name} is {sha1} there"
    for name, version in item.versions:
        if _is_known(call, name) and pinned_version(call.arguments.get(name)) != pinned_version(
            version
        ):
            return f"{name} is {shown(version) if version else 'none'} there"
    stores = {_plain_store(each) for each in item.stores}
    if call.store is not None and _plain_store(call.store) not in stores:
        return f"the store is {shown(min(stores))} there"
    return None


def _is_known(call: LoaderCall, name: str) -> bool:
    return name in call.arguments or (call.is_complete and name not in call.computed)


def _plain_store(store: str) -> str:
    """Give a store as registrations and settings have it: ``bucket/prefix`` of S3.

    >>> _plain_store("s3://brainscore-storage/brainio-brainscore/")
    'brainscore-storage/brainio-brainscore'
    """
    return store.removeprefix("s3://").strip("/") if not store.startswith("file:") else store
