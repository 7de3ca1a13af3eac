"""Recordings guessed: series of an NWB file, cut at the onsets of what its tables say was shown."""

from __future__ import annotations

from collections.abc import Sequence

from brainscore_data.drafting.array_assemblies import assembly_keys, stimuli_of
from brainscore_data.drafting.found import FoundTable, Recording, beside
from brainscore_data.drafting.manifest_text import DraftedItem
from brainscore_data.drafting.questions import NONE, Answers, ContributorQuestion, parsed_bins
from brainscore_data.drafting.spikes import onset_column, plain
from brainscore_data.drafting.stimuli import DraftedStimulusSet, stimulus_id_source


def draft_recordings(
    identifier: str,
    recordings: Sequence[Recording],
    tables: Sequence[FoundTable],
    sets: Sequence[DraftedStimulusSet],
    answers: Answers,
) -> tuple[list[DraftedItem], dict[str, str]]:
    """Guess assemblies, where it was said in which bins; and say why what is left out is."""
    bins = parsed_bins(answers.bins)
    processed = {_session(each) for each in recordings if ":processing/" in each.name}
    items, left = [], {}
    for each in recordings:
        shown = next((t for t in beside(each.name, tables) if _says_when(t, sets)), None)
        if ":processing/" not in each.name and _session(each) in processed:
            left[each.name] = "there is one that was processed, too"
        elif shown is None:
            left[each.name] = "no table in it says what was shown when: stimulus_id and an onset"
        elif bins is None:
            left[each.name] = (
                "it goes on through all presentations: `brainscore-data init --bins start:stop:width` "
                "cuts it at their onsets, in ms"
            )
        else:
            stimulus_set, ids = stimuli_of(shown, sets)
            keys = assembly_keys(identifier, "NeuroidAssembly", stimulus_set)
            keys |= {"series": each.name, "onset": onset_column(shown), "bins": plain(bins)}
            keys["coords"] = {"presentation": shown.name, "neuroid": each.channels}
            keys |= ids
            items.append(DraftedItem("assembly", keys))
    return items, left


def about_recordings(
    recordings: Sequence[Recording], answers: Answers
) -> tuple[ContributorQuestion, ...]:
    """Ask whether to cut them."""
    if not recordings or answers.bins is not None:
        return ()
    text = (
        f"Shall {recordings[0].name} be cut into time bins at the onset of each presentation? "
        "start:stop:width in ms; or none"
    )
    return (ContributorQuestion("bins", text, NONE),)


def _session(recording: Recording) -> str:
    return recording.name.partition(":")[0]


def _says_when(table: FoundTable, sets: Sequence[DraftedStimulusSet]) -> bool:
    return bool(stimulus_id_source(table, sets) and onset_column(table))
