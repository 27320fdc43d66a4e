"""The boundary around SPARQLWrapper: asking a SPARQL endpoint of somebody else, and believing only a whole answer.

By itself SPARQLWrapper waits for ever, follows redirects to where the query does not go along, hands a web page over as
if it were an answer, and its timeout holds per read, so that a server which drips never runs into it. So the request is
made in a worker process that is killed at the deadline, redirects are errors, and type and length are checked.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.parse
import urllib.request
import warnings
from typing import IO, TYPE_CHECKING, Any

from nervegraph.asking import DEFAULT_MEMORY_BYTES, DEFAULT_RESULT_BYTES, DEFAULT_TIMEOUT_SECONDS, Limits, run_worker
from nervegraph.errors import EndpointError, Misuse
from nervegraph.gate import check_query

if TYPE_CHECKING:
    from nervegraph.results import Results

_ROW_TYPES = frozenset({"application/sparql-results+json", "application/json"})
_TRIPLE_TYPES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/turtle": "turtle",
    "application/n-triples": "nt",
}
_SHOWN_CHARACTERS = 200
# The parent's deadline comes first; this one only ends a worker that nobody waits for.
_SOCKET_GRACE_SECONDS = 5


def query_endpoint(
    url: str,
    query: str,
    *,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    result_bytes: int = DEFAULT_RESULT_BYTES,
) -> Results:
    """The results that a remote SPARQL endpoint gives to `query`, whole.

    :param timeout_seconds: from the start to the last byte.
    :raises Misuse: `url` is not an http or https address, or the query is outside the limits of `gate`.
    :raises DeadlineError: the answer was not complete in time.
    :raises ResourceError: the answer is larger than `result_bytes`.
    :raises EndpointError: the server cannot be reached, refuses, redirects, or sends no whole result.
    """
    _check_url(url)
    check_query(query, remote=True)
    limits = Limits(timeout_seconds, DEFAULT_MEMORY_BYTES, result_bytes)
    return run_worker("endpoint", url, query, limits)


def request_answer(url: str, query: str, timeout_seconds: float, limit_bytes: int) -> bytes | Results | None:
    """What the endpoint answers: SPARQL Results JSON as it came, triples as results, or None if it is too large.

    For the worker only, since it changes how this process opens URLs.
    """
    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
    from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

    urllib.request.install_opener(urllib.request.build_opener(_NoRedirect))
    wrapper = SPARQLWrapper(url)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapper.setQuery(query)
    if wrapper.isSparqlUpdateRequest():
        raise Misuse("an update was to be sent to an endpoint that is only asked here; ask with SELECT instead")
    gives_triples = wrapper.queryType in ("CONSTRUCT", "DESCRIBE")
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)
    wrapper.setReturnFormat(TURTLE if gives_triples else JSON)
    wrapper.setTimeout(int(timeout_seconds) + _SOCKET_GRACE_SECONDS)
    try:
        with wrapper.query().response as response:
            body = _read_whole(url, response, limit_bytes)
    except urllib.error.HTTPError as error:
        error.close()
        retry = error.headers.get("Retry-After", "") if error.headers else ""
        advice = f" Try again in {retry} s." if retry.isdigit() else ""
        raise _failure(url, f"answered with HTTP {error.code} ({error.reason}).{advice}") from error
    except urllib.error.URLError as error:
        raise _failure(url, f"cannot be reached ({_shown(str(error.reason))}). Check the address.") from error
    except SPARQLWrapperException as error:
        if isinstance(error.__context__, urllib.error.HTTPError):
            error.__context__.close()
        detail = getattr(error, "args", ("",))[0]
        raise _failure(url, f"refused the query: {_shown(str(detail))}") from error
    except (http.client.HTTPException, OSError) as error:
        raise _failure(url, f"broke off its answer ({type(error).__name__}).") from error
    if body is None:
        return None
    media_type = response.headers.get_content_type()
    return _read_triples(url, body, media_type, response) if gives_triples else _check_rows(url, body, media_type)


def _check_url(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        is_address = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        is_address = False
    if not is_address or any(character.isspace() or not character.isprintable() for character in url):
        raise Misuse(f"{url!r} is not the address of an endpoint; it starts with http:// or https://.")
    if parts.username is not None:
        raise Misuse("the endpoint's address holds a user name; addresses with credentials are not accepted.")


def _read_whole(url: str, response: http.client.HTTPResponse, limit_bytes: int) -> bytes | None:
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise _failure(url, f"sent its answer compressed ({_shown(encoding)}), which nobody asked for.")
    body = response.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        return None
    length = response.headers.get("Content-Length")
    if length is not None and length != str(len(body)):
        raise _failure(url, f"broke off its answer: {len(body):,} bytes of {_shown(length)}.")
    return body


def _check_rows(url: str, body: bytes, media_type: str) -> bytes:
    if media_type not in _ROW_TYPES:
        raise _failure(
            url, f"answered with {media_type} instead of SPARQL results. Is this the address of its SPARQL service?"
        )
    return body


def _read_triples(url: str, body: bytes, media_type: str, response: http.client.HTTPResponse) -> Results:
    from nervegraph.dataset import parse_triples

    if media_type not in _TRIPLE_TYPES:
        raise _failure(url, f"answered with {media_type} instead of Turtle or N-Triples.")
    if response.headers.get("Content-Length") is None and not response.chunked:
        raise _failure(
            url, "sent triples without saying how many bytes they are, so that nobody can tell if they are all."
        )
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _failure(url, "sent triples that are not UTF-8.") from error
    return parse_triples(text, _TRIPLE_TYPES[media_type])


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would lose the query on the way, so it is an error that names the new address."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        fp.close()
        raise _failure(req.full_url, f"sends us on (HTTP {code}) to {_shown(newurl)}. If you trust that, ask there.")


def _failure(url: str, what: str) -> EndpointError:
    return EndpointError(f"the endpoint {url} {what}")


def _shown(text: str) -> str:
    """Words of a remote server as one harmless line."""
    line = "".join(character if character.isprintable() else " " for character in text)
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS] + "…"
