"""How the site is built: `.venv/bin/sphinx-build -W docs site`."""

import re
import tomllib
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_PROJECT = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = "brainscore-data"
copyright = "the brainscore-data contributors"  # noqa: A001 - Sphinx's name
release = version = _PROJECT["version"]
extensions = ["myst_parser", "numpydoc", "sphinx_click", "sphinxcontrib.mermaid"]
html_theme = "furo"
html_title = "brainscore-data"
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block", "deflist"]
myst_fence_as_directive = ["mermaid"]
numpydoc_show_class_members = False
# Rules show manifests that are broken.
suppress_warnings = ["misc.highlighting_failure"]


def setup(app: object) -> None:
    """Let links to files of the repository lead to it: pages are read on GitHub, too."""
    app.connect("source-read", _with_links_to_source)


def _with_links_to_source(_: object, page: str, source: list[str]) -> None:
    def absolute(link: re.Match[str]) -> str:
        path = (_ROOT / "docs" / page).parent.joinpath(link["path"]).resolve()
        if path.is_relative_to(_ROOT / "docs"):
            return link[0]
        return f"]({_PROJECT['urls']['Source']}/blob/main/{path.relative_to(_ROOT).as_posix()}"

    source[0] = re.sub(r"\]\((?P<path>\.\./[^)#\s]+)", absolute, source[0])
