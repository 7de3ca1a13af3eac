"""The site of a repository: a page that stays for each identifier, and what it says, in a real browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest
from auditing_lab import Lab

from brainscore_data.cli import main
from brainscore_data.previewing.site import page_names, site
from brainscore_data.records.tombstone import Tombstone
from brainscore_data.store.tombstones import buried
from brainscore_data.store.urls import open_store

GRATINGS = Path(__file__).parents[2] / "examples" / "gratings"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def live_site(live_plugins, live_rows, tmp_path_factory):
    out = tmp_path_factory.mktemp("live-site")
    return site(live_plugins, out), out, {each["identifier"] for each in live_rows}


def test_every_live_registration_has_its_page_and_its_loading_line(live_site, live_rows):
    done, out, identifiers = live_site
    assert done.pages == len(identifiers)
    assert done.notices == ()
    pages = {unquote(path.stem): path.read_text("utf-8") for path in (out / "items").iterdir()}
    assert pages.keys() == identifiers
    for row in live_rows:
        function = "load_dataset" if row["kind"] == "assembly" else "load_stimulus_set"
        call = f"brainscore_{row['repo']}.{function}(&#39;{row['registry_key']}&#39;)"
        assert call in pages[row["identifier"]]
        assert "Who can read it: not tried" in pages[row["identifier"]]


def test_the_list_is_searched_and_loads_nothing(live_site, in_browser):
    _, out, identifiers = live_site
    with in_browser(out / "index.html") as opened:
        rows = opened.page.locator("#items tbody tr:visible")
        assert rows.count() == len(identifiers)
        opened.page.get_by_label("Only what has").fill("kar2018")
        found = rows.all_inner_texts()
        assert 0 < len(found) < 10
        assert all("kar2018" in each.lower() for each in found)
        assert opened.axe() == []
        rows.first.get_by_role("link").click()
        opened.page.wait_for_url("**/items/*")
        assert "kar2018" in opened.page.inner_text("h1").lower()
        assert opened.axe() == []
        assert opened.said == []
        assert not [url for url in opened.asked if not url.startswith(("file:", "data:"))]
        opened.page.get_by_role("link", name="Data of").click()
        opened.page.wait_for_url("**/index.html")


def test_without_javascript_the_list_is_whole_and_offers_no_search(live_site, in_browser):
    _, out, identifiers = live_site
    with in_browser(out / "index.html", java_script_enabled=False) as opened:
        assert opened.page.locator("#items tbody tr").count() == len(identifiers)
        assert not opened.page.get_by_label("Only what has").is_visible()


@pytest.mark.night
@pytest.mark.parametrize(
    ("options", "media"),
    [
        ({"color_scheme": "dark"}, "screen"),
        ({"viewport": {"width": 360, "height": 700}}, "screen"),
        ({"viewport": {"width": 750, "height": 1000}}, "print"),
    ],
    ids=["dark", "phone", "paper"],
)
def test_it_is_readable_in_the_dark_on_a_phone_and_on_paper(live_site, in_browser, options, media):
    _, out, _ = live_site
    for page in (out / "index.html", min((out / "items").iterdir())):
        with in_browser(page, **options) as opened:
            opened.page.emulate_media(media=media)
            assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert opened.axe() == []
            if media == "print":
                cut = "[...document.querySelectorAll('.scroll')]"
                cut += ".filter(each => each.scrollWidth > each.clientWidth + 1).length"
                assert opened.page.evaluate(cut) == 0


@pytest.fixture
def lab(s3_server, client, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("BRAINSCORE_DATA_CACHE", str(tmp_path / "cache"))
    found = Lab(tmp_path / "vision", s3_server.new_bucket(), s3_server, client, capsys)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{found.bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client.put_bucket_policy(Bucket=found.bucket, Policy=policy)
    return found


def text_of(out, identifier):
    return (out / "items" / page_names([identifier])[identifier]).read_text(encoding="utf-8")


def test_pages_say_what_was_tried_and_what_was_taken_back(lab, tmp_path):
    metadata = {"license": "CC-BY-4.0"}
    lab.register("Kar2019", lab.put_assembly("Kar2019", Metadata=metadata))
    lab.register("Gone2020", "never-there")
    lab.register(HOSTILE, "never-there")
    lab.plugin("data_registry['Loop2021'] = lambda: load_assembly_from_s3(identifier=name())\n")
    store = open_store(lab.store, endpoint_url=lab.server.endpoint_url)
    known = {"state": "erased", "who": "majaj", "when": "2026-11-30T12:00:00+00:00", "size": 3}
    because = "names of participants"
    key = "assy_Old2018.nc"
    buried(
        store, Tombstone(identifier="Old2018", key=key, version_id="a", because=because, **known)
    )
    out = tmp_path / "site"
    options = ["--endpoint-url", lab.server.endpoint_url, "--contact", "data@lab.example"]
    options += ["--store", lab.store, "--title", "The lab"]
    assert main(["site", str(lab.folder), "-o", str(out), *options]) == 0
    assert "5 pages" in lab.capsys.readouterr().out
    index = (out / "index.html").read_text(encoding="utf-8")
    assert "1 can be read without credentials, as was tried; 1 name a license" in index
    assert "data@lab.example" in text_of(out, "Gone2020")
    readable = text_of(out, "Kar2019")
    assert "readable without credentials, as of" in readable
    assert "CC-BY-4.0 (Creative Commons Attribution 4.0 International)" in readable
    assert (
        f"brainscore_data.load_assembly(&#39;Kar2019&#39;, store=&#39;{lab.store}&#39;" in readable
    )
    assert "it is not in its store" in text_of(out, "Gone2020")
    assert "only running the plugin would show" in text_of(out, "Loop2021")
    erased = text_of(out, "Old2018")
    assert "erased on 2026-11-30 by majaj: names of participants" in erased
    assert "Nothing registers it any more." in erased
    assert HOSTILE not in text_of(out, HOSTILE) + index


def test_nobody_s_credentials_are_needed_to_see_what_everybody_can_read(lab, tmp_path, monkeypatch):
    lab.register("Kar2019", lab.put_assembly("Kar2019"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    site(lab.folder, tmp_path / "site", [lab.store], endpoint_url=lab.server.endpoint_url)
    assert "readable without credentials, as of" in text_of(tmp_path / "site", "Kar2019")


def test_a_dataset_of_the_repository_shows_its_data_and_a_private_one_aggregates(tmp_path):
    repository = tmp_path / "vision"
    shutil.copytree(GRATINGS, repository / "data" / "gratings")
    manifest = repository / "data" / "gratings" / "dataset.toml"
    told = manifest.read_text(encoding="utf-8")
    names = [line.split('"')[1] for line in told.splitlines() if line.startswith("identifier")]
    plugin = repository / "brainscore_vision" / "data" / "gratings" / "__init__.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(
        "".join(
            f"data_registry['{name}'] = lambda: brainscore_data.load_assembly('{name}', "
            f"store='file:///nowhere', version_id=None, sha1='{'a' * 40}')\n"
            for name in names
        )
    )
    (repository / ".git").mkdir()
    out = tmp_path / "site"
    site(repository, out, previews=True)
    assert 'src="data:image/' in text_of(out, names[0])
    manifest.write_text(told.replace('"public"', '"private"'), encoding="utf-8")
    site(repository, out, previews=True)
    again = text_of(out, names[0])
    assert 'src="data:image/' not in again
    assert "only aggregates are shown" in again


def test_names_that_no_file_may_have_have_pages_of_their_own():
    names = ["a/b", "../x", "a b", "a%2Fb", "ü" * 300, "ü" * 301]
    pages = page_names(names)
    assert len(set(pages.values())) == len(names)
    assert not any("/" in each or len(each) > 255 for each in pages.values())


def test_a_folder_without_registrations_is_a_mistake_and_nothing_is_written(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["site", str(tmp_path / "empty"), "-o", str(tmp_path / "out")]) == 2
    assert "nothing here registers data" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_who_registered_it_is_whom_to_ask_where_nothing_else_tells(tmp_path):
    repository = tmp_path / "vision"
    plugin = repository / "brainscore_vision" / "data" / "kar2019" / "__init__.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(
        "data_registry['Kar2019'] = lambda: load_assembly_from_s3(identifier='Kar2019',\n"
        f"    version_id='v1', sha1='{'a' * 40}', bucket='lab', cls=NeuroidAssembly)\n"
    )
    git = ["git", "-C", str(repository), "-c", "user.name=Doe & Ray", "-c", "user.email=a@b.c"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Register Kar2019"]):
        subprocess.run([*git, *words], check=True)
    site(repository, tmp_path / "site")
    page = text_of(tmp_path / "site", "Kar2019")
    assert "Doe &amp; Ray, who registered it on " in page
