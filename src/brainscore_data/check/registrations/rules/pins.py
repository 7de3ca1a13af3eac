"""Rules of what a registration pins: hashes, versions and the store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from brainscore_data.check.engine.finding import Severity, Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.registrations.examples import assembly, plugin
from brainscore_data.check.registrations.probe import PlacedRegistration
from brainscore_data.check.registrations.wording import called, misspelt, plain_store
from brainscore_data.dataset.identifiers import Kind
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import PINS, Registration, pinned_version

_SHA1 = re.compile(r"[0-9a-f]{40}")


class Sha1Pinned(Rule[PlacedRegistration]):
    """A registration does not pin the sha1 of its files."""

    code = "BSD504"
    name = "registration-sha1"
    why = (
        "The sha1 is how a reader knows that it has the bytes that were published. It is compared "
        "as text: 40 digits of hexadecimal in lower case, or the data cannot be loaded."
    )
    fails = plugin(assembly(sha1="57813230E337A09C4C423DA927C1F33E62054547"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        for name in _unset(facts.registration, _sha1s(facts.registration.kind)):
            yield Violation(
                facts.place,
                f"{called(facts.registration)} has no {name}",
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
                    f"{name} of {called(facts.registration)} is {shown(written)}, which is no sha1",
                    "write its 40 characters, 0-9 and a-f in lower case",
                )


class VersionPinned(Rule[PlacedRegistration]):
    """A registration does not pin the version of its files."""

    code = "BSD505"
    name = "registration-version"
    severity = Severity.WARNING
    why = (
        "Without a version id a reader gets whatever the key holds today, and fails when somebody "
        'overwrites it. `"null"` is what a bucket without versioning says; most of Brain-Score\'s '
        "older data is in one, which is why this is a warning."
    )
    fails = plugin(assembly(version_id="null"))
    passes = plugin(assembly())

    def check(self, facts: PlacedRegistration) -> Iterator[Violation]:
        unset = _unset(facts.registration, _versions(facts.registration.kind))
        if unset:
            yield Violation(
                facts.place,
                f"{called(facts.registration)} pins no version: {' and '.join(unset)} "
                f'{"is" if len(unset) == 1 else "are"} None, empty, "null" or missing',
                "take the version id from receipts.json; if the bucket keeps none, never "
                "overwrite the key",
            )


class BucketAllowed(Rule[PlacedRegistration]):
    """A registration reads from a bucket that is not allowed."""

    code = "BSD507"
    name = "bucket-allowed"
    why = (
        "A repository can say in `[tool.brainscore-data]` where its data may be: "
        '`allowed-buckets = ["brainscore-storage/brainscore-vision"]` allows that prefix and what '
        "is below it. Without the setting nothing is checked."
    )
    fails = plugin(
        assembly(bucket="my-own-bucket"), settings='allowed-buckets = ["brainscore-storage"]'
    )
    passes = plugin(assembly(), settings='allowed-buckets = ["brainscore-storage"]')

    def check(self, facts: PlacedRegistration, settings: Settings) -> Iterator[Violation]:
        call = facts.registration.call
        if not settings.allowed_buckets or call is None or call.store is None:
            return
        store = plain_store(call.store)
        allowed = [plain_store(each) for each in settings.allowed_buckets]
        if not any(store == each or store.startswith(f"{each}/") for each in allowed):
            yield Violation(
                facts.place,
                f"{called(facts.registration)} reads from {shown(store)}, which is not allowed",
                f"publish to {' or '.join(allowed)}, or add the bucket to allowed-buckets",
                ("BSD516", facts.place),
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
