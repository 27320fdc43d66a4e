"""The shapes: each of them has been seen to report something, and sound studies pass them all.

Two validators read them: the queries that a build asks its store, and pySHACL. They have to find the same.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from rdflib import PROV, RDF
from rdflib.namespace import SH

from graphs import graph
from nervegraph import terms
from nervegraph.dataset import validate_shapes
from nervegraph.derived import DERIVING
from nervegraph.errors import FindingsError
from nervegraph.shapes import ShapeFinding, build_shape_queries, find_broken_shapes
from nervegraph.store import memory_store, parse_turtle
from nervegraph.study_file import read_study_file
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ROOT / "ontology" / "shapes.ttl"
INVALID = ROOT / "tests" / "invalid" / "shapes"
PLANTS = sorted(INVALID.glob("*.ttl"))
STUDIES = sorted((ROOT / "tests" / "data" / "studies").glob("*.yaml"))
# Nobody is of this class without being of a narrower one, so it has no shape.
SHAPELESS = {"PatientGroup"}
# What a node of each class cannot do without.
NEEDED = {
    "Study": "label title design timing publicationStatus studiedCondition hasSource",
    "Source": "label sourceKind readingDepth",
    "Locator": "inSource section",
    "Overlap": "overlaps overlapReason",
    "Patient": "label underlyingCondition hasNeuropathy locatedAt size",
    "AggregateGroup": "label underlyingCondition hasNeuropathy locatedAt",
    "TreatmentEpisode": "label targetsNeuropathy composition otherImmuneDrugs hasExposure locatedAt",
    "DrugExposure": "ofDrug role exposureExtent locatedAt",
    "DoseStep": "stepOrder doseText amountLow amountHigh unit basis locatedAt",
    "OutcomeAssessment": "label domain instrument outcomeStatus locatedAt",
    "ResponseCount": "response nWithResponse",
    "TimeMeasure": "measure locatedAt",
    "CourseEvent": "eventKind locatedAt",
    "Stopping": "stopReason locatedAt",
    "AdverseEventReport": "adverseStatus locatedAt",
    "Finding": "findingKind findingStatus locatedAt",
    "Comparison": "compares locatedAt",
    "Claim": "label claimKind aboutDrug aboutNeuropathy aboutCondition claimDirection claimStatus locatedAt",
    "EvidenceLine": "bearsOn lineDirection evidenceItem statusReason wasAttributedTo",
    "ReportedStatistic": "label statisticValue locatedAt",
    "Reference": "label referenceNumber creator title bibliographicCitation inclusion statusReason",
    "DrugUse": "useOf inEpisode byGroup wholeGroup",
    "Appraisal": "appraisalItem appraisalAnswer statusReason wasAttributedTo locatedAt",
    "CuratorLevel": "levelOf level statusReason wasAttributedTo",
    "EvidenceLevel": "levelOf ofGrading startPolicy startLevel level byRule methodVersion",
    "Estimate": "estimateOf response numerator denominator method methodVersion confidencePercent shareText lowerText "
    "upperText sharePerTenThousand lowerPerTenThousand upperPerTenThousand caveat",
    "PoolingVerdict": "poolingOf poolingWithin verdict nSeries nListedSeries nSinglePatients methodVersion",
    "InclusionVerdict": "onStatistic onStudy verdict wasGeneratedBy",
    "ConstraintBreach": "onStatistic constraint inWords",
    "RelaxedInclusion": "relaxation",
    "IncompatiblePair": "onStatistic onStudy brokenBy wasGeneratedBy",
    "Discrepancy": "firedRule inReview saidByReview reviewText setAgainst againstText",
    "Entity": "wasAttributedTo wasDerivedFrom secondReader",
}
# What a node may have more than once; everything else stands once at most.
REPEATABLE = """
aboutCondition aboutDrug aboutNeuropathy alias authorName cites comment compares describesGroup eligibleDrug
evidenceItem
hasAdverseEvent hasDoseStep hasEvent hasExposure hasFinding hasNeuropathy hasOutcome hasOverlap hasResponseCount
hasSource hasStopping hasTimeMeasure identifier locatedAt makesClaim mayOverlap neuropathyEmergedUnder notRead
overlaps primaryUnder regimenContains countableOutcome targetsWithin conditionWithin withinGroup
assumes brokenBy fallsWithout madePossibleBy onStudy relaxation unknownNumber witness
supportedBy disputedBy hasAppraisal byRule startPolicy loweredFor poolingWithin refusedFor considersSeries listsOnly
yieldsTo reportsStatistic seeAlso stopReason studiedCondition targetsNeuropathy underlyingCondition
underwent wasDerivedFrom"""


Validator = Callable[[Path | bytes], list[ShapeFinding]]


def ask_the_store(data: Path | bytes, shapes_path: Path = SHAPES) -> list[ShapeFinding]:
    """What the queries of a build find in a Turtle file or in N-Quads."""
    if isinstance(data, Path):
        data = "".join(f"{line}\n" for line in parse_turtle(data, terms.graph("broken"))).encode()
    with memory_store(data) as store:
        return find_broken_shapes(store, shapes_path)


def ask_pyshacl(data: Path | bytes, shapes_path: Path = SHAPES) -> list[ShapeFinding]:
    return validate_shapes(data, shapes_path)


both_validators = pytest.mark.parametrize("validate", [ask_the_store, ask_pyshacl])


def class_of(name: str) -> rdflib.URIRef:
    """The class of a file in `tests/invalid/shapes`; a study's graph is an entity in the sense of PROV-O."""
    return PROV.Entity if name == "Entity" else rdflib.URIRef(terms.term(name))


