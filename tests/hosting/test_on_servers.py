"""Private, public and back on real ways to open a bucket: by tag and by access list, on both servers.

Ceph's gateway honours conditions on tags in policies. moto ignores them, and honours access lists.
"""

from __future__ import annotations

import json
import re
import uuid
from datetime import date

import pytest
import requests
from how_often import each_by_night

from brainscore_data.base.errors import DataError, UsageError
from brainscore_data.cli import main
from brainscore_data.hosting.access_changes import carry_out, planned_change, said
from brainscore_data.hosting.erasing import planned_erasure
from brainscore_data.hosting.items import hosted_items
from brainscore_data.publishing.bundles import publish_bundle
from brainscore_data.publishing.published import Run
from brainscore_data.records.receipts import save_receipts
from brainscore_data.store.urls import open_store

NAME, CSV = "MajajHong2015", "stimulus_MajajHong2015.csv"
WHY = "a name in column 3"
MANIFEST = f"""\
schema = 1
[dataset]
license = "CC-BY-4.0"
[[stimulus_set]]
identifier = "{NAME}"
visibility = "private"
embargo = 2999-01-01
metadata = "a.csv"
files = "a"
"""
RUN = Run("majaj", "2015-09-30T12:00:00+00:00")
# Ceph refuses every write where `BlockPublicAcls` is on.
IGNORED = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


def statement(bucket, place="*", *, by_tag=False):
    condition = {"StringEquals": {"s3:ExistingObjectTag/visibility": "public"}}
    return {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": f"arn:aws:s3:::{bucket}/{place}",
        **({"Condition": condition} if by_tag else {}),
    }


@pytest.fixture
def bucket_of(request, tmp_path):
    """Make a bucket on a server that opens in one way; gives its store and boto3's client."""

    def make(server, way, *, prefix="data"):
        given = request.getfixturevalue({"moto": "s3_server", "ceph": "ceph_rgw"}[server])
        if server == "moto":
            given = given._replace(keeps_lists=way not in {"prefix", "disabled"})
        client = given.client()
        if way == "locked":  # which has versions by itself, and can be had from the start only
            bucket = f"bucket-{uuid.uuid4().hex[:16]}"
            client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
        else:
            bucket = given.new_bucket(client=client) if server == "moto" else given.new_bucket()
        if way in {"tag", "prefix", "open"}:
            place = "public/*" if way == "prefix" else "*"
            policy = {"Statement": [statement(bucket, place, by_tag=way == "tag")]}
            text = json.dumps({"Version": "2012-10-17", **policy})
            client.put_bucket_policy(Bucket=bucket, Policy=text)
        elif way == "closed":
            client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=IGNORED)
        store = open_store(f"s3://{bucket}/{prefix}", endpoint_url=given.endpoint_url)
        return store, client, bucket

    return make


def published(bundles, store, visibility="private"):
    folder = bundles.write(
        bundles.stimulus_set("MajajHong2015", b"csv", b"zip", visibility=visibility)
    )
    return publish_bundle(folder, store, run=RUN)


def _fresh(store):
    return open_store(store.location.url, endpoint_url=store.location.endpoint)


def found(store, folder):
    [item] = hosted_items(store, ["MajajHong2015"], folder)
    return item


def change(store, folder, shall):
    return carry_out(planned_change(store, [found(store, folder)], shall))


SERVERS = [("ceph", "tag"), ("ceph", "acl"), ("moto", "acl")]


class Commands:
    """A repository with a private item under embargo, and the commands about it."""

    def __init__(self, store, folder, bundles, capsys):
        self.store, self.folder, self._capsys = store, folder, capsys
        (folder / ".git").mkdir(parents=True)
        facts = {"visibility": "private", "embargo": date(2999, 1, 1)}
        item = bundles.stimulus_set(NAME, b"csv", b"zip", **facts)
        self.bundle = bundles.write(item)
        self.receipts = publish_bundle(self.bundle, store, run=RUN).receipts
        save_receipts(self.receipts, folder / "receipts.json")
        (folder / "dataset.toml").write_text(MANIFEST)

    def __call__(self, *words, code=0):
        """Run a command; gives what it told."""
        self._capsys.readouterr()
        place = ["--store", self.store.location.url, "--endpoint-url", self.store.location.endpoint]
        here = ["--checkout", str(self.folder)]
        options = place if words[0] == "lookup" else [*place, *here]
        assert main([*words, *options]) == code, self._capsys.readouterr().err
        return "".join(self._capsys.readouterr())

    def due(self, *options):
        self._capsys.readouterr()
        assert main(["visibility", "due", str(self.folder), *options]) == 0
        return self._capsys.readouterr().out

    def statuses(self):
        """Read every version as somebody without credentials would."""
        files = [file.object for file in self.receipts.items[0].files]
        urls = [
            f"{each.endpoint}/{each.bucket}/{each.key}?versionId={each.version_id}"
            for each in files
        ]
        return [requests.get(url, timeout=60).status_code for url in urls]


