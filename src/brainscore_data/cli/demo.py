"""``brainscore-data demo``."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from brainscore_data.cli.telling import tell, tell_receipt


@click.command()
@click.argument(
    "folder",
    metavar="[FOLDER]",
    type=click.Path(path_type=Path),
    default=Path("brainscore-data-demo"),
)
def demo(folder: Path) -> None:
    """Make a small dataset in FOLDER, publish it into a store there, and show it.

    Nothing leaves this computer. FOLDER is brainscore-data-demo by default, and must be new.
    """
    from brainscore_data.base.errors import UsageError
    from brainscore_data.base.files import written_whole
    from brainscore_data.base.progress import Reported
    from brainscore_data.demo import gratings
    from brainscore_data.previewing.page import html
    from brainscore_data.previewing.previews import preview
    from brainscore_data.publishing.folders import publish

    if folder.exists():
        raise UsageError(
            "it is there already",
            where=str(folder),
            hint="name a new folder: `brainscore-data demo another-folder`",
        )
    dataset, store, page = (folder.absolute() / name for name in ("gratings", "store", "page.html"))
    gratings.write(dataset)
    published = publish(dataset, store.as_uri(), who="brainscore-data demo", report=Reported)
    with written_whole(page) as path:
        path.write_text(html(preview(str(dataset), check=False, report=Reported)), encoding="utf-8")
    tell_receipt(published.receipts, folder=dataset.as_posix())
    tell(_next_steps(folder, store))


def _next_steps(folder: Path, store: Path) -> str:
    dataset = shlex.quote(str(folder / "gratings"))
    steps = [
        ("look at the dataset, first at its dataset.toml", str(folder / "gratings")),
        ("open its page in a browser", str(folder / "page.html")),
        ("change a file, and see what the checks say", f"brainscore-data check {dataset}"),
        (
            "load an assembly back, verified",
            f"brainscore-data fetch Example2026.V1 --store {shlex.quote(store.as_uri())}",
        ),
        ("begin with your own folder", "brainscore-data init my-study"),
    ]
    return "\n".join(["", "Next:", *(f"  {what}:\n    {how}" for what, how in steps)])