@pytest.fixture(scope="module")
def shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(SHAPES)


@pytest.fixture(scope="module")
def sound_data() -> bytes:
    vocabulary = Vocabulary.shipped()
    lines: list[str] = []
    for path in STUDIES:
        record = read_study_file(path, vocabulary).record
        assert record is not None
        lines += build_study_lines(record)
    store = memory_store()
    store.add_nquads([*lines, *vocabulary_quads()])
    for step in DERIVING.values():
        derived = [*step(store)]
        store.add_nquads(derived)
        lines += derived
    return "\n".join(lines).encode()


@both_validators
def test_sound_studies_and_what_is_derived_from_them_pass(sound_data: bytes, validate: Validator) -> None:
    assert validate(sound_data) == []


@both_validators
def test_the_shipped_evidence_passes(validate: Validator) -> None:
    assert validate(graph("evidence").nquads) == []


def test_the_sound_studies_have_a_node_of_each_class(sound_data: bytes) -> None:
    for name in set(terms.CLASSES) - SHAPELESS:
        assert f"<{terms.term(name)}>".encode() in sound_data, name


def test_each_class_has_shapes_and_a_planted_defect(shapes: rdflib.Graph) -> None:
    targeted = set(shapes.objects(None, SH.targetClass))
    assert targeted == {class_of(name) for name in {*terms.CLASSES, "Entity"} - SHAPELESS}
    assert targeted == {class_of(path.stem) for path in INVALID.glob("*.ttl")}


@both_validators
@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_every_shape_of_a_class_reports_its_planted_defect(
    path: Path, validate: Validator, shapes: rdflib.Graph
) -> None:
    of_class = shapes.subjects(SH.targetClass, class_of(path.stem))
    assert {finding.shape for finding in validate(path)} == {str(shape).rpartition("/")[2] for shape in of_class}


@pytest.mark.parametrize("path", PLANTS, ids=lambda path: path.stem)
def test_both_validators_say_the_same_of_a_planted_defect(path: Path) -> None:
    assert ask_the_store(path) == sorted(set(ask_pyshacl(path)))


@both_validators
def test_a_node_that_says_nothing_is_told_what_it_lacks(validate: Validator) -> None:
    rdf_type = f"<{RDF.type}>"
    bare = {name: f"{terms.BASE}study/broken/{name}" for name in NEEDED}
    end = f"<{terms.graph('broken')}> ."
    data = "".join(f"<{node}> {rdf_type} <{class_of(name)}> {end}\n" for name, node in bare.items())
    lacking: dict[str, set[str]] = {node: set() for node in bare.values()}
    for finding in validate(data.encode()):
        lacking[finding.node].add(re.split(r"[/#]", finding.property)[-1])
    assert lacking == {bare[name]: set(needed.split()) for name, needed in NEEDED.items()}


