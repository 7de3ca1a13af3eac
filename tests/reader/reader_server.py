"""Executes snippets with brainscore-core, one JSON line in, one out; runs in its environment."""

import json
import logging
import os
import sys
import traceback
import warnings


def describe(value):
    """Turn an assembly, a stimulus set or an attribute into what JSON can hold."""
    import numpy as np
    import pandas as pd
    import xarray as xr
    from brainscore_core.supported_data_standards.brainio import assemblies

    if isinstance(value, xr.DataArray):
        return {
            "class": type(value).__name__,
            "dims": list(value.dims),
            **_array(value.values),
            "coords": {
                name: {"dims": list(dims), **_array(np.asarray(values))}
                for name, dims, values in assemblies.walk_coords(value)
            },
            "levels": {dim: list(index.names) for dim, index in value.indexes.items()},
            "attrs": {name: describe(attribute) for name, attribute in value.attrs.items()},
        }
    if isinstance(value, pd.DataFrame):
        paths = getattr(value, "stimulus_paths", {})
        return {
            "identifier": getattr(value, "identifier", None),
            "columns": {name: _array(value[name].to_numpy()) for name in value.columns},
            "files": [[_plain(key), path.name] for key, path in paths.items()],
        }
    if isinstance(value, np.ndarray):
        return _array(value)
    return _plain(value)


def _array(values):
    import numpy as np

    dtype = values.dtype.name
    if values.dtype.kind == "M":
        values = values.astype("datetime64[ns]").astype(np.int64)
    return {"dtype": dtype, "shape": list(values.shape), "values": values.tolist()}


def _plain(value):
    import numpy as np

    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (str, int, float, bool, list)):
        return value
    return repr(value)


def answer(request):
    import boto3
    from brainscore_core.supported_data_standards.brainio import assemblies, fetch, s3, stimuli

    fetch._local_data_path = None  # remembered from the last call
    boto3.DEFAULT_SESSION = None
    before = dict(os.environ)
    os.environ.update(request["env"])
    names = {"assemblies": assemblies, "fetch": fetch, "s3": s3, "stimuli": stimuli}
    names.update(request["variables"], describe=describe)
    try:
        exec(request["source"], names)
        return json.dumps({"result": names["result"]})
    except Exception as error:
        text = traceback.format_exc()
        kind = type(error).__name__
        return json.dumps({"error": {"kind": kind, "message": str(error), "traceback": text}})
    finally:
        os.environ.clear()
        os.environ.update(before)


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    warnings.simplefilter("ignore")
    logging.disable(logging.INFO)
    for line in sys.stdin:
        answers.write(answer(json.loads(line)) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
