from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
import tomlkit
from how_often import examples
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.dataset import explaining
from brainscore_data.dataset.assembly_tables import ArrayAssembly, NetcdfAssembly, TableAssembly
from brainscore_data.dataset.reading import ManifestError, load_dataset

EXAMPLE = Path(__file__).with_name("example.toml").read_text(encoding="utf-8")

STIMULUS_SET = """
    [[stimulus_set]]
    identifier = "Freeman2013"
    visibility = "public"
    metadata = "stimuli.csv"
    files = "stimuli"
"""
ASSEMBLY = """
    [[assembly]]
    identifier = "Freeman2013.public"
    visibility = "public"
    class = "NeuroidAssembly"
    data = "assembly.nc"
"""
TABLE = """
    [[assembly]]
    identifier = "Rajalingham2018"
    visibility = "public"
    class = "BehavioralAssembly"
    table = "trials.csv"
    value = "choice"
    columns = ["stimulus_id"]
"""
ARRAY = """
    [[assembly]]
    identifier = "Freeman2013.array"
    visibility = "public"
    class = "NeuroidAssembly"
    values = "responses.npy"
    dims = ["presentation", "neuroid"]
    coords = { presentation = "p.csv", neuroid = "n.csv" }
"""


@pytest.fixture
def problems_of(dataset_of):
    def problems(tables: str, **head: str) -> list[str]:
        with pytest.raises(ManifestError) as caught:
            dataset_of(tables, **head)
        return [str(problem) for problem in caught.value.problems]

    return problems


# What is right


def test_every_form_of_the_design_is_read(dataset_of):
    manifest = dataset_of("", head=EXAMPLE).manifest
    assert [type(each) for each in manifest.assemblies] == [
        NetcdfAssembly,
        ArrayAssembly,
        TableAssembly,
    ]
    assert manifest.assemblies[2].stimulus_id.take == "stem"
    assert manifest.stimulus_sets[0].visibility == "public"
    assert manifest.assemblies[1].visibility == "private"


def test_a_dataset_is_found_by_its_folder_and_by_its_manifest(dataset_of, tmp_path):
    by_folder = dataset_of(ASSEMBLY)
    assert by_folder.root == tmp_path.resolve()
    assert load_dataset(tmp_path / "dataset.toml") == by_folder


def test_the_root_of_a_dataset_behind_a_symlink_is_the_real_folder(dataset_of, tmp_path):
    dataset_of(ASSEMBLY)
    (link := tmp_path / "link").symlink_to(tmp_path, target_is_directory=True)
    assert load_dataset(link).root == tmp_path.resolve()


def test_a_place_names_file_table_and_key(dataset_of, tmp_path):
    dataset = dataset_of(STIMULUS_SET + ASSEMBLY + TABLE)
    file = tmp_path / "dataset.toml"
    table, stimulus_set = dataset.manifest.assemblies[1], dataset.manifest.stimulus_sets[0]
    assert dataset.place(table, "value").in_text() == (
        f"{file}: [[assembly]] 2 (Rajalingham2018): value"
    )
    assert dataset.place(stimulus_set, "files").in_text() == (
        f"{file}: [[stimulus_set]] 1 (Freeman2013): files"
    )


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path):
    (tmp_path / "dataset.toml").write_bytes(
        b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode()
    )
    assert len(load_dataset(tmp_path).manifest.assemblies) == 3


def test_a_stimulus_set_and_an_assembly_may_share_an_identifier(dataset_of):
    manifest = dataset_of(
        STIMULUS_SET + ASSEMBLY.replace("Freeman2013.public", "Freeman2013")
    ).manifest
    assert [each.identifier for each in (*manifest.stimulus_sets, *manifest.assemblies)] == [
        "Freeman2013",
        "Freeman2013",
    ]


# Files that are no manifest


def test_a_folder_without_a_manifest_names_the_command_that_makes_one(tmp_path):
    with pytest.raises(UsageError, match=r"no dataset\.toml here") as caught:
        load_dataset(tmp_path)
    assert "brainscore-data init" in caught.value.hint


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UsageError, match="no such folder"):
        load_dataset(tmp_path / "nowhere")


