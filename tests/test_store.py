"""The boundary around the RDF engine: what is loaded, asked, written and refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nervegraph.errors import DamagedBuildError, EndpointError, FindingsError, Misuse, SurroundingsError
from nervegraph.query_text import QueryError
from nervegraph.rdfterms import BlankNode, Iri, Literal
from nervegraph.store import (
    Construction,
    ReadOnlyStore,
    create_store,
    memory_store,
    open_store,
    parse_turtle,
    verify_store,
    write_trig,
    write_turtle,
)
from nervegraph.store_seal import SEAL_NAME
from requirements_of_tests import need

XSD = "http://www.w3.org/2001/XMLSchema#"
X = "http://example.org/"
NQUADS = f"""\
<{X}rist> <{X}dose> "0.50"^^<{XSD}decimal> <{X}graph/rist> .
<{X}rist> <{X}size> "019"^^<{XSD}nonNegativeInteger> <{X}graph/rist> .
<{X}rist> <{X}label> "syndrome de Sjögren \\"sec\\"\\n"@fr <{X}graph/rist> .
<{X}levy> <{X}size> "6"^^<{XSD}integer> <{X}graph/levy> .
<{X}levy> <{X}drug> <{X}drug/ivig> <{X}graph/levy> .
<{X}rist> <{X}drug> <{X}drug/ivig> <{X}graph/rist> .
<{X}rist> <{X}drug> <{X}drug/ivig> <{X}graph/levy> .
""".encode()
QUADS = 7
PREFIXES = {"ex": X, "drug": f"{X}drug/", "xsd": XSD}
ALL = "SELECT ?s ?p ?o WHERE { ?s ?p ?o }"


@pytest.fixture(scope="module")
def sound_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound") / "store"
    lines = [f"<{X}s{i}> <{X}p{i % 7}> <{X}o{i % 50}> <{X}graph/{i % 9}> .\n".encode() for i in range(3000)]
    assert create_store(folder, lines) == 3000
    return folder


@pytest.fixture
def store_copy(sound_store: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound_store, tmp_path / "store"))


# Making a store


def test_quads_are_counted_once_each_from_a_file_and_from_pieces_cut_anywhere(tmp_path: Path) -> None:
    text = NQUADS + NQUADS
    (tmp_path / "evidence.nq").write_bytes(text)
    pieces = [text[start : start + 11] for start in range(0, len(text), 11)]
    assert create_store(tmp_path / "from-file", tmp_path / "evidence.nq") == QUADS
    assert create_store(tmp_path / "from-pieces", [b"", *pieces]) == QUADS
    for name in ("from-file", "from-pieces"):
        with open_store(tmp_path / name) as store:
            assert store.count_quads() == QUADS


def test_a_store_of_nothing_is_a_store_with_no_quads(tmp_path: Path) -> None:
    assert create_store(tmp_path / "store", []) == 0
    assert verify_store(tmp_path / "store") == 0


def test_another_process_can_open_the_store_while_we_have_it_open(sound_store: Path) -> None:
    code = (
        f"import pathlib as p, nervegraph.store as s; print(s.open_store(p.Path({str(sound_store)!r})).count_quads())"
    )
    with open_store(sound_store):
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout.strip() == "3000"


def test_the_maker_lets_go_of_the_engines_lock(tmp_path: Path) -> None:
    import pyoxigraph

    create_store(tmp_path / "store", [NQUADS])
    # Opening for writing needs the lock; inside are the named graphs and their union.
    assert len(pyoxigraph.Store(tmp_path / "store")) == QUADS + QUADS - 1


def test_the_maker_lets_go_of_the_engines_lock_after_a_failure(tmp_path: Path) -> None:
    import pyoxigraph

    with pytest.raises(FindingsError, match="line 2"):
        create_store(tmp_path / "store", [NQUADS.splitlines(keepends=True)[0], b"<http://a/b c> <a:b> <a:c> .\n"])
    assert len(pyoxigraph.Store(tmp_path / "store")) == 0


def test_an_error_in_the_source_of_pieces_reaches_the_caller(tmp_path: Path) -> None:
    def broken() -> object:
        yield NQUADS
        raise LookupError("the source failed")

    with pytest.raises(LookupError, match="the source failed"):
        create_store(tmp_path / "store", broken())  # type: ignore[arg-type]


def test_a_folder_with_something_in_it_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("mine")
    with pytest.raises(SurroundingsError, match="new or empty"):
        create_store(tmp_path, [NQUADS])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


@pytest.mark.parametrize(
    "line",
    [
        "<a:s> <a:p> <a:o> .",
        '<a:s> <a:p> "6"^^<a:t> .',
        '<a:s> <a:p> "x < y" .',
        '<a:s> <a:p> "<a:o> ." .',
        "<a:s> <a:p> <a:o> _:g .",
        "<a:s> <a:p> <a:o> <a:g> . # <a:c>",
        "<a:s> <a:p> <a:o> <a:g> . # <a:c> .",
    ],
)
def test_a_triple_whose_graph_is_not_plain_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    text = NQUADS + f"{line}\n".encode()
    with pytest.raises(FindingsError, match="line 8"):
        create_store(tmp_path / "store", [text])


@pytest.mark.parametrize("text", ["# none\n\n", '<a:s>\t<a:p>\t"a < b > ."\t<a:g>\t.\r\n', "<a:s><a:p><a:o><a:g>."])
def test_every_spelling_of_a_quad_gets_into_the_union(text: str) -> None:
    store = memory_store(text.encode())
    assert store.count_quads() == store.count_triples() == (0 if text.startswith("#") else 1)


# Asking


def test_the_default_graph_is_the_union_of_the_named_graphs_with_each_triple_once() -> None:
    store = memory_store(NQUADS)
    assert (store.count_quads(), store.count_triples()) == (QUADS, QUADS - 1)
    assert len(list(store.select(ALL).rows)) == QUADS - 1
    assert store.ask(f"ASK {{ <{X}levy> ?p ?o . <{X}rist> ?q ?o }}")
    assert len(list(store.select("SELECT ?s { GRAPH ?g { ?s ?p ?o } }").rows)) == QUADS


def test_a_query_with_from_is_answered_from_those_graphs_only() -> None:
    store = memory_store(NQUADS)
    assert len(list(store.select(f"SELECT ?s ?p ?o FROM <{X}graph/levy> {{ ?s ?p ?o }}").rows)) == 3
    assert list(store.select(f"SELECT ?s FROM <{X}graph/nobody> {{ ?s ?p ?o }}").rows) == []
    named = f"SELECT ?s FROM NAMED <{X}graph/levy> {{ GRAPH ?g {{ ?s ?p ?o }} }}"
    assert len(list(store.select(named).rows)) == 3


def test_rows_hold_plain_terms_and_none_where_nothing_is_bound() -> None:
    selection = memory_store(NQUADS).select(
        f"SELECT ?label ?size ?drug ?none ?blank {{ <{X}rist> <{X}label> ?label ; <{X}size> ?size . "
        f"<{X}levy> <{X}drug> ?drug BIND(BNODE() AS ?blank) }}"
    )
    assert selection.columns == ("label", "size", "drug", "none", "blank")
    ((label, size, drug, none, blank),) = selection.rows
    assert label == Literal(
        'syndrome de Sjögren "sec"\n', "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "fr"
    )
    assert size == Literal("19", f"{XSD}integer")
    assert drug == Iri(f"{X}drug/ivig")
    assert none is None
    assert isinstance(blank, BlankNode)


def test_each_form_of_query_is_answered_in_its_own_way() -> None:
    store = memory_store(NQUADS)
    assert store.ask("ASK { ?s ?p ?o }") is True
    assert store.ask(f"ASK {{ ?s <{X}unknown> ?o }}") is False
    triples = list(store.construct(f"CONSTRUCT {{ ?s <{X}has> ?o }} WHERE {{ ?s <{X}drug> ?o }}"))
    assert sorted(triples, key=str) == [
        (Iri(f"{X}{study}"), Iri(f"{X}has"), Iri(f"{X}drug/ivig")) for study in ("levy", "rist")
    ]
    assert isinstance(store.evaluate(f"DESCRIBE <{X}levy>"), Construction)


def test_a_query_of_the_wrong_form_says_which_form_is_needed() -> None:
    store = memory_store(NQUADS)
    with pytest.raises(Misuse, match="SELECT query"):
        store.select("ASK {}")
    with pytest.raises(Misuse, match="ASK query"):
        store.ask(ALL)
    with pytest.raises(Misuse, match="CONSTRUCT query"):
        store.construct(ALL)
    with pytest.raises(Misuse, match="must be a CONSTRUCT"):
        store.construct_nquads(ALL, f"{X}graph/derived")
    with pytest.raises(Misuse, match="csv cannot hold"):
        store.serialize("CONSTRUCT WHERE { ?s ?p ?o }", "csv")
    with pytest.raises(Misuse, match="ttl is for CONSTRUCT"):
        store.serialize(ALL, "ttl")


@pytest.mark.parametrize(
    ("query", "line", "column", "words"),
    [
        ("SELECT ?x {\n  ?x foaf:name ?y }", 2, 6, "prefix foaf: is not declared; add PREFIX foaf: <…>"),
        ("SELECT ?x { ?x skos:prefLabel 'not:this' }", 1, 16, "<http://www.w3.org/2004/02/skos/core#>"),
        ("PREFIX a: <a:> SELECT ?x { ?x a:b <no:this> ; :c ?y }", 1, 47, "prefix : is not declared"),
        ("SELECT ?x WHERE { ?x <a:b> ?y", 1, 30, "add the missing }"),
        ("SELECT", 1, 7, "missing or too much"),
        ("# nothing", 1, 10, "it is empty"),
        ("SELECT * { ?x <rist> ?y }", 1, 21, "IRI before this place is not a whole one"),
        ("SELECT ?x ?y { ?x <a:b> ?y } GROUP BY ?x", 1, 41, "neither in GROUP BY"),
        ("SELECT *\n{ ?x <a:b> 'é' .\n  ?x <a:c> 3 4 }", 3, 17, "missing or too much"),
        ("SELECT *\n{ ?x <a:b> 'é ?y .\n}", 2, 19, "not valid SPARQL here, at or just before: }"),
        ("# change\nPREFIX a: <a:>\n insert data { a:a a:b 1 }", 3, 2, "INSERT would change the data"),
        ("BASE <http://a/> DROP ALL", 1, 18, "DROP would change the data"),
    ],
)
def test_a_syntax_error_is_placed_and_put_in_plain_words(query: str, line: int, column: int, words: str) -> None:
    with pytest.raises(QueryError, match=r"^the query, line \d+, column \d+: ") as caught:
        memory_store().evaluate(query)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_function_and_an_unreachable_endpoint_are_named() -> None:
    store = memory_store(NQUADS)
    with pytest.raises(Misuse, match=f"<{X}mean> is not supported"):
        list(store.select(f"SELECT (<{X}mean>(?s) AS ?m) {{ ?s ?p ?o }}").rows)
    with pytest.raises(EndpointError, match="another endpoint"):
        list(store.select("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }").rows)


def test_a_triple_inside_a_triple_is_refused_in_words() -> None:
    with pytest.raises(Misuse, match="triple inside a triple"):
        list(memory_store(NQUADS).select("SELECT (TRIPLE(?s, ?p, ?o) AS ?t) { ?s ?p ?o }").rows)


def test_answers_are_written_in_the_standard_formats() -> None:
    store = memory_store(NQUADS)
    query = f"SELECT ?s ?n {{ ?s <{X}size> ?n }} ORDER BY ?n"
    assert store.serialize(query, "csv") == f"s,n\r\n{X}levy,6\r\n{X}rist,19\r\n".encode()
    assert store.serialize(query, "tsv") == f"?s\t?n\n<{X}levy>\t6\n<{X}rist>\t19\n".encode()
    assert store.serialize(query, "json").startswith(b'{"head":{"vars":["s","n"]}')
    assert b"<sparql" in store.serialize(query, "xml")
    assert store.serialize("ASK {}", "json") == b'{"head":{},"boolean":true}'
    made = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(isIRI(?o)) }"
    expected = (
        "@prefix ex: <http://example.org/> .\nex:levy ex:drug ex:drug\\/ivig .\nex:rist ex:drug ex:drug\\/ivig .\n"
    )
    assert store.serialize(made, "ttl", {"ex": X}).decode() == expected
    assert len(store.serialize(made, "nt").splitlines()) == 2


def test_a_closed_store_answers_no_more(sound_store: Path) -> None:
    with open_store(sound_store) as store:
        assert store.ask("ASK { ?s ?p ?o }")
    with pytest.raises(Misuse, match="closed"):
        store.count_quads()


# Derived graphs


def test_a_rule_makes_sorted_unique_lines_that_can_be_added() -> None:
    store = memory_store(NQUADS)
    rule = f"CONSTRUCT {{ ?s <{X}mentions> ?o . <{X}all> <{X}uses> ?o }} WHERE {{ ?s <{X}drug> ?o }}"
    lines = store.construct_nquads(rule, f"{X}graph/derived")
    assert lines == [
        f"<{X}all> <{X}uses> <{X}drug/ivig> <{X}graph/derived> .",
        f"<{X}levy> <{X}mentions> <{X}drug/ivig> <{X}graph/derived> .",
        f"<{X}rist> <{X}mentions> <{X}drug/ivig> <{X}graph/derived> .",
    ]
    store.add_nquads(lines)
    assert store.count_quads() == QUADS + 3
    assert store.ask(f"ASK {{ GRAPH <{X}graph/derived> {{ <{X}all> ?p ?o }} }}")


def test_a_rule_that_makes_blank_nodes_is_refused() -> None:
    with pytest.raises(Misuse, match="blank nodes"):
        memory_store(NQUADS).construct_nquads(f"CONSTRUCT {{ [] <{X}p> ?o }} WHERE {{ ?s ?p ?o }}", f"{X}g")


def test_of_lines_with_a_bad_one_none_is_added() -> None:
    store = memory_store(NQUADS)
    with pytest.raises(FindingsError, match="line 2"):
        store.add_nquads([f"<{X}a> <{X}b> <{X}c> <{X}g> .", "<no iri> ."])
    assert store.count_quads() == QUADS


# Files


def test_files_keep_each_literal_as_it_was_typed_and_do_not_depend_on_order(tmp_path: Path) -> None:
    (tmp_path / "a.nq").write_bytes(NQUADS)
    shuffled = b"".join(sorted(NQUADS.splitlines(keepends=True), reverse=True)) + NQUADS
    for write, name in ((write_trig, "x.trig"), (write_turtle, "x.ttl")):
        write(tmp_path / name, tmp_path / "a.nq", PREFIXES)
        write(tmp_path / f"again-{name}", shuffled, dict(reversed(PREFIXES.items())))
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text == (tmp_path / f"again-{name}").read_text(encoding="utf-8")
        assert " 0.50 " in text
        assert '"019"^^xsd:nonNegativeInteger' in text
        assert "drug:ivig" in text  # the longest prefix that fits
    assert (tmp_path / "x.trig").read_text(encoding="utf-8").count("drug:ivig") == 3
    assert (tmp_path / "x.ttl").read_text(encoding="utf-8").count("drug:ivig") == 2


def test_trig_holds_the_quads_it_was_made_of(tmp_path: Path) -> None:
    import pyoxigraph

    write_trig(tmp_path / "x.trig", NQUADS, PREFIXES)
    read = set(pyoxigraph.parse(path=tmp_path / "x.trig"))
    assert read == set(pyoxigraph.parse(NQUADS, pyoxigraph.RdfFormat.N_QUADS))
    assert len(read) == QUADS


def test_bad_nquads_write_no_file(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="line 1: Invalid IRI"):
        write_trig(tmp_path / "x.trig", b"<http://a/b c> <a:b> <a:c> .\n", {})
    assert not (tmp_path / "x.trig").exists()


TURTLE = """@prefix ex: <http://example.org/> .
ex:term ex:range [ ex:minimum 0.50 ; ex:unit [ ex:code "mg" ] ] , [ ex:minimum 2 ] .
"""


def test_turtle_is_read_as_stable_lines_of_its_graph(tmp_path: Path) -> None:
    path = tmp_path / "ontology.ttl"
    path.write_text("\ufeff" + TURTLE, encoding="utf-8")
    lines = parse_turtle(path, f"{X}graph/vocabulary")
    assert lines == parse_turtle(path, f"{X}graph/vocabulary") == sorted(set(lines))
    assert len(lines) == 6
    assert all(line.endswith(f" <{X}graph/vocabulary> .") for line in lines)
    assert any('"0.50"^^' in line for line in lines)


def test_blank_nodes_of_two_files_stay_apart(tmp_path: Path) -> None:
    path = tmp_path / "ontology.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    store = memory_store("\n".join(parse_turtle(path, f"{X}g/1") + parse_turtle(path, f"{X}g/2")).encode())
    assert len(list(store.select(f"SELECT DISTINCT ?b {{ ?s <{X}range> ?b }}").rows)) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"@prefix ex: <http://example.org/> .\nex:a ex:b nope:c .\n", ":2:11: this is not valid Turtle"),
        (b"<relative> <a:b> 1 .\n", ":1:1: this is not valid Turtle: No scheme"),
        ("<a:a> <a:b> 'Sjögren' .\n".encode("latin-1"), "not UTF-8 (byte 15)"),
    ],
)
def test_a_broken_turtle_file_is_named_with_the_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_bytes(content)
    with pytest.raises(FindingsError) as caught:
        parse_turtle(path, f"{X}g")
    assert str(path) in str(caught.value)
    assert words in str(caught.value)


# Damage


def names_of(folder: Path, pattern: str) -> list[Path]:
    return sorted(path for path in folder.glob(pattern) if path.stat().st_size > 0)


@pytest.mark.parametrize("pattern", ["CURRENT", "MANIFEST-*", "*.sst", "OPTIONS-*", "*.log", SEAL_NAME])
@pytest.mark.parametrize("harm", ["remove", "halve", "append", "empty"])
def test_a_store_with_a_damaged_file_is_not_opened(store_copy: Path, pattern: str, harm: str) -> None:
    for path in names_of(store_copy, pattern):
        content = path.read_bytes()
        if harm == "remove":
            path.unlink()
        else:
            path.write_bytes({"halve": content[: len(content) // 2], "append": content + b"x", "empty": b""}[harm])
        with pytest.raises(DamagedBuildError, match="nervegraph build"):
            open_store(store_copy)
        path.write_bytes(content)
    with open_store(store_copy) as store:
        assert store.count_quads() == 3000


def test_a_flipped_bit_never_changes_an_answer_and_is_found_by_verifying(sound_store: Path, store_copy: Path) -> None:
    with open_store(sound_store) as store:
        expected = sorted(map(str, store.select(ALL).rows))
    refused = 0
    for path in [*names_of(store_copy, "*.sst"), *names_of(store_copy, "MANIFEST-*"), *names_of(store_copy, "CURRENT")]:
        content = path.read_bytes()
        for place in (len(content) // 3, len(content) - 1):
            path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
            with pytest.raises(DamagedBuildError, match=f"{path.name} of its store was altered"):
                verify_store(store_copy)
            try:
                with open_store(store_copy) as store:
                    assert sorted(map(str, store.select(ALL).rows)) == expected
            except DamagedBuildError:
                refused += 1
        path.write_bytes(content)
    assert refused > 0


def test_the_engine_alone_would_take_a_cut_manifest_for_a_smaller_store(store_copy: Path) -> None:
    """The reason for the seal; when this fails, the engine has learnt to refuse."""
    import pyoxigraph

    (path,) = store_copy.glob("MANIFEST-*")
    whole = path.stat().st_size
    wrong: list[int] = []
    for size in range(0, whole, max(1, whole // 40)):
        shutil.copy(path, store_copy.parent / "whole")
        os.truncate(path, size)
        try:
            wrong.append(len(pyoxigraph.Store.read_only(str(store_copy))))
        except (OSError, RuntimeError):
            continue
        finally:
            shutil.copy(store_copy.parent / "whole", path)
    assert min(wrong) < 6000
    assert verify_store(store_copy) == 3000


def test_a_manifest_that_ends_in_zeros_is_refused_though_its_size_is_right(store_copy: Path) -> None:
    """As a power cut may leave it; the engine takes zeros after a whole record for the end, and opens with no quads."""
    (path,) = store_copy.glob("MANIFEST-*")
    content = path.read_bytes()
    header_bytes, end_of_record = 7, 0  # checksum 4, length 2, kind 1
    while end_of_record < len(content):
        length = int.from_bytes(content[end_of_record + 4 : end_of_record + 6], "little")
        end_of_record += header_bytes + length
        if end_of_record == len(content):
            break
        path.write_bytes(content[:end_of_record].ljust(len(content), b"\0"))
        with pytest.raises(DamagedBuildError, match=r"MANIFEST-.* was altered"):
            open_store(store_copy)
    assert end_of_record == len(content)


def test_a_store_that_somebody_wrote_to_is_not_opened(store_copy: Path) -> None:
    import pyoxigraph

    engine = pyoxigraph.Store(store_copy)
    engine.update("INSERT DATA { <a:a> <a:b> <a:c> }")
    engine.flush()
    del engine
    with pytest.raises(DamagedBuildError, match="its store"):
        open_store(store_copy)


def test_what_file_browsers_leave_does_no_harm(store_copy: Path) -> None:
    (store_copy / ".DS_Store").write_bytes(b"x")
    assert verify_store(store_copy) == 3000


def test_a_missing_store_is_damage_not_an_empty_answer(tmp_path: Path) -> None:
    with pytest.raises(DamagedBuildError, match="cannot be read"):
        open_store(tmp_path / "nowhere")


def test_opening_for_asking_changes_no_file(store_copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in store_copy.iterdir()}
    with open_store(store_copy) as store:
        assert isinstance(store, ReadOnlyStore)
        assert store.count_quads() == 3000
    assert {path.name: path.read_bytes() for path in store_copy.iterdir()} == before


# A full disk

FILL = """
import sys, errno
from pathlib import Path
from nervegraph.store import create_store
if sys.argv[2] != "-":
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
lines = (f"<a:s{i}> <a:p> <a:o{i}> <a:g> .\\n".encode() for i in range(20000))
try:
    create_store(Path(sys.argv[1]) / "store", lines)
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.mark.parametrize("limit_bytes", [1000, 100_000])
def test_a_file_that_may_not_grow_stops_the_store_with_the_right_error(tmp_path: Path, limit_bytes: int) -> None:
    need(sys.platform != "win32", "file size limits exist on POSIX only")
    command = [sys.executable, "-c", FILL, str(tmp_path), str(limit_bytes)]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout == "EFBIG\n"


@pytest.mark.parametrize("size", ["200k", "1m"])
def test_a_full_disk_stops_the_store_with_the_right_error(tmp_path: Path, size: str) -> None:
    in_small_disk = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size="$0" tmpfs "$1" && shift && exec "$@"', size]
    need(shutil.which("unshare") is not None, "unshare (util-linux) is not there to mount a small disk")
    trial = subprocess.run([*in_small_disk, str(tmp_path), "true"], capture_output=True, check=False, timeout=30)
    need(trial.returncode == 0, "this user may not mount a small disk")
    command = [*in_small_disk, str(tmp_path), sys.executable, "-c", FILL, str(tmp_path), "-"]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert run.stdout == "ENOSPC\n"
