"""The ontology: every term is declared, explained and used, and what contradicts it is noticed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS
from rdflib.namespace import QB, VANN

from nervegraph import terms
from nervegraph.dataset import find_contradictions
from nervegraph.errors import FindingsError
from nervegraph.store import parse_turtle
from nervegraph.study_file import read_study_file
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

ROOT = Path(__file__).resolve().parent.parent
ONTOLOGY = ROOT / "ontology"
FILES = sorted(ONTOLOGY.glob("*.ttl")) + sorted((ONTOLOGY / "vocabularies").glob("*.ttl"))
PLANTS = sorted((ROOT / "tests" / "invalid" / "ontology").glob("*.ttl"))
QUERIES = sorted((ROOT / "queries").rglob("*.rq"))
FIXTURE = ROOT / "tests" / "data" / "studies" / "gamma-case-2003.yaml"
NVG = rdflib.Namespace(terms.BASE)
PROJECT = rdflib.URIRef(terms.BASE)
ENGLISH_SENTENCE = re.compile(r"An? [^\n]+\.")


@pytest.fixture(scope="module")
def ontology() -> rdflib.Graph:
    return rdflib.Graph().parse(ONTOLOGY / "nervegraph.ttl")


def declared(graph: rdflib.Graph, *kinds: rdflib.URIRef) -> set[str]:
    return {str(term).removeprefix(terms.BASE) for kind in kinds for term in graph.subjects(RDF.type, kind)}


def code_of(path: Path) -> str:
    """A file's text without its comment lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith("#"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_two_engines_read_the_same_number_of_triples(path: Path) -> None:
    ours = parse_turtle(path, terms.graph("vocabulary"))
    assert len(rdflib.Graph().parse(path)) == len(ours) > 0


def test_the_terms_in_the_code_are_the_terms_of_the_ontology(ontology: rdflib.Graph) -> None:
    assert declared(ontology, OWL.Class) == set(terms.CLASSES)
    assert declared(ontology, OWL.ObjectProperty, OWL.DatatypeProperty) == set(terms.PROPERTIES)
    assert not declared(ontology, OWL.ObjectProperty) & declared(ontology, OWL.DatatypeProperty)


@pytest.mark.parametrize("name", [*terms.CLASSES, *terms.PROPERTIES])
def test_a_term_says_what_it_is_where_that_comes_from_and_when_not_to_use_it(ontology: rdflib.Graph, name: str) -> None:
    term = NVG[name]
    for predicate in (RDFS.label, SKOS.definition, SKOS.scopeNote):
        (text,) = ontology.objects(term, predicate)
        assert isinstance(text, rdflib.Literal)
        assert text.language == "en"
    (definition,) = ontology.objects(term, SKOS.definition)
    assert ENGLISH_SENTENCE.fullmatch(str(definition))
    assert len(list(ontology.objects(term, DCTERMS.source))) == 1
    assert list(ontology.objects(term, RDFS.isDefinedBy)) == [PROJECT]


def test_no_two_terms_share_a_label_or_a_definition(ontology: rdflib.Graph) -> None:
    for predicate in (RDFS.label, SKOS.definition):
        texts = [str(text).casefold() for text in ontology.objects(None, predicate)]
        assert sorted(texts) == sorted(set(texts))


def test_the_header_names_version_licence_creator_and_prefix(ontology: rdflib.Graph) -> None:
    version = str(ontology.value(PROJECT, OWL.versionInfo))
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", version)
    assert ontology.value(PROJECT, OWL.versionIRI) == NVG[version]
    assert ontology.value(PROJECT, DCTERMS.license) == rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/")
    assert str(ontology.value(PROJECT, DCTERMS.creator)) == "NerveGraph project"
    assert str(ontology.value(PROJECT, VANN.preferredNamespaceUri)) == terms.BASE
    assert str(ontology.value(PROJECT, VANN.preferredNamespacePrefix)) == "nvg"


def test_nothing_says_that_a_drug_treats(ontology: rdflib.Graph) -> None:
    assert not [name for name in (*terms.CLASSES, *terms.PROPERTIES) if name.lower().startswith("treats")]