def test_another_file_is_not_taken_for_a_manifest(tmp_path):
    (tmp_path / "stimuli.csv").write_text("stimulus_id\n")
    with pytest.raises(UsageError, match=r"is no dataset\.toml"):
        load_dataset(tmp_path / "stimuli.csv")


def test_a_syntax_error_names_its_line(dataset_of, tmp_path):
    with pytest.raises(DataError, match="not valid TOML") as caught:
        dataset_of("license = CC0\n", head="schema = 1\n")
    assert caught.value.where == f"{tmp_path / 'dataset.toml'}:2"


def test_a_file_that_ends_too_early_is_said(dataset_of):
    with pytest.raises(DataError, match="at the end of the file"):
        dataset_of("", head="schema = [1,")


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 100_000, "a = " + "9" * 5000, "a." * 200_000 + "a = 1", "'a.'." * 9999]
)
def test_what_the_parser_gives_up_on_is_an_error_of_the_data(dataset_of, text):
    with pytest.raises(DataError):
        dataset_of("", head=text)


def test_a_file_that_is_not_utf_8_names_line_and_byte(tmp_path):
    (tmp_path / "dataset.toml").write_bytes(b'schema = 1\nname = "Universit\xe4t"\n')
    with pytest.raises(DataError, match="not UTF-8: byte 0xe4") as caught:
        load_dataset(tmp_path)
    assert caught.value.where.endswith("dataset.toml:2")


def test_a_manifest_full_of_data_is_refused(dataset_of):
    with pytest.raises(DataError, match="larger than 1 MiB"):
        dataset_of("#" * (1 << 20))


def test_a_manifest_that_is_a_symlink_out_of_its_folder_is_not_read(tmp_path):
    (tmp_path / "secret.toml").write_text("token = 'x'")
    (folder := tmp_path / "dataset").mkdir()
    (folder / "dataset.toml").symlink_to(tmp_path / "secret.toml")
    with pytest.raises(DataError, match="leads out of the dataset's folder"):
        load_dataset(folder)


def test_a_manifest_without_read_permission_is_a_usage_error(unprivileged):
    (path := unprivileged / "dataset.toml").write_text(EXAMPLE, encoding="utf-8")
    path.chmod(0)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        load_dataset(unprivileged)


# The schema's version


def test_a_manifest_of_a_newer_schema_asks_for_an_update(dataset_of):
    with pytest.raises(UsageError, match="newer version") as caught:
        dataset_of("", head='schema = 2\nnovelty = "x"\n')
    assert "--upgrade" in caught.value.hint


@pytest.mark.parametrize("version", ["true", "1.0", '"1"', "0", "-1", "1979-05-27"])
def test_a_schema_that_is_not_the_number_1_is_an_error(problems_of, version):
    (problem,) = problems_of(ASSEMBLY, head=EXAMPLE.replace("schema = 1", f"schema = {version}"))
    assert problem.startswith("schema: must be")


def test_a_missing_schema_says_what_to_write(problems_of):
    (problem,) = problems_of("", head=EXAMPLE.replace("schema = 1", ""))
    assert problem == "schema: is missing: put `schema = 1` at the top of the file"


# Keys


def test_all_problems_are_in_one_error_each_on_a_line_with_table_and_key(dataset_of):
    with pytest.raises(ManifestError) as caught:
        dataset_of("""
            [[stimulus_set]]
            identifier = "Freeman2013"
            visibility = "xyz"
            metadata = 3
            files = "stimuli"
            [[assembly]]
            identifier = "Freeman2013.public"
            visibility = "public"
            class = "NeuroidAssembly"
            data = "assembly.nc"
            dat = "assembly.nc"
        """)
    first, *lines = str(caught.value).splitlines()
    assert first.endswith("dataset.toml: 3 problems")
    assert [line.strip() for line in lines] == [
        "[[stimulus_set]] 1 (Freeman2013): visibility: 'xyz' is unknown; choose 'public' or 'private'",
        "[[stimulus_set]] 1 (Freeman2013): metadata: must be text, is a number",
        "[[assembly]] 1 (Freeman2013.public): dat: unknown key; did you mean 'data'?",
    ]


