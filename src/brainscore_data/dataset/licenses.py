"""Licenses: SPDX expressions, ``LicenseRef-…`` with a text of its own, or ``restricted``."""

from __future__ import annotations

import difflib
import re

#: What is under no license: nobody may use it but those whom its owners let.
RESTRICTED = "restricted"
#: What bundles of scripts say, whose authors nobody asked.
NOT_STATED = "not stated"

# Of data, mostly: as https://spdx.org/licenses/ names them.
_NAMES = {
    "CC0-1.0": "Creative Commons Zero v1.0 Universal",
    "CC-BY-4.0": "Creative Commons Attribution 4.0 International",
    "CC-BY-3.0": "Creative Commons Attribution 3.0 Unported",
    "CC-BY-SA-4.0": "Creative Commons Attribution Share Alike 4.0 International",
    "CC-BY-ND-4.0": "Creative Commons Attribution No Derivatives 4.0 International",
    "CC-BY-NC-4.0": "Creative Commons Attribution Non Commercial 4.0 International",
    "CC-BY-NC-SA-4.0": "Creative Commons Attribution Non Commercial Share Alike 4.0 International",
    "CC-BY-NC-ND-4.0": "Creative Commons Attribution Non Commercial No Derivatives 4.0 International",
    "ODC-By-1.0": "Open Data Commons Attribution License v1.0",
    "ODbL-1.0": "Open Data Commons Open Database License v1.0",
    "PDDL-1.0": "Open Data Commons Public Domain Dedication & License 1.0",
    "CDLA-Permissive-2.0": "Community Data License Agreement Permissive 2.0",
    "MIT": "MIT License",
    "Apache-2.0": "Apache License 2.0",
    "BSD-3-Clause": 'BSD 3-Clause "New" or "Revised" License',
}
#: What is offered where somebody has to choose, and what each means.
OFFERED = {
    "CC-BY-4.0": "everybody may use and change it, and says whose it is",
    "CC0-1.0": "everybody may do with it what they like",
    "CC-BY-SA-4.0": "as CC-BY-4.0; what is made of it is under the same license",
    "CC-BY-NC-4.0": "as CC-BY-4.0, but not to earn money",
    RESTRICTED: "nobody may use it without asking you",
}
_REFERENCE = re.compile(r"\bLicenseRef-[A-Za-z0-9.-]+", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z0-9.+-]+")


def is_restricted(license_: str | None) -> bool:
    """Say whether nobody may use it without asking."""
    return (license_ or "").strip().lower() == RESTRICTED


def canonical_license(license_: str) -> str | None:
    """Write a license as SPDX does; None if it is none that is known.

    >>> canonical_license("cc-by-4.0"), canonical_license("MIT or licenseref-lab")
    ('CC-BY-4.0', 'MIT OR LicenseRef-lab')
    >>> canonical_license("banana split") is None
    True
    """
    if is_restricted(license_):
        return RESTRICTED
    if license_ in _NAMES:
        return license_  # the light hooks have no packaging
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    try:
        return str(canonicalize_license_expression(license_))
    except InvalidLicenseExpression:
        return None


def written_license(license_: str | None) -> str | None:
    """Write a license as SPDX does, where it is one that is known; else as it stands."""
    return None if license_ is None else canonical_license(license_) or license_


def likely_license(license_: str) -> str | None:
    """Name the license that was meant, perhaps.

    >>> likely_license("CC BY 4.0"), likely_license("CC-BY-4"), likely_license("MIT License")
    ('CC-BY-4.0', 'CC-BY-4.0', 'MIT')
    >>> likely_license("banana split") is None
    True
    """
    from license_expression import get_spdx_licensing

    said = license_.strip().lower()
    ids = {str(each).lower(): str(each) for each in get_spdx_licensing().known_symbols}
    in_words = {name.lower(): code for code, name in _NAMES.items()}
    joined = "-".join(_WORD.findall(said))
    for word in (joined, f"{joined}.0", joined.removesuffix("-license"), f"{joined}-4.0"):
        if word in ids and canonical_license(ids[word]):
            return canonical_license(ids[word])
    if near := difflib.get_close_matches(said, in_words, n=1, cutoff=0.8):
        return in_words[near[0]]
    near = difflib.get_close_matches(joined, ids, n=1, cutoff=0.8)
    return canonical_license(ids[near[0]]) if near else None


def own_references(license_: str) -> tuple[str, ...]:
    """List the licenses of an expression that SPDX does not have: each needs its text somewhere."""
    return tuple(dict.fromkeys(_REFERENCE.findall(license_)))


def license_in_words(license_: str | None) -> str:
    """Say a license for people.

    >>> license_in_words("CC-BY-4.0")
    'CC-BY-4.0 (Creative Commons Attribution 4.0 International)'
    >>> license_in_words("restricted"), license_in_words(None)
    ('restricted (ask its owners)', 'no license recorded')
    """
    if not license_ or license_ == NOT_STATED:
        return "no license recorded"
    if is_restricted(license_):
        return "restricted (ask its owners)"
    name = _NAMES.get(license_)
    return f"{license_} ({name})" if name else license_


def license_url(license_: str | None) -> str | None:
    """Name the page of a license; None for what is no single one of SPDX's."""
    if license_ is None or is_restricted(license_) or not _WORD.fullmatch(license_):
        return None
    if _REFERENCE.match(license_) or canonical_license(license_) is None:
        return None
    return f"https://spdx.org/licenses/{canonical_license(license_)}.html"
