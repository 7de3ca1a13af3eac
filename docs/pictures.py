"""Takes the pictures in ``images`` anew: ``python docs/pictures.py [FOLDER]``.

They are of the example data, as the program shows it: pages in Debian's Chromium, the comment as GitHub
renders its Markdown, and the terminal as it is coloured. It needs the extra ``test`` and Chromium.
"""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
GRATINGS = ROOT / "examples" / "gratings"
LARGEST = 200_000  # bytes
_COMMENT_STYLE = """
body{font:14px/1.5 -apple-system,"Segoe UI",Helvetica,Arial,sans-serif;color:#1f2328;width:860px;margin:16px}
h3{font-size:1.25em;margin:0 0 12px}code{background:#818b981f;border-radius:6px;padding:.2em .4em;
font:85% ui-monospace,monospace}pre code{background:none}table{border-collapse:collapse;margin:12px 0}
th,td{border:1px solid #d1d9e0;padding:6px 10px;text-align:left}a{color:#0969da}ul{padding-left:2em}
pre{background:#f6f8fa;padding:12px;border-radius:6px}sub{color:#59636e}
"""


def main(folder: Path = IMAGES) -> int:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, _chromium() as browser:
        work = Path(name)
        store = work / "store"
        os.environ |= {"BRAINSCORE_DATA_CACHE": str(work / "cache"), "NO_COLOR": ""}
        study = work / "gratings"
        shutil.copytree(GRATINGS, study)
        for leftover in ("receipts.json", "receipt.md"):
            (study / leftover).unlink(missing_ok=True)
        shown = _terminal(["publish", "gratings", "--store", store.as_uri()], work)
        page = work / "preview.html"
        _run("preview", study, "--html", page)
        _shoot(browser, page.as_uri(), folder / "preview.png", height=1040)
        _shoot(browser, page.as_uri(), folder / "measurements.png", at=".plots")
        _shoot(browser, _site(work, study), folder / "site.png", height=340)
        (work / "comment.html").write_text(_comment(study), encoding="utf-8")
        _shoot(
            browser, (work / "comment.html").as_uri(), folder / "comment.png", whole=True, width=900
        )
        (work / "terminal.html").write_text(_as_html(shown), encoding="utf-8")
        _shoot(
            browser,
            (work / "terminal.html").as_uri(),
            folder / "terminal.png",
            whole=True,
            width=760,
        )
    large = [each.name for each in folder.glob("*.png") if each.stat().st_size > LARGEST]
    print(f"too large: {', '.join(large)}" if large else f"the pictures are in {folder}")
    return int(bool(large))


def _run(*arguments: object) -> None:
    command = [sys.executable, "-m", "brainscore_data", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


def _terminal(arguments: list[str], folder: Path) -> str:
    """Run a command in a terminal of 80 columns; give what it shows."""
    ours, theirs = pty.openpty()
    env = os.environ | {"COLUMNS": "80", "LINES": "40", "TERM": "xterm-256color"}
    env.pop("NO_COLOR")
    with os.fdopen(theirs, "wb") as terminal:
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "brainscore_data", *arguments],
            stdout=terminal,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=env,
            check=True,
        )
    text = b""
    try:
        while block := os.read(ours, 65536):
            text += block
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    said = text.decode().replace("\r\n", "\n").replace(f"{folder}/", "/data/")
    command = " ".join(arguments).replace(f"{folder}/", "/data/")
    return f"$ brainscore-data {command}\n{said}"


def _as_html(shown: str) -> str:
    import io

    from rich.console import Console
    from rich.terminal_theme import MONOKAI
    from rich.text import Text

    console = Console(record=True, width=80, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(shown), soft_wrap=True)
    html = console.export_html(theme=MONOKAI, inline_styles=True)
    return html.replace("<body", '<body style="margin:12px;font-size:14px"', 1)


def _site(work: Path, study: Path) -> str:
    """Write the site of a repository with the example in it."""
    from brainscore_data.plugins.render import render_registrations
    from brainscore_data.records.receipts import load_receipts

    plugin = work / "lab" / "brainscore_vision" / "data" / "gratings"
    shutil.copytree(study, plugin)
    receipts = load_receipts(study / "receipts.json")
    text = render_registrations(receipts, folder="brainscore_vision/data/gratings")
    (plugin / "__init__.py").write_text(text, encoding="utf-8")
    title = ("--title", "Data of the example lab", "--contact", "data@lab.example")
    store = receipts.items[0].files[0].object.store
    _run("site", work / "lab", "-o", work / "site", "--store", store, *title)
    return (work / "site" / "index.html").as_uri()


def _comment(study: Path) -> str:
    """Write a page of both comments: what a check found with what is in the data, and the receipt."""
    import cmarkgfm
    import cmarkgfm.cmark

    from brainscore_data.check.engine.checking import check
    from brainscore_data.github.comment import Belonging, findings_text, receipts_text
    from brainscore_data.github.commented_preview import preview_section, with_preview
    from brainscore_data.github.tasks.previewing import lines_of
    from brainscore_data.plugins.receipt_markdown import checked_with
    from brainscore_data.previewing.previews import preview
    from brainscore_data.records.receipts import load_receipts

    run = "https://github.com/lab/data/actions/runs/1"
    to = Belonging("lab/data", 7, ".github/workflows/check.yml", run)
    outcome = check([study])
    seen = preview(study, outcome=outcome)
    section = preview_section((lines_of(seen),), f"{run}/artifacts/2")
    notes = [checked_with(len(outcome.ran), outcome.ignored_by)]
    checked = findings_text(to, outcome.findings, notes=notes)
    checked = with_preview(checked, section, to.workflow)
    receipts = receipts_text(to, {"data/gratings": load_receipts(study / "receipts.json")})
    unsafe = cmarkgfm.cmark.Options.CMARK_OPT_UNSAFE  # folds are HTML, which GitHub lets through
    body = "<hr>".join(
        cmarkgfm.github_flavored_markdown_to_html(each, unsafe) for each in (checked, receipts)
    )
    return f'<!DOCTYPE html><meta charset="utf-8"><style>{_COMMENT_STYLE}</style>{body}'


@contextmanager
def _chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def _shoot(
    browser: Any,
    url: str,
    path: Path,
    *,
    at: str = "",
    whole: bool = False,
    width: int = 1000,
    height: int = 700,
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
    page.goto(url)
    if at:
        page.locator(at).first.evaluate("each => each.scrollIntoView()")
    page.screenshot(path=path, full_page=whole)
    page.close()


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:2])))
