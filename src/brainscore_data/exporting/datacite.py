"""DataCite's metadata, schema 4.5 in JSON: what archives ask for before they give a DOI.

https://datacite-metadata-schema.readthedocs.io/en/4.5/
"""

from __future__ import annotations

from typing import Any

from brainscore_data.dataset.describing import Author
from brainscore_data.dataset.licenses import canonical_license, license_in_words, license_url
from brainscore_data.exporting.described import DescribedDataset, doi_of
from brainscore_data.exporting.people import name_of
from brainscore_data.exporting.written import json_text

_PUBLISHER = "Brain-Score"


def datacite(dataset: DescribedDataset) -> str:
    """Describe a dataset for DataCite; there is no `doi` yet, an archive gives it."""
    dataset.require("title", "authors", "published", form="DataCite")
    about, published = dataset.about, dataset.published or ""
    made: dict[str, Any] = {
        "schemaVersion": "http://datacite.org/schema/kernel-4",
        "types": {"resourceTypeGeneral": "Dataset", "resourceType": "Neuroscience data"},
        "titles": [{"title": about.title}],
        "creators": [_creator(each) for each in about.authors],
        "publisher": {"name": _PUBLISHER},
        "publicationYear": published[:4],
        "dates": [{"date": published, "dateType": "Available"}],
        "rightsList": [_rights(about.license, about.license_text)],
        "descriptions": [{"description": about.description, "descriptionType": "Abstract"}]
        if about.description
        else [],
        "subjects": [
            *(
                {"subject": each, "subjectScheme": "species"}
                for each in dict.fromkeys(about.species)
            ),
            *({"subject": each} for each in dict.fromkeys(about.keywords)),
        ],
        "fundingReferences": [{"funderName": each} for each in dict.fromkeys(about.funding)],
        "relatedIdentifiers": _related(about.reference),
    }
    return json_text({key: said for key, said in made.items() if said}, indent=2)


def _creator(author: Author) -> dict[str, Any]:
    name = name_of(author)
    made: dict[str, Any] = {"name": author.name, "nameType": "Organizational"}
    if name.given or author.orcid:
        made["nameType"] = "Personal"
    if name.given:
        made |= {"familyName": name.family, "givenName": name.given}
    if author.orcid:
        made["nameIdentifiers"] = [
            {
                "nameIdentifier": f"https://orcid.org/{author.orcid}",
                "nameIdentifierScheme": "ORCID",
                "schemeUri": "https://orcid.org",
            }
        ]
    if author.affiliation:
        made["affiliation"] = [{"name": author.affiliation}]
    return made


def _rights(license_: str, text: str | None) -> dict[str, str]:
    made = {"rights": license_in_words(license_)}
    if url := license_url(license_):
        return made | {
            "rightsUri": url,
            "rightsIdentifier": canonical_license(license_) or license_,
            "rightsIdentifierScheme": "SPDX",
            "schemeUri": "https://spdx.org/licenses/",
        }
    return made | ({"rightsUri": text} if text and text.startswith("https://") else {})


def _related(reference: str | None) -> list[dict[str, str]]:
    if doi := doi_of(reference):
        found = {"relatedIdentifier": doi, "relatedIdentifierType": "DOI"}
    elif reference and reference.startswith(("https://", "http://")):
        found = {"relatedIdentifier": reference, "relatedIdentifierType": "URL"}
    else:
        return []
    return [found | {"relationType": "IsDescribedBy"}]
