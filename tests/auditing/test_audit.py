"""Whole audits: which stores are asked, what is left out, and going on after an interruption."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from auditing_lab import SPIKES, sha1_of
from live_registrations import write_plugins

from brainscore_data.auditing import audit as auditing
from brainscore_data.auditing.audit import audit
from brainscore_data.cli import main

GONE, OTHER, UNVERSIONED = "gone", "different", "unversioned"


def put_rows(client, rows):
    """Put what rows register, for some of them; pin that, and say what the audit has to find."""
    expected = {}
    for number, row in enumerate(rows):
        bucket, _, prefix = row["bucket"].partition("/")
        name = row["identifier"].replace(".", "_")
        is_pair = row["kind"] == "stimulus_set"
        keys = [f"stimulus_{name}.csv", f"stimulus_{name}.zip"] if is_pair else [f"assy_{name}.nc"]
        columns = [("csv_sha1", "csv_version_id"), ("zip_sha1", "zip_version_id")]
        columns = columns if is_pair else [("sha1", "version_id")]
        fate = [None, GONE, OTHER, UNVERSIONED][number % 4]
        for key, (sha1, version) in zip(keys, columns, strict=True):
            content = f"{number} {key}".encode()
            row[sha1], row[version] = sha1_of(content), "neverThere"
            kept = f"{prefix}/{key}" if prefix else key
            if fate != GONE:
                body = content if fate != OTHER else b"other"
                put = client.put_object(Bucket=bucket, Key=kept, Body=body)
                row[version] = put["VersionId"]
            found = [fate] if fate else []
            if row["repo"] == "language":  # that form is written without a version
                found = found if fate == UNVERSIONED else [*found, UNVERSIONED]
            elif fate == UNVERSIONED:
                row[version] = "null" if number % 8 == 3 else ""
                # Nothing was ever written to these keys without a version.
                found = [GONE, UNVERSIONED] if row[version] == "null" else [UNVERSIONED]
            if row["identifier"].endswith(("-public", ".public")) and GONE not in found:
                found = [*found, "hidden"]  # the buckets here are closed
            expected[row["repo"], row["plugin"], kept] = found
    return expected


def test_live_registrations_are_compared_in_all_the_ways_they_are_written(
    s3_server, client, bucket_named, live_rows, tmp_path
):
    rows = [dict(row) for row in live_rows[::2]]
    buckets = {row["bucket"].partition("/")[0] for row in rows}
    for bucket in buckets:  # the language form has its bucket's name in it
        bucket_named(bucket)
    expected = put_rows(client, rows)
    write_plugins(rows, tmp_path / "repository")
    found = audit(
        tmp_path / "repository",
        [f"s3://{bucket}" for bucket in buckets],
        read=True,
        rate=1e6,
        endpoint_url=s3_server.endpoint_url,
    )
    assert (found.failed, found.not_audited, found.exit_code) == ((), (), 1)
    seen = {}
    for each in found.compared:
        package, _, plugin, _ = each.pin.place.file.split("/")
        key = f"{each.pin.url.removeprefix('s3://').partition('/')[2]}"
        seen[package.removeprefix("brainscore_"), plugin, key] = [p.kind for p in each.problems]
    assert seen == expected


def test_without_a_store_none_is_asked_and_those_that_are_named_are_told(lab, capsys):
    lab.register("Kar2019", "v1")
    assert main(["audit", str(lab.folder)]) == 2
    assert f"--store {lab.store}" in capsys.readouterr().err


def test_a_store_that_no_registration_is_in_is_no_audit(lab):
    lab.register("Kar2019", "v1")
    code, out, err = lab.run(store="s3://brainio-misspelt")
    assert (code, out) == (2, "")
    assert f"--store {lab.store}" in err


def test_a_store_covers_what_is_below_it_but_no_longer_name(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    assert lab.run(store=f"s3://{lab.bucket}")[0] == 0
    assert lab.run(store=f"{lab.store[:-1]}")[0] == 2


def test_a_store_in_a_folder_can_be_listed_beside_others(lab, tmp_path):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    folder = (tmp_path / "store").as_uri()
    lab.plugin(
        f"data_registry['Doe2026'] = lambda: brainscore_data.load_assembly('Doe2026', "
        f"store='{folder}', sha1='1', version_id='2')\n"
    )
    code, found = lab.audit("--store", folder)
    assert [file["content"] for file in found["files"]] == ["unknown", "gone"]
    assert code == 1


def test_the_server_that_awss_own_settings_name_is_asked(lab, s3_server, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    assert main(["audit", str(lab.folder), "--store", lab.store]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(lab.store)


def test_a_file_that_is_fine_is_three_requests(lab, wire):
    made = []
    for name in ("Kar2019", "Kar2020"):
        lab.register(name, lab.put_assembly(name))
        wire.requests.clear()
        found = audit(lab.folder, [lab.store], jobs=1, endpoint_url=wire.endpoint_url)
        assert len(found.compared) == len(made) + 1
        made.append(len(wire.requests))
    assert made[1] - made[0] == 3


def test_what_a_plugin_says_gives_a_workflow_no_commands(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    lab.plugin(
        "data_registry['Doe\\n::error::2026'] = lambda: load_assembly_from_s3("
        "'Doe\\n::error::', 'v', '1', 'elsewhere\\n::error::##[error]', None)\n"
    )
    for options in ([], ["--output-format", "json"]):
        code, out, _ = lab.run(*options)
        assert code == 0
        assert "not_audited" in out or "not audited" in out
        assert not any(line.lstrip().startswith("::") for line in out.splitlines())
        assert "##[" not in out
    _, _, err = lab.run(store="s3://other-bucket")
    assert not any(line.lstrip().startswith("::") for line in err.splitlines())
    assert "##[" not in err


def test_a_server_that_only_the_repository_names_is_never_asked(lab, closed_port):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    lab.plugin(
        f"data_registry['Doe2026'] = lambda: brainscore_data.load_assembly('Doe2026', "
        f"store='{lab.store}', endpoint_url='http://127.0.0.1:{closed_port}', sha1='1', "
        f"version_id='2')\n"
    )
    code, out, _ = lab.run()
    assert code == 0
    assert "'Doe2026': not audited: its server is not listed: --endpoint-url http://127" in out


def test_without_its_server_a_registration_names_both(lab, monkeypatch):
    there = lab.server.endpoint_url
    lab.plugin(
        f"data_registry['Doe2026'] = lambda: brainscore_data.load_assembly('Doe2026', "
        f"store='{lab.store}', endpoint_url='{there}', sha1='{sha1_of(SPIKES)}', "
        f"version_id='{lab.put_assembly('Doe2026')}')\n"
    )
    arguments = ["audit", str(lab.folder), "--store", lab.store]
    assert main(arguments) == 2
    hint = lab.capsys.readouterr().err.partition("the registrations name these: ")[2]
    assert main([*arguments[:2], *hint.split()]) == 0
    monkeypatch.setenv("AWS_ENDPOINT_URL", there)
    assert main(arguments) == 0


def test_registrations_that_compute_their_pins_are_listed(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    lab.plugin(
        "for name in NAMES:\n"
        "    data_registry[name] = lambda: load_assembly_from_s3(name, V[name], S[name], 'b')\n"
        "data_registry['Doe2026'] = make('Doe2026')\n"
        "data_registry['Doe2027'] = lambda: load_assembly_from_s3(**PINS['Doe2027'])\n",
        name="doe2026",
    )
    lab.plugin("data_registry['Odd2026'] = (\n", name="odd2026")
    code, found = lab.audit()
    assert (code, len(found["files"])) == (0, 1)
    left = {each["where"].partition("data/")[2]: each["reason"] for each in found["not_audited"]}
    assert list(left) == [
        "doe2026/__init__.py:2: assembly",
        "doe2026/__init__.py:3: assembly 'Doe2026'",
        "doe2026/__init__.py:4: assembly 'Doe2027'",
        "odd2026/__init__.py:1",
    ]
    assert "only running the plugin would show it" in left["doe2026/__init__.py:2: assembly"]


def test_the_text_ends_with_a_row_for_each_store(lab):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    lab.register("Kar2020", "never")
    code, out, _ = lab.run("--read")
    assert code == 1
    assert "__init__.py:4: assembly 'Kar2020': gone: version 'never'" in out
    *_, header, row = out.splitlines()
    assert header.split() == ["store", "files", "fine", "gone"]
    assert row.split() == [lab.store, "2", "1", "1"]


def test_a_bucket_that_is_not_there_fails_once_for_all_its_files(lab):
    for number in range(5):
        lab.register(f"Kar{number}", "v1")
    lab.client.delete_bucket(Bucket=lab.bucket)
    code, out, _ = lab.run()
    assert code == 2
    assert out.count("failed:") == 1
    assert "and 4 more: failed:" in out


def test_a_server_that_does_not_answer_is_no_mismatch(lab, closed_port, monkeypatch):
    lab.register("Kar2019", "v1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    arguments = ["audit", str(lab.folder), "--store", lab.store]
    assert main([*arguments, "--endpoint-url", f"http://127.0.0.1:{closed_port}"]) == 3


def test_a_folder_that_is_not_there_is_an_error(lab, capsys):
    assert main(["audit", str(lab.folder / "no"), "--store", lab.store]) == 2
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["brainscore_vision", "empty", "file"])
def test_where_nothing_is_registered_nothing_looks_audited(lab, name, capsys):
    path = lab.plugin("from pathlib import Path\n")
    (lab.folder / "empty").mkdir()
    where = path if name == "file" else lab.folder / name
    assert main(["audit", str(where), "--store", lab.store]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("nothing to audit") == 1
    assert str(where) in printed.err


def test_plugins_of_which_none_can_be_audited_are_listed(lab):
    lab.plugin("data_registry['Doe2026'] = make('Doe2026')\n")
    code, out, _ = lab.run()
    assert (code, out.count("not audited")) == (0, 1)


class TestGoingOn:
    @pytest.fixture
    def looked_at(self, monkeypatch):
        """Count what is compared; with `until` set, the audit is interrupted after so many."""
        compare = auditing.compare

        class LookedAt(list):
            until = None

            def __call__(self, pin, *arguments, **options):
                if len(self) == self.until:
                    raise KeyboardInterrupt
                self.append(pin.key)
                return compare(pin, *arguments, **options)

        made = LookedAt()
        monkeypatch.setattr(auditing, "compare", made)
        return made

    @pytest.fixture
    def registered(self, lab):
        names = [f"Kar{number}" for number in range(6)]
        for name in names:
            lab.register(name, lab.put_assembly(name))
        return {f"assy_{name}.nc" for name in names}

    def test_an_interrupted_audit_goes_on_where_it_stopped(self, lab, registered, looked_at):
        looked_at.until = 4
        assert lab.run("--read", "--jobs", "1")[0] == 130
        first = set(looked_at)
        looked_at.until = None
        looked_at.clear()
        code, out, err = lab.run("--read", "--jobs", "1")
        assert code == 0
        assert "of 6 files were compared before" in err
        assert len(first) == 4
        assert first | set(looked_at) == registered
        assert len(looked_at) <= 3, "what was done is not done again"
        assert out.splitlines()[-1].split() == [lab.store, "6", "6"]

    def test_a_whole_audit_starts_from_the_beginning(self, lab, registered, looked_at):
        lab.run()
        looked_at.clear()
        lab.run()
        assert set(looked_at) == registered

    @pytest.mark.usefixtures("registered")
    def test_it_is_kept_where_resume_says(self, lab, looked_at, tmp_path, own_cache):
        looked_at.until = 4
        kept = tmp_path / "kept.jsonl"
        assert lab.run("--jobs", "1", "--resume", str(kept))[0] == 130
        assert kept.is_file()
        assert not own_cache.exists()
        looked_at.until = None
        assert lab.run("--resume", str(kept))[0] == 0
        assert not kept.exists(), "a whole audit leaves nothing behind"

    def test_another_way_of_asking_takes_nothing_over(self, lab, registered, looked_at):
        looked_at.until = 4
        lab.run("--jobs", "1")
        looked_at.until = None
        looked_at.clear()
        lab.run("--read")
        assert set(looked_at) == registered

    def test_a_damaged_or_old_file_is_no_obstacle(self, lab, registered, looked_at, tmp_path):
        kept = tmp_path / "kept.jsonl"
        looked_at.until = 4
        lab.run("--jobs", "1", "--resume", str(kept))
        kept.write_bytes(b"[]\n\xff\n{}\n" + kept.read_bytes()[:-20])
        looked_at.until = None
        looked_at.clear()
        assert lab.run("--jobs", "1", "--resume", str(kept))[0] == 0
        assert 1 < len(looked_at) < 6
        looked_at.until = 10
        lab.run("--jobs", "1", "--resume", str(kept))
        kept.write_bytes(b"")
        os.utime(kept, (0, 0))
        looked_at.until = None
        looked_at.clear()
        lab.run("--resume", str(kept))
        assert set(looked_at) == registered

    def test_what_was_wrong_is_looked_at_again(self, lab, registered, looked_at):
        lab.register("Gone", "never")
        looked_at.until = 7
        lab.register("Last", "never")
        assert lab.run("--jobs", "1")[0] == 130
        looked_at.until = None
        looked_at.clear()
        lab.run("--jobs", "1")
        assert "assy_Gone.nc" in looked_at
        assert not registered & set(looked_at)


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a child")
def test_ctrl_c_ends_it_with_130_and_the_next_run_goes_on(lab, tmp_path):
    for number in range(40):
        lab.register(f"Kar{number}", lab.put_assembly(f"Kar{number}"))
    kept = tmp_path / "kept.jsonl"
    arguments = ["audit", str(lab.folder), "--store", lab.store, "--resume", str(kept)]
    arguments += ["--endpoint-url", lab.server.endpoint_url, "--jobs", "2"]
    # A shell that runs the tests in its background has them ignore SIGINT, and so their children.
    code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    code += "from brainscore_data.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, *arguments, "--rate", "4"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as child:
        while child.poll() is None and not (kept.is_file() and kept.stat().st_size):
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 130
    assert "interrupted; running it again is safe" in err
    assert "Traceback" not in err
    code, _, err = lab.run("--resume", str(kept), "--rate", "1000")
    assert code == 0
    assert "of 40 files were compared before" in err
