"""A Virtuoso server of our own for measurements: in a given folder, on free ports of this machine alone, stopped after.

It takes `virtuoso-t` and `isql-vt`, as the Debian package virtuoso-opensource-7 installs them.
"""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# What the vendor recommends for 2 GB of memory; the default is for a tenth of it.
_SETTINGS = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
FileExtend = 200
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
CheckpointInterval = 0
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {data}
[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerThreads = 4
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryExecutionTime = 3600
"""
_START_SECONDS = 120


def is_installed() -> bool:
    return all(shutil.which(name) for name in ("virtuoso-t", "isql-vt"))


@dataclass(frozen=True)
class Virtuoso:
    """A running server."""

    sql_port: int
    http_port: int

    def execute(self, statements: str) -> str:
        """What `isql` prints for these SQL statements."""
        command = ["isql-vt", f"127.0.0.1:{self.sql_port}", "dba", "dba", f"exec={statements}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def load(self, nquads: Path) -> None:
        """Load a file by Virtuoso's own bulk loader and write it to disk."""
        self.execute(f"ld_dir('{nquads.parent}', '{nquads.name}', 'https://w3id.org/nervegraph/graph/none');")
        said = self.execute(
            "rdf_loader_run(); checkpoint;"
            " SELECT ll_file, ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL OR ll_state <> 2;"
        )
        if "0 Rows." not in said:
            raise RuntimeError(f"Virtuoso did not load {nquads}: {said}")

    def ask(self, query: str) -> bytes:
        """The answer as SPARQL Results JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port)
        headers = {
            "Accept": "application/sparql-results+json",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        try:
            connection.request("POST", "/sparql", urllib.parse.urlencode({"query": query}), headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != http.HTTPStatus.OK:
            raise OSError(f"Virtuoso answers with {answer.status}: {content[:200]!r}")
        return content


@contextmanager
def running_virtuoso(folder: Path, data: Path) -> Iterator[Virtuoso]:
    """A server whose database lies in `folder`, and which may read files in `data`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Virtuoso(_free_port(), _free_port())
    settings = folder / "virtuoso.ini"
    places = {"folder": folder, "data": data, "sql_port": server.sql_port, "http_port": server.http_port}
    settings.write_text(_SETTINGS.format(**places))
    with (folder / "output.txt").open("wb") as output:
        command = ["virtuoso-t", "+foreground", "+configfile", str(settings)]
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
        try:
            _wait_until_up(server, process)
            yield server
            server.execute("shutdown;")
            process.wait(_START_SECONDS)
        finally:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def _wait_until_up(server: Virtuoso, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"Virtuoso ended with code {process.returncode}")
        try:
            server.execute("SELECT 1;")
            return
        except subprocess.CalledProcessError:
            time.sleep(0.5)
    raise RuntimeError("Virtuoso did not start in time")
