from __future__ import annotations

import json
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from nervegraph import asking
from nervegraph.endpoint import query_endpoint, request_answer
from nervegraph.errors import DeadlineError, EndpointError, Misuse, ResourceError
from nervegraph.rdfterms import Iri, Literal
from nervegraph.results import Results
from nervegraph.terms import PREFIXES

QUERY = "SELECT ?s WHERE { ?s ?p ?o }"
ROWS = {"head": {"vars": ["s"]}, "results": {"bindings": [{"s": {"type": "uri", "value": "http://example.org/a"}}]}}
JSON_TYPE = "application/sparql-results+json"
SLACK_SECONDS = 1.0
Behaviour = Callable[[socket.socket], None]


class Misbehaving:
    """A server on the loopback that reads one request per connection and then does what it was told."""

    def __init__(self, behave: Behaviour) -> None:
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._behave = behave
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/sparql"

    def close(self) -> None:
        self.closing.set()
        # An own connection wakes the thread that waits for one.
        socket.create_connection(self._listener.getsockname()).close()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self.closing.is_set():
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(5)
                request = self._read(connection)
                if request:
                    self.requests.append(request)
                    try:
                        self._behave(connection)
                    except OSError:
                        continue

    def _read(self, connection: socket.socket) -> bytes:
        request = b""
        while b"\r\n\r\n" not in request:
            piece = connection.recv(65_536)
            if not piece:
                return b""
            request += piece
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65_536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[[Behaviour], Misbehaving]]:
    servers: list[Misbehaving] = []

    def start(behave: Behaviour) -> Misbehaving:
        servers.append(Misbehaving(behave))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def _reply(
    body: bytes | str, content_type: str = JSON_TYPE, status: str = "200 OK", length: int | None = None, more: str = ""
) -> Behaviour:
    data = body.encode() if isinstance(body, str) else body
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(data) if length is None else length}\r\nConnection: close\r\n{more}\r\n"
    )

    def behave(connection: socket.socket) -> None:
        connection.sendall(head.encode() + data)

    return behave


def _ask_without_worker(url: str) -> Results:
    """What both sides of the worker do, in this process, where it takes a moment only."""
    body = request_answer(url, QUERY, 20, 1 << 20)
    assert isinstance(body, bytes)
    return asking._read_answer("rows", body, "endpoint")


def test_rows_come_by_post_with_the_query_whole(serve: Callable[[Behaviour], Misbehaving]) -> None:
    server = serve(_reply(json.dumps(ROWS), JSON_TYPE + "; charset=utf-8"))
    query = QUERY + " # " + "ä" * 20_000
    assert query_endpoint(server.url, query) == Results("rows", ("s",), ((Iri("http://example.org/a"),),))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /sparql HTTP/1.1\r\n")
    assert b"Accept: application/sparql-results+json" in head
    assert urllib.parse.parse_qs(body.decode()) == {"query": [query]}


def test_a_yes_and_an_empty_answer_are_answers(serve: Callable[[Behaviour], Misbehaving]) -> None:
    assert query_endpoint(serve(_reply('{"head": {}, "boolean": true}')).url, "ASK { ?s ?p ?o }").is_true
    empty = query_endpoint(serve(_reply('{"head": {"vars": ["s"]}, "results": {"bindings": []}}')).url, QUERY)
    assert (empty.columns, empty.rows) == (("s",), ())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<http://e/s> <http://e/p> 7 .", "text/turtle"),
        ('<http://e/s> <http://e/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .\n', "application/n-triples"),
    ],
)
def test_triples_are_read(serve: Callable[[Behaviour], Misbehaving], body: str, content_type: str) -> None:
    results = query_endpoint(serve(_reply(body, content_type)).url, "CONSTRUCT WHERE { ?s ?p ?o }")
    seven = Literal("7", PREFIXES["xsd"] + "integer")
    assert (results.kind, results.rows) == ("triples", ((Iri("http://e/s"), Iri("http://e/p"), seven),))