@pytest.mark.parametrize(
    ("server", "way"),
    [
        ("ceph", "tag"),
        pytest.param("ceph", "acl", marks=pytest.mark.night),
        pytest.param("moto", "acl", marks=pytest.mark.night),
    ],
)
def test_embargoed_public_retracted_restored_private_and_erased_are_a_command_each(
    server, way, bucket_of, bundles, tmp_path, capsys
):
    store, client, bucket = bucket_of(server, way)
    run = Commands(store, tmp_path / "lab", bundles, capsys)
    opening = ("visibility", "set", "public", NAME, "-y")
    before, closed, opened = store.tags(CSV), [403, 403], [200, 200]
    assert f"{NAME} is under embargo until 2999-01-01" in run(*opening, code=1)
    assert "visibility set public" in run.due("--on", "2999-01-01")
    assert run.statuses() == closed

    (run.folder / "dataset.toml").write_text(MANIFEST.replace("2999", "2020"))
    assert f"visibility set public {NAME}" in run.due()
    assert "tried without credentials: can be read" in run(*opening)
    assert run.statuses() == opened
    assert "No embargo has ended" in run.due()

    assert "is retracted" in run("retract", NAME, "--because", WHY, "-y")
    assert run.statuses() == closed
    with store.open(CSV, run.receipts.items[0].csv.object.version_id) as stream:
        assert stream.read() == b"csv"
    assert WHY in run(*opening, code=1)
    again = publish_bundle(run.bundle, _fresh(store), run=RUN).receipts
    assert [file.run.public for file in again.items[0].files] == ["retracted"] * 2
    assert "is restored" in run("retract", NAME, "--undo", "--because", "a mistake", "-y")
    assert run.statuses() == closed

    run(*opening)
    assert run.statuses() == opened
    assert "downloaded copies stay" in run("visibility", "set", "private", NAME, "-y")
    now = dict(store.tags(CSV))
    assert now.pop("retracted").startswith("until ")
    assert (run.statuses(), now) == (closed, before)
    grants = client.get_object_acl(Bucket=bucket, Key=f"data/{CSV}")["Grants"]
    assert [grant["Permission"] for grant in grants] == ["FULL_CONTROL"]

    later = client.put_object(Bucket=bucket, Key=f"data/{CSV}", Body=b"later")["VersionId"]
    told = run("erase", NAME, "--because", WHY, "--confirm", NAME)
    assert f"{CSV} version {later} stays" in told
    assert "replica" in told
    left = client.list_object_versions(Bucket=bucket, Prefix="data/stimulus_")
    assert [each["VersionId"] for each in left["Versions"]] == [later]
    assert "DeleteMarkers" not in left
    assert re.search(rf"erased on \S+ by .*: {WHY}", run("lookup", NAME))


@pytest.mark.parametrize(("server", "way"), SERVERS)
def test_what_is_published_as_public_is_public_in_the_stores_own_way(
    server, way, bucket_of, bundles
):
    store, _, _ = bucket_of(server, way)
    done = published(bundles, store, "public")
    [item] = done.receipts.items
    assert [file.run.public for file in item.files] == ["yes", "yes"]
    assert done.notices == ()
    assert store.openness(trying=True).mode == way


@pytest.mark.parametrize(
    ("server", "way", "setting"),
    [
        ("ceph", "closed", "IgnorePublicAcls"),
        ("moto", "closed", "IgnorePublicAcls"),
        ("moto", "disabled", "access lists are disabled"),
    ],
)
def test_a_closed_store_says_so_and_opens_nothing(
    server, way, setting, bucket_of, bundles, tmp_path
):
    store, client, bucket = bucket_of(server, way)
    done = published(bundles, store, "public")
    assert "closed as a whole" in done.notices[0]
    assert setting in done.notices[0]
    assert "visibility set public MajajHong2015 --store" in done.notices[1]
    with pytest.raises(UsageError, match="nothing was changed: this store is closed"):
        change(store, tmp_path, "public")
    assert not any(
        "probe-acl" in each["Key"] for each in client.list_objects_v2(Bucket=bucket)["Contents"]
    )


