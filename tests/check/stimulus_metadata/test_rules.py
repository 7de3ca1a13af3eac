from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from peak_memory import peak_memory

from brainscore_data.check.engine.families import FAMILIES
from brainscore_data.check.engine.outcome import run_rules
from brainscore_data.check.engine.run import CheckRun
from brainscore_data.check.engine.settings import Settings
from brainscore_data.check.engine.subjects import find_subjects
from brainscore_data.check.stimulus_metadata.probe import probe

if TYPE_CHECKING:
    from pathlib import Path

    from brainscore_data.check.engine.finding import Finding
    from brainscore_data.check.engine.rule import Example

[RULES] = [family.rules() for family in FAMILIES if family.module == "stimulus_metadata"]


def findings(*paths: Path) -> tuple[Finding, ...]:
    subjects = find_subjects(paths)
    settings = Settings(select=("BSD2",))
    with CheckRun(subjects, settings) as run:
        return run_rules(RULES, probe(run), settings).findings


def codes(folder: Path, csv: str | bytes, name: str = "stimuli.csv") -> set[str]:
    path = folder / name
    path.write_bytes(csv if isinstance(csv, bytes) else csv.encode())
    return {finding.code for finding in findings(path)}


def written(example: Example, folder: Path) -> Path:
    for name, content in example.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content.make())
    return folder


def named(folder: Path, csv: str) -> None:
    """Write a csv, and a manifest that names it."""
    example = RULES[0].passes
    (folder / "dataset.toml").write_text(str(example.files["dataset.toml"]))
    (folder / "stimuli.csv").write_text(csv)


@pytest.mark.parametrize("csv", ["stimulus_id,object\ns1,NA\n", "image_id,path\ns1,a.png\n"])
def test_what_a_packaging_script_reads_is_no_stimulus_table_by_itself_or_with_its_folder(
    csv, tmp_path
):
    (tmp_path / "input.csv").write_text(csv)
    assert findings(tmp_path / "input.csv") == findings(tmp_path) == ()


def test_a_table_that_no_manifest_names_has_the_same_findings_either_way(tmp_path):
    (tmp_path / "stimuli.csv").write_text("stimulus_id,filename\n0001,a.png\n")
    found = findings(tmp_path / "stimuli.csv")
    assert found == findings(tmp_path)
    assert {each.code for each in found} >= {"BSD206"}


def test_the_order_of_columns_is_not_told_of_what_packaging_wrote(tmp_path):
    csv = "stimulus_id,object,filename\ns1,face,a.png\n"
    assert "BSD215" in codes(tmp_path, csv, "stimulus_Doe2024.csv")
    (tmp_path / "stimulus_Doe2024.zip").write_bytes(b"")
    assert "BSD215" not in codes(tmp_path, csv, "stimulus_Doe2024.csv")


@pytest.mark.parametrize(
    "ids",
    [
        ["0001", "0002"],
        ["NA", "s1"],
        ["None", "s1"],
        ["true", "True"],
        ["1e5", "2e5"],
        [" s1", "s2"],
        ["s1 ", "s2"],
        ["1.50", "2.25"],
    ],
)
def test_ids_that_do_not_survive_read_csv_are_found(ids, tmp_path):
    rows = "".join(f"{each},{number}.png,x\n" for number, each in enumerate(ids))
    assert codes(tmp_path, f"stimulus_id,filename,object\n{rows}") == {"BSD206"}


def test_whole_numbers_that_become_floats_through_a_gap_are_found(tmp_path):
    content = "stimulus_id,filename,object\n1,a.png,x\n,b.png,x\n3,c.png,x\n"
    assert codes(tmp_path, content) == {"BSD204", "BSD206"}


@pytest.mark.parametrize("ids", [["s1", "s2"], ["1", "2"], ["a b", "c"], ["é", "日本"]])
def test_ids_that_survive_pass(ids, tmp_path):
    rows = "".join(f"{each},{number}.png,x\n" for number, each in enumerate(ids))
    assert not codes(tmp_path, f"stimulus_id,filename,object\n{rows}")


@pytest.mark.parametrize(
    ("cells", "changes"),
    [
        (["007", "012"], True),
        (["1", ""], True),
        (["true", ""], True),
        (["NL", "NA"], True),
        (["1.50", "2.25"], False),
        (["1.5", ""], False),
        (["NL", ""], False),
        (["true", "false"], False),
        (["0", "10"], False),
        (["0.5", "-0.25"], False),
        (["", ""], False),
    ],
)
def test_other_columns_are_compared_by_what_their_values_mean(cells, changes, tmp_path):
    rows = "".join(f"s{number},{number}.png,{each}\n" for number, each in enumerate(cells))
    found = codes(tmp_path, f"stimulus_id,filename,object\n{rows}")
    assert found == ({"BSD214"} if changes else set())


