"""The template that AWS's CloudFormation makes roles and a bucket of [1]_; it is written, never deployed.

.. [1] https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/introduction.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brainscore_data.hosting.aws.policies import (
    AUDIENCE,
    ISSUER,
    BucketPlace,
    Statement,
    TrustedJob,
    document,
    erasing,
    opening,
    publishing,
    reading,
    releasing,
    trust,
    trust_in,
)

#: As AWS lets roles that nobody said more of: longer uploads get new credentials by themselves.
SESSION_SECONDS = 3600
ACCESS_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": False,  # the bucket's policy opens what is tagged public
    "RestrictPublicBuckets": False,
}


@dataclass(frozen=True)
class Wanted:
    """What a template shall have, beside the role."""

    provider: bool = False
    bucket: bool = False
    object_lock: bool = False
    #: Who may assume the roles of admins.
    release: str | None = None
    break_glass: str | None = None
    #: Only an audit's permissions, or those for a bucket that opens by access lists.
    read_only: bool = False
    access_lists: bool = False

    def permissions(self, place: BucketPlace) -> list[Statement]:
        """Say what the role of the jobs may do."""
        return (
            reading(place) if self.read_only else publishing(place, access_lists=self.access_lists)
        )


def template(place: BucketPlace, job: TrustedJob, wanted: Wanted) -> dict[str, Any]:
    """Write the template."""
    name = "AuditingRole" if wanted.read_only else "PublishingRole"
    resources: dict[str, Any] = {}
    if wanted.provider:
        resources["GitHub"] = {
            "Type": "AWS::IAM::OIDCProvider",
            "Properties": {"Url": f"https://{ISSUER}", "ClientIdList": [AUDIENCE]},
        }
    if wanted.bucket:
        resources |= _bucket(place, object_lock=wanted.object_lock)
    resources[name] = _role(
        f"Jobs of {job.repository} in the environment {job.environment}",
        trust(job, _provider(made_here=wanted.provider)),
        wanted.permissions(place),
    )
    for role, who, its in (
        ("ReleaseRole", wanted.release, releasing),
        ("BreakGlassRole", wanted.break_glass, erasing),
    ):
        if who is not None:
            said = "Opens and closes" if its is releasing else "Erases for good"
            resources[role] = _role(f"{said}: {place.below()}", trust_in(who), its(place))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": f"Brain-Score data in s3://{place.bucket}/{place.prefix}".rstrip("/"),
        "Resources": resources,
        "Outputs": {
            f"{each}Arn": {"Value": {"Fn::GetAtt": [each, "Arn"]}}
            for each in resources
            if each.endswith("Role")
        },
    }


def provider_arn(account: str) -> str:
    """Name GitHub's identity provider in an account."""
    return f"arn:aws:iam::{account}:oidc-provider/{ISSUER}"


def _provider(*, made_here: bool) -> dict[str, Any]:
    return {"Ref": "GitHub"} if made_here else {"Fn::Sub": provider_arn("${AWS::AccountId}")}


def _role(about: str, trusts: Sequence[Statement], may: Sequence[Statement]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Description": about,
            "MaxSessionDuration": SESSION_SECONDS,
            "AssumeRolePolicyDocument": document(trusts),
            "Policies": [{"PolicyName": "brainscore-data", "PolicyDocument": document(may)}],
        },
    }


def _bucket(place: BucketPlace, *, object_lock: bool) -> dict[str, Any]:
    lifecycle = {
        "Id": "AbortUploads",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
    }
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    return {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            # Whoever deletes the stack keeps the data.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BucketName": place.bucket,
                "VersioningConfiguration": {"Status": "Enabled"},
                "BucketEncryption": {"ServerSideEncryptionConfiguration": [encryption]},
                "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
                "PublicAccessBlockConfiguration": ACCESS_BLOCK,
                "LifecycleConfiguration": {"Rules": [lifecycle]},
                **({"ObjectLockEnabled": True} if object_lock else {}),
            },
        },
        "BucketPolicy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": document(opening(place))},
        },
    }
