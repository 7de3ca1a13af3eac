"""The action publishes to OSF, with a token that is a secret of its environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from action_in_process import dataset
from github_api import WRITING
from github_events import push
from osf_answers import TOKEN

from brainscore_data.scripting.credentials import find_credentials

if TYPE_CHECKING:
    from action_in_process import ActionProgram, Ran
    from osf_server import OSF


def test_what_is_merged_is_published_to_a_project(action_program: ActionProgram, osf: OSF) -> None:
    program, node = action_program, osf.project("abcd1", public=True)
    program.repository.commit(dataset("data/a", "Author2026.public"), branch="data")
    pull = program.repository.open_pull("data")
    before = program.repository.head()
    after = program.repository.merge(pull, "squash")
    program.check_out(after)
    event = push(program.github, program.repository, before, after)

    def run(command: str, **inputs: str) -> Ran:
        given = {"command": command, **inputs}
        return program.run("push", event, given)

    packaged = run("package", path="data/a")
    assert packaged.exit_code == 0, packaged.log
    inputs = {
        "bundle": packaged.outputs["bundle-path"],
        "store": "osf://abcd1/data",
        "endpoint-url": osf.url,
        "github-token": WRITING,
    }
    published = run("publish", **inputs)
    assert published.exit_code == 0, published.log
    assert TOKEN not in published.log + published.summary
    files = {name for name in osf.files(node) if "/.brainscore-data/" not in name}
    assert files == {"data/assy_Author2026_public.nc"}
    (record,) = [c for name, c in osf.files(node).items() if "/records/" in name]
    assert json.loads(record[0])["tags"]["commit"] == after


def test_a_contributors_script_does_not_run_beside_the_token() -> None:
    found = find_credentials({"OSF_TOKEN": TOKEN, "HOME": "/nowhere"}, [])
    assert any("OSF_TOKEN" in str(each) for each in found)
