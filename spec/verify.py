"""Compare published files with what is written down of them: `python verify.py FOLDER [vectors.json]`.

FOLDER holds the files and a `bundle.json` or `receipts.json`. The specification is docs/formats.md. It
needs Python 3.9 and nothing else, and shares no code with the program that wrote the files.
"""

import csv
import hashlib
import io
import json
import pathlib
import re
import struct
import sys
import zipfile

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


def keys(kind, identifier, prefix="assy_"):
    """Name the files of an item: what it is of → its key below the store's prefix."""
    if not IDENTIFIER.fullmatch(identifier):
        raise ValueError(f"{identifier!r} is no identifier")
    name = identifier.replace(".", "_")
    if kind == "assembly":
        return {"nc": f"{prefix}{name}.nc"}
    return {"csv": f"stimulus_{name}.csv", "zip": f"stimulus_{name}.zip"}


def field(kind, *values):
    """Write a field of a content digest."""
    if kind == "text":
        encoded = values[0].encode()
        return struct.pack("<Q", len(encoded)) + encoded
    if kind == "number":
        return struct.pack("<q", values[0])
    if kind == "strings":
        return b"".join(value.encode() + b"\0" for value in values[0])
    if kind == "values":  # hexadecimal, in C order, little-endian
        return bytes.fromhex(values[0])
    raise ValueError(f"{kind!r} is no field")


def cd1(fields):
    """Compute a content digest of its fields."""
    return "cd1:" + hashlib.sha256(b"".join(field(*each) for each in fields)).hexdigest()


def table_digest(content):
    """Compute the content digest of a table: of the cells as they are written, column by column."""
    head, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    fields = [("text", "table"), ("number", len(head))]
    for place, name in enumerate(head):
        fields += [("text", name), ("strings", [row[place] for row in rows])]
    return cd1(fields)


def files_digest(stream):
    """Compute the content digest of the files in a zip, which has no folders."""
    with zipfile.ZipFile(stream) as archive:
        sums = {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    fields = [("text", "files")]
    for name in sorted(sums):
        fields += [("text", name), ("text", sums[name])]
    return cd1(fields)


DIGESTS = {"csv": table_digest, "zip": lambda content: files_digest(io.BytesIO(content))}


def faults_of_file(role, key, said, content):
    """Compare one file with its record."""
    found = {name: hashlib.new(name, content).hexdigest() for name in ("sha1", "sha256")}
    for name, value in {"size": len(content), **found}.items():
        if said[name] != value:
            yield f"{key}: {name} is {value}, and {said[name]} is written down"
    # Nobody has looked into what has no digest.
    if role in DIGESTS and said.get("digest") not in (None, DIGESTS[role](content)):
        yield f"{key}: the content is not that of {said['digest']}"


def faults_of_folder(folder):
    """Compare all that a bundle or receipts name."""
    path = next(p for p in (folder / "bundle.json", folder / "receipts.json") if p.is_file())
    record = json.loads(path.read_text("utf-8"))
    if record["schema"] != 1:
        yield f"{path}: schema {record['schema']} is not known here"
        return
    for item in record["items"]:
        expected = keys(item["kind"], item["identifier"], item.get("prefix", "assy_"))
        for role, key in expected.items():
            said = item[role].get("object", item[role])
            name = said.get("name") or said["key"].rpartition("/")[2]
            if name != key:
                yield f"{item['identifier']}: its {role} is called {name}, and readers look for {key}"
            elif not (folder / key).is_file():
                if not item.get("hosted"):  # then its files stay where they are
                    yield f"{key}: it is not there"
            else:
                yield from faults_of_file(role, key, said, (folder / key).read_bytes())


def faults_of_vectors(path):
    """Compute what the test vectors say."""
    vectors = json.loads(path.read_text("utf-8"))
    for each in vectors["keys"]:
        if keys(each["kind"], each["identifier"], each.get("prefix", "assy_")) != each["keys"]:
            yield f"{path}: keys of {each['identifier']}"
    for each in vectors["digests"]:
        if cd1(each["fields"]) != each["digest"]:
            yield f"{path}: digest of {each['name']}"


if __name__ == "__main__":
    found = list(faults_of_folder(pathlib.Path(sys.argv[1])))
    found += [fault for each in sys.argv[2:] for fault in faults_of_vectors(pathlib.Path(each))]
    print("\n".join(found) or "all as it is written down")
    sys.exit(1 if found else 0)
