"""Every file that ``docs/security.md`` says attacks: what becomes of it, and what it costs.

Each goes through the real commands, as a pull request would bring it. It ends with a finding or a
clear error about the file that attacks, and the program itself stays small.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from itertools import product
from pathlib import Path

import attacking_files as attacks
import pytest
from attacked_program import MIB, ROOM
from how_often import NIGHT
from pictures import png

HEAD = 'schema = 1\n[dataset]\nlicense = "CC-BY-4.0"\nreference = "doi:10.1000/182"\n'


def assembly(folder: Path, form: str, kind: str = "NeuroidAssembly") -> None:
    (folder / "p.csv").write_text("stimulus_id\na\nb\nc\nd\n")
    (folder / "n.csv").write_text("neuroid_id\n1\n2\n3\n")
    (folder / "dataset.toml").write_text(
        f'{HEAD}\n[[assembly]]\nidentifier = "Doe2024.public"\nvisibility = "public"\n'
        f'class = "{kind}"\n{form}\n'
    )


def stimuli(
    folder: Path, metadata: str = "stimuli.csv", files: str = "stimuli", name: str = "0.png"
) -> None:
    (folder / "stimuli").mkdir()
    (folder / "stimuli" / name).write_bytes(png(0))
    (folder / "stimuli.csv").write_text(f"stimulus_id,filename\na,{name}\n")
    (folder / "dataset.toml").write_text(
        f'{HEAD}\n[[stimulus_set]]\nidentifier = "Doe2024"\nvisibility = "public"\n'
        f'metadata = "{metadata}"\nfiles = "{files}"\n'
    )


def as_netcdf(folder: Path) -> str:
    assembly(folder, 'data = "a.nc"')
    return "a.nc"


def as_array(folder: Path) -> str:
    coords = 'coords = { presentation = "p.csv", neuroid = "n.csv" }'
    assembly(folder, f'values = "a.npy"\ndims = ["presentation", "neuroid"]\n{coords}')
    return "a.npy"


def as_matlab(folder: Path) -> str:
    coords = 'coords = { presentation = "a.mat:data", neuroid = "n.csv" }'
    assembly(folder, f'values = "a.mat:data"\ndims = ["presentation", "neuroid"]\n{coords}')
    return "a.mat"


def as_nwb(folder: Path) -> str:
    coords = 'coords = { presentation = "a.nwb:trials", neuroid = "n.csv" }'
    assembly(folder, f'values = "a.nwb:data"\ndims = ["presentation", "neuroid"]\n{coords}')
    return "a.nwb"


def as_workbook(folder: Path) -> str:
    assembly(
        folder, 'table = "a.xlsx"\nvalue = "rt"\ncolumns = ["stimulus_id"]', "BehavioralAssembly"
    )
    return "a.xlsx"


def as_trials(folder: Path) -> str:
    assembly(
        folder, 'table = "a.parquet"\nvalue = "rt"\ncolumns = ["stimulus_id"]', "BehavioralAssembly"
    )
    return "a.parquet"


def as_csv_of_trials(folder: Path) -> str:
    assembly(
        folder, 'table = "a.csv"\nvalue = "rt"\ncolumns = ["stimulus_id"]', "BehavioralAssembly"
    )
    return "a.csv"


def as_csv_of_stimuli(folder: Path) -> str:
    stimuli(folder, metadata="a.csv")
    return "a.csv"


def as_zip(folder: Path) -> str:
    stimuli(folder, files="a.zip")
    return "a.zip"


def as_png(folder: Path) -> str:
    stimuli(folder)
    return "stimuli/0.png"


def as_mp4(folder: Path) -> str:
    stimuli(folder, name="0.mp4")
    return "stimuli/0.mp4"


def as_wav(folder: Path) -> str:
    stimuli(folder, name="0.wav")
    return "stimuli/0.wav"


def as_manifest(folder: Path) -> str:
    return "dataset.toml"


def as_receipts(folder: Path) -> str:
    stimuli(folder)
    return "receipts.json"


def beside(folder: Path) -> str:
    """Lay it in the folder, where it is searched for people."""
    stimuli(folder)
    return "a.h5"


Role = Callable[[Path], str]
# Receipts are read by these; what nothing names may lie there, and is searched for people at most.
COMMANDS = {
    as_receipts: (("status", "."), ("receipt", "receipts.json"), ("verify", "receipts.json"))
}
# A lie that changes nothing of what is decoded is none of our business.
CODES = {as_receipts: (0, 1, 2), beside: (0, 1), as_manifest: (1, 2), as_mp4: (0, 1)}
EXHAUSTING: list[tuple[Role, attacks.Maker]] = [
    *((as_netcdf, each) for each in (
        attacks.group_in_itself, attacks.group_in_the_root, attacks.nested_groups,
        attacks.many_groups, attacks.one_text_many_times, attacks.nothing_of_a_terabyte,
        attacks.unknown_filter, attacks.a_chunk_larger_than_it_says,
    )),
    *((beside, each) for each in (
        attacks.group_in_itself, attacks.nested_groups, attacks.one_text_many_times_in_hdf5,
        attacks.a_deflated_gigabyte_twice, attacks.a_chunk_larger_than_it_says,
    )),
    *((as_array, each) for each in (
        attacks.huge_npy, attacks.long_npy_header, attacks.endless_npy_header,
    )),
    *((as_matlab, each) for each in (
        attacks.huge_mat, attacks.swelling_mat, attacks.deep_mat, attacks.cells_in_a_circle,
    )),
    *((as_nwb, attacks.in_a_session(each)) for each in (
        attacks.group_in_itself, attacks.nested_groups, attacks.one_text_many_times_in_hdf5,
        attacks.a_deflated_gigabyte_twice,
    )),
    (as_workbook, attacks.swelling_workbook),
    (as_workbook, attacks.a_billion_laughs),
    *((as_trials, each) for each in (
        attacks.one_word_many_times, attacks.one_word_many_times_in_lists,
        attacks.one_text_by_the_one_before,
        attacks.sixty_million_rows, attacks.columns_that_share_storage,
        attacks.a_terabyte_in_its_footer, attacks.a_page_of_two_gigabytes, attacks.long_footer,
        attacks.deep_parquet, attacks.deepest_parquet, attacks.wide_parquet,
    )),
    *((role, each) for role in (as_csv_of_trials, as_csv_of_stimuli) for each in (
        attacks.wide_csv, attacks.open_quote, attacks.long_field, attacks.many_quotes,
        attacks.no_end_of_line,
    )),
    *((as_zip, each) for each in (
        attacks.zip_bomb, attacks.overlapping_zip, attacks.many_members, attacks.much_in_a_zip,
    )),
    (as_png, attacks.large_png),
    (as_mp4, attacks.video_of_gigapixels),
    (as_mp4, attacks.video_of_billions_of_frames),
    (as_wav, attacks.sound_of_years),
    *((as_manifest, each) for each in (
        attacks.unknown_keys, attacks.many_items, attacks.deep_toml,
    )),
    *((as_receipts, each) for each in (attacks.deep_json, attacks.long_number)),
]  # fmt: skip
READING_OUTSIDE: list[tuple[Role, attacks.Maker]] = [
    *((role, each) for role in (as_netcdf, as_matlab, beside) for each in (
        attacks.outside_raw_file, attacks.outside_link, attacks.outside_virtual,
    )),
    *((as_nwb, attacks.in_a_session(each)) for each in (
        attacks.outside_raw_file, attacks.outside_link, attacks.outside_virtual,
    )),
]  # fmt: skip
RUNNING: list[tuple[Role, attacks.Maker]] = [(as_array, attacks.pickled_npy)]


ROLES = [
    *(as_netcdf, as_array, as_matlab, as_nwb, as_workbook, as_trials, as_csv_of_trials, as_csv_of_stimuli, as_zip, as_png),
    *(as_manifest, as_receipts, beside),
]  # fmt: skip
SAID = "hunter2"


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link_out(path: Path) -> None:
    outside = path.parents[2] / "outside"
    outside.write_text(f"stimulus_id,{SAID}\n{SAID},a.png\n")
    path.symlink_to(outside)


def a_link_to_a_file_without_end(path: Path) -> None:
    path.symlink_to("/proc/self/pagemap")


def a_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def a_link_into_git(path: Path) -> None:
    (path.parent / ".git").mkdir()
    (path.parent / ".git" / "config").write_text(f"[{SAID}]\n{SAID} = 1\n")
    path.symlink_to(".git/config")


WAYS = [a_pipe, a_link_out, a_link_to_a_file_without_end, a_link_to_a_device, a_link_into_git]


def each_of(pairs: list[tuple[Role, attacks.Maker]]) -> pytest.MarkDecorator:
    ids = [f"{role.__name__}-{attack.__name__}" for role, attack in pairs]
    return pytest.mark.parametrize(("role", "attack"), pairs, ids=ids)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Make each file once: some take seconds."""
    folder, there = tmp_path_factory.mktemp("attacking"), {}

    def make(attack: attacks.Maker, path: Path) -> None:
        path.unlink(missing_ok=True)
        if attack in WAYS:
            attack(path)
            return
        if attack not in there:
            there[attack] = folder / attack.__name__
            attack(there[attack])
        shutil.copyfile(there[attack], path)

    return make