def test_only_what_may_be_repeated_has_no_upper_limit(shapes: rdflib.Graph) -> None:
    for shape in shapes.subjects(RDF.type, SH.PropertyShape):
        name = re.split(r"[/#]", str(shapes.value(shape, SH.path)))[-1]
        limit = shapes.value(shape, SH.maxCount)
        if name in REPEATABLE.split():
            # A printed number is about one drug; a suspected overlap lies between two studies, and so does a pair.
            special = {
                "ReportedStatistic-aboutDrug": 1,
                "Overlap-overlaps": 2,
                "InclusionVerdict-onStudy": 1,
                "IncompatiblePair-onStudy": 2,
                "Discrepancy-onStudy": 1,
            }.get(str(shape).rpartition("/")[2])
            assert limit == (None if special is None else rdflib.Literal(special)), shape
        else:
            assert limit == rdflib.Literal(1), shape


@both_validators
def test_a_misspelt_property_is_reported_by_name(validate: Validator) -> None:
    misspelt = [finding for finding in validate(INVALID / "Patient.ttl") if finding.property.endswith("misspelt")]
    (finding,) = misspelt
    assert finding.shape == "Patient"
    assert finding.node == "https://w3id.org/nervegraph/study/broken/patient/broken"
    assert finding.value == "a property that nobody declared"
    assert finding.severity == "error"
    assert finding.message.startswith("a patient has an IRI of its own and no other properties")


@both_validators
def test_a_missing_place_of_origin_is_reported_in_plain_words(validate: Validator) -> None:
    missing = [finding for finding in validate(INVALID / "Claim.ttl") if finding.shape == "located"]
    (finding,) = missing
    assert (
        finding.message == "everything stated has at least one 'stated at': a place in a source described in this graph"
    )
    assert finding.value == ""


def test_a_closed_shape_allows_just_the_properties_that_have_a_shape(shapes: rdflib.Graph) -> None:
    for node_shape in shapes.subjects(RDF.type, SH.NodeShape):
        (allowed_list,) = shapes.objects(node_shape, SH.ignoredProperties)
        (target,) = shapes.objects(node_shape, SH.targetClass)
        shaped = {path for shape in shapes.subjects(SH.targetClass, target) for path in shapes.objects(shape, SH.path)}
        assert set(shapes.items(allowed_list)) == shaped | {RDF.type}, target


def test_only_shacl_core_is_used_and_every_shape_speaks(shapes: rdflib.Graph) -> None:
    used = {str(term) for triple in shapes for term in triple if str(term).startswith(str(SH))}
    assert not [term for term in used if term.rpartition("#")[2] in ("sparql", "js", "rule", "expression", "select")]
    for kind in (SH.NodeShape, SH.PropertyShape):
        for shape in shapes.subjects(RDF.type, kind):
            (message,) = shapes.objects(shape, SH.message)
            assert isinstance(message, rdflib.Literal)
            assert message.language == "en"