@pytest.mark.parametrize("number", [500, 5000])
def test_twenty_problems_of_a_kind_are_told_and_all_are_counted(dataset_of, monkeypatch, number):
    searches = []
    meant = explaining.did_you_mean
    monkeypatch.setattr(
        explaining, "did_you_mean", lambda *names: searches.append(names) or meant(*names)
    )
    with pytest.raises(ManifestError) as caught:
        dataset_of("".join(f"key_{each} = 1\n" for each in range(number)) + ASSEMBLY)
    assert len(searches) == 20
    assert len(caught.value.problems) == 21
    assert f"{number} problems" in str(caught.value)
    assert f"{number - 20} more are wrong as [dataset]: key_19 is" in str(caught.value)


def test_twenty_collisions_are_told_and_all_are_counted(dataset_of):
    with pytest.raises(ManifestError, match=r"\n  79 more are wrong as "):
        dataset_of(ASSEMBLY * 100)


def test_many_dots_in_texts_and_numbers_are_no_deep_key(dataset_of):
    names = [f"{number}.png" for number in range(500)]
    where = f"{ASSEMBLY}attributes = {{ names = {names}, means = {[0.5] * 500} }}\n"
    assert len(dataset_of(where).manifest.assemblies[0].attributes["names"]) == 500


def test_an_unknown_key_far_from_all_others_lists_them(problems_of):
    (problem,) = problems_of(ASSEMBLY + "[dataset.zzz]\n")
    assert problem == (
        "[dataset]: zzz: unknown key; the keys here are authors, description, funding, keywords, "
        "license, license_text, linking_table, plugin, published, rai, reference, species, title"
    )


def test_the_names_of_our_own_fields_are_no_keys_of_the_file(problems_of):
    problems = problems_of(ASSEMBLY.replace("class", "assembly_class"))
    assert [problem.split(": ")[1:3] for problem in problems] == [
        ["class", "is missing"],
        ["assembly_class", problems[1].split(": ")[2]],
    ]
    assert "unknown key" in problems[1]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("3", "a number"),
        ("3.5", "a number"),
        ("true", "true or false"),
        ("1979-05-27", "a date or time"),
        ("07:32:00", "a date or time"),
        ("['x']", "a list"),
        ("{ x = 1 }", "a table"),
    ],
)
def test_a_wrong_type_says_what_is_there_and_what_should_be(problems_of, value, kind):
    (problem,) = problems_of(ASSEMBLY.replace('"assembly.nc"', value))
    assert problem.endswith(f"data: must be text, is {kind}")


def test_a_number_among_texts_is_told_by_its_position(problems_of):
    (problem,) = problems_of(TABLE.replace('["stimulus_id"]', '["stimulus_id", 4]'))
    assert problem.endswith("columns, entry 2: must be text, is a number")


def test_text_where_a_table_belongs_names_the_table_s_keys(problems_of):
    (problem,) = problems_of(ASSEMBLY + '[sources]\n"a.zip" = "https://osf.io/x"\n')
    assert problem == '[sources]: "a.zip": must be a table with `url` and `sha256`, is text'


@pytest.mark.parametrize("item", [STIMULUS_SET, ASSEMBLY, TABLE, ARRAY])
def test_who_may_load_an_item_has_no_default_and_the_two_words_are_explained(problems_of, item):
    (problem,) = problems_of(item.replace('visibility = "public"', ""))
    assert re.fullmatch(
        r"\[\[\w+]] 1 \(\w+(\.\w+)?\): visibility: is missing "
        r'\("public": everybody may load it, without credentials; '
        r'"private": only those may to whom the store\'s owner gives access\. '
        r"There is no default\)",
        problem,
    )


