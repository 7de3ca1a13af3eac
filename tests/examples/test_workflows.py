"""What the workflows to copy may and may not, and that docs/github.md says what they need."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from example_workflows import FOLDER, NAMES, OURS, steps_of, workflow
from played_action import ROOT

from brainscore_data.hosting.aws.policies import BucketPlace, publishing

_DOCS = ROOT / "docs"
# What each request that the program makes needs:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
# A write carries tags; a read or a question may name a version.
_READ = {"s3:GetObject", "s3:GetObjectVersion"}
_TAGGED = {"s3:GetObjectTagging", "s3:GetObjectVersionTagging"}
_WRITE = {"s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"}
_NEEDS = {
    "abort_multipart_upload": {"s3:AbortMultipartUpload"},
    "complete_multipart_upload": {"s3:PutObject"},
    "copy_object": _READ | _WRITE | _TAGGED,
    "create_multipart_upload": _WRITE,
    "get_bucket_ownership_controls": {"s3:GetBucketOwnershipControls"},
    "get_bucket_policy": {"s3:GetBucketPolicy"},
    "get_bucket_versioning": {"s3:GetBucketVersioning"},
    "get_public_access_block": {"s3:GetBucketPublicAccessBlock"},
    "get_object": _READ,
    "get_object_tagging": _TAGGED,
    # Opening, closing and erasing is for admins: docs/admins.md.
    "delete_object": set(),
    "get_bucket_replication": set(),
    "get_object_acl": set(),
    "put_object_acl": set(),
    "head_bucket": {"s3:ListBucket"},
    "head_object": _READ | {"s3:ListBucket"},  # else a missing object is "forbidden"
    "list_multipart_uploads": {"s3:ListBucketMultipartUploads"},
    "list_object_versions": {"s3:ListBucketVersions"},
    "list_objects_v2": {"s3:ListBucket"},
    "list_parts": {"s3:ListMultipartUploadParts"},
    "put_object": _WRITE,
    "put_object_tagging": _WRITE,
    "upload_part": {"s3:PutObject"},
    "upload_part_copy": _READ | {"s3:PutObject"},
}


def _jobs() -> list[Any]:
    return [
        pytest.param(about, id=f"{name}-{job}")
        for name in NAMES
        for job, about in workflow(name)["jobs"].items()
    ]


@pytest.mark.parametrize("name", NAMES)
class TestWorkflow:
    def test_nothing_is_permitted_to_all_jobs(self, name: str) -> None:
        assert workflow(name)["permissions"] == {}

    def test_no_trigger_runs_a_forks_code_beside_secrets(self, name: str) -> None:
        assert set(workflow(name)["on"]) == {"workflow_call"}

    def test_actions_of_others_are_pinned_and_say_which_version(self, name: str) -> None:
        used = re.findall(r"uses: (.*)", (FOLDER / f"{name}.yml").read_text(encoding="utf-8"))
        assert used
        for each in used:
            if not each.startswith((OURS, "./.github/workflows/register.yml")):
                assert re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)

    def test_actions_of_others_run_on_a_node_that_runners_have(self, name: str) -> None:
        oldest = {"checkout": 5, "setup-python": 6, "upload-artifact": 6, "download-artifact": 7}
        oldest |= {"upload-pages-artifact": 5, "deploy-pages": 5, "attest": 4}
        text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8")
        for action, major in re.findall(r"uses: actions/([a-z-]+)@[0-9a-f]+ # v(\d+)", text):
            assert int(major) >= oldest[action]

    def test_what_others_wrote_is_never_part_of_a_script(self, name: str) -> None:
        scripts = [
            step["run"]
            for job in workflow(name)["jobs"].values()
            for step in steps_of(job)
            if "run" in step
        ]
        assert not [each for each in scripts if "${{" in each]

    def test_nothing_is_kept_from_run_to_run(self, name: str) -> None:
        assert "cache" not in (FOLDER / f"{name}.yml").read_text(encoding="utf-8")

    def test_the_documentation_links_to_it(self, name: str) -> None:
        page = (_DOCS / "github.md").read_text(encoding="utf-8")
        assert f"(../.github/workflows/{name}.yml)" in page


@pytest.mark.parametrize("job", _jobs())
class TestJob:
    def test_the_inputs_are_those_of_the_action(self, job: dict[str, Any]) -> None:
        import yaml

        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        for step in steps_of(job):
            if step.get("uses") == OURS:
                assert set(step["with"]) <= set(action["inputs"])

    def test_checkouts_leave_no_token_behind(self, job: dict[str, Any]) -> None:
        for step in steps_of(job):
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False

    def test_whoever_may_have_aws_credentials_parses_nothing(self, job: dict[str, Any]) -> None:
        if job["permissions"].get("id-token") != "write":
            return
        if not any(step.get("uses") == OURS for step in steps_of(job)):
            return  # GitHub Pages asks for a token, too, and so does a signature
        commands = {step["with"]["command"] for step in steps_of(job) if step.get("uses") == OURS}
        assert commands <= {"publish", "audit"}
        assert job["environment"] in {"data", "data-audit"}
        assert "write" not in {v for k, v in job["permissions"].items() if k != "id-token"}


def test_the_role_may_do_what_the_program_does_and_delete_nothing() -> None:
    import boto3

    client = boto3.client("s3", region_name="us-east-1")
    known = set(client.meta.method_to_api_mapping)
    words = {
        node.attr if isinstance(node, ast.Attribute) else node.value
        for file in (ROOT / "src" / "brainscore_data" / "store").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    }
    used = words & known
    allowed = [each for each in publishing(BucketPlace("lab")) if each["Effect"] == "Allow"]
    actions = {action for each in allowed for action in each["Action"]}
    needed = set().union(*(_NEEDS[each] for each in used))
    assert needed <= actions <= set().union(*_NEEDS.values())
    assert not [each for each in actions if "Delete" in each or "*" in each]


def test_every_input_and_output_is_documented() -> None:
    import yaml

    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    page = (_DOCS / "github.md").read_text(encoding="utf-8")
    sections = {part.splitlines()[0]: part for part in page.split("\n## ")}
    for heading, key in (("Inputs", "inputs"), ("Outputs", "outputs")):
        named = re.findall(r"^\| `([a-z0-9-]+)` \|", sections[heading], re.MULTILINE)
        assert named == list(action[key])


def test_the_messages_that_are_explained_are_those_that_are_shown() -> None:
    shown = [(FOLDER / f"{name}.yml").read_text(encoding="utf-8") for name in NAMES]
    for file in (ROOT / "src" / "brainscore_data").rglob("*.py"):
        shown += [
            node.value
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    page = (_DOCS / "github.md").read_text(encoding="utf-8")
    rows = page.split("## When something goes wrong")[1].split("|---|---|---|\n")[1]
    for row in rows.split("\n\n")[0].splitlines():
        said = row.split(" | ")[0].removeprefix("| ")
        parts = [part.strip() for part in re.split(r"…|\(.*\)", said) if part.strip()]
        for part in parts:
            if part != "Resource not accessible by integration":  # GitHub's own
                assert any(part in text for text in shown), part