def test_no_term_is_unused(ontology: rdflib.Graph) -> None:
    writers = ("triples.py", "estimates.py")
    record = "".join((ROOT / "graph" / "nervegraph" / name).read_text(encoding="utf-8") for name in writers)
    in_record = set(re.findall(r'"([A-Za-z]+)"', record))
    in_queries = {name for path in QUERIES for name in re.findall(r"\bnvg:([A-Za-z]+)", code_of(path))}
    in_vocabularies = {
        str(predicate).removeprefix(terms.BASE)
        for path in FILES[-1].parent.glob("*.ttl")
        for predicate in rdflib.Graph().parse(path).predicates()
    }
    used = in_record | in_queries | in_vocabularies
    # A class that only stands above used ones earns its place by what all of them share.
    above = {str(term).removeprefix(terms.BASE) for term in ontology.objects(None, RDFS.subClassOf)}
    assert not set(terms.CLASSES) - used - above
    assert not set(terms.PROPERTIES) - used


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_every_term_and_concept_in_a_query_exists(path: Path) -> None:
    text = code_of(path)
    assert not set(re.findall(r"\bnvg:([A-Za-z]+)", text)) - {*terms.CLASSES, *terms.PROPERTIES}
    vocabulary = Vocabulary.shipped()
    named = re.findall(rf"<{re.escape(terms.BASE)}([a-z-]+)/([a-z0-9-]+)>", text)
    data_sets = {str(each) for each in rdflib.Graph().parse(ONTOLOGY / "cube.ttl").subjects(RDF.type, QB.DataSet)}
    assert {terms.data_set(name) for scheme, name in named if scheme == "cube"} <= data_sets
    unknown = [
        (scheme, slug)
        for scheme, slug in named
        if scheme not in ("graph", "study", "cube", "scheme")
        and slug not in {concept.slug for concept in vocabulary.concepts(scheme)}
    ]
    assert not unknown
    assert {slug for scheme, slug in named if scheme == "scheme"} <= set(vocabulary.schemes)


def test_the_vocabulary_graph_has_no_blank_nodes_and_no_other_graph() -> None:
    lines = vocabulary_quads()
    assert lines == sorted(set(lines))
    assert all(line.endswith(f" <{terms.graph('vocabulary')}> .") for line in lines)
    assert not [line for line in lines if re.match(r"_:|<[^>]*> <[^>]*> _:", line)]


def test_a_blank_node_in_the_ontology_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vocabularies").mkdir()
    (tmp_path / "nervegraph.ttl").write_text("<https://example.org/a> <https://example.org/b> [] .", encoding="utf-8")
    with pytest.raises(FindingsError, match=r"nervegraph\.ttl: a node without IRI"):
        vocabulary_quads(tmp_path)


@pytest.fixture(scope="module")
def contradictions() -> list[str]:
    return find_contradictions(ONTOLOGY / "nervegraph.ttl", *PLANTS)


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.stem)
def test_a_planted_contradiction_is_found_where_it_stands(plant: Path, contradictions: list[str]) -> None:
    expectation = plant.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# expects: ")
    rule, *names = re.split(r" (?=nvg:|skos:)", expectation)
    addresses = [name.replace("nvg:", terms.BASE).replace("skos:", str(SKOS)) for name in names]
    here = [message for message in contradictions if f"/study/{plant.stem}" in message]
    assert [message for message in here if rule.lower() in message.lower() and all(a in message for a in addresses)]


def test_a_sound_study_contradicts_nothing() -> None:
    reading = read_study_file(FIXTURE, Vocabulary.shipped())
    assert reading.record is not None
    lines = build_study_lines(reading.record)
    assert not find_contradictions(ONTOLOGY / "nervegraph.ttl", "\n".join(lines).encode())


def test_links_are_followed_as_far_as_they_are_declared_to_reach(ontology: rdflib.Graph) -> None:
    assert set(ontology.subjects(RDF.type, OWL.TransitiveProperty)) == {NVG.partOf}
    assert set(ontology.subjects(RDF.type, OWL.SymmetricProperty)) == {NVG.mayOverlap}
    once_only = {NVG.rechallengeOf, NVG.shareOf, NVG.statisticPartOf}
    assert set(ontology.subjects(RDF.type, OWL.AsymmetricProperty)) == once_only
    assert set(ontology.subjects(RDF.type, OWL.IrreflexiveProperty)) == once_only | {NVG.mayOverlap}
