"""Every IRI of the graph in one place: namespaces, the ontology's terms, and how the IRIs of instances are made.

IRIs are made from the ids of the study file, never from row numbers or labels, and never change.
"""

from __future__ import annotations

BASE = "https://w3id.org/nervegraph/"
PREFIXES = {
    "nvg": BASE,
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "qb": "http://purl.org/linked-data/cube#",
}
SHACL = "http://www.w3.org/ns/shacl#"

CLASSES = (
    "Study",
    "Source",
    "Locator",
    "Overlap",
    "PatientGroup",
    "Patient",
    "AggregateGroup",
    "TreatmentEpisode",
    "DrugExposure",
    "DoseStep",
    "OutcomeAssessment",
    "ResponseCount",
    "TimeMeasure",
    "CourseEvent",
    "Stopping",
    "AdverseEventReport",
    "Finding",
    "Comparison",
    "Claim",
    "EvidenceLine",
    "ReportedStatistic",
    "Reference",
    "Appraisal",
    "CuratorLevel",
    "DrugUse",
    "Estimate",
    "EvidenceLevel",
    "PoolingVerdict",
    "InclusionVerdict",
    "ConstraintBreach",
    "RelaxedInclusion",
    "IncompatiblePair",
    "Discrepancy",
)
"""The classes of `ontology/nervegraph.ttl`; `DrugUse` and most of those after it are written by derivation only."""

PROPERTIES = (
    # study, source, place of origin
    "design",
    "timing",
    "publicationStatus",
    "studiedCondition",
    "country",
    "alias",
    "authorName",
    "backgroundReason",
    "notRead",
    "yearNote",
    "secondReader",
    "synthetic",
    "hasSource",
    "sourceKind",
    "readingDepth",
    "locatedAt",
    "inSource",
    "section",
    "sentence",
    "sentenceDigest",
    "describesGroup",
    "hasOverlap",
    "overlaps",
    "overlapReason",
    "mayOverlap",
    # people
    "size",
    "sizeUnknownBecause",
    "sizeAtLeast",
    "sizeAtMost",
    "plannedSize",
    "partOf",
    "partition",
    "underlyingCondition",
    "hasNeuropathy",
    "neuropathyEmergedUnder",
    "authorsWords",
    "ageYears",
    "meanAgeYears",
    "percentWomen",
    "sex",
    "hasFinding",
    "findingKind",
    "findingStatus",
    "nWithFinding",
    "detail",
    # treatment
    "underwent",
    "order",
    "rechallengeOf",
    "targetsNeuropathy",
    "composition",
    "otherImmuneDrugs",
    "hasExposure",
    "ofDrug",
    "role",
    "exposureExtent",
    "nExposed",
    "givenFor",
    "route",
    "hasDoseStep",
    "stepOrder",
    "doseText",
    "amountLow",
    "amountHigh",
    "amountComparator",
    "unit",
    "basis",
    "dosingDays",
    "intervalDays",
    "repeats",
    "nReceiving",
    "hasStopping",
    "stopReason",
    "nStopped",
    "hasEvent",
    "eventKind",
    "eventAfterDays",
    "nWithEvent",
    "hasAdverseEvent",
    "adverseStatus",
    "eventText",
    "nAtRisk",
    "serious",
    "hasTimeMeasure",
    "measure",
    "minimumDays",
    "maximumDays",
    "centreDays",
    "statistic",
    "timeText",
    # outcome
    "hasOutcome",
    "domain",
    "instrument",
    "outcomeStatus",
    "statusReason",
    "nAssessed",
    "hasResponseCount",
    "response",
    "nWithResponse",
    "quantifier",
    "quantifiedResponse",
    "percentageResponse",
    "percentageText",
    "changeText",
    "groupResult",
    "assessedAtDays",
    "curatorsChoice",
    "compares",
    "pValueText",
    # claims and reported numbers
    "makesClaim",
    "claimKind",
    "aboutDrug",
    "aboutNeuropathy",
    "aboutCondition",
    "claimDirection",
    "claimLine",
    "claimPopulation",
    "statedLevel",
    "claimStatus",
    "bearsOn",
    "lineDirection",
    "evidenceItem",
    "reportsStatistic",
    "statisticValue",
    "shareOf",
    "percentScaled",
    "percentScale",
    "statisticPartOf",
    "partsComplete",
    "onlyThisDrug",
    "countedThing",
    "countedDesign",
    "countedTiming",
    "eligibleDrug",
    "cites",
    "referenceNumber",
    "citedStudy",
    "inclusion",
    # how a study was appraised, and the level that a reader gives
    "hasAppraisal",
    "appraisalItem",
    "appraisalAnswer",
    "levelOf",
    "level",
    # gradings (in the vocabulary)
    "ofGrading",
    "ofDesign",
    "startsAt",
    "levelRank",
    # instruments (in the vocabulary)
    "scaleMinimum",
    "scaleMaximum",
    "scaleDirection",
    # derived
    "useOf",
    "inEpisode",
    "byGroup",
    "nTreated",
    "wholeGroup",
    "aloneness",
    "primaryUnder",
    "countableOutcome",
    "regimenContains",
    "targetsWithin",
    "conditionWithin",
    "withinGroup",
    "yieldsTo",
    "nImproved",
    "supportedBy",
    "disputedBy",
    "startPolicy",
    "startLevel",
    "loweredFor",
    "peopleAtMost",
    "byRule",
    "methodVersion",
    "estimateOf",
    "method",
    "confidencePercent",
    "numerator",
    "denominator",
    "shareText",
    "lowerText",
    "upperText",
    "sharePerTenThousand",
    "lowerPerTenThousand",
    "upperPerTenThousand",
    "caveat",
    "addedFailures",
    "reachesHalf",
    "standardErrorText",
    "tauSquaredText",
    "leavesOut",
    "poolingOf",
    "poolingWithin",
    "verdict",
    "refusedFor",
    "considersSeries",
    "listsOnly",
    "nSeries",
    "nListedSeries",
    "nSinglePatients",
    # the evidence cube (derived)
    "cellDrug",
    "cellNeuropathy",
    "cellCondition",
    "cellRule",
    "cellDesign",
    "cellAloneness",
    "cellReading",
    "peopleTreated",
    "peopleTreatedAtLeast",
    "peopleAssessed",
    "peopleImproved",
    "peopleImprovedOrStable",
    "peopleStable",
    "peopleWorsened",
    "peopleNotImproved",
    "peopleDescribedSingly",
    "peopleAloneStated",
    "studiesCounted",
    # a review against the studies it cites (derived)
    "onStudy",
    "onStatistic",
    "verdict",
    "brokenBy",
    "constraint",
    "inWords",
    "assumes",
    "fallsWithout",
    "unknownNumber",
    "madePossibleBy",
    "relaxation",
    "largestPart",
    "witness",
    "compatibleSets",
    "largestCompatibleSet",
    "firedRule",
    "clinicalWeight",
    "inReview",
    "saidByReview",
    "reviewText",
    "setAgainst",
    "againstText",
)
"""The properties of `ontology/nervegraph.ttl`; the last three blocks are written by derivation only."""