def test_single_brackets_are_explained(problems_of):
    (problem,) = problems_of(ASSEMBLY.replace("[[assembly]]", "[assembly]"))
    assert problem == "assembly: write [[assembly]] with two brackets: a file may have several"


def test_something_else_than_a_table_among_the_assemblies_is_an_error(problems_of):
    (problem,) = problems_of("", head='schema = 1\nassembly = [3]\ndataset = { license = "x" }')
    assert problem == "[[assembly]] 1: must be a table, is a number"


def test_an_unknown_class_names_the_nearest(problems_of):
    (problem,) = problems_of(ASSEMBLY.replace("NeuroidAssembly", "NeuroidAssembyl"))
    assert problem.endswith("class: 'NeuroidAssembyl' is unknown; did you mean 'NeuroidAssembly'?")


def test_a_class_like_no_other_lists_all(problems_of):
    (problem,) = problems_of(ASSEMBLY.replace("NeuroidAssembly", "xyz"))
    assert "choose 'DataAssembly', 'NeuroidAssembly'" in problem


def test_a_date_among_attributes_is_an_error_of_its_own(problems_of):
    (problem,) = problems_of(ASSEMBLY + "attributes = { recorded = [1, 1979-05-27] }\n")
    assert problem.endswith(
        "attributes.recorded, entry 2: must be text or a number or true or false, is a date or time"
    )


def test_names_with_control_characters_are_printed_without_them(problems_of):
    (problem,) = problems_of(ASSEMBLY + '"a\\nb\\u001b[31m" = 1\n')
    assert "a�b�[31m" in problem


# Items


def test_a_manifest_without_items_is_an_error(problems_of):
    (problem,) = problems_of("")
    assert "lists nothing" in problem


@pytest.mark.parametrize("identifier", ["", "Majaj Hong", "../x", "a/b", "ü", ".hidden", "a" * 201])
def test_an_identifier_that_cannot_be_a_key_is_an_error(problems_of, identifier):
    (problem,) = problems_of(ASSEMBLY.replace("Freeman2013.public", identifier))
    assert "cannot be an identifier" in problem


def test_the_same_identifier_twice_names_the_other(problems_of):
    (problem,) = problems_of(STIMULUS_SET + STIMULUS_SET)
    assert problem == (
        "[[stimulus_set]] 2 (Freeman2013): identifier: is also the identifier of [[stimulus_set]] 1"
    )


def test_two_identifiers_that_become_one_key_are_an_error_that_names_both(problems_of):
    (problem,) = problems_of(ASSEMBLY + ASSEMBLY.replace("2013.public", "2013_public"))
    assert "(Freeman2013_public)" in problem
    assert "the same key, with _ for every dot, as 'Freeman2013.public'" in problem


def test_identifiers_that_differ_in_case_only_are_an_error(problems_of):
    (problem,) = problems_of(ASSEMBLY + ASSEMBLY.replace("Freeman2013.p", "freeman2013.p"))
    assert "differs in case only" in problem


def test_collisions_are_said_together_with_other_problems(problems_of):
    problems = problems_of(STIMULUS_SET + STIMULUS_SET.replace('files = "stimuli"', ""))
    assert [problem.split(": ")[1] for problem in problems] == ["files", "identifier"]


# Paths and sources


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("", "must not be empty"),
        ("/etc/passwd", "is absolute"),
        ("~/data/x.nc", "is absolute"),
        ("C:/data/x.nc", "is absolute"),
        ("../x.nc", "leaves the folder"),
        ("a/../../x.nc", "leaves the folder"),
        ("a\\\\x.nc", "has a backslash"),
        ("https://osf.io/x", "is a URL"),
        ("a\\u0000b", "has a control character"),
    ],
)
@pytest.mark.parametrize(
    ("tables", "entry"),
    [
        (ASSEMBLY, '"assembly.nc"'),
        (STIMULUS_SET, '"stimuli"'),
        (STIMULUS_SET, '"stimuli.csv"'),
        (ARRAY, '"responses.npy"'),
        (ARRAY, '"n.csv"'),
        (TABLE, '"trials.csv"'),
        (ASSEMBLY + 'extras = { trial_info = "t.nc" }\n', '"t.nc"'),
    ],
)
def test_a_path_that_leaves_the_folder_is_an_error(problems_of, tables, entry, path, reason):
    (problem,) = problems_of(tables.replace(entry, f'"{path}"'))
    assert reason in problem


