"""What can be wrong with a registration, argument by argument, and which rule says so.

Brain-Score imports the plugin, looks the key up, calls what is registered, and that calls a loader
with these arguments. Each cell is one way in which one of these steps fails.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from brainscore_data.plugins.loaders import LOADERS, OWN_LOADERS, Role

Fault = Literal[
    "missing",
    "unknown name",
    "wrong type",
    "placeholder",
    "duplicate",
    "swapped",
    "names nothing",
]
FAULTS: tuple[Fault, ...] = (
    "missing",
    "unknown name",
    "wrong type",
    "placeholder",
    "duplicate",
    "swapped",
    "names nothing",
)
#: What is not an argument of the loader, but of the registration itself.
Part = Literal["registry", "key", "value"]


class Cell(NamedTuple):
    """One fault of one part or argument.

    Attributes
    ----------
    code : str
        The rule that says so.
    written : str
        An example, as it is written in place of the right one; None in place of a value is
        left out, a name is misspelt or given twice by whoever reads this.
    """

    code: str
    written: str = ""


_SHA1 = "57813230e337a09c4c423da927c1f33e62054547"
_UNDEFINED = Cell("BSD518", "UNDEFINED")
_TEXT_TYPES = (Cell("BSD513", "5"), Cell("BSD513", "..."), Cell("BSD513", "['a']"))
#: Of the registration itself: what is wrong, with which example.
PARTS: dict[tuple[Part, Fault], tuple[Cell, ...]] = {
    ("registry", "unknown name"): (Cell("BSD518", "data_registri"),),
    ("registry", "swapped"): (Cell("BSD511", "the other registry"),),
    ("registry", "names nothing"): (Cell("BSD518", "a registry that is not imported"),),
    ("key", "missing"): (Cell("BSD502", "''"),),
    ("key", "wrong type"): (Cell("BSD502", "5"), Cell("BSD502", "KEYS[0]")),
    ("key", "placeholder"): (Cell("BSD514", "'<identifier>'"), Cell("BSD514", "'TODO'")),
    ("key", "duplicate"): (Cell("BSD503", "twice"),),
    ("value", "missing"): (Cell("BSD510", "None"),),
    ("value", "unknown name"): (Cell("BSD518", "lambda: load_assembly_from_s4('Kar2019')"),),
    ("value", "wrong type"): (
        Cell("BSD510", "'Kar2019'"),
        Cell("BSD510", "without lambda"),
        Cell("BSD510", "the loader itself"),
        Cell("BSD510", "lambda name: load(name)"),
    ),
    ("value", "placeholder"): (Cell("BSD510", "..."),),
    ("value", "names nothing"): (Cell("BSD518", "UNDEFINED"),),
}
#: Of an argument, by what it is for. `missing` is for those that a loader requires.
ARGUMENTS: dict[tuple[Role, Fault], tuple[Cell, ...]] = {
    ("identifier", "wrong type"): (*_TEXT_TYPES, Cell("BSD513", "None")),
    ("identifier", "placeholder"): (Cell("BSD514", "'<identifier>'"), Cell("BSD514", "'TODO'")),
    ("identifier", "swapped"): (
        Cell("BSD515", f"'{_SHA1}'"),
        Cell("BSD515", "'brainscore-storage/brainio-brainscore'"),
    ),
    ("bucket", "wrong type"): (*_TEXT_TYPES, Cell("BSD513", "None")),
    ("bucket", "placeholder"): (Cell("BSD514", "'<bucket>'"), Cell("BSD514", "'your-bucket'")),
    ("bucket", "swapped"): (Cell("BSD515", f"'{_SHA1}'"), Cell("BSD515", "'Kar2019'")),
    ("bucket", "names nothing"): (
        Cell("BSD516", "'brainscore-storge/brainio-brainscore'"),
        Cell("BSD516", "'brainscore_storage/brainio-brainscore'"),
        Cell("BSD516", "'s3://brainscore-storage/brainio-brainscore'"),
        Cell("BSD516", "'https://brainscore-storage.s3.amazonaws.com'"),
        Cell("BSD516", "'/brainscore-storage/brainio-brainscore'"),
        Cell("BSD516", "'Brainscore-Data/brainio-brainscore'"),
    ),
    ("store", "wrong type"): _TEXT_TYPES,
    ("store", "placeholder"): (Cell("BSD514", "'<store>'"),),
    ("store", "swapped"): (Cell("BSD515", f"'{_SHA1}'"),),
    ("store", "names nothing"): (
        Cell("BSD516", "'brainscore-storage/brainio-brainscore'"),
        Cell("BSD516", "'s3://brainscore-storge/brainio-brainscore'"),
        Cell("BSD516", "'https://brainscore-storage.s3.amazonaws.com'"),
    ),
    ("sha1", "wrong type"): _TEXT_TYPES,
    ("sha1", "placeholder"): (
        Cell("BSD504", "'<sha1>'"),
        Cell("BSD504", "'TODO'"),
        Cell("BSD514", f"'{'0' * 40}'"),
    ),
    ("sha1", "swapped"): (Cell("BSD504", "'kCt7PZx9jxXDrRhyow9y8hDUUDFAAp._'"),),
    ("version", "wrong type"): _TEXT_TYPES,
    ("version", "placeholder"): (
        Cell("BSD514", "'<version id>'"),
        Cell("BSD514", "'TODO'"),
        Cell("BSD514", "'...'"),
        Cell("BSD514", "'None'"),
    ),
    ("version", "swapped"): (Cell("BSD515", f"'{_SHA1}'"),),
    ("class", "wrong type"): (
        Cell("BSD513", "'NeuroidAssembly'"),
        Cell("BSD513", "..."),
        Cell("BSD513", "NeuroidAssembly()"),
    ),
    ("class", "placeholder"): (Cell("BSD513", "'TODO'"),),
    ("class", "swapped"): (Cell("BSD515", "the class of the other kind"),),
    ("stimulus_set", "wrong type"): (
        Cell("BSD513", "'Kar2019'"),
        Cell("BSD513", "load_stimulus_set('Kar2019')"),
        Cell("BSD513", "load_stimulus_set"),
        Cell("BSD513", "lambda name: load_stimulus_set(name)"),
        Cell("BSD513", "..."),
    ),
    ("stimulus_set", "placeholder"): (Cell("BSD514", "lambda: load_stimulus_set('TODO')"),),
    ("stimulus_set", "swapped"): (Cell("BSD515", "lambda: load_dataset('Kar2019')"),),
    ("stimulus_set", "names nothing"): (
        Cell("BSD517", "lambda: load_stimulus_set('Nobody2020')"),
        Cell("BSD518", "lambda: undefined('Kar2019')"),
    ),
    ("flag", "wrong type"): (Cell("BSD513", "'False'"), Cell("BSD513", "...")),
    ("flag", "swapped"): (Cell("BSD513", "lambda: load_stimulus_set('Kar2019')"),),
    ("prefix", "wrong type"): (Cell("BSD513", "5"), Cell("BSD513", "...")),
    ("prefix", "placeholder"): (Cell("BSD514", "'<prefix>'"),),
    ("option", "wrong type"): (Cell("BSD513", "5"), Cell("BSD513", "...")),
}
#: What holds for every argument, whatever it is for.
EVERY_ARGUMENT: dict[Fault, tuple[Cell, ...]] = {
    "missing": (Cell("BSD512"),),
    "unknown name": (Cell("BSD512"),),
    "duplicate": (Cell("BSD512"),),
    "names nothing": (_UNDEFINED,),
}
#: What two arguments, or two registrations, cannot share.
SHARED: dict[Role, str] = {"sha1": "BSD515", "version": "BSD515"}
_REQUIRED = {
    parameter.role
    for loader in (*LOADERS.values(), *OWN_LOADERS.values())
    for parameter in loader.all
    if parameter.is_required
}


def cells(role: Role, fault: Fault) -> tuple[Cell, ...]:
    """Give the cells of an argument and a fault."""
    if fault == "missing" and role not in _REQUIRED:
        return ()
    return (*ARGUMENTS.get((role, fault), ()), *EVERY_ARGUMENT.get(fault, ()))