@pytest.mark.parametrize(
    "content",
    [
        b"stimulus_id,filename,x\ns1,a.png,\0\n",
        "stimulus_id,filename,x\ns1,a.png,é\n".encode("utf-16")[:-1],
        b'stimulus_id,filename,x\ns1,"a.png,y\n',
        b"",
        b"stimulus_id,filename,x\n",
        b"stimulus_id,filename,x\ns1,\xc3\xa9.png,\x81\n",
    ],
)
def test_a_table_that_cannot_be_read_is_one_finding(content, tmp_path):
    written(RULES[0].passes, tmp_path)
    (tmp_path / "stimuli.csv").write_bytes(content)
    assert [each.code for each in findings(tmp_path)] == ["BSD201"]


def test_a_table_that_is_not_there_is_one_finding(tmp_path):
    written(RULES[0].passes, tmp_path)
    (tmp_path / "stimuli.csv").unlink()
    assert [each.code for each in findings(tmp_path)] == ["BSD201"]


def test_the_finding_names_the_line_also_behind_a_cell_of_several_lines(tmp_path):
    content = 'stimulus_id,filename,x\ns1,a.png,"b\nc"\ns1,b.png,d\n'
    path = tmp_path / "stimuli.csv"
    path.write_text(content)
    (found,) = findings(path)
    assert (found.code, found.place.line, found.place.item) == ("BSD205", 4, "stimulus_id")


def test_a_thousand_bad_rows_are_counted_and_ten_named(tmp_path):
    path = tmp_path / "stimuli.csv"
    path.write_text("stimulus_id,filename,x\n" + "".join(f"s,{n}.png,y\n" for n in range(1001)))
    found = findings(path)
    assert len(found) == 10
    assert "990 more" in found[-1].message


def test_a_table_of_trials_is_none_of_stimuli(tmp_path, repository_root):
    written(RULES[0].passes, tmp_path)
    trials = tmp_path / "trials.csv"
    trials.write_text("stimulus_id,choice\ns0001,left\ns0001,right\n")
    assert not findings(trials)
    assert not findings(tmp_path)
    assert not findings(repository_root / "examples" / "gratings")
    assert not findings(*(repository_root / "examples" / "gratings").glob("*.csv"))


def test_a_table_with_neither_ids_nor_filenames_lacks_both_and_can_be_read(tmp_path):
    written(RULES[0].passes, tmp_path)
    assert codes(tmp_path, "image,object\nimages/a.png,face\n") == {"BSD203", "BSD208"}


def test_nothing_outside_of_the_dataset_is_opened(tmp_path):
    (tmp_path / "secret.csv").write_text("stimulus_id,filename\n0001,a.png\n")
    folder = written(RULES[0].passes, tmp_path / "d")
    (folder / "stimuli.csv").unlink()
    (folder / "stimuli.csv").symlink_to(tmp_path / "secret.csv")
    (found,) = findings(folder)
    assert found.code == "BSD201"
    assert "leads out" in found.message


def test_the_real_tables_have_no_error(shared_data):
    assert not findings(shared_data)


def test_two_hundred_thousand_rows_take_little_memory(tmp_path):
    # The bench has a million rows; memory is that of the interpreter and its libraries and rows.
    path = tmp_path / "stimuli.csv"
    with path.open("w") as stream:
        stream.write("stimulus_id,filename,object\n")
        stream.writelines(f"s{n:07d},im{n:07d}.png,face\n" for n in range(200_000))
    code = (
        "import sys; from pathlib import Path\n"
        "from brainscore_data.check.stimulus_metadata.probe import probe\n"
        "from brainscore_data.check.engine.run import CheckRun\n"
        "from brainscore_data.check.engine.settings import Settings\n"
        "from brainscore_data.check.engine.subjects import find_subjects\n"
        "facts = list(probe(CheckRun(find_subjects([Path(sys.argv[1])]), Settings())))\n"
        "assert facts[0].error is None and not facts[0].changed\n"
    )
    assert peak_memory(code, str(path)) < 500 << 20


@pytest.mark.parametrize(
    "column",
    ["file", "Filename", "file_name", "path", "image", "image_file_name", "stimulus_path", "video"],
)
def test_a_column_that_is_the_filename_by_another_name_is_named(column, tmp_path):
    named(tmp_path, f"stimulus_id,object,{column}\ns1,face,a.png\n")
    (found,) = [each for each in findings(tmp_path / "stimuli.csv") if each.code == "BSD208"]
    assert found.hint.startswith(f"is it {column!r}?")


def test_no_other_column_is_taken_for_the_filename(tmp_path):
    named(tmp_path, "stimulus_id,object,image_size\ns1,face,3\n")
    (found,) = [each for each in findings(tmp_path / "stimuli.csv") if each.code == "BSD208"]
    assert found.hint.startswith("add it:")