HEAD = """
@prefix ex: <https://example.org/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
SHAPE = 'ex:shape a sh:PropertyShape ; sh:targetClass ex:C ; sh:path ex:p ; {} ; sh:message "wrong" .'
# Two values that meet a constraint and one that breaks it are put to it, each by a node of its own.
CONSTRAINTS = {
    "sh:class ex:Drug": "ex:ivig ex:own ex:nobody",
    "sh:datatype xsd:integer": '1 "007"^^xsd:integer "many"^^xsd:integer',
    "sh:datatype xsd:decimal": "0.50 -1.0 1",
    "sh:datatype xsd:string": '"a" "" "a"@en',
    "sh:datatype xsd:boolean": 'true false "true"',
    "sh:datatype xsd:gYear": '"2003"^^xsd:gYear "1999"^^xsd:gYear 2003',
    "sh:nodeKind sh:IRI": 'ex:a ex:b "a"',
    "sh:minLength 2": '"ab" 12 "a"',
    'sh:pattern "^[a-z]+$"': '"ab" "b" "a1"',
    "sh:minInclusive 2": '2 2.5 "3"',
    "sh:minExclusive 0": "0.1 7 0",
    "sh:maxInclusive 2": "2 -2.5 3",
    "sh:maxExclusive 2": "1.9 0 2",
    'sh:in ( "g" ex:a 10 )': 'ex:a "g" 11',
    "sh:or ( [ sh:class ex:Drug ] [ sh:class ex:Group ] )": "ex:ivig ex:own ex:nobody",
    "sh:not [ sh:in ( ex:heading ) ]": 'ex:a "heading" ex:heading',
    "sh:hasValue 1": "1 01 2",
}


@pytest.mark.parametrize("constraint", CONSTRAINTS)
def test_each_kind_of_constraint_means_what_the_standard_says(constraint: str, tmp_path: Path) -> None:
    shape, data = tmp_path / "shape.ttl", tmp_path / "data.ttl"
    shape.write_text(HEAD + SHAPE.format(constraint), "utf-8")
    nodes = [f"ex:n{number} a ex:C ; ex:p {value} ." for number, value in enumerate(CONSTRAINTS[constraint].split())]
    things = "ex:ivig a ex:Infusion . ex:Infusion rdfs:subClassOf ex:Drug . ex:own a ex:Drug ."
    data.write_text("\n".join([HEAD, things, *nodes]), "utf-8")
    found = ask_the_store(data, shape)
    assert [finding.node for finding in found] == ["https://example.org/n2"]
    assert found == sorted(set(ask_pyshacl(data, shape)))


@pytest.mark.parametrize(
    ("numbers", "broken"), [("sh:minCount 2", "n0 n1"), ("sh:maxCount 1", "n2"), ("sh:minCount 1", "n0")]
)
def test_a_wrong_number_of_values_is_reported(numbers: str, broken: str, tmp_path: Path) -> None:
    shape, data = tmp_path / "shape.ttl", tmp_path / "data.ttl"
    shape.write_text(HEAD + SHAPE.format(numbers), "utf-8")
    data.write_text(HEAD + "ex:n0 a ex:C . ex:n1 a ex:C ; ex:p 1 . ex:n2 a ex:C ; ex:p 1, ex:a .", "utf-8")
    found = ask_the_store(data, shape)
    assert " ".join(finding.node.rpartition("/")[2] for finding in found) == broken
    assert found == sorted(set(ask_pyshacl(data, shape)))


@both_validators
def test_broken_shapes_are_refused_and_not_passed_over(
    validate: Callable[[Path, Path], list[ShapeFinding]], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <https://example.org/shape> a sh:NodeShape ;"
        " sh:targetClass <https://w3id.org/nervegraph/Claim> ; sh:property <https://example.org/none> .",
        encoding="utf-8",
    )
    with pytest.raises(FindingsError, match="these shapes are not valid SHACL"):
        validate(INVALID / "Claim.ttl", broken)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("sh:path ex:p ; sh:lessThan ex:q", "sh:lessThan"),
        ("sh:path ex:p ; sh:sparql [ sh:select 'SELECT $this {}' ]", "sh:sparql"),
        ("sh:path ( ex:p ex:q ) ; sh:minCount 1", "a sh:path of several steps"),
        ("sh:path ex:p ; sh:nodeKind sh:Literal", "sh:nodeKind"),
        ("sh:path ex:p ; sh:datatype xsd:date", "sh:datatype"),
        ("sh:path ex:p ; sh:pattern 'a' ; sh:flags 'i'", "sh:flags"),
        ("sh:path ex:p ; sh:closed true", "sh:closed"),
        ("sh:minCount 1", "sh:minCount"),
        ("sh:severity sh:Warning", "sh:severity"),
        ("sh:path ex:p ; sh:or ( [ sh:minCount 1 ] )", "sh:minCount"),
        ("sh:path ex:p ; sh:minCount 1 , 2", "sh:minCount more than once"),
        ("ex:owner 'me'", "https://example.org/owner"),
    ],
)
def test_a_construct_without_a_query_is_an_error_that_names_it(said: str, named: str, tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(HEAD + f"ex:shape a sh:PropertyShape ; sh:targetClass ex:C ; {said} .", "utf-8")
    with pytest.raises(FindingsError, match=rf"shapes\.ttl: .*(org/shape|without a name) uses .*{named}"):
        build_shape_queries(path)


def test_a_shape_about_no_class_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "shapes.ttl"
    path.write_text(HEAD + "ex:shape a sh:PropertyShape ; sh:path ex:p ; sh:minCount 1 .", "utf-8")
    with pytest.raises(FindingsError, match="no sh:targetClass"):
        build_shape_queries(path)


def test_a_build_needs_neither_rdflib_nor_pyshacl(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from nervegraph.build import build;"
        f" build([Path({str(STUDIES[0].parent)!r})], Path({str(tmp_path / 'build')!r}));"
        " print(sorted({'rdflib', 'pyshacl', 'owlrl'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("data", [b"no quads", Path("notes.ttl")])
def test_data_that_is_no_rdf_is_refused(data: bytes | Path, tmp_path: Path) -> None:
    if isinstance(data, Path):
        data = tmp_path / data
        data.write_text("no Turtle", encoding="utf-8")
    with pytest.raises(FindingsError, match="this is not valid RDF"):
        validate_shapes(data, SHAPES)
