"""The shapes: each of them has been seen to report something, and sound studies pass them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import rdflib
from rdflib import PROV, RDF
from rdflib.namespace import SH

from nervegraph import terms
from nervegraph.dataset import validate_shapes
from nervegraph.derived import DERIVING
from nervegraph.errors import FindingsError
from nervegraph.store import memory_store
from nervegraph.study_file import read_study_file
from nervegraph.triples import build_study_lines
from nervegraph.vocabulary import Vocabulary, vocabulary_quads

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ROOT / "ontology" / "shapes.ttl"
INVALID = ROOT / "tests" / "invalid" / "shapes"
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


def test_sound_studies_and_what_is_derived_from_them_pass(sound_data: bytes) -> None:
    assert validate_shapes(sound_data, SHAPES) == []


def test_the_sound_studies_have_a_node_of_each_class(sound_data: bytes) -> None:
    for name in set(terms.CLASSES) - SHAPELESS:
        assert f"<{terms.term(name)}>".encode() in sound_data, name


def test_each_class_has_shapes_and_a_planted_defect(shapes: rdflib.Graph) -> None:
    targeted = set(shapes.objects(None, SH.targetClass))
    assert targeted == {class_of(name) for name in {*terms.CLASSES, "Entity"} - SHAPELESS}
    assert targeted == {class_of(path.stem) for path in INVALID.glob("*.ttl")}


@pytest.mark.parametrize("path", sorted(INVALID.glob("*.ttl")), ids=lambda path: path.stem)
def test_every_shape_of_a_class_reports_its_planted_defect(path: Path, shapes: rdflib.Graph) -> None:
    of_class = shapes.subjects(SH.targetClass, class_of(path.stem))
    reported = validate_shapes(path, SHAPES)
    assert {finding.shape for finding in reported} == {str(shape).rpartition("/")[2] for shape in of_class}


def test_a_node_that_says_nothing_is_told_what_it_lacks() -> None:
    rdf_type = f"<{RDF.type}>"
    bare = {name: f"{terms.BASE}study/broken/{name}" for name in NEEDED}
    data = "".join(f"<{node}> {rdf_type} <{class_of(name)}> .\n" for name, node in bare.items())
    lacking: dict[str, set[str]] = {node: set() for node in bare.values()}
    for finding in validate_shapes(data.encode(), SHAPES):
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


def test_a_misspelt_property_is_reported_by_name() -> None:
    misspelt = [
        finding for finding in validate_shapes(INVALID / "Patient.ttl", SHAPES) if finding.property.endswith("misspelt")
    ]
    (finding,) = misspelt
    assert finding.shape == "Patient"
    assert finding.node == "https://w3id.org/nervegraph/study/broken/patient/broken"
    assert finding.value == "a property that nobody declared"
    assert finding.severity == "error"
    assert finding.message.startswith("a patient has an IRI of its own and no other properties")


def test_a_missing_place_of_origin_is_reported_in_plain_words() -> None:
    missing = [finding for finding in validate_shapes(INVALID / "Claim.ttl", SHAPES) if finding.shape == "located"]
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


def test_broken_shapes_are_refused_and_not_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttl"
    broken.write_text(
        "@prefix sh: <http://www.w3.org/ns/shacl#> . <https://example.org/shape> a sh:NodeShape ;"
        " sh:targetClass <https://w3id.org/nervegraph/Claim> ; sh:property <https://example.org/none> .",
        encoding="utf-8",
    )
    with pytest.raises(FindingsError, match="these shapes are not valid SHACL"):
        validate_shapes(INVALID / "Claim.ttl", broken)


@pytest.mark.parametrize("data", [b"no quads", Path("notes.ttl")])
def test_data_that_is_no_rdf_is_refused(data: bytes | Path, tmp_path: Path) -> None:
    if isinstance(data, Path):
        data = tmp_path / data
        data.write_text("no Turtle", encoding="utf-8")
    with pytest.raises(FindingsError, match="this is not valid RDF"):
        validate_shapes(data, SHAPES)
