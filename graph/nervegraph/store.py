"""The boundary around pyoxigraph: making, opening and asking stores, and reading and writing RDF files.

Two facts about the engine shape this module. It normalises literals on loading (`0.50` becomes `0.5`, a
`nonNegativeInteger` an `integer`), so files are always written from N-Quads text, never from a store. And its own union
of the named graphs gives a triple that stands in two of them twice, so a person named by two studies would count
twice; therefore each store holds that union, each triple once, as its default graph.
"""

from __future__ import annotations

import errno
import hashlib
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, TypeAlias

import pyoxigraph as ox

from nervegraph.errors import (
    DamagedBuildError,
    EndpointError,
    FindingsError,
    Misuse,
    NerveGraphError,
    SurroundingsError,
)
from nervegraph.query_text import explain_syntax_error
from nervegraph.rdfterms import BlankNode, Iri, Row, Term, Triple
from nervegraph.rdfterms import Literal as LiteralTerm
from nervegraph.store_seal import build_directory_of, check_seal, write_seal

ResultFormat = Literal["json", "csv", "tsv", "xml", "ttl", "nt"]
_ROW_FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "xml": ox.QueryResultsFormat.XML,
}
_TRIPLE_FORMATS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES}
_BUFFER_BYTES = 1 << 20
_DISK_FULL = {
    "No space left on device": errno.ENOSPC,
    "Disk quota exceeded": errno.EDQUOT,
    "File too large": errno.EFBIG,
    "There is not enough space on the disk": errno.ENOSPC,
}


