"""Schema and first rows of a Parquet file on S3, read by a process of its own (`python -m` this module).

The file may be anybody's. A process with bounded memory and time reads it, of the file itself at most MOST_READ bytes;
what ends it does not end the controller. It needs pyarrow, which the extra `parquet` installs.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

from localemr.installation.objects import Objects
from localemr.settings import Settings

SECONDS, PROCESSOR_SECONDS = 60, 20
MOST_READ = 64 << 20
MEMORY = 2 << 30
"""Bytes of address space of the process."""
ROWS, COLUMNS, SCHEMA, CELL = 50, 40, 500, 200
"""Rows that are read, columns of them, columns of the schema, characters of a cell and of a type's name."""
BUFFER = 128 << 10
SHARED = ("s3_endpoint", "s3_port", "access_key", "secret_key", "region")
"""Settings that the process needs."""

Found = dict[str, Any]
"""`rows`, `row_groups`: numbers of the file. `schema`: names and types. `columns`, `first`: names and rows of texts."""


def available() -> bool:
    """Whether pyarrow is installed."""
    return find_spec("pyarrow") is not None


def read(settings: Settings, bucket: str, key: str) -> Found:
    """Schema and first rows. Blocks. Raises OSError with the reason for a file that cannot be read."""
    request = {"settings": {name: getattr(settings, name) for name in SHARED}, "bucket": bucket, "key": key}
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "ARROW_DEFAULT_MEMORY_POOL": "system",
                   "OMP_NUM_THREADS": "1", "ARROW_IO_THREADS": "1"}  # fmt: skip
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            env=environment,
            timeout=SECONDS,
            check=False,
        )
        answer: Found = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise OSError(f"The file was not read within {SECONDS} s.") from error
    except ValueError as error:
        raise OSError("The file cannot be read: its reader ended, as when it needs too much memory.") from error
    if "error" in answer:
        raise OSError(f"The file cannot be read: {answer['error']}")
    return answer


class Ranges(io.RawIOBase):
    """An object of S3 as a file of which parts are read. Raises OSError after MOST_READ bytes."""

    def __init__(self, objects: Objects, bucket: str, key: str) -> None:
        super().__init__()
        self._objects, self._bucket, self._key = objects, bucket, key
        self._size, _ = objects.version(bucket, key)
        self._place = 0
        self._read = 0

    def readable(self) -> bool:
        """See io."""
        return True

    def seekable(self) -> bool:
        """See io."""
        return True

    def tell(self) -> int:
        """See io."""
        return self._place

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """See io."""
        self._place = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._size}[whence]
        return self._place

    def read(self, size: int = -1) -> bytes:
        """See io."""
        left = max(self._size - self._place, 0)
        length = left if size is None or size < 0 else min(size, left)
        self._read += length
        if self._read > MOST_READ:
            raise OSError(f"more than {MOST_READ >> 20} MiB of it would have to be read")
        if length == 0:
            return b""
        found = self._objects.part(self._bucket, self._key, self._place, length)
        self._place += len(found)
        return found


def beginning(source: Ranges) -> Found:
    """What `read` returns, of a file. Raises OSError, ValueError and pyarrow's errors, which are among them."""
    import pyarrow
    from pyarrow.parquet import ParquetFile

    file = ParquetFile(pyarrow.PythonFile(source, mode="r"), buffer_size=BUFFER, pre_buffer=False)
    schema = file.schema_arrow
    names = list(dict.fromkeys(schema.names))[:COLUMNS]
    first: list[list[str]] = []
    if file.metadata.num_rows and file.metadata.num_row_groups:
        batches = file.iter_batches(ROWS, row_groups=[0], columns=names, use_threads=False)
        first = [[_cell(row.get(name)) for name in names] for row in next(batches).to_pylist()]
    return {
        "rows": file.metadata.num_rows,
        "row_groups": file.metadata.num_row_groups,
        "schema": [[each.name[:CELL], str(each.type)[:CELL]] for each in list(schema)[:SCHEMA]],
        "columns": names,
        "first": first,
    }


def _cell(value: Any) -> str:
    return "" if value is None else str(value)[:CELL]


def main() -> None:
    """Answer the request on the standard input with JSON on the standard output."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    request = json.load(sys.stdin)
    objects = Objects(Settings(**request["settings"]))
    try:
        answer = beginning(Ranges(objects, request["bucket"], request["key"]))
    except (OSError, ValueError, NotImplementedError, MemoryError) as error:
        answer = {"error": f"{error}"[:CELL] or type(error).__name__}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