@pytest.mark.parametrize("server", each_by_night(["ceph", "moto"], by_day=["ceph"]))
def test_a_store_that_opens_by_prefix_names_the_place(server, bucket_of, bundles, tmp_path):
    store, _, bucket = bucket_of(server, "prefix")
    assert store.openness().mode == "prefix"
    published(bundles, store)
    with pytest.raises(UsageError) as refused:
        change(store, tmp_path, "public")
    assert f"publish public items to s3://{bucket}/public" in refused.value.hint
    there = open_store(f"s3://{bucket}/public", endpoint_url=store.location.endpoint)
    assert there.openness().mode == "open"


@pytest.mark.parametrize("server", each_by_night(["ceph", "moto"], by_day=["ceph"]))
def test_in_a_store_that_is_open_nothing_can_be_closed_or_retracted(
    server, bucket_of, bundles, tmp_path, capsys
):
    store, _, _ = bucket_of(server, "open")
    published(bundles, store, "public")
    place = ["--store", store.location.url, "--endpoint-url", store.location.endpoint]
    place += ["--checkout", str(tmp_path), "-y"]
    for words in (["visibility", "set", "private", NAME], ["retract", NAME, "--because", WHY]):
        assert main([*words, *place]) == 2
        assert "nothing was changed: this store is open as a whole" in capsys.readouterr().err
    assert store.tags(CSV)["visibility"] == "public"
    assert not store.upkeep.notes("retracted")


def test_a_server_that_keeps_policies_and_ignores_their_conditions_is_found_out(
    bucket_of, bundles, tmp_path
):
    store, _, _ = bucket_of("moto", "tag")
    published(bundles, store, "public")
    with pytest.raises(UsageError, match="keeps policies and does not honour them"):
        change(store, tmp_path, "private")
    store.set_visibility("stimulus_MajajHong2015.csv", None, "private")
    assert "this server ignores it" in str(
        open_store(store.location.url, endpoint_url=store.location.endpoint).openness()
    )


def test_who_else_is_on_an_access_list_stays_on_it(bucket_of, bundles, wire):
    store, client, bucket = bucket_of("moto", "acl")
    published(bundles, store)
    key = {"Bucket": bucket, "Key": "data/stimulus_MajajHong2015.csv"}
    other, everybody = f'id="{"b" * 64}"', 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
    client.put_object_acl(**key, GrantRead=everybody, GrantReadACP=other)
    through = open_store(store.location.url, endpoint_url=wire.endpoint_url)
    through.set_visibility("stimulus_MajajHong2015.csv", None, "private")
    [put] = [r for r in wire.requests if r.method == "PUT" and r.path.endswith("?acl")]
    assert put.headers["x-amz-grant-read-acp"] == other
    assert "x-amz-grant-read" not in put.headers


def test_an_item_of_which_one_file_cannot_be_opened_stays_closed(
    bucket_of, bundles, tmp_path, wire
):
    store, _, _ = bucket_of("moto", "acl")
    published(bundles, store)
    through = open_store(store.location.url, endpoint_url=wire.endpoint_url)
    wire.before = lambda r: (
        wire.error(403, "AccessDenied") if r.method == "PUT" and ".csv?acl" in r.path else None
    )
    with pytest.raises(UsageError, match=r"nothing stays open: .* may not s3:PutObject"):
        change(through, tmp_path, "public")
    assert {(said(each), each.shown.tag) for each in found(store, tmp_path).files} == {
        ("private", "private")
    }


def test_a_csv_without_its_zip_is_refused_whole(bucket_of, bundles, tmp_path):
    store, client, bucket = bucket_of("moto", "acl")
    published(bundles, store)
    version = store.stat("stimulus_MajajHong2015.zip").version_id
    client.delete_object(Bucket=bucket, Key="data/stimulus_MajajHong2015.zip", VersionId=version)
    with pytest.raises(DataError, match=r"not whole: stimulus_MajajHong2015.zip is not there"):
        change(store, tmp_path, "public")


@pytest.mark.parametrize("server", each_by_night(["ceph", "moto"], by_day=["ceph"]))
def test_object_lock_forbids_to_erase_anything_and_not_to_open_or_close(
    bucket_of, bundles, tmp_path, server
):
    store, client, bucket = bucket_of(server, "locked")
    published(bundles, store)
    hold = {"Status": "ON"}
    client.put_object_legal_hold(
        Bucket=bucket, Key="data/stimulus_MajajHong2015.csv", LegalHold=hold
    )
    before = client.list_object_versions(Bucket=bucket)["Versions"]
    with pytest.raises(DataError, match=r"csv .*a legal hold is on it"):
        planned_erasure(store, [found(store, tmp_path)])
    assert client.list_object_versions(Bucket=bucket)["Versions"] == before
    for shall in ("public", "private"):
        [item] = change(_fresh(store), tmp_path, shall)
        assert {said(file) for file in item.files} == {shall}
