"""Publishing a dataset: packaged first, all at once or in rounds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from brainscore_data.base.errors import UsageError
from brainscore_data.base.progress import Reporter
from brainscore_data.dataset.document import Name
from brainscore_data.dataset.reading import Dataset
from brainscore_data.packaging.bundling import package_items
from brainscore_data.packaging.check_first import check_first
from brainscore_data.packaging.inputs import item_name
from brainscore_data.packaging.shards import DatasetPart
from brainscore_data.publishing.bundles import Published
from brainscore_data.publishing.kept_receipts import KeptReceipts
from brainscore_data.publishing.rounds import rounds_of
from brainscore_data.records.bundle import CheckRecord
from brainscore_data.store.interface import Store


def publish_part(
    part: DatasetPart,
    publish: Callable[[Path], Published],
    home: KeptReceipts,
    store: Store,
    *,
    bundle: Path | None,
    ignore: Sequence[str],
    baseline: Path | None,
    jobs: int,
    disk: int | None,
    report: Reporter,
    say: Callable[[str], None],
) -> Published:
    """Package what `publish` is given then; the bundle stays if it has a place, and goes otherwise."""
    dataset = part.dataset
    check = partial(check_first, dataset.path.parent, ignore=ignore, baseline=baseline)
    package = partial(
        package_items, dataset, check=check, jobs=jobs, shard=part.record, report=report
    )
    if bundle is not None:
        package(bundle, wanted=part.wanted)
        return publish(bundle)
    where = store.location
    key = f"{where.url}\n{where.endpoint}\n{home.path.absolute()}"
    with rounds_of(dataset, part.wanted, key, most=disk, say=say) as rounds:
        checked: CheckRecord | None = None
        if len(rounds.items) > 1:
            checked = check(jobs=jobs)

        def publish_items(items: Collection[Name] | None) -> Published:
            try:
                package(rounds.bundle, wanted=items, checked=checked)
            except UsageError as error:
                if error.place and error.place.is_below(rounds.bundle.parent):
                    error.hint = f"{error.hint}; --output puts the bundle elsewhere"
                raise
            return publish(rounds.bundle)

        published = rounds.carried_out(publish_items)
        return _as_one(published, dataset, home, rounds.done)


def _as_one(
    rounds: Sequence[Published], dataset: Dataset, home: KeptReceipts, done: Collection[Name]
) -> Published:
    """Say of several rounds what one publication says; what was `done` before is in the receipts."""
    first = rounds[0]
    if len(rounds) == 1 and not done:
        return first
    found = home.found.items if home.found is not None else []
    before = [item for item in found if (item.kind, item.identifier) in done]
    items = [*before, *(item for each in rounds for item in each.receipts.items)]
    named = (*dataset.manifest.stimulus_sets, *dataset.manifest.assemblies)
    order = {item_name(item): place for place, item in enumerate(named)}
    items.sort(key=lambda item: order[item.kind, item.identifier])
    plan = replace(
        first.plan,
        items=tuple(item for each in rounds for item in each.plan.items),
        refusals=tuple(refusal for each in rounds for refusal in each.plan.refusals),
    )
    return Published(
        first.receipts.model_copy(update={"items": items}),
        tuple(dict.fromkeys(notice for each in rounds for notice in each.notices)),
        plan,
        next((each.error for each in rounds if each.error is not None), None),
    )
