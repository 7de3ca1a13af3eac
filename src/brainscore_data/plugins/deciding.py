"""What has to change in a plugin so that it pins what the receipts say.

A version id has no order, so nobody can tell from two of them which is the later. A pin is
replaced only where something shows that the new version came after the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from brainscore_data.base.errors import BrainScoreDataError
from brainscore_data.dataset.identifiers import ASSEMBLY_PREFIX, Kind
from brainscore_data.plugins.loader_calls import LoaderCall
from brainscore_data.plugins.parse import PINS, Plugin, Registration, pinned_version
from brainscore_data.plugins.render import form_for, located
from brainscore_data.records.receipts import FileReceipt, ItemReceipt, Receipts
from brainscore_data.store.urls import opened

IsEarlier = Callable[[FileReceipt, str], bool]
Taken = Callable[[Kind, str], object | None]


@dataclass(frozen=True)
class Change:
    """What is done about one item."""

    item: ItemReceipt
    # Append a registration, rewrite arguments of those that are there, or nothing: "keep" what is
    # right, "skip" what has no registry
    action: Literal["add", "update", "keep", "skip", "refuse"]
    line: int | None = None  # of the registration that is there, from 1
    # What to rewrite: by the place of a loader's call, the new values of its arguments
    arguments: Mapping[tuple[int, int], Mapping[str, str | None]] | None = None
    reason: str = ""  # of a refusal or an omission, and what to do about it
    hint: str = ""


def decide(
    plugin: Plugin,
    receipts: Receipts,
    *,
    folder: str | None = None,
    is_earlier: IsEarlier,
    taken: Taken = lambda kind, key: None,  # noqa: ARG005
    force: bool = False,
) -> tuple[Change, ...]:
    """Compare a plugin with receipts, item by item."""
    changes = []
    for item in receipts.items:
        if (missing := no_registry(item, folder)) is not None:
            changes.append(Change(item, "skip", reason=missing))
        elif (refusal := _taken_key(plugin, item, taken)) is not None:
            changes.append(refusal)
        else:
            changes.append(_decide(plugin, item, folder, is_earlier, force=force))
    return tuple(changes)


def _taken_key(plugin: Plugin, item: ItemReceipt, taken: Taken) -> Change | None:
    """Refuse a key that another plugin has: Brain-Score finds neither of the two then."""
    there = [each for each in plugin.registrations if _registers(each, item)]
    lines: dict[str | None, int | None] = {each.registry_key: each.line for each in there}
    lines = lines or {item.identifier: None}
    for key, line in lines.items():
        if key is not None and (where := taken(item.kind, key)) is not None:
            reason = f"another plugin has the key {key!r}, at {where}; with two, Brain-Score finds neither"
            hint = "publish under another identifier, or remove the key there, also from comments"
            return Change(item, "refuse", line, reason=reason, hint=hint)
    return None


def _decide(
    plugin: Plugin,
    item: ItemReceipt,
    folder: str | None,
    is_earlier: IsEarlier,
    *,
    force: bool,
) -> Change:
    there = [each for each in plugin.registrations if _registers(each, item)]
    if not there:
        return Change(item, "add")
    rewritten: dict[tuple[int, int], Mapping[str, str | None]] = {}
    wanted = located(item, form_for(item, plugin=folder))
    for registration in there:
        call = registration.call
        if call is None or call.identifier != item.identifier or not call.is_complete:
            return _unreadable(item, registration)
        if call.form != form_for(item, plugin=folder):
            hint = "remove that registration, and run this again to get a new one"
            reason = _other_loader(item, call)
            return Change(item, "refuse", registration.line, reason=reason, hint=hint)
        # A server, or a region, that was said for another store holds no more.
        left = {name: None for name in ("endpoint_url", "region") if name in call.arguments}
        wanted = {**left, **wanted} if call.form == "own" else wanted
        outdated = {name: value for name, value in wanted.items() if not _says(call, name, value)}
        stands_elsewhere = not call.is_own or bool(call.followed & outdated.keys())
        if call.computed & wanted.keys() or (outdated and stands_elsewhere):
            return _unreadable(item, registration)
        if not force and outdated and (doubt := _doubt(item, call, is_earlier)):
            reason, hint = doubt
            return Change(item, "refuse", registration.line, reason=reason, hint=hint)
        if outdated:
            rewritten[call.place] = outdated
    action: Literal["update", "keep"] = "update" if rewritten else "keep"
    return Change(item, action, there[0].line, rewritten)


_DOUBT_HINT = (
    "look which of the two is meant (`brainscore-data lookup` lists them in order); "
    "if it is the receipt's, --force writes it"
)
_STORE_HINT = "find out which store is meant; if it is the receipt's, --force writes it"


def _registers(registration: Registration, item: ItemReceipt) -> bool:
    if registration.kind != item.kind:
        return False
    named = registration.call and registration.call.identifier
    return item.identifier in {named, registration.registry_key}


def _says(call: LoaderCall, name: str, value: str | None) -> bool:
    written = call.arguments.get(name)
    if name.endswith("version_id"):
        return name in call.arguments and pinned_version(written) == pinned_version(value)
    return written == value


def _other_loader(item: ItemReceipt, call: LoaderCall) -> str:
    if call.form == "own":  # which reaches all stores, from wherever brainscore_data is installed
        return f"it is registered with brainscore_data's loader, and {_store(item)} needs none"
    return f"it is registered with a loader that cannot reach {_store(item)}"


def _unreadable(item: ItemReceipt, registration: Registration) -> Change:
    call = registration.call
    if call is not None and call.identifier is not None and call.identifier != item.identifier:
        reason = (
            f"the key {registration.registry_key!r} is taken: it loads the files of "
            f"{call.identifier!r}"
        )
        hint = "rename the key, or remove that registration"
    else:
        reason = "its registration computes what it pins, so only running the plugin would show it"
        hint = "write the new pins there by hand; `brainscore-data receipt` shows them"
    return Change(item, "refuse", registration.line, reason=reason, hint=hint)


def _doubt(item: ItemReceipt, call: LoaderCall, is_earlier: IsEarlier) -> tuple[str, str] | None:
    """Say why a pin must not be replaced, and what to do; None if nothing speaks against it."""
    elsewhere = call.store is not None and call.store != _store(item)
    if elsewhere and not _same_bytes(item, call):
        reason = f"it pins other content, in {call.store}; the receipt is for {_store(item)}"
        return reason, _STORE_HINT
    files = {receipt.object.key.rpartition(".")[2]: receipt for receipt in item.files}
    for suffix, (sha1_name, version_name) in PINS[item.kind].items():
        receipt = files[suffix]
        pinned_sha1 = call.arguments.get(sha1_name)
        pinned = pinned_version(call.arguments.get(version_name))
        version_id = receipt.object.version_id
        is_same = pinned_sha1 == receipt.object.sha1
        if (is_same and pinned in {None, version_id}) or (pinned_sha1 is None and pinned is None):
            continue
        # Bytes that were written before the bucket kept versions have this id ever after.
        old = pinned or "null"
        if receipt.run.replaces == old or (old != version_id and is_earlier(receipt, old)):
            continue
        if elsewhere:  # where version ids are other ones, of whatever
            reason = f"it pins the same content in {call.store}; the receipt is for {_store(item)}"
            return reason, _STORE_HINT
        reason = (
            f"it pins version {old!r} of {receipt.object.key}, and nothing shows that "
            f"{version_id!r} of the receipt came after it"
        )
        return reason, _DOUBT_HINT
    return None


def _same_bytes(item: ItemReceipt, call: LoaderCall) -> bool:
    published = {receipt.object.sha1 for receipt in item.files}
    return published == {call.arguments.get(sha1) for sha1, _ in PINS[item.kind].values()}


def no_registry(item: ItemReceipt, folder: str | None) -> str | None:
    """Say why an item has no registry; None if it has one."""
    if item.kind == "assembly":
        if item.prefix == ASSEMBLY_PREFIX:
            return None
        return f"no registry has what is under {item.prefix}: load it in the benchmark"
    if (folder or "").startswith("brainscore_language/"):
        return "brainscore_language has no registry for stimulus sets"
    return None


def _store(item: ItemReceipt) -> str:
    return item.files[0].object.store


def is_earlier_in_store(
    receipt: FileReceipt, version_id: str, *, profile: str | None = None, session: Any = None
) -> bool:
    """Ask a store whether it lists a version before the one of a receipt."""
    stored = receipt.object
    try:
        store = opened(
            stored.store,
            endpoint_url=stored.endpoint,
            region=stored.region,
            profile=profile,
            session=session,
        )
        key = stored.key.removeprefix(store.location.prefix)
        listed = [version.version_id or "null" for version in store.versions(key)]
    except BrainScoreDataError:
        return False
    ours = stored.version_id or "null"
    return version_id in listed and ours in listed and listed.index(version_id) < listed.index(ours)
