"""One measurement in a process of its own: `python benchmarks/steps.py STEP ARGUMENT…` prints its figures as JSON.

A step prepares what it needs, then times only what it is named after. `peak_mb` is the most memory the process held.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import rdflib
import yaml
from virtuoso import running_virtuoso

from nervegraph import derivation
from nervegraph.asking import ask_store
from nervegraph.assembly import find_study_files, gather_studies, joined, no_progress
from nervegraph.checked_studies import check_studies, collect_findings
from nervegraph.checks import run_check
from nervegraph.cube import build_cube_lines
from nervegraph.dataset import validate_shapes
from nervegraph.gathered_lines import GatheredLines
from nervegraph.model import StudyFile
from nervegraph.preview import take_preview
from nervegraph.questions import load_questions
from nervegraph.rdfterms import BlankNode
from nervegraph.resources import resource_directory
from nervegraph.results import format_rows, parse_results
from nervegraph.shapes import find_broken_shapes
from nervegraph.simulated_files import NQUADS_NAME, write_nquads, write_study_files
from nervegraph.simulation import Cohort, build_study_trees
from nervegraph.store import create_store, memory_store, open_store
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary, vocabulary_quads
from nervegraph.yaml_positions import parse_tree

SEED = 1
Figures = dict[str, float]
RULES = resource_directory("queries") / "derive"
CHECKS = resource_directory("queries") / "checks"
SHAPES = resource_directory("ontology") / "shapes.ttl"
# A Python that has maplib, where this one has not.
MAPLIB_PYTHON = os.environ.get("MAPLIB_PYTHON", sys.executable)
# Of these studies and the vocabularies together the rules are run at once; no rule joins what two studies say.
STUDIES_AT_ONCE = 4
LONGEST_REPEATS_SECONDS = 3.0


@contextmanager
def timed(figures: Figures, name: str = "seconds") -> Iterator[None]:
    start = time.perf_counter()
    yield
    figures[name] = figures.get(name, 0.0) + time.perf_counter() - start


@contextmanager
def timed_processor(figures: Figures) -> Iterator[None]:
    """Seconds on a processor, in this process and those it starts."""

    def used() -> float:
        both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return sum(usage.ru_utime + usage.ru_stime for usage in both)

    start = used()
    yield
    figures["processor_seconds"] = used() - start


@contextmanager
def new_folder() -> Iterator[Path]:
    # On the disk that the temporary directory is on: the same for everything that is compared.
    folder = Path(tempfile.mkdtemp(prefix="nervegraph-benchmark-"))
    try:
        yield folder / "store"
    finally:
        shutil.rmtree(folder)


def size_mb(folder: Path) -> float:
    return sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6


# --- making ----------------------------------------------------------------------------------------------------------


def make_files(patients: str, folder: str) -> Figures:
    figures: Figures = {}
    with timed(figures):
        write_study_files(Cohort.of(int(patients), SEED), Path(folder))
    return figures


def make_nquads(patients: str, folder: str) -> Figures:
    figures: Figures = {}
    with timed(figures):
        path = write_nquads(Cohort.of(int(patients), SEED), Path(folder))
    with path.open("rb") as lines:
        figures["triples"] = sum(1 for _ in lines)
    return figures


def make_whole(nquads: str, whole: str) -> Figures:
    """Studies, vocabularies, what the rules derive and the cube as one N-Quads file.

    `seconds` is the time of the rules alone, `cube_seconds` that of the cube.
    """
    figures: Figures = {"triples": 0}
    vocabulary = joined(vocabulary_quads())
    with Path(nquads, NQUADS_NAME).open("rb") as studies, Path(whole).open("wb") as output:
        output.write(vocabulary)
        for part in parts_of(studies):
            output.write(part)
            store = memory_store(vocabulary + part)
            with timed(figures):
                derived = joined(line for _, lines in derivation.derive(store, RULES) for line in lines)
            output.write(derived)
    with memory_store(Path(whole)) as store, timed(figures, "cube_seconds"):
        cube = build_cube_lines(store)
    with Path(whole).open("ab") as output:
        output.write(joined(cube))
    with Path(whole).open("rb") as lines:
        figures["triples"] = sum(1 for _ in lines)
    return figures


def parts_of(studies: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a few studies at a time."""
    part: list[bytes] = []
    graphs: list[bytes] = []
    for line in studies:
        graph = line.rpartition(b" <")[2]
        if not graphs or graph != graphs[-1]:
            if len(graphs) == STUDIES_AT_ONCE:
                yield b"".join(part)
                part, graphs = [], []
            graphs.append(graph)
        part.append(line)
    yield b"".join(part)


