"""A local S3 server that counts what is asked of it. Prints its address; ends with its input."""

import io
import json
import logging
import sys
import threading
import zlib
from base64 import b64encode
from collections import Counter
from hashlib import sha256

from moto.s3 import models
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

logging.getLogger("werkzeug").setLevel(logging.ERROR)
moto = DomainDispatcherApplication(create_backend_app)
lock, counted = threading.Lock(), Counter()


class JoinedChecksum(models.MultipartChecksumBuilder):
    """A whole upload's CRC32 without two more copies of it, which S3 does not make either."""

    crc = 0

    def addPart(self, part):  # noqa: N802
        if (self.checksum_algorithm, self.checksum_type) != ("CRC32", "FULL_OBJECT"):
            super().addPart(part)
            return
        self.crc = zlib.crc32(part, self.crc)
        self.part_count += 1

    def build(self):
        if (self.checksum_algorithm, self.checksum_type) != ("CRC32", "FULL_OBJECT"):
            return super().build()
        return self.checksum_type, b64encode(self.crc.to_bytes(4)).decode(), self.part_count


models.MultipartChecksumBuilder = JoinedChecksum


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
    if damaged(environ):
        body = b"<Error><Code>BadDigest</Code><Message>other bytes</Message></Error>"
        start_response("400 Bad Request", [("Content-Length", str(len(body)))])
        return [body]
    return moto(environ, start_response)


def damaged(environ):
    """Compare a body with its checksum, which S3 does and moto does not."""
    compared = {
        "HTTP_X_AMZ_CHECKSUM_SHA256": lambda body: sha256(body).digest(),
        "HTTP_X_AMZ_CHECKSUM_CRC32": lambda body: zlib.crc32(body).to_bytes(4),
    }
    announced = [name for name in compared if name in environ]
    if environ["REQUEST_METHOD"] != "PUT" or not announced:
        return False
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return any(b64encode(compared[name](body)).decode() != environ[name] for name in announced)


server = make_server("127.0.0.1", 0, counting, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
