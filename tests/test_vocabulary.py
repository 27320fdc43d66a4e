"""The vocabularies: one meaning for each word, and nothing merged that has to stay apart."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import rdflib
from rdflib import DCTERMS, RDF, SKOS

from nervegraph import record_types, terms
from nervegraph.errors import FindingsError
from nervegraph.record_types import Vocabularies
from nervegraph.vocabulary import Concept, Vocabulary

ROOT = Path(__file__).resolve().parent.parent
FILES = sorted((ROOT / "ontology" / "vocabularies").glob("*.ttl"))
# Schemes that no field of a record names: they are derived, or belong to an instrument.
BEYOND_THE_RECORD = {
    "aloneness",
    "caveat",
    "discrepancy-rule",
    "downgrade",
    "exposure-extent",
    "gap-reason",
    "grading",
    "inclusion-assumption",
    "inclusion-constraint",
    "inclusion-relaxation",
    "inclusion-verdict",
    "method",
    "pooling-reason",
    "pooling-verdict",
    "reading-scope",
    "refused-analysis",
    "rule",
    "scale-direction",
    "start-policy",
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.shipped()


@pytest.fixture(scope="module")
def merged() -> rdflib.Graph:
    graph = rdflib.Graph()
    for path in FILES:
        graph.parse(path)
    return graph


def concept(slug: str, *, synonyms: tuple[str, ...] = (), broader: tuple[str, ...] = ()) -> Concept:
    return Concept("drug", slug, f"the {slug}", synonyms, "A drug.", "", broader, is_grouping=False)


# --- every concept -------------------------------------------------------------------------------------------------


def test_the_schemes_are_those_that_records_need(vocabulary: Vocabulary) -> None:
    source = Path(record_types.__file__).read_text(encoding="utf-8")
    named = set(re.findall(r'_in_scheme\("([a-z-]+)"\)', source))
    assert set(vocabulary.schemes) == named | BEYOND_THE_RECORD


def test_each_concept_belongs_to_one_scheme_and_explains_itself(merged: rdflib.Graph) -> None:
    concepts = set(merged.subjects(RDF.type, SKOS.Concept))
    assert len(concepts) > 250
    for one in concepts:
        (scheme,) = merged.objects(one, SKOS.inScheme)
        assert (scheme, RDF.type, SKOS.ConceptScheme) in merged
        name = str(scheme).rpartition("/")[2]
        assert re.fullmatch(rf"{re.escape(terms.concept(name, ''))}[a-z0-9]+(-[a-z0-9]+)*", str(one))
        for predicate in (SKOS.prefLabel, SKOS.definition, SKOS.scopeNote):
            (text,) = merged.objects(one, predicate)
            assert isinstance(text, rdflib.Literal)
            assert text.language == "en", one
        assert re.fullmatch(r"An? [^\n]+\.", str(merged.value(one, SKOS.definition))), one
        assert len(list(merged.objects(one, DCTERMS.source))) == 1, one


def test_a_concept_stands_at_the_top_or_below_others_of_its_scheme(merged: rdflib.Graph) -> None:
    for one in merged.subjects(RDF.type, SKOS.Concept):
        above = list(merged.objects(one, SKOS.broader))
        (scheme,) = merged.objects(one, SKOS.inScheme)
        assert list(merged.objects(one, SKOS.topConceptOf)) == ([] if above else [scheme])
        assert all((other, SKOS.inScheme, scheme) in merged for other in above)


def test_each_scheme_explains_itself(merged: rdflib.Graph) -> None:
    for scheme in merged.subjects(RDF.type, SKOS.ConceptScheme):
        for predicate in (SKOS.prefLabel, SKOS.definition, DCTERMS.source):
            assert len(list(merged.objects(scheme, predicate))) == 1, scheme


def test_every_subject_of_the_files_is_a_scheme_a_concept_or_a_collection(merged: rdflib.Graph) -> None:
    known = {SKOS.ConceptScheme, SKOS.Concept, SKOS.Collection}
    for subject in set(merged.subjects()):
        assert len(set(merged.objects(subject, RDF.type)) & known) == 1, subject


def test_members_of_a_collection_exist(merged: rdflib.Graph) -> None:
    members = list(merged.objects(None, SKOS.member))
    assert members
    assert all((member, RDF.type, SKOS.Concept) in merged for member in members)


def test_a_scale_has_two_ends_and_a_good_one(merged: rdflib.Graph) -> None:
    nvg = rdflib.Namespace(terms.BASE)
    scales = set(merged.subjects(nvg.scaleMinimum)) | set(merged.subjects(nvg.scaleMaximum))
    assert len(scales) > 5
    for scale in scales:
        lowest, highest = merged.value(scale, nvg.scaleMinimum), merged.value(scale, nvg.scaleMaximum)
        assert isinstance(lowest, rdflib.Literal)
        assert isinstance(highest, rdflib.Literal)
        assert lowest.toPython() < highest.toPython()
        assert str(merged.value(scale, nvg.scaleDirection)).startswith(terms.concept("scale-direction", ""))


# --- what has to stay apart ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("painful-sensory-neuropathy", "small-fibre-neuropathy"),
        ("ataxic-sensory-neuropathy", "sensory-ganglionopathy"),
        ("non-ataxic-sensory-neuropathy", "painful-sensory-neuropathy"),
        ("multiple-mononeuropathy", "vasculitic-neuropathy"),
        ("not-selected-by-neuropathy", "peripheral-neuropathy"),
    ],
)
def test_neuropathies_that_are_often_confused_stand_beside_each_other(
    vocabulary: Vocabulary, one: str, other: str
) -> None:
    assert not vocabulary.is_a("neuropathy", one, other)
    assert not vocabulary.is_a("neuropathy", other, one)


def test_ganglionopathy_is_a_sensory_neuropathy(vocabulary: Vocabulary) -> None:
    assert vocabulary.broader("neuropathy", "sensory-ganglionopathy") == ["sensory-neuropathy", "peripheral-neuropathy"]


@pytest.mark.parametrize("slug", ["placebo", "no-drug", "unnamed-treatment", "gabapentin"])
def test_what_is_no_immunotherapy_does_not_stand_below_it(vocabulary: Vocabulary, slug: str) -> None:
    assert not vocabulary.is_a("drug", slug, "immunotherapy")


def test_responses_form_the_agreed_tree(vocabulary: Vocabulary) -> None:
    tree = {one.slug: vocabulary.broader("response", one.slug) for one in vocabulary.concepts("response")}
    assert tree == {
        "improved": [],
        "partly-improved": ["improved"],
        "remission": ["improved"],
        "improved-or-stable": [],
        "stable": [],
        "worsened": [],
        "not-improved": [],
    }


def test_three_domains_are_no_response_of_the_nerve(vocabulary: Vocabulary) -> None:
    apart = vocabulary.narrower("domain", "not-a-nerve-response")
    assert sorted(apart) == ["systemic-disease", "test-result", "treatment-sparing"]
    assert len(vocabulary.narrower("domain", "nerve-response")) == 7


def test_sjogren_with_lupus_is_secondary_and_idiopathic_is_none(vocabulary: Vocabulary) -> None:
    assert vocabulary.broader("condition", "sjogren-with-sle") == ["secondary-sjogren", "sjogren-disease"]
    assert not vocabulary.is_a("condition", "mixed-conditions", "sjogren-disease")


# --- finding words -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "word", "slug"),
    [
        ("drug", "ivig", "ivig"),
        ("drug", "IVIG", "ivig"),
        ("drug", "IVIg", "ivig"),
        ("drug", "IV IG", "ivig"),
        ("drug", "Intravenous Immunoglobulin", "ivig"),
        ("drug", "MMF", "mycophenolate-mofetil"),
        ("drug", "D-penicillamine", "d-penicillamine"),
        ("drug", "cyclosporine", "ciclosporin"),
        ("drug", "no drug", "no-drug"),
        ("condition", "Sjögren's syndrome", "sjogren-disease"),
        ("condition", "sjogrens syndrome", "sjogren-disease"),
        ("condition", "Sjögren’s Syndrome", "sjogren-disease"),
        ("condition", "pSS", "primary-sjogren"),
        ("neuropathy", "mononeuritis multiplex", "multiple-mononeuropathy"),
        ("neuropathy", "small fiber neuropathy", "small-fibre-neuropathy"),
        ("neuropathy", "nonataxic sensory neuropathy", "non-ataxic-sensory-neuropathy"),
        ("neuropathy", "sensory neuronopathy", "sensory-ganglionopathy"),
        ("neuropathy", "CIDP", "cidp"),
        ("response", "not improved", "not-improved"),
        ("response", "stabilized", "stable"),
        ("instrument", "mRS", "modified-rankin-scale"),
        ("finding", "anti-SS-A", "anti-ro-ssa"),
        ("sex", "F", "female"),
    ],
)
def test_a_word_is_found_however_it_is_spelt(vocabulary: Vocabulary, scheme: str, word: str, slug: str) -> None:
    assert vocabulary.find(scheme, word) == slug


@pytest.mark.parametrize("word", ["", "-", "wonder drug", "treats"])
def test_a_word_that_nobody_declared_is_not_found(vocabulary: Vocabulary, word: str) -> None:
    assert vocabulary.find("drug", word) is None


def test_a_heading_cannot_be_chosen(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("domain", "response of the nerve") is None
    assert vocabulary.find("domain", "nerve-response") is None
    assert "response of the nerve" not in vocabulary.labels("domain")
    assert vocabulary.label("domain", "nerve-response") == "response of the nerve"


def test_a_misspelt_word_gets_the_nearest_known_one(vocabulary: Vocabulary) -> None:
    assert vocabulary.suggest("drug", "ritoximab") == "rituximab"
    assert vocabulary.suggest("response", "improoved") == "improved"
    assert vocabulary.suggest("drug", "qqqq") is None


def test_labels_keep_the_order_of_the_file(vocabulary: Vocabulary) -> None:
    assert vocabulary.labels("response")[:3] == ["improved", "partly improved", "remission"]
    assert vocabulary.labels("finding-status") == ["present", "absent", "not read"]


def test_a_word_may_mean_something_in_several_schemes(vocabulary: Vocabulary) -> None:
    found = [(one.scheme, one.slug) for one in vocabulary.find_any("ataxia")]
    assert found == [("domain", "ataxia")]
    assert {one.scheme for one in vocabulary.find_any("not read")} >= {"finding-status", "route", "timing"}
    assert vocabulary.find_any("wonder drug") == []


def test_narrower_concepts_come_level_by_level_and_once(vocabulary: Vocabulary) -> None:
    below = vocabulary.narrower("neuropathy", "peripheral-neuropathy")
    assert len(below) == len(set(below))
    assert below.index("sensory-neuropathy") < below.index("sensory-ganglionopathy")
    assert "peripheral-neuropathy" not in below
    assert vocabulary.narrower("neuropathy", "cidp") == []


def test_the_vocabulary_serves_as_the_record_s_vocabularies(vocabulary: Vocabulary) -> None:
    serving: Vocabularies = vocabulary
    assert serving.find("role", "index drug") == "index"


# --- what is refused -----------------------------------------------------------------------------------------------


def test_a_word_of_two_concepts_is_refused() -> None:
    with pytest.raises(FindingsError, match=r"vocabulary 'drug': 'MMF' names both a and b"):
        Vocabulary([concept("a", synonyms=("mmf",)), concept("b", synonyms=("MMF",))])


def test_a_concept_that_stands_twice_is_refused() -> None:
    with pytest.raises(FindingsError, match="a stands there twice"):
        Vocabulary([concept("a"), concept("a")])


def test_a_circle_is_refused() -> None:
    with pytest.raises(FindingsError, match="a stands above itself"):
        Vocabulary([concept("a", broader=("b",)), concept("b", broader=("a",))])


def test_a_missing_broader_concept_is_refused() -> None:
    with pytest.raises(FindingsError, match="a stands below b, which does not exist"):
        Vocabulary([concept("a", broader=("b",))])


def test_a_directory_without_vocabularies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match="no vocabulary"):
        Vocabulary.load(tmp_path)


@pytest.mark.parametrize(
    "facts",
    [
        'skos:prefLabel "one"@en , "two"@en ; skos:definition "A drug."@en',
        'skos:definition "A drug."@en',
        'skos:prefLabel "one"@en',
    ],
)
def test_a_concept_without_one_label_and_one_definition_is_refused(tmp_path: Path, facts: str) -> None:
    (tmp_path / "drugs.ttl").write_text(
        f"@prefix skos: <{SKOS}> . <{terms.concept('drug', 'a')}> {facts} ; skos:inScheme <{terms.BASE}scheme/drug> .",
        encoding="utf-8",
    )
    with pytest.raises(FindingsError, match=r"drugs\.ttl: <https://w3id.org/nervegraph/drug/a> needs"):
        Vocabulary.load(tmp_path)


def test_a_concept_outside_its_scheme_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drugs.ttl").write_text(
        f'@prefix skos: <{SKOS}> . <https://example.org/a> skos:prefLabel "a"@en ; skos:definition "A drug."@en ;'
        f" skos:inScheme <{terms.BASE}scheme/drug> .",
        encoding="utf-8",
    )
    with pytest.raises(FindingsError, match="needs an IRI under its scheme"):
        Vocabulary.load(tmp_path)


def test_broken_turtle_is_reported_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "drugs.ttl").write_text("<https://example.org/a> a .", encoding="utf-8")
    with pytest.raises(FindingsError, match=r"drugs\.ttl:1:\d+: this is not valid Turtle"):
        Vocabulary.load(tmp_path)


def test_looking_up_words_imports_neither_rdflib_nor_pydantic() -> None:
    program = "import sys; from nervegraph.vocabulary import Vocabulary; Vocabulary.shipped().find('drug', 'IVIG'); "
    program += "print(sorted({'rdflib', 'pydantic', 'yaml', 'networkx', 'typer'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