# --- from records to a store -----------------------------------------------------------------------------------------


def records(patients: str) -> Figures:
    """Fields to records, and records to sorted N-Quads lines, each timed by itself."""
    figures: Figures = {"triples": 0}
    vocabulary = Vocabulary.shipped()
    for tree in build_study_trees(Cohort.of(int(patients), SEED)):
        with timed(figures, "validate_seconds"):
            record = StudyFile.model_validate(tree, context={"vocabulary": vocabulary})
        with timed(figures, "lines_seconds"):
            lines = build_study_lines(record)
        figures["triples"] += len(lines)
    figures["seconds"] = figures["validate_seconds"] + figures["lines_seconds"]
    return figures


def load_ours(path: str) -> Figures:
    figures: Figures = {}
    with new_folder() as folder:
        with timed(figures):
            create_store(folder, Path(path))
        figures["store_mb"] = size_mb(folder)
    return figures


def load_raw(path: str) -> Figures:
    figures: Figures = {}
    with new_folder() as folder:
        with timed(figures):
            engine = ox.Store(folder)
            engine.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
            engine.flush()
        figures["store_mb"] = size_mb(folder)
    return figures


def load_raw_optimized(path: str) -> Figures:
    figures: Figures = {}
    with new_folder() as folder, timed(figures):
        engine = ox.Store(folder)
        engine.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
        engine.flush()
        engine.optimize()
    return figures


def load_memory_ours(path: str) -> Figures:
    figures: Figures = {}
    with timed(figures):
        memory_store(Path(path))
    return figures


def load_memory_raw(path: str) -> Figures:
    figures: Figures = {}
    with timed(figures):
        ox.Store().bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
    return figures


def load_rdflib(path: str) -> Figures:
    figures: Figures = {}
    with timed(figures):
        rdflib.Dataset(default_union=True).parse(path, format="nquads")
    return figures


def load_virtuoso(path: str) -> Figures:
    figures: Figures = {}
    with new_folder() as folder, running_virtuoso(folder, Path(path).parent) as server:
        with timed(figures):
            server.load(Path(path))
        figures["store_mb"] = size_mb(folder)
    return figures


def load_maplib(triples: str) -> Figures:
    return _run_maplib("load", triples)


