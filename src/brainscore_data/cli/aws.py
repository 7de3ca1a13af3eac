"""``brainscore-data aws``: what AWS needs to be told, written down and compared; nothing is changed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from brainscore_data.cli.groups import SuggestingGroup
from brainscore_data.cli.options import reaching_options
from brainscore_data.cli.telling import answer_lines, output_format_option, tell

if TYPE_CHECKING:
    from brainscore_data.store.s3.bucket import S3Store


@click.group(cls=SuggestingGroup)
def aws() -> None:
    """Write roles, a bucket and its policy for a store on AWS. This deploys and changes nothing."""


def _job_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says which jobs assume the role."""
    for option in (
        click.option(
            "--access-lists", is_flag=True, help="The bucket opens public items by access lists."
        ),
        click.option(
            "--read-only", is_flag=True, help="Give only the permissions that an audit needs."
        ),
        click.option(
            "--workflow",
            "workflows",
            multiple=True,
            metavar="FILE",
            help="A workflow that may assume the role, two at most: FILE.yml of the repository, or "
            "OWNER/REPO/.github/workflows/FILE.yml@HASH  [default: publish-on-merge.yml and "
            "publish-on-approval.yml]",
        ),
        click.option("--branch", default="main", show_default=True),
        click.option("--environment", default="data", show_default=True),
        click.option("--owner-id", type=click.IntRange(min=1), required=True, metavar="N"),
        click.option(
            "--repository-id",
            type=click.IntRange(min=1),
            required=True,
            metavar="N",
            help="`gh api repos/OWNER/REPO --jq '.id, .owner.id'` shows both numbers.",
        ),
        click.option("--repository", required=True, metavar="OWNER/REPO"),
    ):
        command = option(command)
    return command


def _job(options: dict[str, Any]) -> Any:
    from brainscore_data.hosting.aws.policies import TrustedJob

    names = ("repository", "repository_id", "owner_id", "environment", "branch", "workflows")
    given = {name: options.pop(name) for name in names}
    return TrustedJob(**{name: value for name, value in given.items() if value != ()})


@aws.command()
@click.argument("url", metavar="URL")
@_job_options
@click.option(
    "--with-provider", is_flag=True, help="Make GitHub an identity provider of the account."
)
@click.option("--with-bucket", is_flag=True, help="Make the bucket, with versions and its policy.")
@click.option("--object-lock", is_flag=True, help="Let the bucket protect versions from deletion.")
@click.option(
    "--release-role", metavar="ARN", help="Make a role that opens and closes; ARN may assume it."
)
@click.option(
    "--break-glass-role", metavar="ARN", help="Make a role that erases; ARN may assume it."
)
def template(
    url: str,
    *,
    with_provider: bool,
    with_bucket: bool,
    object_lock: bool,
    release_role: str | None,
    break_glass_role: str | None,
    read_only: bool,
    access_lists: bool,
    **options: Any,
) -> None:
    """Print a CloudFormation template for the store at URL: the role that jobs of GitHub assume.

    This deploys nothing. Read the template, then run
    `aws cloudformation deploy --capabilities CAPABILITY_IAM`.
    """
    from brainscore_data.base.errors import UsageError
    from brainscore_data.hosting.aws.cloudformation import Wanted
    from brainscore_data.hosting.aws.cloudformation import template as written
    from brainscore_data.hosting.aws.policies import BucketPlace

    if object_lock and not with_bucket:
        raise UsageError(
            "only a new bucket can be made with Object Lock",
            where="--object-lock",
            hint="add --with-bucket; for a bucket that exists, switch it on in the bucket's "
            "properties",
        )
    wanted = Wanted(
        provider=with_provider,
        bucket=with_bucket,
        object_lock=object_lock,
        release=release_role,
        break_glass=break_glass_role,
        read_only=read_only,
        access_lists=access_lists,
    )
    tell(json.dumps(written(BucketPlace.of(url), _job(options), wanted), indent=2))


@aws.command()
@click.argument("url", metavar="URL")
@click.option(
    "--for",
    "whom",
    type=click.Choice(["everybody", "publishing", "auditing", "releasing", "erasing"]),
    default="everybody",
    show_default=True,
    help="Whose policy: the bucket's own, or one to attach to a person or a role.",
)
@click.option("--access-lists", is_flag=True, help="The bucket opens public items by access lists.")
@reaching_options
def policy(url: str, *, whom: str, access_lists: bool, **options: Any) -> None:
    """Print the policy of the bucket at URL, and add what a store needs.

    The difference goes to standard error. This changes nothing. To set the policy, run
    `aws s3api put-bucket-policy --bucket BUCKET --policy file://policy.json`.
    """
    from brainscore_data.hosting.aws import policies
    from brainscore_data.hosting.aws.merged_policy import merged

    place = policies.BucketPlace.of(url)
    if whom != "everybody":
        statements = {
            "publishing": lambda: policies.publishing(place, access_lists=access_lists),
            "auditing": lambda: policies.reading(place),
            "releasing": lambda: policies.releasing(place),
            "erasing": lambda: policies.erasing(place),
        }[whom]()
        tell(json.dumps(policies.document(statements), indent=2))
        return
    from brainscore_data.hosting.aws.deployed import bucket_policy

    found = merged(bucket_policy(_connection(url, options)), policies.opening(place), url)
    tell(found.text)
    tell("\n".join(found.difference) or "the policy that is there has all of it", err=True)


@aws.command()
@click.argument("url", metavar="URL")
@_job_options
@click.option("--role", required=True, metavar="ARN", help="The role that is deployed.")
@click.option(
    "--checkout",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The repository that calls the workflows  [default: this folder]",
)
@reaching_options
@output_format_option
def check(
    url: str,
    *,
    role: str,
    checkout: Path,
    read_only: bool,
    access_lists: bool,
    output_format: str,
    **options: Any,
) -> int:
    """Compare what is deployed for the store at URL with what `aws template` writes.

    It compares the role, the identity provider, the bucket's settings, and the workflows that the
    checkout calls. It changes nothing. Exits with 2 if something differs, or cannot be compared.
    """
    from brainscore_data.hosting.aws.cloudformation import Wanted
    from brainscore_data.hosting.aws.deployed import Deployed
    from brainscore_data.hosting.aws.policies import BucketPlace

    wanted = Wanted(read_only=read_only, access_lists=access_lists)
    job = _job(options)
    place = BucketPlace.of(url)
    found = Deployed(_connection(url, options), place, job, wanted, role, checkout).answers()
    if output_format == "json":
        tell(json.dumps([dataclasses.asdict(each) for each in found], indent=2))
    else:
        tell("\n".join([url, "", *answer_lines(found)]))
    return 0 if all(each.verdict == "yes" for each in found) else 2


def _connection(url: str, options: dict[str, Any]) -> Any:
    from brainscore_data.store.urls import open_store

    store = cast("S3Store", open_store(url, **options))  # Place.of has refused the others
    return store.connection
