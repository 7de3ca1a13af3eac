"""``publish`` in ways that write nothing."""

from __future__ import annotations


def test_the_command_shows_a_line_for_each_file_and_exits_as_a_publication_would(
    bundles, command, tmp_path
):
    folder = bundles.write(
        bundles.stimulus_set("hvm", b"csv", b"zip"),
        bundles.assembly("MajajHong2015", b"rates", visibility=None),
    )
    publish = ("publish", folder, "--store", (tmp_path / "store").as_uri())
    done = command(*publish, "--dry-run")
    assert (done.code, done.out.splitlines()) == (
        0,
        [
            "what  file                   size  visibility",
            "new   stimulus_hvm.zip       3 B   public",
            "new   stimulus_hvm.csv       3 B   public",
            "new   assy_MajajHong2015.nc  5 B   as the bucket has it",
            "",
            "A dry run: 3 of 3 files to write, 11 B; nothing was written.",
        ],
    )
    assert not (tmp_path / "store").exists()
    assert not (folder / "receipt.md").exists()

    assert command(*publish).code == 0
    other = bundles.write(bundles.assembly("MajajHong2015", b"other"))
    taken = command("publish", other, *publish[2:], "--dry-run")
    assert taken.code == 1
    assert "\ntaken  assy_MajajHong2015.nc  5 B   public\n" in taken.out
    assert "taken by other content" in taken.err
