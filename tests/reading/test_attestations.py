"""Signed receipts: whose signature counts is told without a network, with Sigstore's own samples."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from sigstore.verify import Verifier

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cli import main
from brainscore_data.reading.attestations import signed_objects, unsigned
from brainscore_data.records.receipts import save_receipts
from brainscore_data.records.signing import PREDICATE_TYPE, checksums, predicate_of

SAMPLES = Path(__file__).parent / "attestations"
STAGING = SAMPLES / "a.dsse.staging-rekor-v2.txt.sigstore.json"
ITS_SIGNER = (
    "sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
OURS = "lab/data/.github/workflows/publish-on-merge.yml@refs/heads/main"


@pytest.fixture(autouse=True)
def homes(tmp_path, monkeypatch):
    """Sigstore keeps its trust root there."""
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def refused(path, signer, verifier):
    with pytest.raises(DataError) as error:
        signed_objects(path, signer, verifier=verifier)
    return error.value.message


def test_what_holds_and_is_about_something_else_is_no_receipt():
    said = refused(STAGING, ITS_SIGNER, Verifier.staging(offline=True))
    assert "one is about something else (https://slsa.dev/provenance/v1)" in said


@pytest.mark.parametrize(
    "signer",
    [
        ITS_SIGNER.replace("refs/heads/main", "refs/heads/feature"),
        ITS_SIGNER.replace("oidc-beacon.yml", "publish.yml"),
        ITS_SIGNER.replace("sigstore-conformance", "somebody"),
    ],
    ids=["branch", "file", "repository"],
)
def test_another_workflow_than_the_one_that_is_named_does_not_count(signer):
    said = refused(STAGING, signer, Verifier.staging(offline=True))
    assert "one does not hold (Certificate's SANs do not match" in said


@pytest.mark.parametrize(
    "run_of",
    [
        "somebody/fork@refs/heads/main",
        f"{ITS_SIGNER.partition('/.github')[0]}@refs/heads/feature",
    ],
    ids=["repository", "branch"],
)
def test_a_run_of_another_repository_that_calls_the_workflow_does_not_count(run_of):
    with pytest.raises(DataError, match="one does not hold"):
        signed_objects(STAGING, ITS_SIGNER, run_of=run_of, verifier=Verifier.staging(offline=True))


def test_a_workflow_that_is_called_at_a_commit_needs_to_know_by_whom():
    at_commit = f"{ITS_SIGNER.partition('@')[0]}@{'a' * 40}"
    with pytest.raises(UsageError, match="name the repository whose run counts"):
        signed_objects(STAGING, at_commit)
    with pytest.raises(UsageError, match="names no repository and branch"):
        signed_objects(STAGING, at_commit, run_of="lab/data")


def test_a_changed_statement_does_not_hold(tmp_path):
    bundle = json.loads(STAGING.read_text())
    payload = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b"a.txt", b"b.txt")
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    (tmp_path / "changed.json").write_text(json.dumps(bundle))
    said = refused(tmp_path / "changed.json", ITS_SIGNER, Verifier.staging(offline=True))
    assert "one does not hold" in said


def test_the_trust_root_is_the_public_one_and_nothing_asks_a_network(monkeypatch):
    def asked(*_arguments, **_options):
        raise AssertionError

    monkeypatch.setattr("socket.create_connection", asked)
    assert "one does not hold" in refused(STAGING, ITS_SIGNER, None)
    signature = SAMPLES / "bundle_v3_github.whl.sigstore"
    signer = "trailofbits/rfc8785.py/.github/workflows/release.yml@refs/tags/v0.1.2"
    assert "without a DSSE envelope" in refused(signature, signer, None)


@pytest.mark.parametrize("text", ["{}", "not json", '{"mediaType": 1}\n{}'])
def test_a_file_that_is_none_is_refused_in_words(tmp_path, text):
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(DataError, match="is not a Sigstore bundle"):
        signed_objects(tmp_path / "a.jsonl", OURS)


def test_a_signer_is_named_as_the_trust_policy_names_it():
    with pytest.raises(UsageError, match="names no workflow"):
        signed_objects(STAGING, "lab/data")


class Signed:
    """Stands in for the verifier where a signature of ours would be: nobody here can make one."""

    def __init__(self, receipts, **changed):
        predicate = predicate_of({"data/hvm": receipts})
        subjects = [line.split("  ") for line in checksums(predicate)]
        self._statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": name, "digest": {"sha256": sha}} for sha, name in subjects],
            "predicateType": PREDICATE_TYPE,
            "predicate": predicate.model_dump(mode="json", by_alias=True),
        } | changed

    def verify_dsse(self, _bundle, _policy):
        return "application/vnd.in-toto+json", json.dumps(self._statement).encode()


def test_receipts_are_signed_if_a_statement_names_their_versions(receipts_of):
    receipts, told = receipts_of("hvm", "Kar2019"), []
    signed = signed_objects(STAGING, OURS, verifier=Signed(receipts))
    assert unsigned(receipts, signed, told.append) == []
    moved = receipts_of("hvm", "Kar2019", nc_version="v2")
    (missing,) = unsigned(moved, signed, told.append)
    assert "assy_Kar2019.nc version v2" in missing.where
    assert told == []


def test_a_receipt_whose_bytes_are_no_subject_is_not_signed(receipts_of):
    receipts = receipts_of("Kar2019")
    subject = [{"name": "assy_Kar2019.nc", "digest": {"sha256": "0" * 64}}]
    said = refused(STAGING, OURS, Signed(receipts, subject=subject))
    assert "the receipts of one are not those of its subjects" in said


def test_what_is_not_open_to_everybody_is_never_signed_and_nobody_asks_for_it(receipts_of):
    receipts, told = receipts_of("hvm", "Kar2019"), []
    closed = receipts.items[1].model_copy(update={"visibility": "private"})
    mixed = receipts.model_copy(update={"items": [receipts.items[0], closed]})
    signed = signed_objects(STAGING, OURS, verifier=Signed(mixed))
    assert {each.key for each in signed} == {"data/stimulus_hvm.zip", "data/stimulus_hvm.csv"}
    assert unsigned(mixed, signed, told.append) == []
    assert told == ["Kar2019: it is not open to everybody, and so it is never signed"]
    alone = receipts.model_copy(update={"items": [closed]})
    with pytest.raises(DataError, match="nothing else is ever signed"):
        unsigned(alone, signed, told.append)


def test_the_command_holds_receipts_to_their_signatures(published, tmp_path, capsys, monkeypatch):
    receipts = published.receipts
    save_receipts(receipts, tmp_path / "receipts.json")
    verify = ["verify", str(tmp_path), "--attested", str(STAGING)]
    monkeypatch.setattr(Verifier, "production", lambda **_: Signed(receipts))
    assert main([*verify, "--signed-by", OURS]) == 0
    assert f"what is public is signed by {OURS}" in capsys.readouterr().out
    fewer = receipts.model_copy(update={"items": receipts.items[:1]})
    monkeypatch.setattr(Verifier, "production", lambda **_: Signed(fewer))
    assert main([*verify, "--signed-by", OURS]) == 1
    said = capsys.readouterr().out
    assert re.search(r"assy_MajajHong2015\.nc version \S+: it is not signed", said)
    assert main(verify) == 2
    assert "--attested and --signed-by go together" in capsys.readouterr().err
