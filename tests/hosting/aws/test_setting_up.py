"""From a template to what is deployed: linted, made, compared, and drifting."""

from __future__ import annotations

import contextlib
import copy
import json
from pathlib import Path

import boto3
import pytest

from brainscore_data.cli import main
from brainscore_data.hosting.aws.cloudformation import Wanted, provider_arn, template
from brainscore_data.hosting.aws.merged_policy import MOST_BYTES, merged, same
from brainscore_data.hosting.aws.policies import (
    BucketPlace,
    TrustedJob,
    document,
    opening,
    publishing,
)

ADMIN = "arn:aws:iam::123456789012:role/admins"
HASH = "0123456789abcdef0123456789abcdef01234567"
CALLED = f"shared/workflows/.github/workflows/publish-on-merge.yml@{HASH}"
JOB = ["--repository", "lab/data", "--repository-id", "7", "--owner-id", "9"]
EVERYTHING = Wanted(provider=True, bucket=True, object_lock=True, release=ADMIN, break_glass=ADMIN)


def test_templates_are_what_cloudformation_takes():
    import cfnlint

    job = TrustedJob("lab/data", 7, 9)
    role_only = Wanted(access_lists=True)
    for wanted, prefix in ((EVERYTHING, ""), (role_only, "vision")):
        text = json.dumps(template(BucketPlace("lab-data", prefix), job, wanted))
        assert cfnlint.lint(text) == []
    assert list(template(BucketPlace("lab-data"), job, role_only)["Resources"]) == [
        "PublishingRole"
    ]


@pytest.fixture
def stack(s3_server, monkeypatch, tmp_path):
    """Make what a template says, as CloudFormation would; gives the line that checks it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    monkeypatch.chdir(tmp_path)
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "data.yml").write_text(f"jobs:\n  publish:\n    uses: {CALLED} # v1.2.3\n")
    bucket = s3_server.new_bucket(versioned=False)
    made = template(
        BucketPlace(bucket, "vision"), TrustedJob("lab/data", 7, 9, workflows=(CALLED,)), EVERYTHING
    )
    role = deploy({name: each["Properties"] for name, each in made["Resources"].items()})
    line = ["aws", "check", f"s3://{bucket}/vision", *JOB, "--workflow", CALLED]
    return [*line, "--role", role]


def deploy(wanted):
    """Make the provider, the bucket's settings and the role by the calls that each is made with."""
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        known = {"Url": wanted["GitHub"]["Url"], "ClientIDList": wanted["GitHub"]["ClientIdList"]}
        iam.create_open_id_connect_provider(**known)
    its, here = wanted["Bucket"], {"Bucket": wanted["Bucket"]["BucketName"]}
    lifecycle = copy.deepcopy(its["LifecycleConfiguration"])
    for rule in lifecycle["Rules"]:
        rule |= {"ID": rule.pop("Id"), "Filter": {"Prefix": ""}}
    s3.put_bucket_versioning(**here, VersioningConfiguration=its["VersioningConfiguration"])
    s3.put_bucket_ownership_controls(**here, OwnershipControls=its["OwnershipControls"])
    blocked = its["PublicAccessBlockConfiguration"]
    s3.put_public_access_block(**here, PublicAccessBlockConfiguration=blocked)
    s3.put_bucket_lifecycle_configuration(**here, LifecycleConfiguration=lifecycle)
    s3.put_bucket_policy(**here, Policy=json.dumps(wanted["BucketPolicy"]["PolicyDocument"]))
    role, named = wanted["PublishingRole"], {"RoleName": here["Bucket"]}
    trusts = json.dumps(role["AssumeRolePolicyDocument"])
    issuer = json.dumps({"Ref": "GitHub"}), json.dumps(provider_arn("123456789012"))
    made = iam.create_role(**named, AssumeRolePolicyDocument=trusts.replace(*issuer))
    for each in role["Policies"]:
        text = json.dumps(each["PolicyDocument"])
        iam.put_role_policy(**named, PolicyName=each["PolicyName"], PolicyDocument=text)
    return made["Role"]["Arn"]


def said(stack, capsys, code):
    assert main(stack) == code, capsys.readouterr()
    lines = [
        line.split(maxsplit=2)
        for line in capsys.readouterr().out.splitlines()
        if line[:2] == "  " and line[2:3].isalpha()
    ]
    return {question: (verdict, detail) for verdict, question, detail in lines}


def test_what_is_deployed_from_the_template_has_no_difference(stack, capsys):
    found = said(stack, capsys, 0)
    assert {verdict for verdict, _ in found.values()} == {"yes"}
    assert list(found) == [
        "provider",
        "trust",
        "permissions",
        "policy",
        "versioning",
        "access",
        "uploads",
        "workflows",
    ]


def test_what_was_changed_by_hand_is_named(stack, capsys):
    bucket, role = stack[2].split("/")[2], stack[-1].rpartition("/")[2]
    iam, s3 = boto3.client("iam"), boto3.client("s3")
    trusts = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    trusts["Statement"][0]["Condition"]["StringEquals"].popitem()
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trusts))
    more = document([{"Effect": "Allow", "Action": "s3:DeleteObject", "Resource": "*"}])
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=json.dumps(more))
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    s3.delete_bucket_lifecycle(Bucket=bucket)
    Path(".github/workflows/data.yml").write_text(f"    uses: {CALLED.replace('0', 'f')}\n")

    found = said(stack, capsys, 2)
    claim = "token.actions.githubusercontent.com:job_workflow_ref"
    assert found["trust"] == (
        "no",
        f"OneEnvironmentOfOneRepository differs in StringEquals {claim}",
    )
    assert found["permissions"] == ("no", "something else is there: s3:DeleteObject")
    assert "lacks EverybodyReadsWhatIsPublic and NothingWithoutTLS" in found["policy"][1]
    assert found["versioning"] == ("no", "it is suspended")
    assert found["uploads"][0] == "no"
    assert "0123456789ab, which the role trusts, and the workflows call" in found["workflows"][1]
    assert found["provider"][0] == found["access"][0] == "yes"