@pytest.mark.parametrize(
    "url",
    ["http://osf.io/x", "ftp://osf.io/x", "https://", "https://a:b@osf.io/x", "doi:11.5/x", "x"],
)
def test_a_source_that_is_neither_https_nor_doi_is_an_error(problems_of, url):
    entry = f'[sources]\n"a.zip" = {{ url = "{url}", sha256 = "{"0" * 64}" }}\n'
    (problem,) = problems_of(ASSEMBLY + entry)
    assert problem == '[sources]: "a.zip".url: must be https://… or doi:10.…/…'


@pytest.mark.parametrize("sha256", ["", "0" * 63, "A" * 64, "g" * 64])
def test_a_hash_that_is_none_is_an_error(problems_of, sha256):
    entry = f'[sources]\n"a.zip" = {{ url = "https://osf.io/x", sha256 = "{sha256}" }}\n'
    (problem,) = problems_of(ASSEMBLY + entry)
    assert '"a.zip".sha256: must be 64 hexadecimal digits' in problem


def test_a_source_s_name_has_one_spelling(problems_of):
    entry = f'[sources]\n"./a.zip" = {{ url = "https://osf.io/x", sha256 = "{"0" * 64}" }}\n'
    (problem,) = problems_of(ASSEMBLY + entry)
    assert "'./a.zip' must be written as 'a.zip'" in problem


# Forms of an assembly


def test_an_assembly_without_data_says_what_each_form_needs(problems_of):
    (problem,) = problems_of(ASSEMBLY.replace('data = "assembly.nc"', ""))
    assert "says nowhere where its measurements are" in problem
    for key in ("`data`", "`values`", "`dims`", "`coords`", "`table`", "`value`", "`columns`"):
        assert key in problem


def test_an_assembly_with_two_forms_says_that_they_exclude_each_other(problems_of):
    (problem,) = problems_of(TABLE + 'data = "assembly.nc"\n')
    assert "data: `table` is there too, but they exclude each other" in problem
    neither_is_complete = ASSEMBLY.replace("NeuroidAssembly", "PropertyAssembly")
    (problem,) = problems_of(neither_is_complete + 'table = "trials.csv"\n')
    assert "data: `table` is there too, but they exclude each other" in problem


def test_a_key_of_another_form_names_that_form(problems_of):
    (problem,) = problems_of(ASSEMBLY + 'where = { trial_type = "normal" }\n')
    assert problem.endswith("where: belongs to an assembly with `table`; this one has `data`")


def test_a_form_s_own_key_that_was_forgotten_is_named(problems_of):
    (problem,) = problems_of(ARRAY.replace('values = "responses.npy"', ""))
    assert problem.endswith(
        'values: is missing (The .npy file, "file.mat:variable", or "session.nwb:series")'
    )


def test_dims_that_do_not_fit_the_class_are_an_error(problems_of):
    (problem,) = problems_of(ARRAY.replace("NeuroidAssembly", "SpikeTimesAssembly"))
    assert problem.endswith(
        "dims: a SpikeTimesAssembly has event, and this has presentation x neuroid: write "
        'class = "NeuroidAssembly", or name other dimensions'
    )


def test_a_table_with_a_row_per_trial_must_fit_the_class(problems_of):
    (problem,) = problems_of(TABLE.replace("BehavioralAssembly", "NeuroidAssembly"))
    assert (
        "table: a NeuroidAssembly has a value for each presentation x neuroid, and a table"
        in problem
    )
    for line in ('class = "BehavioralAssembly"', 'class = "SpikeTimesAssembly"', "bins = {"):
        assert line in problem
    pasted = problem.partition(" and coords = ")[2]
    assert pasted == '{ presentation = "presentations.csv", neuroid = "neuroids.csv" }'


