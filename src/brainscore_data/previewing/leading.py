"""The three lines that every form of a preview begins an item with."""

from __future__ import annotations

from brainscore_data.base.progress import in_bytes
from brainscore_data.base.text import counted
from brainscore_data.dataset.licenses import license_in_words
from brainscore_data.previewing.preview import ItemPreview, Preview
from brainscore_data.previewing.seen import AssemblySeen, Difference, StimuliSeen


def leading_lines(item: ItemPreview, whole: Preview) -> tuple[str, str, str]:
    """Say what an item is, who can read it, and what was ignored."""
    return _what(item), _who(item), _ignored(item, whole)


def _what(item: ItemPreview) -> str:
    if item.stimuli is not None:
        return _stimuli(item.stimuli)
    if item.assembly is not None:
        return _assembly(item.assembly, item.assembly_class, sum(each.size for each in item.files))
    return f"could not be read: {item.error}"


def _stimuli(seen: StimuliSeen) -> str:
    missing = sum(each.missing for each in seen.columns)
    parts = [
        f"stimulus set of {counted(seen.count, 'stimulus', 'stimuli')}",
        f"{counted(len(seen.columns), 'column')} of metadata",
        counted(missing, "empty cell") if missing else "no empty cells",
        in_bytes(seen.bytes),
    ]
    if seen.without_file:
        parts.append(f"{counted(seen.without_file, 'row')} without a file")
    if seen.without_row:
        parts.append(f"{counted(seen.without_row, 'file')} without a row")
    return ", ".join(parts)


def _assembly(seen: AssemblySeen, assembly_class: str, size: int) -> str:
    shape = " × ".join(f"{dim} {size:,}" for dim, size in seen.dims)
    parts = [assembly_class or "assembly", shape or "a single value", seen.dtype]
    if values := seen.values:
        infinite = values.positive_infinite + values.negative_infinite
        of = "" if values.looked_at == values.size else f" in a sample of {values.looked_at:,}"
        parts.append(f"{values.nan:,} missing{of}" if values.nan else f"no missing values{of}")
        parts += [f"{infinite:,} infinite"] if infinite else []
    parts += [in_bytes(size)] if size else []
    return ", ".join(parts)


def _who(item: ItemPreview) -> str:
    stated = item.visibility or "visibility not said"
    said = f"{stated}, {license_in_words(item.license)}"
    if item.readers:
        said += f"; {item.readers}"
    return said if item.contents else f"{said}; shown in aggregates only"


def _ignored(item: ItemPreview, whole: Preview) -> str:
    # Of a bundle, packaging has said it: its files do not have what was left out any more.
    of_item = f"{item.identifier}: "
    packaged = [each.removeprefix(of_item) for each in whole.notices if each.startswith(of_item)]
    left_out = [each for each in (*item.notices, *packaged) if ": took " in each]
    told = list(dict.fromkeys(left_out)) or ["no row was left out"]
    if whole.checked is not None:
        told.append(f"checked with {counted(whole.checked, 'rule')}")
    told += [f"{what} ignored by {by}" for what, by in whole.ignored] or ["none ignored"] * (
        whole.checked is not None
    )
    return "; ".join(told)


def verdict(whole: Preview) -> str:
    """Say in a few words whether all is well."""
    unseen = sum(bool(each.error) for each in whole.items)
    warnings = len(whole.remarks) - len(whole.errors)
    if whole.errors or unseen:
        found = [counted(len(whole.errors), "error")] if whole.errors else []
        found += [f"{counted(unseen, 'item')} could not be read"] if unseen else []
        return " and ".join(found)
    if whole.checked is None:
        return "not checked"
    return f"no errors, {counted(warnings, 'warning')}" if warnings else "all checks passed"


def changes_in_words(changes: Difference) -> str:
    """Say what changed."""
    if changes.none:
        return "nothing changed"
    noun = "value" if changes.what == "values" else "row"
    parts = [
        *([f"{counted(changes.added, 'row')} added"] if changes.added else []),
        *([f"{counted(changes.removed, 'row')} removed"] if changes.removed else []),
        *([f"{counted(changes.changed, noun)} changed"] if changes.changed else []),
        *([f"{counted(changes.files_changed, 'file')} changed"] if changes.files_changed else []),
        *(f"new column {each}" for each in changes.columns_added),
        *(f"column {each} removed" for each in changes.columns_removed),
    ]
    if changes.what == "not compared":
        parts.append("the values cannot be compared one by one")
    return ", ".join(parts)