def _run_maplib(*arguments: str) -> Figures:
    command = [MAPLIB_PYTHON, str(Path(__file__).with_name("maplib_steps.py")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"failed": 1}
    figures: Figures = json.loads(done.stdout)
    return figures


def make_triples(nquads: str, triples: str) -> Figures:
    """The union of the graphs as N-Triples, each once, for engines that read no graphs."""
    with Path(nquads).open("rb") as quads, Path(triples).open("wb") as output:
        # What several graphs may say is little; it is kept to be written once.
        seen: set[bytes] = set()
        for line in quads:
            triple = line.rpartition(b" <")[0] + b" .\n"
            if b"/curator/" in triple:
                if triple in seen:
                    continue
                seen.add(triple)
            output.write(triple)
    return {"seconds": 0.0}


def keep_virtuoso(path: str, folder: str) -> Figures:
    with running_virtuoso(Path(folder), Path(path).parent) as server:
        server.load(Path(path))
    return {"seconds": 0.0}


def keep_stores(path: str, ours: str, raw: str) -> Figures:
    """Make the stores that questions are asked of."""
    create_store(Path(ours), Path(path))
    engine = ox.Store(raw)
    engine.bulk_load(path=path, format=ox.RdfFormat.N_QUADS)
    engine.flush()
    engine.optimize()
    return {"seconds": 0.0, "ours_mb": size_mb(Path(ours)), "raw_mb": size_mb(Path(raw))}


# --- checking --------------------------------------------------------------------------------------------------------


def check_files(folder: str, processes: str) -> Figures:
    """As the command `check`, from the list of files to the findings and a line about each file."""
    paths = find_study_files([Path(folder)])
    figures: Figures = {"files": len(paths)}
    take = partial(take_preview, whole=frozenset[Path]())
    with timed(figures), timed_processor(figures):
        studies = list(check_studies(paths, Vocabulary.shipped(), take, processes=int(processes)))
        figures["findings"] = len(collect_findings(studies))
    return figures


def read_trees(folder: str, how: str) -> Figures:
    """Only the trees of the files: in the plain style, by the YAML parser, or the parser's events alone."""
    texts = [(path.read_bytes(), path) for path in find_study_files([Path(folder)])]
    figures: Figures = {"files": len(texts)}
    with timed(figures):
        for data, path in texts:
            if how == "events":
                deque(yaml.parse(data.decode(), yaml.CSafeLoader), 0)
            else:
                parse_tree(data, path, plain=how == "plain")
    return figures


def gather_files(folder: str) -> Figures:
    """The reading part of a build, by as many processes as it takes itself: files to N-Quads lines, then sorted."""
    paths = find_study_files([Path(folder)])
    figures: Figures = {"files": len(paths)}
    with new_folder() as scratch:
        scratch.mkdir()
        gathered = GatheredLines(scratch)
        with timed(figures), timed_processor(figures):
            gather_studies(paths, gathered, no_progress)
        with timed(figures, "sort_seconds"):
            assert isinstance(gathered.sorted, Path)
        figures["nquads_mb"] = gathered.size / 1e6
    return figures


def shapes(store: str) -> Figures:
    figures: Figures = {}
    with open_store(Path(store)) as opened, timed(figures):
        figures["findings"] = len(find_broken_shapes(opened, SHAPES))
    return figures


def shapes_pyshacl(path: str) -> Figures:
    figures: Figures = {}
    data = Path(path).read_bytes()
    with timed(figures):
        figures["findings"] = len(validate_shapes(data, SHAPES))
    return figures


def check_queries(store: str) -> Figures:
    figures: Figures = {"findings": 0}
    with open_store(Path(store)) as opened:
        for path in sorted(CHECKS.glob("*.rq")):
            with timed(figures), timed(figures, path.stem):
                figures["findings"] += len(run_check(opened, path))
    return figures


def derive_at_once(nquads: str) -> Figures:
    """The rules on all studies in one store, each rule timed by itself."""
    figures: Figures = {"triples": 0}
    store = memory_store(joined(vocabulary_quads()) + Path(nquads, NQUADS_NAME).read_bytes())
    for path in sorted(RULES.glob("*.rq")):
        query = path.read_text(encoding="utf-8")
        with timed(figures), timed(figures, path.stem):
            figures["triples"] += len(store.construct_nquads(query, derivation.DERIVED_GRAPH))
    return figures


# --- asking ----------------------------------------------------------------------------------------------------------


def text_of(question: str) -> str:
    known = load_questions(resource_directory("queries") / "questions")[question]
    return known.fill(study="synthetic-0000001") if question == "origin_of_outcomes" else known.text


def repeated(ask: Callable[[], bytes]) -> Figures:
    """The median of up to five runs after a first one, which counts only where the question is slow.

    :param ask: gives the answer as SPARQL Results JSON.
    """
    seconds: list[float] = []
    while len(seconds) < 6 and sum(seconds) < LONGEST_REPEATS_SECONDS:
        start = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds[1:] or seconds), **facts_of(rows_of(answer))}