def test_a_dimension_twice_is_an_error(problems_of):
    (problem,) = problems_of(ARRAY.replace('["presentation"', '["neuroid", "presentation"'))
    assert problem.endswith("dims: 'neuroid' more than once")


def test_coords_of_a_dimension_that_is_not_there_are_an_error(problems_of):
    (problem,) = problems_of(ARRAY.replace("neuroid = ", "time_bin = "))
    assert problem.endswith(
        "coords: 'time_bin': not among the dims, which are 'presentation', 'neuroid'"
    )


def test_replaces_of_a_stimulus_set_needs_both_versions(problems_of):
    (problem,) = problems_of(STIMULUS_SET + 'replaces = "abc"\n')
    assert problem.endswith("replaces: must be a table with `csv` and `zip`, is text")
    (problem,) = problems_of(STIMULUS_SET + 'replaces = { csv = "abc" }\n')
    assert problem.endswith("replaces.zip: is missing")


def test_replaces_of_an_assembly_is_one_version(problems_of):
    (problem,) = problems_of(ASSEMBLY + 'replaces = { nc = "abc" }\n')
    assert problem.endswith("replaces: must be text, is a table")
    (problem,) = problems_of(ASSEMBLY + 'replaces = ""\n')
    assert problem.endswith("replaces: must not be empty")


def test_a_stimulus_id_table_is_judged_by_its_keys(problems_of):
    (problem,) = problems_of(TABLE + 'stimulus_id = { column = "url", form = "stem" }\n')
    assert problem.endswith("stimulus_id.form: unknown key; did you mean 'from'?")


# Anything

_scalars = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.sampled_from(["../x", "a.b", "a_b", "NeuroidAssembly", "https://a.b/c", "str", "[key]"])
)
_keys = st.text("ab. \n", max_size=2) | st.sampled_from(
    [word for word in EXAMPLE.replace('"', " ").split() if word.isidentifier()]
    + ["str", "int", "data", "values", "table", "DerivedStimulusId", "[key]"]
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


@st.composite
def _spoiled_examples(draw: st.DrawFn) -> dict:
    """The example with some of its places changed, removed or added to."""
    document = tomlkit.parse(EXAMPLE).unwrap()
    for _ in range(draw(st.integers(1, 4))):
        container = document
        while True:
            places = list(container) if isinstance(container, dict) else range(len(container))
            if not places:
                break
            place = draw(st.sampled_from(places))
            if not isinstance(container[place], dict | list) or draw(st.integers(0, 3)) == 0:
                break
            container = container[place]
        if isinstance(container, list):
            container.append(draw(_values))
        elif draw(st.booleans()):
            container[draw(_keys)] = draw(_values)
        elif container:
            container[place] = draw(_values)
    return document


def _loads_or_explains(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "dataset.toml").write_bytes(content)
        error = None
        try:
            load_dataset(Path(folder))
        except (DataError, UsageError) as raised:
            error = raised
    assert error is None or all(line.isprintable() for line in str(error).splitlines())


@given(st.dictionaries(_keys, _values, max_size=6) | _spoiled_examples())
@settings(deadline=None, max_examples=examples(50))
@example({"schema": 1, "assembly": [{"stimulus_id": ["x"], "table": "t"}]})
@example({"schema": 1, "sources": {"a": 1, "b": [{}]}, "dataset": [{}], "stimulus_set": [[]]})
def test_no_document_gives_anything_but_a_dataset_or_an_explanation(document):
    _loads_or_explains(tomlkit.dumps(document).encode())


@given(st.binary(max_size=200) | st.text('[]{}="x.,\n1-:Z# \\', max_size=40).map(str.encode))
@settings(deadline=None, max_examples=examples(50))
def test_no_bytes_give_anything_but_a_dataset_or_an_explanation(content):
    _loads_or_explains(content)
