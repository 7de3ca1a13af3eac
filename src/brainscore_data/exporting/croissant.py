"""Croissant 1.1 with the fields of Croissant RAI 1.0: what conferences ask for, and machines load.

https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html
https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from brainscore_data.dataset.describing import Author, ResponsibleAI
from brainscore_data.dataset.licenses import license_in_words, license_url
from brainscore_data.exporting.described import DescribedDataset, DescribedItem, File
from brainscore_data.exporting.people import name_of
from brainscore_data.exporting.written import json_text

_TYPES = {
    "whole number": "sc:Integer",
    "number": "sc:Float",
    "truth": "sc:Boolean",
    "text": "sc:Text",
}
_FORMATS = {
    "csv": "text/csv",
    "zip": "application/zip",
    "nc": "application/x-netcdf",
}
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(dataset: DescribedDataset) -> str:
    """Describe a dataset and its files; those of items that are not public stay out."""
    dataset.require("title", "authors", "description", "published", form="Croissant")
    about, shown = dataset.about, [each for each in dataset.items if each.is_public]
    published = dataset.published or ""
    made: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": about.title,
        "description": about.description,
        "license": license_url(about.license)
        or about.license_text
        or license_in_words(about.license),
        "creator": [_creator(each) for each in about.authors],
        "datePublished": published if len(published) > len("2026") else f"{published}-01-01",
        "version": _version(published),
        "keywords": list(dict.fromkeys([*about.keywords, *about.species])),
        "funder": [{"@type": "sc:Organization", "name": each} for each in about.funding],
        "url": _url(dataset),
        "citeAs": _cited(dataset),
        **_responsible(about.rai),
        "distribution": [part for item in shown for part in _distribution(item)],
        "recordSet": [_records(item) for item in shown if item.columns],
    }
    return json_text({key: said for key, said in made.items() if said}, indent=2)


def _version(published: str) -> str:
    """Make a number of the day, as semantic versions are written."""
    parts = [str(int(each)) for each in published.split("-")]
    return ".".join([*parts, "0", "0"][:3])


def _creator(author: Author) -> dict[str, Any]:
    name = name_of(author)
    is_person = bool(name.given or author.orcid)
    made: dict[str, Any] = {
        "@type": "sc:Person" if is_person else "sc:Organization",
        "name": author.name,
    }
    if name.given:
        made |= {"familyName": name.family, "givenName": name.given}
    if author.orcid:
        made["sameAs"] = f"https://orcid.org/{author.orcid}"
    if author.affiliation:
        made["affiliation"] = {"@type": "sc:Organization", "name": author.affiliation}
    return made


def _url(dataset: DescribedDataset) -> str | None:
    reference = dataset.about.reference or ""
    if dataset.doi:
        return f"https://doi.org/{dataset.doi}"
    return reference if reference.startswith(("https://", "http://")) else None


def _cited(dataset: DescribedDataset) -> str:
    about = dataset.about
    authors = "; ".join(each.name for each in about.authors)
    said = f"{authors} ({(dataset.published or '')[:4]}). {about.title} [Data set]."
    return f"{said} {_url(dataset)}" if _url(dataset) else said


def _responsible(said: ResponsibleAI | None) -> dict[str, Any]:
    """Write what is said in RAI's own names: data_biases is rai:dataBiases."""
    return {
        "rai:" + re.sub(r"_(\w)", lambda found: found[1].upper(), name): value
        for name, value in (said or ())
        if value
    }


def _distribution(item: DescribedItem) -> Iterator[dict[str, Any]]:
    for file in item.files:
        ending = file.name.rpartition(".")[2]
        yield {
            "@type": "cr:FileObject",
            "@id": file.name,
            "name": file.name,
            "description": _about(item, file),
            "contentSize": f"{file.size} B",
            "contentUrl": file.url or file.name,
            "encodingFormat": _FORMATS.get(ending, "application/octet-stream"),
            "sha256": file.sha256,
        }


def _about(item: DescribedItem, file: File) -> str:
    what = item.assembly_class or (
        "table of stimuli" if file.name.endswith(".csv") else "files of stimuli"
    )
    return f"{item.identifier}: {what}, {license_in_words(item.license)}"


def _records(item: DescribedItem) -> dict[str, Any]:
    csv = next(file.name for file in item.files if file.name.endswith(".csv"))
    ids = _field_ids([each.name for each in item.columns])
    return {
        "@type": "cr:RecordSet",
        "@id": item.identifier,
        "name": item.identifier,
        "description": "A record for each stimulus.",
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{item.identifier}/{field}",
                "name": each.name,
                "dataType": _TYPES[each.kind],
                "source": {"fileObject": {"@id": csv}, "extract": {"column": each.name}},
            }
            for field, each in zip(ids, item.columns, strict=True)
        ],
    }


def _field_ids(columns: Sequence[str]) -> list[str]:
    """Name fields by their columns, as mlcroissant takes it: without blanks, and each only once.

    >>> _field_ids(["object name", "object_name", "size"])
    ['object_name', 'object_name_2', 'size']
    """
    made: list[str] = []
    for number, column in enumerate(columns, start=1):
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", column)
        made.append(f"{plain}_{number}" if plain in made else plain)
    return made
