"""Whether receipts are signed by the workflow that is trusted to publish: Sigstore, without a network.

The certificates and the log's keys that count are those that come with sigstore-python. A workflow is
named as AWS's trust policy names it, by ``job_workflow_ref``: repository, file, and branch or commit.
Of one that others can call that says nothing of who did: whose run it was has to be named, too.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from brainscore_data.base.door import content_of
from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.reading.verification import Mismatch
from brainscore_data.records.receipts import PublishedObject, Receipts
from brainscore_data.records.signing import PREDICATE_TYPE, Predicate, is_signed, signed_files

if TYPE_CHECKING:
    from sigstore.models import Bundle
    from sigstore.verify import Verifier
    from sigstore.verify.policy import VerificationPolicy

_ISSUER = "https://token.actions.githubusercontent.com"
_SIGNER = re.compile(r"([\w.-]+/[\w.-]+)/\.github/workflows/[\w.-]+\.ya?ml@(\S+)", re.ASCII)
_RUN = re.compile(r"([\w.-]+/[\w.-]+)@(refs/\S+)", re.ASCII)
_STATEMENT = "application/vnd.in-toto+json"
_LARGEST = 64 * 2**20


def signed_objects(
    path: Path, signer: str, *, run_of: str | None = None, verifier: Verifier | None = None
) -> list[PublishedObject]:
    """Verify a file of attestations; gives the versions that its receipts name.

    It may hold several, a line each, as ``gh attestation download`` writes them. What others signed,
    and what is about something else, is passed over; if nothing is left, that is an error. `run_of`
    is the repository and branch whose run it has to be: by default the workflow's own.
    """
    who = _policy(signer, run_of)
    found: list[PublishedObject] = []
    reasons: list[str] = []
    for bundle in _bundles(path):
        statement = _statement(bundle, who, verifier, reasons)
        if statement is None:
            continue
        if statement.get("predicateType") != PREDICATE_TYPE:
            reasons.append(f"one is about something else ({statement.get('predicateType')})")
            continue
        if not (objects := _objects(statement, path)):
            reasons.append("the receipts of one are not those of its subjects")
        found += objects
    if not found:
        raise DataError(
            f"no attestation here is one of receipts by {signer}: {'; '.join(reasons)}",
            where=str(path),
            hint="look at who may publish (docs/github.md, Signed receipts), and do not trust these "
            "receipts for a signature until it holds",
        )
    return found


def unsigned(
    receipts: Receipts, signed: Sequence[PublishedObject], tell: Callable[[str], None]
) -> list[Mismatch]:
    """List the public files of receipts that no attestation names as they do."""
    if not any(map(is_signed, receipts.items)):
        raise DataError(
            f"nothing of {receipts.dataset!r} is open to everybody, and nothing else is ever signed",
            where="--attested",
            hint="leave it out",
        )
    known = [_facts(each) for each in signed]
    missing = []
    for item in receipts.items:
        if not is_signed(item):
            tell(f"{item.identifier}: it is not open to everybody, and so it is never signed")
            continue
        missing += [
            Mismatch(
                f"{file.object.store} {file.object.key} version {file.object.version_id}",
                "it is not signed: no attestation names this version with these hashes",
            )
            for file in item.files
            if _facts(file.object) not in known
        ]
    return missing


def _facts(stored: PublishedObject) -> dict[str, Any]:
    return stored.model_dump(exclude={"verified", "digest"})


def _bundles(path: Path) -> Iterator[Bundle]:
    from sigstore.errors import Error
    from sigstore.models import Bundle

    try:
        text = content_of(path, _LARGEST).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"this cannot be read: {error}", where=str(path)) from error
    whole = text.strip()
    parts = [whole] if _is_json(whole) else [line for line in whole.splitlines() if line.strip()]
    for number, part in enumerate(parts, 1):
        try:
            yield Bundle.from_json(part)
        except (Error, ValueError) as error:
            raise DataError(
                f"attestation {number} is not a Sigstore bundle: {error}",
                where=str(path),
                hint="take the file that actions/attest or `gh attestation download` wrote",
            ) from error


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _policy(signer: str, run_of: str | None) -> VerificationPolicy:
    from sigstore.verify import policy

    if (named := _SIGNER.fullmatch(signer)) is None:
        raise UsageError(
            f"{signer!r} names no workflow",
            where="--signed-by",
            hint="the form is OWNER/REPO/.github/workflows/publish-on-merge.yml@refs/heads/main",
        )
    if (run := _RUN.fullmatch(run_of or f"{named[1]}@{named[2]}")) is None:
        raise UsageError(
            f"{run_of!r} names no repository and branch"
            if run_of
            else "whoever likes can call a workflow at a commit: name the repository whose run counts",
            where="--run-of",
            hint="the form is OWNER/REPO@refs/heads/main",
        )
    return policy.AllOf(
        [
            policy.Identity(identity=f"https://github.com/{signer}", issuer=_ISSUER),
            policy.OIDCSourceRepositoryURI(f"https://github.com/{run[1]}"),
            policy.OIDCSourceRepositoryRef(run[2]),
        ]
    )


def _statement(
    bundle: Bundle, who: VerificationPolicy, verifier: Verifier | None, reasons: list[str]
) -> dict[str, Any] | None:
    """Verify one; None, and the reason, if it is not signed so."""
    from sigstore.errors import VerificationError
    from sigstore.verify import Verifier

    logging.getLogger("sigstore").setLevel(logging.ERROR)  # that it asks no network is meant so
    try:
        trusting = verifier or Verifier.production(offline=True)
        kind, payload = trusting.verify_dsse(bundle, who)
    except VerificationError as error:
        reasons.append(f"one does not hold ({error})")
        return None
    if kind != _STATEMENT:
        reasons.append(f"one is not a statement ({kind})")
        return None
    statement: dict[str, Any] = json.loads(payload)
    return statement


def _objects(statement: dict[str, Any], path: Path) -> list[PublishedObject]:
    """Take the versions from a statement: those whose bytes are its subjects."""
    try:
        predicate = Predicate.model_validate(statement["predicate"])
        subjects = {each["digest"]["sha256"] for each in statement["subject"]}
    except (ValidationError, KeyError, TypeError) as error:
        raise DataError(
            "an attestation is signed, and its receipts cannot be read",
            where=str(path),
            hint="update brainscore-data; it may be of a later version",
        ) from error
    objects = (file.object for file in signed_files(predicate))
    return [each for each in objects if each.sha256 in subjects]