@pytest.fixture(scope="session")
def idle(tmp_path_factory, attacked_program) -> int:
    """Give what the program takes for datasets that are well."""
    folder = tmp_path_factory.mktemp("idle") / "dataset"
    folder.mkdir()
    with attacks.netcdf(folder / as_netcdf(folder)):
        pass
    bundle = ("package", ".", "-o", os.fspath(folder.parent / "bundle"))
    packaged = attacked_program(folder, *bundle)
    stimuli(folder)
    return max(packaged.own, attacked_program(folder, "check", ".").own)


@pytest.fixture
def stopped(tmp_path, request, record_property, attacked_program, idle, made):
    """Have a file attack both commands, and see that it is a finding about it that costs little."""

    def attack(role: Role, attack: attacks.Maker) -> str:
        folder = tmp_path / "dataset"
        folder.mkdir()
        name = role(folder)
        made(attack, folder / name)
        bundle = ("package", ".", "-o", os.fspath(tmp_path / "bundle"))
        commands = COMMANDS.get(role, (("check", "."), bundle))
        # What packages checks first: by day that is enough.
        ended = [attacked_program(folder, *each) for each in commands[0 if NIGHT else -1 :]]
        record_property("attack", request.node.callspec.id)
        record_property("seconds", max(each.seconds for each in ended))
        record_property("parent", (max(each.own for each in ended) - idle) / MIB)
        record_property("cage", ended[-1].cage / MIB)
        if max(each.own for each in ended) >= idle + ROOM:
            attacked_program.end()  # that the next is not blamed for it
        for each in ended:
            assert each.code in CODES.get(role, (1,)), each.said[-2000:]
            assert "BSD001" not in each.said, each.said[-2000:]
            assert each.said.count("\n") < 400
            assert each.own < idle + ROOM
            assert each.code == 0 or Path(name).name in each.said or "Doe2024" in each.said
        return "".join(each.said for each in ended)

    return attack