RESERVED_IDS = frozenset({"derived", "vocabulary"})


def term(name: str) -> str:
    """The IRI of a class or property of the ontology."""
    return BASE + name


def concept(scheme: str, slug: str) -> str:
    """The IRI of a vocabulary concept."""
    return f"{BASE}{scheme}/{slug}"


def study(study_id: str) -> str:
    """The IRI of a study."""
    return f"{BASE}study/{study_id}"


def part(study_id: str, kind: str, key: str) -> str:
    """The IRI of a part of a study, such as a patient, episode or outcome."""
    return f"{BASE}study/{study_id}/{kind}/{key}"


def derived(kind: str, key: str) -> str:
    """The IRI of something derived, such as an estimate or a rule; `key` is made of the ids it was derived from."""
    return f"{BASE}derived/{kind}/{key}"


def data_set(roll_up: str) -> str:
    """The IRI of the data set that holds a roll-up of the evidence cube."""
    return f"{BASE}cube/{roll_up}"


def key_of_part(address: str) -> str:
    """What names a part of a study in derived IRIs: `…/study/rist-2011/outcome/all.ivig.global` without its kind."""
    study_id, _, key = address.removeprefix(study("")).split("/")
    return f"{study_id}.{key}"


def graph(name: str) -> str:
    """The IRI of a named graph: a study's id, `derived` or `vocabulary`."""
    return f"{BASE}graph/{name}"