@dataclass(frozen=True)
class Selection:
    """The answer of a SELECT: column names without `?`, and the rows, which can be walked once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Construction:
    """The answer of a CONSTRUCT or DESCRIBE: triples, which can be walked once, in no particular order."""

    triples: Iterator[Triple]


class _Queryable:
    """What every store answers. The default graph is the union of the named graphs, each triple once.

    With several FROM clauses the engine gives a triple once for each of those graphs that has it.
    """

    def __init__(self, engine: ox.Store, folder: Path | None) -> None:
        self._engine: ox.Store | None = engine
        self._folder = folder

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the store's memory and files; answers still being walked keep them until their end."""
        self._engine = None

    def count_quads(self) -> int:
        """The number of quads in the named graphs."""
        return self._count("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }")

    def count_triples(self) -> int:
        """The number of different triples, in whichever graph: what a query without GRAPH sees."""
        return self._count("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")

    def evaluate(self, query: str) -> Selection | Construction | bool:
        """The answer of a query of any form.

        Rows and triples come as they are computed, so an error of the engine may also be raised while walking them.

        :raises QueryError: the query is not valid SPARQL (a kind of Misuse, with line and column).
        :raises DamagedBuildError: the store's files are damaged.
        :raises EndpointError: the query calls another endpoint (SERVICE), and that failed.
        """
        answer = self._run(query)
        if isinstance(answer, ox.QueryBoolean):
            return bool(answer)
        if isinstance(answer, ox.QuerySolutions):
            columns = tuple(variable.value for variable in answer.variables)
            return Selection(columns, self._walk_rows(query, answer))
        return Construction(self._walk_triples(query, answer))

    def select(self, query: str) -> Selection:
        """Columns and rows of a SELECT query; raises as `evaluate`, and Misuse if it is not a SELECT."""
        answer = self.evaluate(query)
        if not isinstance(answer, Selection):
            raise Misuse("this question needs a SELECT query, one that answers with rows")
        return answer

    def ask(self, query: str) -> bool:
        """The yes or no of an ASK query; raises as `evaluate`, and Misuse if it is not an ASK."""
        answer = self.evaluate(query)
        if not isinstance(answer, bool):
            raise Misuse("this question needs an ASK query, one that answers with yes or no")
        return answer

    def construct(self, query: str) -> Iterator[Triple]:
        """Triples of a CONSTRUCT or DESCRIBE query; raises as `evaluate`, and Misuse if it is another form."""
        answer = self.evaluate(query)
        if not isinstance(answer, Construction):
            raise Misuse("this question needs a CONSTRUCT query, one that answers with triples")
        return answer.triples

    def serialize(self, query: str, result_format: ResultFormat, prefixes: Mapping[str, str] | None = None) -> bytes:
        """The whole answer as text: SPARQL Results `json`, `csv`, `tsv`, `xml`, or sorted triples as `ttl`, `nt`.

        Nothing is given before everything is computed, so an answer is whole or an error is raised.
        """
        answer = self._run(query)
        with self._plain_errors(query):
            if isinstance(answer, ox.QueryTriples):
                if result_format not in _TRIPLE_FORMATS:
                    raise Misuse(f"this query answers with triples, which {result_format} cannot hold; use ttl or nt")
                triples = sorted(answer, key=str)
                text = ox.serialize(triples, format=_TRIPLE_FORMATS[result_format], prefixes=dict(prefixes or {}))
            elif result_format not in _ROW_FORMATS:
                raise Misuse(f"{result_format} is for CONSTRUCT queries; use json, csv, tsv or xml for this one")
            else:
                text = answer.serialize(format=_ROW_FORMATS[result_format])
        return text or b""

    def construct_nquads(self, query: str, graph_iri: str) -> list[str]:
        """What a CONSTRUCT query makes, as sorted N-Quads lines of the graph `graph_iri`, each line once.

        :raises Misuse: the query makes blank nodes, which would get another name in each build.
        """
        answer = self._run(query)
        if not isinstance(answer, ox.QueryTriples):
            raise Misuse("a derivation rule must be a CONSTRUCT query")
        graph = ox.NamedNode(graph_iri)
        with self._plain_errors(query):
            triples = list(answer)
        for triple in triples:
            if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode):
                raise Misuse("a derivation rule makes blank nodes; give each node an IRI, built with IRI(CONCAT(…))")
        return sorted({f"{triple} {graph} ." for triple in triples})

    def _run(self, query: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        with self._plain_errors(query):
            return self._open_engine().query(query)

    def _count(self, query: str) -> int:
        ((number,),) = self.select(query).rows
        return int(number.value) if isinstance(number, LiteralTerm) else 0

    def _open_engine(self) -> ox.Store:
        if self._engine is None:
            raise Misuse("this store was closed")
        return self._engine

    def _walk_rows(self, query: str, answer: ox.QuerySolutions) -> Iterator[Row]:
        with self._plain_errors(query):
            for solution in answer:
                yield tuple(None if term is None else _term(term) for term in solution)

    def _walk_triples(self, query: str, answer: ox.QueryTriples) -> Iterator[Triple]:
        with self._plain_errors(query):
            for subject, predicate, value in answer:
                yield _node(subject), Iri(predicate.value), _term(value)

    @contextmanager
    def _plain_errors(self, query: str) -> Iterator[None]:
        try:
            yield
        except SyntaxError as error:
            raise explain_syntax_error(query, str(error.msg)) from None
        except (OSError, RuntimeError) as error:
            raise self._explained(str(error)) from error

    def _explained(self, message: str) -> NerveGraphError:
        if self._folder is not None and message.startswith(("Corruption", "IO error")):
            return DamagedBuildError(build_directory_of(self._folder), "its store is damaged")
        if "custom function" in message or "aggregate function" in message:
            return Misuse(f"the query calls a function that does not exist: {message}")
        return EndpointError(f"the query calls another endpoint, and that failed: {message}")


class ReadOnlyStore(_Queryable):
    """A store on disk, opened for asking only; several processes may open the same one."""


class MemoryStore(_Queryable):
    """A store in memory, which can grow; nothing of it is ever written to disk."""

    def add_nquads(self, lines: Iterable[str]) -> None:
        """Add N-Quads lines, all or none.

        :raises FindingsError: a line is not valid N-Quads; nothing was added.
        """
        text = "".join(line if line.endswith("\n") else line + "\n" for line in lines).encode()
        with _nquads_errors():
            # Read to the end before anything is added: a bulk load stops in the middle of a text with a mistake.
            for read in (ox.parse(_without_graphs(text), ox.RdfFormat.N_TRIPLES), _parse_nquads(text)):
                deque(read, maxlen=0)
            _load(self._open_engine(), text)


AnyStore: TypeAlias = ReadOnlyStore | MemoryStore


def create_store(folder: Path, nquads: Path | bytes | Iterable[bytes]) -> int:
    """Make a store on disk from N-Quads, each in a named graph; the number of different quads.

    Afterwards the store is closed and sealed, and `open_store` may open it. Give large data as a file: pieces are
    joined in memory.

    :raises FindingsError: the N-Quads are not valid (says the line).
    :raises SurroundingsError: the folder exists already and is not empty.
    :raises OSError: the disk is full (ENOSPC, EDQUOT, EFBIG) or cannot be written.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SurroundingsError(f"{folder}: a store needs a new or empty folder; remove it or choose another.")
    source = nquads if isinstance(nquads, Path | bytes) else b"".join(nquads)
    with _nquads_errors():
        try:
            quads, triples = _load_and_close(folder, source)
        except OSError as error:
            raise _with_error_number(error, folder) from error
    write_seal(folder, quads, triples)
    return quads


def open_store(folder: Path) -> ReadOnlyStore:
    """The store that `create_store` made in this folder, for asking only.

    :raises DamagedBuildError: the store is missing, incomplete, or was altered since it was made.
    """
    check_seal(folder)
    try:
        return ReadOnlyStore(ox.Store.read_only(str(folder)), folder)
    except (OSError, RuntimeError) as error:
        raise DamagedBuildError(build_directory_of(folder), "its store is damaged") from error


def verify_store(folder: Path) -> int:
    """The number of quads of a store after comparing every file's digest and counting; raises as `open_store`."""
    seal = check_seal(folder, every_digest=True)
    with open_store(folder) as store:
        quads, triples = store.count_quads(), store.count_triples()
    if (quads, triples) != (seal.quads, seal.triples):
        reason = f"its store holds {quads} quads instead of {seal.quads}"
        raise DamagedBuildError(build_directory_of(folder), reason)
    return quads


def memory_store(nquads: bytes | Path = b"") -> MemoryStore:
    """A store in memory that holds these N-Quads.

    :raises FindingsError: they are not valid (says the line).
    """
    engine = ox.Store()
    with _nquads_errors():
        _load(engine, nquads)
    return MemoryStore(engine, None)


def write_trig(path: Path, nquads: Path | bytes, prefixes: Mapping[str, str]) -> None:
    """Write N-Quads as TriG, sorted by graph, each literal as it was typed; the same quads give the same bytes.

    :raises FindingsError: the N-Quads are not valid (says the line).
    """
    with _nquads_errors():
        quads = sorted(set(_parse_nquads(nquads)), key=lambda quad: (str(quad.graph_name), str(quad)))
    with path.open("wb", buffering=_BUFFER_BYTES) as output:
        ox.serialize(quads, output, ox.RdfFormat.TRIG, prefixes=dict(prefixes))


def write_turtle(path: Path, nquads: Path | bytes, prefixes: Mapping[str, str]) -> None:
    """Write N-Quads as Turtle: their graphs merged into one, sorted by subject, each triple once; as `write_trig`."""
    with _nquads_errors():
        triples = sorted({quad.triple for quad in _parse_nquads(nquads)}, key=str)
    with path.open("wb", buffering=_BUFFER_BYTES) as output:
        ox.serialize(triples, output, ox.RdfFormat.TURTLE, prefixes=dict(prefixes))


def parse_turtle(path: Path, graph_iri: str) -> list[str]:
    """The triples of a Turtle file as sorted N-Quads lines of the graph `graph_iri`, literals as typed.

    Blank nodes get labels that depend on the file's content and the graph only, so they stay the same in each build
    and never meet those of another file.

    :raises FindingsError: the file is not UTF-8 or not valid Turtle (`path:line:column: what`); IRIs must be whole.
    :raises OSError: the file cannot be read.
    """
    with _turtle_errors(path):
        dataset = ox.Dataset(ox.parse(path.read_bytes().decode("utf-8-sig"), ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    graph = ox.NamedNode(graph_iri)
    mark = hashlib.sha256(graph_iri.encode()).hexdigest()[:8]
    return sorted(f"{_relabelled(quad.triple, mark)} {graph} ." for quad in dataset)


def read_turtle(path: Path) -> dict[str, dict[str, list[str]]]:
    """What a Turtle file says of each subject, by predicate, in the order written: values without datatype or language.

    Raises as `parse_turtle`. For vocabularies, which hold nothing but IRIs and English words; loading them often has
    to be fast, so the values are plain text.
    """
    facts: dict[str, dict[str, list[str]]] = {}
    with _turtle_errors(path):
        for quad in ox.parse(path.read_bytes().decode("utf-8-sig"), ox.RdfFormat.TURTLE):
            subject, value = quad.subject, quad.object
            if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
                continue
            facts.setdefault(subject.value, {}).setdefault(quad.predicate.value, []).append(value.value)
    return facts


@contextmanager
def _turtle_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise FindingsError(f"{path}: the file is not UTF-8 (byte {error.start}); save it as UTF-8") from error
    except SyntaxError as error:
        place = f"{path}:{error.lineno}:{error.offset}"
        raise FindingsError(f"{place}: this is not valid Turtle: {_without_position(str(error.msg))}") from error


def _load_and_close(folder: Path, nquads: Path | bytes) -> tuple[int, int]:
    engine = ox.Store(folder)
    try:
        quads = _load(engine, nquads)
        engine.flush()
        engine.optimize()
        return quads, len(engine) - quads
    finally:
        # The engine closes its files when the last reference goes; a traceback would keep this one.
        del engine


def _load(engine: ox.Store, nquads: Path | bytes) -> int:
    """Load the named graphs, then their union as the default graph; the number of quads in the named graphs."""
    with _opened(nquads) as source:
        engine.bulk_load(source, ox.RdfFormat.N_QUADS)
    quads = len(engine)
    with _opened(nquads) as source:
        triples = io.BufferedReader(_WithoutGraphs(source), _BUFFER_BYTES)
        # Lenient, as the same IRIs and language tags were checked the first time; that is a quarter of the time.
        engine.bulk_load(triples, ox.RdfFormat.N_TRIPLES, lenient=True)
    return quads


def _opened(nquads: Path | bytes) -> BinaryIO:
    return nquads.open("rb") if isinstance(nquads, Path) else io.BytesIO(nquads)


class _WithoutGraphs(io.RawIOBase):
    """N-Quads read from a file without their graph names; a line that has none becomes invalid, so it is reported."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not self._ready:
            whole_lines = self._source.read(_BUFFER_BYTES) + self._source.readline()
            self._ready = _without_graphs(whole_lines)
        taken, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _without_graphs(nquads: bytes) -> bytes:
    """N-Quads lines as N-Triples lines."""
    lines: list[bytes] = []
    for line in nquads.splitlines():
        triple, bracket, graph = line.rpartition(b"<")
        if not bracket:
            lines.append(line)
        elif graph.count(b">") == 1 and graph.rstrip().endswith(b"."):
            lines.append(triple + b".")
        else:
            lines.append(b"not a quad in a named graph")
    return b"\n".join(lines) + b"\n" if lines else b""


@contextmanager
def _nquads_errors() -> Iterator[None]:
    try:
        yield
    except SyntaxError as error:
        raise FindingsError(f"N-Quads line {error.lineno}: {_without_position(str(error.msg))}") from error


def _with_error_number(error: OSError, folder: Path) -> OSError:
    """The engine's error with the number that tells a full disk from the rest; the engine gives words only."""
    if error.errno is not None:
        return error
    message = str(error)
    number = next((number for words, number in _DISK_FULL.items() if words in message), errno.EIO)
    return OSError(number, message, str(folder))


def _parse_nquads(nquads: Path | bytes) -> ox.QuadParser:
    if isinstance(nquads, Path):
        return ox.parse(path=nquads, format=ox.RdfFormat.N_QUADS)
    return ox.parse(nquads, ox.RdfFormat.N_QUADS)


def _without_position(message: str) -> str:
    return re.sub(r"^Parser error at line \d+.*?: ", "", message)


def _relabelled(triple: ox.Triple, mark: str) -> str:
    parts = [
        f"_:b{mark}{part.value}" if isinstance(part, ox.BlankNode) else str(part)
        for part in (triple.subject, triple.predicate, triple.object)
    ]
    return " ".join(parts)


def _node(term: ox.NamedNode | ox.BlankNode | ox.Triple) -> Iri | BlankNode:
    node = _term(term)
    if isinstance(node, LiteralTerm):
        raise Misuse("a literal cannot be the subject of a triple")
    return node


def _term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Term:
    match term:
        case ox.NamedNode():
            return Iri(term.value)
        case ox.BlankNode():
            return BlankNode(term.value)
        case ox.Literal():
            return LiteralTerm(term.value, term.datatype.value, term.language)
        case _:
            raise Misuse("the answer contains a triple inside a triple, which NerveGraph does not use")
