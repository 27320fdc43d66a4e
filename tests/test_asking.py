from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nervegraph import asking
from nervegraph.asking import Limits, ask_dataset, ask_store, run_worker, worker_ahead
from nervegraph.dataset import query_dataset
from nervegraph.errors import DamagedBuildError, DeadlineError, Misuse, ResourceError
from nervegraph.own_process import command_of
from nervegraph.query_text import QueryError
from nervegraph.rdfterms import Iri, Literal
from nervegraph.results import Results
from nervegraph.terms import BASE, PREFIXES
from nervegraph.worker import ORPHANED
from small_store import INTEGER, create_small_build

CROSS_PRODUCT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="the system cannot cap a process's memory")
# How long after its deadline a query may end on a busy machine (reliability goal 2 says one second).
SLACK_SECONDS = 1.0


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return create_small_build(tmp_path_factory.mktemp("small"), 600)


@pytest.fixture(scope="module")
def store(small: tuple[Path, Path]) -> Path:
    return small[0]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Small enough that rdflib reads it in a moment."""
    return create_small_build(tmp_path_factory.mktemp("tiny"), 30)


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The workers that a test has started; none of them may be left."""
    workers: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            workers.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    yield workers
    assert all(worker.returncode is not None for worker in workers)


def _largest_size_kilobytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def test_rows_come_whole_with_their_types(store: Path) -> None:
    results = ask_store(store, f"SELECT ?s ?v ?none {{ ?s <{BASE}value> ?v FILTER (?v = 7) }}")
    assert results.kind == "rows"
    assert results.columns == ("s", "v", "none")
    assert results.rows == ((Iri(BASE + "item/7"), Literal("7", INTEGER), None),)


def test_the_default_graph_is_the_union_of_the_graphs(store: Path) -> None:
    rows = ask_store(store, f"SELECT (COUNT(*) AS ?n) {{ ?s <{BASE}value> ?v }}").rows
    assert rows == ((Literal("600", INTEGER),),)


def test_a_yes_is_one_row(store: Path) -> None:
    assert ask_store(store, "ASK { ?s ?p ?o }").is_true
    no = ask_store(store, "ASK { ?s ?p 'nobody' }")
    assert no.kind == "boolean"
    assert not no.is_true


def test_triples_have_three_columns(store: Path) -> None:
    results = ask_store(store, f"CONSTRUCT {{ ?s <{BASE}p> ?v }} WHERE {{ ?s <{BASE}value> ?v FILTER (?v < 2) }}")
    assert results.kind == "triples"
    assert results.columns == ("subject", "predicate", "object")
    assert len(results.rows) == 2


def test_many_rows_arrive_in_the_engines_order(store: Path) -> None:
    rows = ask_store(store, f"SELECT ?v {{ ?s <{BASE}value> ?v }} ORDER BY DESC(?v)").rows
    assert rows == tuple((Literal(str(number), INTEGER),) for number in range(599, -1, -1))


@pytest.mark.parametrize(
    "query",
    [
        CROSS_PRODUCT,
        "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f ?a",
        "SELECT (COUNT(*) AS ?n) { " + " ".join(f"?a{i} (<u:p>|!<u:p>|^<u:p>)* ?b{i} ." for i in range(3)) + " }",
        "SELECT (COUNT(*) AS ?n) { "
        + " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(20)))} }}" for i in range(8))
        + " }",
    ],
    ids=["cross product", "order by", "path closure", "values 20^8"],
)
def test_a_runaway_query_is_killed_at_its_deadline(store: Path, query: str) -> None:
    start = time.monotonic()
    with pytest.raises(DeadlineError) as caught:
        ask_store(store, query, timeout_seconds=0.7, memory_bytes=8 << 30, result_bytes=1 << 30)
    assert time.monotonic() - start < 0.7 + SLACK_SECONDS
    assert caught.value.timeout_seconds == 0.7
    assert caught.value.exit_code == 3


@posix_only
def test_a_memory_bomb_ends_with_an_error_that_names_the_limit(store: Path) -> None:
    before_kilobytes = _largest_size_kilobytes()
    with pytest.raises(ResourceError, match=r"more than 300 MB of memory"):
        ask_store(
            store,
            "SELECT DISTINCT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i",
            timeout_seconds=60,
            memory_bytes=300 << 20,
        )
    assert _largest_size_kilobytes() - before_kilobytes < 50 << 10


