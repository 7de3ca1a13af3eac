"""CITATION.cff 1.2.0: what GitHub and reference managers read.

https://github.com/citation-file-format/citation-file-format/blob/1.2.0/schema-guide.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from brainscore_data.dataset.describing import Author
from brainscore_data.dataset.licenses import canonical_license, license_url
from brainscore_data.exporting.described import DescribedDataset
from brainscore_data.exporting.people import name_of
from brainscore_data.exporting.written import json_text

# Of those that data has: the format's list is of 2021, and any other identifier is an error there.
_KNOWN = frozenset(
    [
        "CC0-1.0",
        "CC-BY-3.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "CC-BY-ND-4.0",
        "CC-BY-NC-4.0",
        "CC-BY-NC-SA-4.0",
        "CC-BY-NC-ND-4.0",
        "ODC-By-1.0",
        "ODbL-1.0",
        "PDDL-1.0",
        "MIT",
        "Apache-2.0",
        "BSD-3-Clause",
    ]
)


def citation(dataset: DescribedDataset) -> str:
    """Describe a dataset as a CITATION.cff."""
    dataset.require("title", "authors", form="CITATION.cff")
    about, published = dataset.about, dataset.published or ""
    made: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": _message(dataset.doi),
        "type": "dataset",
        "title": about.title,
        "authors": [_person(each) for each in about.authors],
        "abstract": about.description,
        "keywords": list(dict.fromkeys([*about.keywords, *about.species])),
        **_license(about.license, about.license_text),
    }
    if len(published) > len("2026"):
        made["date-released"] = published
    return "\n".join(_lines({key: said for key, said in made.items() if said})) + "\n"


def _message(doi: str | None) -> str:
    # As a reference it would need its title and its authors, which nobody said.
    article = f", and the article that describes them: https://doi.org/{doi}" if doi else "."
    return f"If you use these data, please cite them as below{article}"


def _person(author: Author) -> dict[str, str]:
    name = name_of(author)
    named = {"family-names": name.family, "given-names": name.given}
    is_person = bool(name.given or author.orcid)
    made = (
        {key: said for key, said in named.items() if said} if is_person else {"name": name.family}
    )
    if author.affiliation and is_person:
        made["affiliation"] = author.affiliation
    return made | ({"orcid": f"https://orcid.org/{author.orcid}"} if author.orcid else {})


def _license(license_: str, text: str | None) -> dict[str, str]:
    if (code := canonical_license(license_)) in _KNOWN:
        return {"license": code or ""}
    url = license_url(license_) or (text if text and text.startswith("https://") else None)
    return {"license-url": url} if url else {}


def _lines(table: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """Write YAML: every text in quotes, as JSON has it."""
    for key, said in table.items():
        if not isinstance(said, list):
            yield f"{indent}{key}: {json_text(said)}"
            continue
        yield f"{indent}{key}:"
        for each in said:
            if not isinstance(each, dict):
                yield f"{indent}  - {json_text(each)}"
                continue
            first, *others = _lines(each, f"{indent}    ")
            yield f"{indent}  - {first.lstrip()}"
            yield from others
