"""The JSON Schema of ``dataset.toml``, which editors complete and check with.

``python -m brainscore_data.dataset.schema schema/dataset.schema.json`` writes the file in the
repository anew after a change of the models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from brainscore_data.base.files import written_whole
from brainscore_data.dataset.manifest import Manifest


def json_schema() -> dict[str, Any]:
    """Describe ``dataset.toml`` as the models do.

    It says less than :func:`~brainscore_data.dataset.reading.load_dataset` checks: paths,
    collisions and what depends on several keys are beyond it.

    Examples
    --------
    >>> json_schema()["required"]
    ['schema', 'dataset']
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Manifest.model_json_schema(by_alias=True),
        "title": "dataset.toml of brainscore-data",
    }


def write_schema(target: Path) -> None:
    """Write the schema into a file."""
    with written_whole(target) as path:
        text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schema(Path(sys.argv[1]))