def test_an_answer_over_its_limit_is_an_error_and_not_cut(store: Path) -> None:
    with pytest.raises(ResourceError, match=r"larger than 1 MB, the limit"):
        ask_store(store, "SELECT * { ?a ?b ?c . ?d ?e ?f }", result_bytes=1 << 20)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * " + "{" * 20_000 + "}" * 20_000,
        "SELECT * { FILTER (" + "!" * 20_000 + "true) }",
        "SELECT * { FILTER (" + "1+" * 20_000 + "1) }",
    ],
    ids=["braces", "negations", "sums"],
)
def test_a_crash_of_the_engine_is_an_error_and_the_next_query_works(store: Path, query: str) -> None:
    # Straight to the worker, as if the gate had let it through.
    with pytest.raises(ResourceError, match="brought the engine down; the build is unharmed"):
        run_worker("store", str(store), query, Limits(timeout_seconds=20))
    assert ask_store(store, "ASK { ?s ?p ?o }").is_true


def test_the_gate_stands_before_the_worker(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_worker(*_: object) -> Results:
        raise AssertionError("a worker was started")

    monkeypatch.setattr(asking, "run_worker", no_worker)
    with pytest.raises(Misuse, match="SERVICE"):
        ask_store(store, "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")
    with pytest.raises(Misuse, match="nested"):
        ask_dataset(store, "SELECT * " + "{" * 20_000)


def test_a_syntax_error_keeps_its_place(store: Path) -> None:
    with pytest.raises(QueryError) as caught:
        ask_store(store, "SELECT *\nWHERE { ?s ?p }")
    assert caught.value.line == 2
    assert caught.value.exit_code == 2


def test_a_missing_store_is_a_damaged_build(tmp_path: Path) -> None:
    with pytest.raises(DamagedBuildError):
        ask_store(tmp_path / "nothing", "ASK {}")
    with pytest.raises(DamagedBuildError, match="is missing"):
        ask_dataset(tmp_path / "nervegraph.trig", "ASK {}")


@pytest.mark.parametrize("timeout_seconds", [0.0, -1.0, float("nan"), 1e9])
def test_an_impossible_deadline_is_misuse(store: Path, timeout_seconds: float) -> None:
    with pytest.raises(Misuse, match="deadline"):
        ask_store(store, "ASK {}", timeout_seconds=timeout_seconds)


def test_a_worker_does_not_import_from_the_current_directory(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert ask_store(store, "ASK { ?s ?p ?o }").is_true


def test_a_worker_imports_only_what_it_needs() -> None:
    code = "import sys, nervegraph.worker, nervegraph.store; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    heavy = {
        "rdflib",
        "pydantic",
        "yaml",
        "rich",
        "typer",
        "networkx",
        "SPARQLWrapper",
        "subprocess",
        "asyncio",
        "scipy",
    }
    assert heavy.isdisjoint(loaded)


def test_a_worker_ends_when_its_parent_goes(store: Path) -> None:
    request = {
        "task": "store",
        "place": str(store),
        "query": CROSS_PRODUCT,
        "timeout_seconds": 60,
        "memory_bytes": 1 << 30,
        "result_bytes": 1000,
    }
    with subprocess.Popen(command_of("nervegraph.worker"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as worker:
        try:
            assert worker.stdin is not None
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            worker.stdin.flush()
            with pytest.raises(subprocess.TimeoutExpired):
                worker.wait(0.5)
            # What the system does with the pipe of a parent that was killed.
            worker.stdin.close()
            assert worker.wait(5) == ORPHANED
        finally:
            worker.kill()


def test_a_worker_that_is_asked_nothing_ends_when_its_parent_goes() -> None:
    with subprocess.Popen(command_of("nervegraph.worker"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        try:
            assert worker.communicate(timeout=60)[0] == b""
            assert worker.returncode == ORPHANED
        finally:
            worker.kill()


def test_a_worker_started_ahead_answers_the_first_query_and_no_other(
    store: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    query = f"SELECT ?s {{ ?s <{BASE}value> 7 }}"
    with worker_ahead():
        (ahead,) = started
        first = ask_store(store, query)
        assert ahead.returncode == 0
        assert started == [ahead]
        assert ask_store(store, query) == first
        assert len(started) == 2


def test_a_worker_started_ahead_in_vain_is_gone_with_whatever_ends_the_block(
    started: list[subprocess.Popen[bytes]],
) -> None:
    with pytest.raises(KeyboardInterrupt), worker_ahead():
        raise KeyboardInterrupt
    assert [process.returncode is None for process in started] == [False]


@posix_only
def test_an_interrupt_kills_the_worker(store: Path) -> None:
    code = f"""
from pathlib import Path
from nervegraph import asking

class Shown(asking._Talk):
    def start_with(self, process):
        super().start_with(process)
        self.process_id = process.pid

    def join(self, timeout=None):
        if timeout:
            print(self.process_id, flush=True)
        super().join(timeout)

asking._Talk = Shown
try:
    asking.ask_store(Path({str(store)!r}), {CROSS_PRODUCT!r}, timeout_seconds=60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as parent:
        try:
            assert parent.stdout is not None
            worker_id = int(parent.stdout.readline())
            os.kill(worker_id, 0)
            os.kill(parent.pid, signal.SIGINT)
            assert parent.stdout.readline() == b"interrupted\n"
            with pytest.raises(ProcessLookupError):
                os.kill(worker_id, 0)
        finally:
            parent.kill()


def test_several_questions_at_once_do_not_disturb_each_other(store: Path) -> None:
    answers: dict[int, Results] = {}

    def ask(number: int) -> None:
        answers[number] = ask_store(store, f"SELECT ?s {{ ?s <{BASE}value> {number} }}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: results.rows for number, results in answers.items()} == {
        number: ((Iri(f"{BASE}item/{number}"),),) for number in range(6)
    }


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT ?g (SUM(?v) AS ?sum) {{ ?s <{BASE}inGroup> ?g ; <{BASE}value> ?v }} GROUP BY ?g ORDER BY ?g",
        f"SELECT ?s ?x (?v * 0.5 AS ?half) (?v > 3 AS ?big) {{ ?s <{BASE}value> ?v OPTIONAL {{ ?s <{BASE}none> ?x }} }}"
        " ORDER BY ?v",
        "SELECT ?x (STRLANG('a', 'EN-gb') AS ?l) (STRDT('007', <http://www.w3.org/2001/XMLSchema#int>) AS ?i) "
        "{ VALUES ?x { 0.50 'a' <http://example.org/é> true } }",
        f"ASK {{ ?s <{BASE}value> 3 }}",
        f"SELECT (COUNT(*) AS ?n) FROM <{BASE}graph/odd> {{ ?s <{BASE}value> ?v }}",
    ],
    ids=["sums", "decimals, booleans and gaps", "literals", "ask", "from"],
)
def test_both_engines_give_the_same_rows(tiny: tuple[Path, Path], query: str) -> None:
    store, trig = tiny
    assert query_dataset(trig, query) == ask_store(store, query)


def test_rdflib_answers_through_a_worker_too(tiny: tuple[Path, Path]) -> None:
    query = f"SELECT ?s ?v {{ ?s <{BASE}value> ?v }} ORDER BY ?v"
    assert ask_dataset(tiny[1], query) == query_dataset(tiny[1], query)
    assert ask_dataset(tiny[1], "ASK { ?s ?p 'nobody' }").rows == ((Literal("false", PREFIXES["xsd"] + "boolean"),),)


def test_both_engines_construct_the_same_triples(tiny: tuple[Path, Path]) -> None:
    store, trig = tiny
    query = f"CONSTRUCT {{ ?s <{BASE}p> ?v }} WHERE {{ ?s <{BASE}value> ?v FILTER (?v < 9) }}"
    assert set(query_dataset(trig, query).rows) == set(ask_store(store, query).rows)


def test_rdflib_is_stopped_at_its_deadline_too(tiny: tuple[Path, Path]) -> None:
    start = time.monotonic()
    with pytest.raises(DeadlineError):
        ask_dataset(tiny[1], CROSS_PRODUCT, timeout_seconds=1.5)
    assert time.monotonic() - start < 1.5 + SLACK_SECONDS


def test_rdflib_neither_reads_files_nor_calls_servers(tiny: tuple[Path, Path], tmp_path: Path) -> None:
    canary = tmp_path / "canary.ttl"
    canary.write_text("<http://example.org/secret> <http://example.org/p> 1 .", encoding="utf-8")
    query = f"SELECT ?s FROM <{canary.as_uri()}> {{ ?s ?p ?o }}"
    assert query_dataset(tiny[1], query).rows == ()
    for form in (
        "SERVICE <http://127.0.0.1:9/>",
        "SERVICE SILENT <http://127.0.0.1:9/>",
        "\\u0053ERVICE <http://127.0.0.1:9/>",
    ):
        with pytest.raises(Misuse, match="SERVICE"):
            query_dataset(tiny[1], f"SELECT * {{ {form} {{ ?s ?p ?o }} }}")
