"""A build in Python: what `nervegraph.open` gives."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import rdflib

import nervegraph
from graphs import FIXTURE
from nervegraph.build import build as build_graph
from nervegraph.errors import DamagedBuildError, DeadlineError, Misuse, NerveGraphError, SurroundingsError
from nervegraph.knowledge_graph import KnowledgeGraph
from nervegraph.manifest import read_manifest
from nervegraph.query_text import QueryError
from nervegraph.rdfterms import Iri

STUDIES = len([*FIXTURE.glob("*.yaml")])
PREFIX = "PREFIX nvg: <https://w3id.org/nervegraph/> "
CALLS = ("SERVICE", "SERVICE SILENT", "\\u0053ERVICE")
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o . ?p ?q ?r }"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("published") / "build"
    build_graph([FIXTURE], directory)
    return directory


@pytest.fixture
def own_build(build: Path, tmp_path: Path) -> Path:
    return shutil.copytree(build, tmp_path / "build")


@pytest.fixture(scope="module")
def kg(build: Path) -> Iterator[KnowledgeGraph]:
    with nervegraph.open(build) as opened:
        yield opened


def test_importing_nervegraph_loads_nothing_heavy() -> None:
    heavy = {"pyoxigraph", "rdflib", "networkx", "pandas", "pydantic", "yaml", "typer", "IPython", "nervegraph.answers"}
    program = f"import sys, nervegraph; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_asking_a_question_loads_no_library_that_it_does_not_need(build: Path) -> None:
    heavy = {"rdflib", "networkx", "pandas", "IPython", "scipy"}
    program = f"import sys, nervegraph as ng; ng.open({str(build)!r}).ask('harms'); "
    program += f"print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_a_build_tells_what_it_holds(kg: KnowledgeGraph, build: Path) -> None:
    manifest = read_manifest(build)
    assert kg.counts == manifest.facts["counts"]
    assert kg.data_sha256 == manifest.facts["data_sha256"]
    assert repr(kg).startswith(f"<NerveGraph {build}: ")
    assert f"{STUDIES} studies" in repr(kg)


def test_a_question_gives_the_rows_of_its_gold_answer(kg: KnowledgeGraph) -> None:
    from gold import ANSWERS, as_tsv

    for name in ("responses_by_drug", "harms", "size_of_the_graph"):
        answer = kg.ask(name)
        assert as_tsv(answer.results) == (ANSWERS / "fixture" / f"{name}.tsv").read_text("utf-8")
        assert answer.question is not None
        assert (answer.description, answer.empty_means) == (answer.question.description, answer.question.empty_means)


def test_parameters_are_given_by_name_one_or_several(kg: KnowledgeGraph) -> None:
    one = {row["drug"] for row in kg.ask("responses_by_drug", drug="ivig").to_dicts()}
    several = {row["drug"] for row in kg.ask("responses_by_drug", drug=["ivig", "rituximab"]).to_dicts()}
    assert one == {"nvg:drug/ivig"}
    assert one < several
    assert len(kg.ask("responses_by_drug", drug="all").rows) > len(several)


def test_an_empty_answer_keeps_what_it_means(kg: KnowledgeGraph) -> None:
    answer = kg.ask("responses_by_study", drug="belimumab")
    assert answer.rows == ()
    assert "it does not mean that the drug does not work" in answer.empty_means
    assert answer.empty_means in answer.notes()
    assert "does not mean that the drug does not work" in answer._repr_html_()


def test_a_query_of_ones_own_names_the_iris_it_gives(kg: KnowledgeGraph) -> None:
    answer = kg.query(PREFIX + "SELECT ?study ?design { ?study nvg:design ?design } ORDER BY ?study")
    assert answer.to_dicts()[0] == {"study": "nvg:study/alpha-series-2001", "design": "nvg:design/case-series"}
    frame = answer.to_dataframe()
    assert list(frame.columns) == ["study", "study_label", "design", "design_label"]
    assert frame["study_label"][0] == "Alpha 2001"
    assert kg.query(PREFIX + "ASK { ?s a nvg:Study }").results.is_true
    assert kg.query(PREFIX + "CONSTRUCT { ?s a nvg:Study } { ?s a nvg:Study }").to_markdown().startswith("```turtle\n")


def test_the_questions_can_be_listed_and_looked_at(kg: KnowledgeGraph) -> None:
    from gold import QUESTIONS

    assert [row["question"] for row in kg.questions().to_dicts()] == list(QUESTIONS)
    assert kg.question("harms").columns["of"] == "people watched for it"


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda kg: kg.ask("responses_by_drgu"), "Did you mean responses_by_drug"),
        (lambda kg: kg.ask("responses_by_drug", drgu="ivig"), "Did you mean drug"),
        (lambda kg: kg.ask("responses_by_drug", drug="ivgi"), "'ivgi' is not a known drug. Did you mean IVIG"),
        (lambda kg: kg.question("nothing"), "there is no question"),
        (lambda kg: kg.drug_network("sjogern disease"), "not a known condition. Did you mean"),
        (lambda kg: kg.show(height=0), "a height of 0 is not possible"),
        (lambda kg: kg.ask("harms", timeout_seconds=0), "a deadline of 0 s"),
    ],
)
def test_wrong_use_is_said_in_words(kg: KnowledgeGraph, ask, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Misuse) as caught:
        ask(kg)
    assert words in str(caught.value)


def test_a_query_that_is_no_sparql_tells_the_place(kg: KnowledgeGraph) -> None:
    with pytest.raises(QueryError) as caught:
        kg.query("SELECT ?s { ?s nvg:design ?d }")
    assert "prefix nvg: is not declared" in str(caught.value)


def test_an_endless_query_ends_at_its_deadline_and_the_next_one_answers(kg: KnowledgeGraph) -> None:
    with pytest.raises(DeadlineError):
        kg.query(ENDLESS, timeout_seconds=0.5)
    assert kg.ask("size_of_the_graph").rows


def test_there_is_no_build(tmp_path: Path) -> None:
    with pytest.raises(NerveGraphError, match="run `nervegraph build` first"):
        nervegraph.open(tmp_path / "none")


def test_a_closed_build_says_so(build: Path) -> None:
    with nervegraph.open(str(build)) as opened:
        assert opened.ask("size_of_the_graph").rows
    for ask in (
        lambda: opened.ask("no such question"),
        lambda: opened.query("ASK {}"),
        opened.network,
        opened.drug_network,
        opened.overlap_clusters,
        opened.rdflib,
        opened.show,
        lambda: opened.explain("ivig", "improved"),
        lambda: opened.counts,
    ):
        with pytest.raises(Misuse, match="this build was closed"):
            ask()
    assert repr(opened) == "<NerveGraph, closed>"


def test_a_damaged_build_says_so_at_once_or_when_it_is_asked(own_build: Path) -> None:
    opened = nervegraph.open(own_build)
    folder = own_build / read_manifest(own_build).folder
    for path in (folder / "store").glob("*.sst"):
        path.write_bytes(b"\0" * path.stat().st_size)
    (folder / "nervegraph.trig").write_text("<a> <b", encoding="utf-8")
    for ask in (lambda: opened.ask("harms"), opened.network, opened.rdflib):
        with pytest.raises(DamagedBuildError, match="Rebuild it"):
            ask()
    (folder / "nervegraph.trig").unlink()
    with pytest.raises(DamagedBuildError, match=r"nervegraph\.trig is missing"):
        nervegraph.open(own_build)


def test_an_opened_build_keeps_answering_after_a_newer_one_and_says_when_it_is_gone(tmp_path: Path) -> None:
    studies = tmp_path / "studies"
    shutil.copytree(FIXTURE, studies)
    build_graph([studies], tmp_path / "build")
    opened = nervegraph.open(tmp_path / "build")
    first = opened.ask("size_of_the_graph").rows
    for name in ("epsilon-mixed-2005.yaml", "delta-title-2004.yaml"):
        assert opened.ask("size_of_the_graph").rows == first
        (studies / name).unlink()
        build_graph([studies], tmp_path / "build")
    with pytest.raises(SurroundingsError, match="newer builds have replaced the one that was opened; open it again"):
        opened.ask("size_of_the_graph")
    assert nervegraph.open(tmp_path / "build").ask("size_of_the_graph").rows != first


def test_a_build_older_than_the_study_files_is_warned_about(own_build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nervegraph.knowledge_graph.staleness_note", lambda directory: f"{directory.name} is old")
    with pytest.warns(UserWarning, match="build is old") as caught:
        nervegraph.open(own_build)
    assert caught[0].filename == __file__


# --- the networks, from the build ------------------------------------------------------------------------------------


def test_the_networks_and_explanations_come_from_the_build(kg: KnowledgeGraph) -> None:
    assert {data["role"] for _, data in kg.network().nodes(data=True)} == {
        "study",
        "regimen",
        "people",
        "neuropathy",
        "response",
    }
    edge = kg.drug_network().edges["drug:ivig", "neuropathy:ataxic-sensory-neuropathy"]
    assert edge["studies"] >= 1
    assert kg.drug_network("all").number_of_edges() > kg.drug_network().number_of_edges()
    explained = kg.explain("ivig", "improved")
    assert explained.columns[0] == "step"
    assert "no evidence of an effect" in explained.description
    assert explained.empty_means.startswith("An empty answer means that no recorded line of treatment leads")
    clusters = kg.overlap_clusters().to_dicts()
    assert {"alpha-series-2001", "gamma-case-2003"} <= {row["study"] for row in clusters}


# --- rdflib ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dataset(kg: KnowledgeGraph) -> rdflib.Dataset:
    return kg.rdflib()


def test_the_dataset_is_the_union_of_the_graphs_and_gives_the_same_rows(
    kg: KnowledgeGraph, dataset: rdflib.Dataset
) -> None:
    query = PREFIX + "SELECT ?study { ?study a nvg:Study } ORDER BY ?study"
    ours = [row[0].value for row in kg.query(query).rows if isinstance(row[0], Iri)]
    assert len(ours) == STUDIES
    assert [str(row[0]) for row in dataset.query(query)] == ours  # type: ignore[index]
    graphs = {str(graph.identifier) for graph in dataset.graphs()}
    assert "https://w3id.org/nervegraph/graph/alpha-series-2001" in graphs


def test_the_dataset_is_a_copy(kg: KnowledgeGraph) -> None:
    changed = kg.rdflib()
    changed.update("INSERT DATA { GRAPH <a:graph> { <a:new> <a:is> <a:here> } }")
    changed.update("DELETE { GRAPH ?g { ?s a ?type } } WHERE { GRAPH ?g { ?s a ?type } }")
    assert changed.query("ASK { <a:new> <a:is> <a:here> }").askAnswer
    assert not changed.query("ASK { ?s a ?type }").askAnswer
    assert kg.ask("size_of_the_graph").rows


class _Listener(BaseHTTPRequestHandler):
    called = False

    def do_GET(self) -> None:
        type(self).called = True
        self.send_response(500)
        self.end_headers()

    def do_POST(self) -> None:
        self.do_GET()


@pytest.fixture
def listener() -> Iterator[str]:
    _Listener.called = False
    server = HTTPServer(("127.0.0.1", 0), _Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


def test_no_query_of_the_dataset_reads_a_file_or_calls_a_server(
    dataset: rdflib.Dataset, listener: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text("<a:secret> <a:is> <a:told> .", encoding="utf-8")
    asked = [f"SELECT * {{ {call} <{listener}> {{ ?s ?p ?o }} }}" for call in CALLS]
    changed = [f"INSERT {{ <a:x> <a:y> ?o }} WHERE {{ {call} <{listener}> {{ ?s ?p ?o }} }}" for call in CALLS]
    for source in (secret.as_uri(), listener):
        asked += [
            f"SELECT * FROM <{source}> {{ ?s ?p ?o }}",
            f"ASK FROM NAMED <{source}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        ]
        changed += [f"LOAD <{source}>", f"LOAD SILENT <{source}> INTO GRAPH <a:g>"]
    for query in asked:
        with pytest.raises(Misuse, match=r"would (read|call)"):
            dataset.query(query)
    for update in changed:
        with pytest.raises(Misuse, match=r"would (read|call)"):
            dataset.update(update)
    assert not _Listener.called
    assert not dataset.query("ASK { <a:secret> ?p ?o }").askAnswer


def test_the_users_other_datasets_are_left_as_they_are(dataset: rdflib.Dataset) -> None:
    from rdflib.plugins import sparql

    before = (sparql.SPARQL_LOAD_GRAPHS, dict(sparql.CUSTOM_EVALS))
    dataset.query("ASK { ?s ?p ?o }")
    with pytest.raises(Misuse, match="rdflib cannot read the query, line 1"):
        dataset.query("ASK { ?s ?p")
    assert (sparql.SPARQL_LOAD_GRAPHS, dict(sparql.CUSTOM_EVALS)) == before
