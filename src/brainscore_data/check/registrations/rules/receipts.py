"""Rules of registrations beside a committed ``receipts.json``."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from brainscore_data.base.place import Place
from brainscore_data.check.engine.finding import Violation, shown
from brainscore_data.check.engine.rule import Rule
from brainscore_data.check.registrations.committed_receipts import PublishedItem
from brainscore_data.check.registrations.examples import assembly, plugin, receipts
from brainscore_data.check.registrations.probe import Committed
from brainscore_data.check.registrations.wording import called, plain_store
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import Registration, pinned_version


class ReceiptsReadable(Rule[Committed]):
    """Committed receipts cannot be read."""

    code = "BSD508"
    name = "receipts-readable"
    why = (
        "`receipts.json` is the record of what was published. What cannot be read cannot be "
        "compared with the registrations, and that must not look like a pass."
    )
    fails = plugin(assembly(), receipts=receipts(text="{"))
    passes = plugin(assembly(), receipts=receipts())

    def check(self, facts: Committed) -> Iterator[Violation]:
        if facts.is_checked and facts.error is not None:
            yield Violation(
                Place(facts.subject),
                f"receipts could not be read: {facts.error}",
                "restore the file, or remove it and publish again: nothing is uploaded twice",
            )


class ReceiptsAgree(Rule[Committed]):
    """A registration does not agree with the committed receipts."""

    code = "BSD509"
    name = "registration-unlike-receipts"
    requires = frozenset({"BSD508"})
    why = (
        "Where a `receipts.json` is committed beside its `dataset.toml`, it says which bytes, "
        "which version and which store were confirmed. A registration that pins others was edited "
        "by hand or is out of date. Of several registrations of one identifier, one must agree."
    )
    fails = plugin(assembly(version_id="3HL4kqtJlcpXroDTDmJ"), receipts=receipts())
    passes = plugin(assembly(), receipts=receipts())

    def check(self, facts: Committed) -> Iterator[Violation]:
        for item, placed in facts.registered:
            disagreeing = [(each, _disagreement(each.registration, item)) for each in placed]
            if any(said is None for _, said in disagreeing):
                continue
            for each, said in disagreeing:
                yield Violation(
                    each.place,
                    f"{called(each.registration)} disagrees with {facts.subject}: {said}",
                    f"`brainscore-data register {quote(facts.subject)}` writes what they say; "
                    "where the registration is right, publish again what it is for",
                )


def _disagreement(registration: Registration, item: PublishedItem) -> str | None:
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
    stores = {plain_store(each) for each in item.stores}
    if call.store is not None and plain_store(call.store) not in stores:
        return f"the store is {shown(min(stores))} there"
    return None


def _is_known(call: LoaderCall, name: str) -> bool:
    return name in call.arguments or (call.is_complete and name not in call.computed)
