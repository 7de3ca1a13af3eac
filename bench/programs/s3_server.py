"""A local S3 server that counts what is asked of it. Prints its address; ends with its input.

It is moto, with what S3 does and moto does not: bytes are compared with the checksum that was
announced, and the answer to a completed upload has its checksum. Parts of a large file are hashed
block by block as they arrive and not kept: moto would copy each several times, and to the disk,
which took longer than either of the programs that are compared. Connections are kept.
"""

import hashlib
import io
import json
import logging
import sys
import threading
import types
import zlib
from base64 import b64encode
from collections import Counter
from struct import Struct
from urllib.parse import parse_qs

from isal.isal_zlib import crc32_combine
from moto.s3 import models
from moto.s3.responses import S3Response
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug import serving

logging.getLogger("werkzeug").setLevel(logging.ERROR)
moto = DomainDispatcherApplication(create_backend_app)
lock, counted = threading.Lock(), Counter()

BLOCK = 1 << 18
# What stands for a part that was not kept: its MD5, CRC32 and size.
record = Struct(">12s16sIQ")
MARK = b"part, hashed"


def kept(key):
    """Give the bytes of an object, or the records of parts that stand for them."""
    return key.kept


def keep(key, value):
    """Keep the bytes of an object or of a part, or such records."""
    key.kept, key.contentsize = bytes(value), len(value)
    if key.kept.startswith(MARK):
        parts = list(record.iter_unpack(key.kept))
        key.contentsize = sum(size for _, _, _, size in parts)
        key._etag = key._etag or parts[0][1].hex()  # noqa: SLF001 - moto would hash the record


class JoinedChecksum(models.MultipartChecksumBuilder):
    """A whole upload's CRC32, from those of its parts."""

    crc = 0

    def addPart(self, part):  # noqa: N802
        _, _, crc, size = record.unpack(part)
        self.checksum += crc.to_bytes(4)
        self.crc = crc32_combine(self.crc, crc, size)
        self.part_count += 1

    def build(self):
        crc = zlib.crc32(self.checksum) if self.checksum_type == "COMPOSITE" else self.crc
        return self.checksum_type, b64encode(crc.to_bytes(4)).decode(), self.part_count


def with_checksum(response, answer, *more, serialized=S3Response.serialized):
    """Tell the checksum of a whole upload to those who have completed it."""
    if response.data.get("Action") == "CompleteMultipartUpload":
        key = response.backend.get_object(response.bucket_name, answer.result["Key"])
        answer.result["ChecksumCRC32"] = key.checksum_value
        answer.result["ChecksumType"] = key.checksum_type
    return serialized(response, answer, *more)


models.FakeKey.value = property(kept, keep)
models.MultipartChecksumBuilder = JoinedChecksum
S3Response.serialized = with_checksum


def counting(environ, start_response):
    """Give the counts since the last time at /counted; pass all else on, and count it."""
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    if path == "/counted":
        with lock:
            body = json.dumps(counted).encode()
            counted.clear()
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]
    # A bucket is tried out on a key of its own.
    of_an_object = path.strip("/").count("/") > 0 and "/.brainscore-data/" not in path
    with lock:
        counted["requests"] += 1
        counted["writes"] += of_an_object and method in {"PUT", "POST"}
    if damaged(environ) and method == "PUT":
        body = b"<Error><Code>BadDigest</Code><Message>other bytes</Message></Error>"
        start_response("400 Bad Request", [("Content-Length", str(len(body)))])
        return [body]
    return moto(environ, start_response)


class Crc32:
    """The checksum, as hashlib has its own."""

    def __init__(self):
        self.value = 0

    def update(self, block):
        self.value = zlib.crc32(block, self.value)

    def digest(self):
        return self.value.to_bytes(4)


def damaged(environ):
    """Read a body, compare it with its checksum, and let moto have it, or the record of a part."""
    part = "partNumber" in parse_qs(environ["QUERY_STRING"])
    announced = {
        name: algorithm()
        for name, algorithm in (
            ("HTTP_X_AMZ_CHECKSUM_SHA256", hashlib.sha256),
            ("HTTP_X_AMZ_CHECKSUM_CRC32", Crc32),
        )
        if name in environ
    }
    crc32 = announced.get("HTTP_X_AMZ_CHECKSUM_CRC32", Crc32())
    md5 = hashlib.md5(usedforsecurity=False)
    hashes = [*announced.values(), *([md5] if part else [])]
    if part and crc32 not in hashes:
        hashes.append(crc32)
    left = size = int(environ.get("CONTENT_LENGTH") or 0)
    kept = []
    while left and (block := environ["wsgi.input"].read(min(left, BLOCK))):
        left -= len(block)
        for each in hashes:
            each.update(block)
        if not part:
            kept.append(block)
    body = record.pack(MARK, md5.digest(), crc32.value, size) if part else b"".join(kept)
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
    told = {name: b64encode(each.digest()).decode() for name, each in announced.items()}
    return left > 0 or any(environ[name] != value for name, value in told.items())


class KeptAlive(serving.WSGIRequestHandler):
    """Keeps a connection for the next request, as S3 does.

    werkzeug closes it, and swallows what comes next on it, as an application may have left a part of
    a request unread. Here all is read.
    """

    def send_header(self, keyword, value):
        if (keyword, value) != ("Connection", "close"):
            super().send_header(keyword, value)


class NothingLeft:
    """A selector for a connection on which the next request may be there already."""

    register = close = select = lambda *_, **__: ()


serving.selectors = types.SimpleNamespace(DefaultSelector=NothingLeft, EVENT_READ=1)
server = serving.make_server("127.0.0.1", 0, counting, threaded=True, request_handler=KeptAlive)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