@each_of(EXHAUSTING)
def test_a_file_that_exhausts_is_a_finding_and_costs_little(stopped, role, attack):
    stopped(role, attack)


@each_of(READING_OUTSIDE)
def test_a_file_that_reads_another_one_does_not(stopped, role, attack):
    assert "root:" not in stopped(role, attack)


@each_of(RUNNING)
def test_a_file_that_would_run_something_does_not(stopped, role, attack):
    stopped(role, attack)


# By day each as a link to a file outside, and each other way with every other file.
@pytest.mark.parametrize(
    ("role", "way"),
    [
        pytest.param(
            role,
            way,
            marks=pytest.mark.night if way is not a_link_out and (number + other) % 2 else (),
        )
        for number, role in enumerate(ROLES)
        for other, way in enumerate(WAYS)
    ],
)
def test_what_is_no_file_of_the_dataset_is_neither_read_nor_waited_for(stopped, role, way):
    assert SAID not in stopped(role, way)


OTHERS = {
    "init": ("init", ".", "--yes"),
    "preview": ("preview", "."),
    "register": ("register", ".", "."),
}


@pytest.mark.night
@pytest.mark.parametrize("command", OTHERS)
@each_of([*EXHAUSTING, *READING_OUTSIDE, *RUNNING, *product(ROLES, WAYS)])
def test_the_commands_beside_package_are_no_easier_to_attack(
    tmp_path, record_property, request, attacked_program, idle, made, role, attack, command
):
    folder = tmp_path / "dataset"
    folder.mkdir()
    name = role(folder)
    made(attack, folder / name)
    if command == "init" and role is not as_manifest:
        (folder / "dataset.toml").unlink(missing_ok=True)
    ended = attacked_program(folder, *OTHERS[command])
    record_property("attack", request.node.callspec.id)
    record_property("seconds", ended.seconds)
    record_property("parent", (ended.own - idle) / MIB)
    record_property("cage", ended.cage / MIB)
    if ended.own >= idle + ROOM:
        attacked_program.end()
    assert ended.code in (0, 1, 2), ended.said[-2000:]
    assert "internal error" not in ended.said, ended.said[-2000:]
    assert "root:" not in ended.said
    assert SAID not in ended.said
    assert ended.said.count("\n") < 400
    assert ended.own < idle + ROOM