def test_what_may_not_be_asked_is_not_known_and_no_pass(stack, capsys, wire, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", wire.endpoint_url)
    wire.before = lambda r: wire.error(403, "AccessDenied") if refuses(r) else None

    def refuses(request):
        return b"Action=GetRole&" in request.body or "?versioning" in request.path

    found = said(stack, capsys, 2)
    assert found["trust"] == ("unknown", "GetRole: AccessDenied")
    assert found["versioning"] == ("unknown", "you may not s3:GetBucketVersioning")


def test_a_role_that_is_not_there_is_said_to_be_missing(stack, capsys):
    found = said([*stack[:-1], "arn:aws:iam::123456789012:role/gone"], capsys, 2)
    assert found["trust"][0] == found["permissions"][0] == "no"
    assert main([*stack[:-1], "gone"]) == 2
    assert "is not the name of a role" in capsys.readouterr().err


THEIRS = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": ADMIN},
    "Action": "s3:*",
    "Resource": "*",
}


class TestBucketPolicy:
    """The policy of a bucket that exists: ours is added, what is there stays."""

    def test_the_merged_policy_is_printed_with_its_difference_and_nothing_is_put(
        self, s3_server, capsys
    ):
        bucket = s3_server.new_bucket()
        before = json.dumps(document([THEIRS]))
        s3_server.client().put_bucket_policy(Bucket=bucket, Policy=before)
        line = ["aws", "policy", f"s3://{bucket}/vision", "--endpoint-url", s3_server.endpoint_url]
        assert main(line) == 0
        told = capsys.readouterr()
        ours = opening(BucketPlace(bucket, "vision"))
        assert json.loads(told.out)["Statement"] == [THEIRS, *ours]
        added = [row for row in told.err.splitlines() if row.startswith("+") and "Sid" in row]
        assert [row.split('"')[3] for row in added] == [each["Sid"] for each in ours]
        assert s3_server.client().get_bucket_policy(Bucket=bucket)["Policy"] == before
        s3_server.client().put_bucket_policy(Bucket=bucket, Policy=told.out)
        assert main(line) == 0
        assert capsys.readouterr().err == "the policy that is there has all of it\n"

    def test_a_statement_of_ours_that_was_changed_is_put_in_its_place(self):
        ours = opening(BucketPlace("lab"))
        changed = document([ours[0] | {"Condition": {}}, THEIRS])
        found = merged(changed, ours, "s3://lab")
        assert found.policy["Statement"] == [ours[0], THEIRS, ours[1]]

    def test_one_that_says_the_same_in_other_words_is_not_added_again(self):
        ours = opening(BucketPlace("lab"))
        theirs = [each | {"Sid": f"Old{number}"} for number, each in enumerate(ours)]
        theirs[0]["Action"] = theirs[0]["Action"][::-1]
        assert same(theirs[0], ours[0])
        assert merged(document(theirs), ours, "s3://lab").difference == ()

    def test_a_policy_that_is_full_is_refused(self, s3_server, capsys):
        bucket = s3_server.new_bucket()
        full = [THEIRS | {"Sid": f"Theirs{number}"} for number in range(158)]
        policy = json.dumps(document(full), separators=(",", ":"))
        assert MOST_BYTES - 700 < len(policy) < MOST_BYTES
        s3_server.client().put_bucket_policy(Bucket=bucket, Policy=policy)
        line = ["aws", "policy", f"s3://{bucket}", "--endpoint-url", s3_server.endpoint_url]
        assert main(line) == 2
        told = capsys.readouterr()
        assert told.out == ""
        assert "AWS takes 20,480" in told.err

    def test_one_that_is_full_with_its_blanks_is_written_without(self):
        theirs = [THEIRS | {"Sid": f"Theirs{number}"} for number in range(130)]
        found = merged(document(theirs), opening(BucketPlace("lab")), "s3://lab")
        assert "\n" not in found.text
        assert json.loads(found.text) == found.policy


def test_what_a_person_may_do_is_what_the_role_may(capsys):
    assert main(["aws", "policy", "s3://lab/vision", "--for", "publishing"]) == 0
    assert json.loads(capsys.readouterr().out) == document(publishing(BucketPlace("lab", "vision")))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["template", "s3://lab", *JOB[:1], "lab/*", *JOB[2:]], "let in whatever it matches"),
        (["template", "file:///srv", *JOB], "policies are for buckets"),
        (["policy", "file:///srv"], "policies are for buckets"),
        (["check", "file:///srv", *JOB, "--role", ADMIN], "policies are for buckets"),
        (["template", "s3://lab", *JOB, "--object-lock"], "only a new bucket"),
        (["template", "s3://lab", *JOB, "--release-role", "*"], "let in whatever it matches"),
        (["check", "s3://lab", *JOB, "--role", ADMIN, "--workflow", "a@v1"], "tags can be moved"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_message(line, said, capsys):
    assert main(["aws", *line]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
