"""``brainscore-data grant`` and ``submit``: a bundle of somebody who may not publish."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

import click

from brainscore_data.cli.options import store_options
from brainscore_data.cli.telling import tell, tell_note


@click.command()
@click.argument("person")
@store_options
@click.option(
    "--prefix",
    metavar="P",
    help="The folder below the store  [default: staging/PERSON]",
)
@click.option("--hours", type=click.FloatRange(0.25, 12), default=1.0, show_default=True)
@click.option(
    "--role", metavar="ARN", required=True, help="The role whose rights are limited for PERSON."
)
def grant(
    person: str, *, store: str, prefix: str | None, hours: float, role: str, **options: Any
) -> None:
    """Let PERSON write bundles below a prefix for some hours, and do nothing else.

    It prints the credentials once, and keeps them nowhere. With them, PERSON can write files below
    the prefix, and not read, list or delete any. The credentials expire.
    """
    from brainscore_data.store.urls import staging_at

    place = staging_at(store, (prefix or f"staging/{person}").strip("/"), **options)
    given = place.grant(person, role, round(hours * 3600))
    endpoint = options.get("endpoint_url")
    reached = f" --endpoint-url {quote(endpoint)}" if endpoint else ""
    tell(f"export AWS_ACCESS_KEY_ID={quote(given.access_key)}")
    tell(f"export AWS_SECRET_ACCESS_KEY={quote(given.secret_key)}")
    tell(f"export AWS_SESSION_TOKEN={quote(given.session_token)}")
    tell(f"brainscore-data submit BUNDLE --store {quote(place.url)}{reached}")
    tell_note(
        f"these lines are for {person}, until {given.until:%Y-%m-%d %H:%M} UTC; give them to "
        "that person in a way that nobody else can read: they are shown only once"
    )


@click.command()
@click.argument("bundle", type=click.Path(exists=True, file_okay=False, path_type=Path))
@store_options
def submit(bundle: Path, *, store: str, **options: Any) -> None:
    """Upload BUNDLE to where an admin can approve it: --store is the place that you were given.

    Credentials that can only write files there are enough. This publishes nothing.
    """
    from brainscore_data.base.progress import Reported
    from brainscore_data.publishing.submitting import submit as put

    done = put(bundle, store, report=Reported, **options)
    tell(f"submitted to {done.url}")
    tell("Tell the admin this digest; it names what you submitted, and nothing else:")
    tell(f"  {done.digest}")
    tell(f"  brainscore-data publish {done.url} --store STORE --approve-digest {done.digest}")