def rows_of(answer: bytes) -> list[list[str]]:
    """The values of an answer as texts, without datatypes: engines differ in those and mean the same."""
    rows = parse_results(answer).rows
    return [
        ["" if term is None else term.label if isinstance(term, BlankNode) else term.value for term in row]
        for row in rows
    ]


def facts_of(rows: Sequence[Sequence[str]]) -> Figures:
    """How many rows an answer has, and a number that tells it from others whatever the order of its rows."""
    digest = hashlib.sha256(json.dumps(sorted(rows)).encode()).hexdigest()
    return {"rows": len(rows), "digest": int(digest[:12], 16)}


def ask_ours(store: str, question: str) -> Figures:
    query = text_of(question)
    with open_store(Path(store)) as opened:
        return repeated(lambda: opened.serialize(query, "json"))


def ask_worker(store: str, question: str) -> Figures:
    """As the command line asks: a new process for each question, which is part of the time."""
    query = text_of(question)

    def ask() -> bytes:
        results = ask_store(Path(store), query, timeout_seconds=600)
        return b"".join(format_rows(results.columns, results.rows))

    return repeated(ask)


def ask_raw(store: str, question: str) -> Figures:
    return _ask_engine(store, text_of(question), union=False)


def ask_raw_union(store: str, question: str) -> Figures:
    return _ask_engine(store, text_of(question), union=True)


def _ask_engine(store: str, query: str, *, union: bool) -> Figures:
    engine = ox.Store.read_only(store)

    def ask() -> bytes:
        answer = engine.query(query, use_default_graph_as_union=union)
        assert isinstance(answer, ox.QuerySolutions)
        return answer.serialize(format=ox.QueryResultsFormat.JSON) or b""

    return repeated(ask)


def ask_rdflib(path: str, question: str) -> Figures:
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(path, format="nquads")
    query = text_of(question)
    figures: Figures = {}
    with timed(figures):
        answer = dataset.query(query).serialize(format="json")
    return {**figures, **facts_of(rows_of(answer or b""))}


def ask_virtuoso(folder: str, question: str) -> Figures:
    """Over HTTP, as Virtuoso is asked; it is started before and warm."""
    query = text_of(question)
    with running_virtuoso(Path(folder), Path(folder)) as server:
        try:
            return repeated(lambda: server.ask(query))
        except OSError:
            return {"failed": 1}


def ask_maplib(triples: str, question: str) -> Figures:
    with new_folder() as query:
        query.write_text(text_of(question), encoding="utf-8")
        figures: dict[str, Any] = {**_run_maplib("ask", triples, str(query))}
    answer = figures.pop("answer", None)
    return figures if answer is None else {**figures, **facts_of(answer)}


def query_command(build: str) -> Figures:
    """The installed program from start to end, with all it imports."""
    program = "from nervegraph.cli import main; main()"
    return start_python(program, "query", "responses_by_study", "--build", build)


def start_python(code: str, *arguments: str) -> Figures:
    """A Python that runs this, from start to end."""
    figures: Figures = {}
    with timed(figures), timed_processor(figures):
        subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)
    return figures


STEPS: dict[str, Callable[..., Figures]] = {
    step.__name__: step
    for step in (
        make_files, make_nquads, make_whole, make_triples, records, load_ours, load_raw, load_raw_optimized,
        load_memory_ours, load_memory_raw, load_rdflib, load_virtuoso, load_maplib, keep_stores, keep_virtuoso,
        check_files, read_trees, gather_files, shapes, shapes_pyshacl, check_queries, derive_at_once, ask_ours,
        ask_worker, ask_raw, ask_raw_union, ask_rdflib, ask_virtuoso, ask_maplib, query_command, start_python,
    )
}  # fmt: skip


if __name__ == "__main__":
    result = STEPS[sys.argv[1]](*sys.argv[2:])
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    # Linux counts in kilobytes, macOS in bytes.
    print(json.dumps({**result, "peak_mb": peak / (1e6 if sys.platform == "darwin" else 1024)}))