@pytest.mark.parametrize(
    ("behave", "message"),
    [
        (_reply("<html>Welcome</html>", "text/html"), "answered with text/html instead of SPARQL results"),
        (_reply("<sparql/>", "application/sparql-results+xml"), "instead of SPARQL results"),
        (_reply("", JSON_TYPE), "not whole JSON"),
        (_reply('{"head": {"vars": ["s"]}, "results": {"bindings": [The query was cancelled'), "not whole JSON"),
        (_reply("{}"), "not a SPARQL result"),
        (_reply("[" * 200_000), "not whole JSON"),
        (_reply(json.dumps(ROWS)[:40], length=400), "broke off its answer"),
        (_reply("{}", more="Content-Encoding: gzip\r\n"), "compressed"),
        (_reply("Syntax\x1b[31m error\nhere", "text/plain", "400 Bad Request"), "refused the query"),
        (_reply("secret", "text/plain", "401 Unauthorized"), "refused the query"),
        (_reply("nothing", "text/plain", "404 Not Found"), "refused the query"),
        (_reply("oh", "text/plain", "500 Internal Server Error"), "refused the query"),
        (_reply("later", "text/plain", "503 Service Unavailable", more="Retry-After: 7\r\n"), r"HTTP 503 .*in 7 s"),
        (_reply("", status="302 Found", more="Location: http://127.0.0.1:9/else\r\n"), "sends us on.*127.0.0.1:9/else"),
        (_reply("", status="307 Temporary Redirect", more="Location: /other\r\n"), "sends us on"),
        (_reply("", status="308 Permanent Redirect", more="Location: file:///etc/x\r\n"), "sends us on|HTTP 308"),
        (lambda connection: None, "broke off|cannot be reached"),
        (lambda connection: connection.sendall(b"220 ready for mail\r\n"), "broke off|cannot be reached"),
    ],
    ids=[
        "html", "xml", "nothing", "error text behind rows", "other json", "deep json", "truncated", "gzip", "400",
        "401", "404", "500", "503", "302", "307", "308", "closed", "no http",
    ],
)  # fmt: skip
def test_what_is_no_whole_answer_is_an_error_of_one_line(
    serve: Callable[[Behaviour], Misbehaving], behave: Behaviour, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(urllib.request, "_opener", None)
    server = serve(behave)
    with pytest.raises(EndpointError, match=message) as caught:
        _ask_without_worker(server.url)
    assert str(caught.value).isprintable()
    assert caught.value.exit_code == 3
    assert len(server.requests) == 1


def test_a_redirect_is_not_followed(serve: Callable[[Behaviour], Misbehaving]) -> None:
    other = serve(_reply(json.dumps(ROWS)))
    server = serve(_reply("", status="302 Found", more=f"Location: {other.url}\r\n"))
    with pytest.raises(EndpointError, match="sends us on"):
        query_endpoint(server.url, QUERY)
    assert other.requests == []


def test_triples_without_a_length_may_be_cut_and_are_refused(serve: Callable[[Behaviour], Misbehaving]) -> None:
    def without_length(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/turtle\r\n\r\n<http://e/s> <http://e/p> 7 .\n")

    with pytest.raises(EndpointError, match="without saying how many bytes"):
        query_endpoint(serve(without_length).url, "CONSTRUCT WHERE { ?s ?p ?o }")
    cut = _reply("<http://e/s> <http://e/p> 7 .\n", "text/turtle", length=4_000)
    with pytest.raises(EndpointError, match="broke off its answer"):
        query_endpoint(serve(cut).url, "CONSTRUCT WHERE { ?s ?p ?o }")


def test_a_silent_server_is_left_at_the_deadline(serve: Callable[[Behaviour], Misbehaving]) -> None:
    released = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        released.wait(20)

    server = serve(say_nothing)
    start = time.monotonic()
    try:
        with pytest.raises(DeadlineError):
            query_endpoint(server.url, QUERY, timeout_seconds=1.5)
        assert time.monotonic() - start < 1.5 + SLACK_SECONDS
    finally:
        released.set()


def test_a_dripping_server_is_left_at_the_deadline(serve: Callable[[Behaviour], Misbehaving]) -> None:
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: 4000\r\n\r\n".encode())
        while not stopped.wait(0.05):
            connection.sendall(b" ")

    server = serve(drip)
    start = time.monotonic()
    try:
        with pytest.raises(DeadlineError):
            query_endpoint(server.url, QUERY, timeout_seconds=1.5)
        assert time.monotonic() - start < 1.5 + SLACK_SECONDS
    finally:
        stopped.set()


def test_an_answer_over_its_limit_is_an_error(serve: Callable[[Behaviour], Misbehaving]) -> None:
    with pytest.raises(ResourceError, match="larger than 1 MB"):
        query_endpoint(serve(_reply(b" " * (3 << 20))).url, QUERY, result_bytes=1 << 20)


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(EndpointError, match=f"127.0.0.1:{port}/ cannot be reached"):
        query_endpoint(f"http://127.0.0.1:{port}/", QUERY)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/hostname", "ftp://example.org/", "example.org/sparql", "http://", "http://[::1/", "",
        "data:text/plain,x", "http://x:99999/", "http://exa mple.org/", "http://user:secret@example.org/",
        "http://example.org/\r\nX: y",
    ],
)  # fmt: skip
def test_what_is_no_address_is_misuse(url: str) -> None:
    with pytest.raises(Misuse) as caught:
        query_endpoint(url, QUERY)
    assert "secret" not in str(caught.value)


def test_an_update_is_never_sent(serve: Callable[[Behaviour], Misbehaving]) -> None:
    server = serve(_reply("{}"))
    with pytest.raises(Misuse, match="changes data"):
        query_endpoint(server.url, "DELETE WHERE { ?s ?p ?o }")
    assert server.requests == []
