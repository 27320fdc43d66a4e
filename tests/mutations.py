"""Defects planted in the fixture, one at a time, and the questions whose answers each of them has to change.

A mutation is a small untruth that would mislead a reader: a swapped outcome, a lost dose, a person told twice. Patterns
are those of `changed_graphs.Change`, over N-Quads lines without the project's namespace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from changed_graphs import Change
from nervegraph import terms

NAMESPACE = re.escape(terms.BASE)


@dataclass(frozen=True)
class Mutation:
    """A defect in words, what it does to the lines, and the questions that have to answer otherwise."""

    defect: str
    changes: tuple[Change, ...]
    questions: tuple[str, ...]


def lines_about(node: str, term: str, value: str = "") -> str:
    """The pattern of lines that begin with this node and property, and go on with this value: `node` is a pattern."""
    namespace, _, name = term.rpartition(":")
    iri = terms.PREFIXES[namespace or "nvg"] + name
    return f"(<{NAMESPACE}study/{node}> <{re.escape(iri)}> ){value}"


def concept(scheme: str, slug: str) -> str:
    """The pattern of a concept."""
    return f"<{NAMESPACE}{scheme}/{slug}>"


def swap(node: str, term: str, old: str, scheme: str, new: str) -> Change:
    """Another concept in the place of one."""
    return Change(lines_about(node, term, concept(scheme, old)), rf"\1<{terms.concept(scheme, new)}>")


def number(node: str, term: str, old: int, new: int) -> Change:
    """Another number in the place of one."""
    return Change(lines_about(node, term, f'"{old}"'), rf'\1"{new}"')


def words(node: str, term: str, new: str) -> Change:
    """Other words in the place of what stands there."""
    return Change(lines_about(node, term, '"[^"]*"'), rf'\1"{new}"')


def drop(node: str, term: str, value: str = "") -> Change:
    """Nothing in the place of a statement."""
    return Change(lines_about(node, term, value))


A = "alpha-series-2001"
BETA = "beta-overlapping-2002"
DELTA = "delta-title-2004"
EPSILON = "epsilon-mixed-2005"
ETA = "eta-trial-2007"
GAMMA = "gamma-case-2003"
ZETA = "zeta-review-2006"
COUNTS = ("responses_by_study", "responses_by_drug")
CELLS = (
    "responses_by_drug_and_neuropathy",
    "responses_by_design",
    "responses_by_companions",
    "responses_by_reading",
    "responses_by_rule",
    "leave_one_study_out",
)

MUTATIONS = (
    Mutation(
        "two swapped responses",
        (
            swap(rf"{A}/count/all\.ivig\.global\.improved", "response", "improved", "response", "worsened"),
            swap(rf"{A}/count/all\.ivig\.global\.worsened", "response", "worsened", "response", "improved"),
        ),
        (*COUNTS, *CELLS, "instruments_that_disagree", "origin_of_outcomes"),
    ),
    Mutation(
        "one more improved than printed",
        (number(rf"{A}/count/all\.ivig\.global\.improved", "nWithResponse", 5, 6),),
        (*COUNTS, *CELLS, "instruments_that_disagree", "origin_of_outcomes", "intervals_of_series"),
    ),
    Mutation(
        "the person told twice",
        (Change(rf"(study/{GAMMA}/[a-z-]+/)p1|(study/{GAMMA}/patient/)p1", r"\1\2p2", keeps_original=True),),
        (*COUNTS, *CELLS, "size_of_the_graph", "shown_not_counted", "harms", "drugs_never_alone"),
    ),
    Mutation(
        "the case retracted",
        (swap(GAMMA, "publicationStatus", "published", "publication-status", "retracted"),),
        (*COUNTS, *CELLS, "shown_not_counted"),
    ),
    Mutation(
        "the case known from its title only",
        (swap(f"{GAMMA}/source/text", "readingDepth", "full-text", "reading-depth", "title-only"),),
        (*COUNTS, "shown_not_counted", "origin_of_outcomes", "doses"),
    ),
    Mutation(
        "the case known from a retelling only",
        (swap(f"{GAMMA}/source/text", "readingDepth", "full-text", "reading-depth", "secondary"),),
        ("responses_by_reading", "responses_by_study", "origin_of_outcomes", "doses"),
    ),
    Mutation(
        "the case called a series",
        (swap(GAMMA, "design", "case-report", "design", "case-series"),),
        ("responses_by_design",),
    ),
    Mutation(
        "an author of the series left out",
        (drop(A, "authorName", '"Gamma G"'),),
        ("shared_authors",),
    ),
    Mutation(
        "the title read as a full text",
        (swap(f"{DELTA}/source/title", "readingDepth", "title-only", "reading-depth", "full-text"),),
        (*COUNTS, "shown_not_counted", "origin_of_outcomes"),
    ),
    Mutation(
        "the disjoint parts made overlapping, and the whole without an outcome",
        (
            swap(f"{A}/group/all", "partition", "disjoint", "partition", "overlapping"),
            drop(rf"{A}/episode/all\.ivig", "hasOutcome"),
        ),
        (*COUNTS, "shown_not_counted", "instruments_that_disagree", "origin_of_outcomes"),
    ),
    Mutation(
        "the parts cut off from their whole",
        (drop(f"{A}/group/(?:ataxic|sensorimotor)", "partOf"),),
        (*COUNTS, "shown_not_counted", "harms", "drugs_never_alone"),
    ),
    Mutation(
        "the others of the pilot trial taken for Sjögren's disease",
        (swap(f"{EPSILON}/group/all", "underlyingCondition", "mixed-conditions", "condition", "primary-sjogren"),),
        (*COUNTS, "shown_not_counted", "harms"),
    ),
    Mutation(
        "the trial taken for one in Sjögren's disease",
        (swap(f"{ETA}/group/ivig", "underlyingCondition", "idiopathic", "condition", "sjogren-disease"),),
        ("shown_not_counted", "harms"),
    ),
    Mutation(
        "a percentage of another size",
        (words(rf"{ETA}/outcome/ivig\.ivig\.pain", "percentageText", "54.5"),),
        ("shown_not_counted",),
    ),
    Mutation(
        "the rechallenge told as a treatment of its own",
        (drop(rf"{GAMMA}/episode/p1\.ivig-again", "rechallengeOf"),),
        ("relapse_and_rechallenge", "shown_not_counted"),
    ),
    Mutation(
        "a relapse that was none",
        (drop(rf"{GAMMA}/episode/p1\.ivig", "hasEvent"),),
        ("relapse_and_rechallenge",),
    ),
    Mutation(
        "a rechallenge that failed",
        (swap(rf"{GAMMA}/count/p1\.ivig-again\.pain\.improved", "response", "improved", "response", "worsened"),),
        ("relapse_and_rechallenge", "sequence_after_failure", "origin_of_outcomes"),
    ),
    Mutation(
        "the order of the lines lost",
        (drop(rf"{GAMMA}/episode/p1\.[a-z-]+", "order"),),
        ("sequence_after_failure", "shown_not_counted"),
    ),
    Mutation(
        "the first two lines exchanged",
        (
            number(rf"{GAMMA}/episode/p1\.steroid", "order", 1, 9),
            number(rf"{GAMMA}/episode/p1\.ivig", "order", 2, 1),
        ),
        ("sequence_after_failure", "responses_by_drug"),
    ),
    Mutation(
        "a failure told as a success",
        (
            swap(rf"{GAMMA}/count/p1\.steroid\.pain\.not-improved", "response", "not-improved", "response", "improved"),
            drop(rf"{GAMMA}/episode/p1\.steroid", "hasStopping"),
        ),
        ("sequence_after_failure", "responses_by_drug", "origin_of_outcomes"),
    ),
    Mutation(
        "another neuropathy as the target",
        (
            swap(
                rf"{GAMMA}/episode/p1\.ivig",
                "targetsNeuropathy",
                "painful-sensory-neuropathy",
                "neuropathy",
                "autonomic-neuropathy",
            ),
        ),
        ("neuropathy_that_began_under_a_drug", "sequence_after_failure"),
    ),
    Mutation(
        "the steroid for the kidney judged as part of the regimen",
        (swap(rf"{GAMMA}/exposure/p1\.ivig\.prednisone", "role", "background", "role", "index"),),
        ("shown_not_counted--drug=prednisone",),
    ),
    Mutation(
        "a neuropathy that did not begin under the drug",
        (drop(f"{GAMMA}/patient/p1", "neuropathyEmergedUnder"),),
        ("neuropathy_that_began_under_a_drug",),
    ),
    Mutation(
        "what the background drug was given for forgotten",
        (drop(rf"{GAMMA}/exposure/p1\.ivig\.prednisone", "givenFor"),),
        ("neuropathy_that_began_under_a_drug",),
    ),
    Mutation(
        "a companion drug lost",
        (
            drop(
                rf"{GAMMA}/episode/p1\.rituximab",
                "hasExposure",
                rf"<{NAMESPACE}study/{GAMMA}/exposure/p1\.rituximab\.azathioprine>",
            ),
        ),
        ("responses_by_drug", "drugs_never_alone", "sequence_after_failure"),
    ),
    Mutation(
        "rituximab said to have been alone",
        (
            drop(
                rf"{GAMMA}/episode/p1\.rituximab",
                "hasExposure",
                rf"<{NAMESPACE}study/{GAMMA}/exposure/p1\.rituximab\.azathioprine>",
            ),
            swap(rf"{GAMMA}/episode/p1\.rituximab", "otherImmuneDrugs", "listed", "co-medication", "none-stated"),
        ),
        ("drugs_never_alone", "responses_by_drug"),
    ),
    Mutation(
        "a dose lost",
        (drop(rf"{GAMMA}/exposure/p1\.ivig\.ivig", "hasDoseStep"),),
        ("doses",),
    ),
    Mutation(
        "a dose per day told as a dose per course",
        (swap(rf"{GAMMA}/dose/p1\.ivig\.ivig\.step-1", "basis", "day", "basis", "course"),),
        ("doses",),
    ),
    Mutation(
        "a dose ten times as high",
        (words(rf"{GAMMA}/dose/p1\.ivig\.ivig\.step-1", "doseText", "4 g/kg"),),
        ("doses",),
    ),
    Mutation(
        "a harm nobody reported",
        (drop(rf"{A}/episode/all\.ivig", "hasAdverseEvent"),),
        ("harms",),
    ),
    Mutation(
        "a stated absence of harm told as silence",
        (drop(rf"{EPSILON}/episode/all\.ivig", "hasAdverseEvent"),),
        ("harms",),
    ),
    Mutation(
        "a reason for stopping exchanged",
        (swap(rf"{A}/stopping/all\.ivig\.nausea", "stopReason", "adverse-event", "stop-reason", "ineffective"),),
        ("harms",),
    ),
    Mutation(
        "the second instrument dropped",
        (drop(rf"{A}/episode/all\.ivig", "hasOutcome", rf"<{NAMESPACE}study/{A}/outcome/all\.ivig\.mrs>"),),
        ("instruments_that_disagree", "origin_of_outcomes", "size_of_the_graph"),
    ),
    Mutation(
        "an outcome judged by another domain",
        (swap(rf"{A}/outcome/all\.ivig\.global", "domain", "neuropathy-overall", "domain", "treatment-sparing"),),
        (*COUNTS, "instruments_that_disagree", "origin_of_outcomes"),
    ),
    Mutation(
        "a place of origin in another section",
        (words(f"{BETA}/locator/[a-z.-]+", "section", "Discussion"),),
        ("origin_of_outcomes",),
    ),
    Mutation(
        "a second reader who never read it",
        (Change(rf"(<{NAMESPACE}graph/{GAMMA}> <{NAMESPACE}secondReader> )\"none\"", r'\1"somebody"'),),
        ("origin_of_outcomes",),
    ),
    Mutation(
        "a suspected overlap forgotten",
        (drop(f"{A}", "hasOverlap"),),
        ("possible_overlap",),
    ),
    Mutation(
        "every suspected overlap forgotten",
        (drop("[^>]+", "overlaps"),),
        ("possible_overlap", "overlap_clusters", "shared_authors", "responses_by_drug"),
    ),
    Mutation(
        "a claim of benefit turned round",
        (swap(f"{ZETA}/claim/ivig-sensory", "claimDirection", "benefit", "claim-direction", "no-benefit"),),
        ("claims",),
    ),
    Mutation(
        "a line of evidence turned round",
        (
            swap(
                rf"{ZETA}/evidence-line/ivig-sensory\.gamma", "lineDirection", "supports", "line-direction", "disputes"
            ),
        ),
        ("claims",),
    ),
    Mutation(
        "a claim rolled up to all neuropathies",
        (
            swap(
                f"{ZETA}/claim/ivig-sensory",
                "aboutNeuropathy",
                "sensory-neuropathy",
                "neuropathy",
                "peripheral-neuropathy",
            ),
        ),
        ("claims",),
    ),
    Mutation(
        "a printed number misread",
        (number(f"{ZETA}/statistic/ivig", "statisticValue", 20, 21),),
        (
            "review_numbers",
            "review_patients_in_no_named_group",
            "intervals_of_review_numbers",
            "unpublished_failures",
        ),
    ),
    Mutation(
        "a printed percentage misread",
        (number(f"{ZETA}/statistic/rituximab", "percentScaled", 9, 8),),
        ("review_numbers",),
    ),
    Mutation(
        "a group of one drug only taken for one that may overlap",
        (drop(f"{ZETA}/statistic/steroid-only", "onlyThisDrug"),),
        ("review_patients_in_no_named_group",),
    ),
    Mutation(
        "a cited study told as an included one",
        (swap(f"{ZETA}/reference/1", "inclusion", "unknown", "inclusion", "included"),),
        ("references_of_a_review",),
    ),
    Mutation(
        "a reference lost",
        (drop(f"{ZETA}", "cites", rf"<{NAMESPACE}study/{ZETA}/reference/2>"),),
        ("references_of_a_review",),
    ),
    Mutation(
        "a series told as a case report",
        (swap(A, "design", "case-series", "design", "case-report"),),
        ("pooling", "intervals_of_series", "levels_of_studies"),
    ),
    Mutation(
        "a case told as a randomised trial",
        (swap(GAMMA, "design", "case-report", "design", "randomised-controlled-trial"),),
        ("levels_of_claims", "levels_of_studies"),
    ),
    Mutation(
        "a reader's answer that everybody was told, turned round",
        (
            swap(
                f"{A}/appraisal/first-reader-of-the-tests.selection", "appraisalAnswer", "yes", "appraisal-answer", "no"
            ),
        ),
        ("pooling", "appraisals"),
    ),
    Mutation(
        "an appraisal laid to another item",
        (
            swap(
                f"{GAMMA}/appraisal/nervegraph-tests.rechallenge",
                "appraisalItem",
                "rechallenge",
                "appraisal-item",
                "dose-response",
            ),
        ),
        ("appraisals",),
    ),
    Mutation(
        "a reader's level told as another",
        (swap(f"{ZETA}/curator-level/ivig-sensory", "level", "grade-very-low", "level", "grade-high"),),
        ("levels_of_claims",),
    ),
    Mutation(
        "the source's own word on the level lost",
        (drop(f"{ZETA}/claim/ivig-sensory", "statedLevel"),),
        ("levels_of_claims",),
    ),
    Mutation(
        "a refusal forgotten",
        (Change(rf"^<{NAMESPACE}refused-analysis/drugs-ranked> "),),
        ("refused_analyses",),
    ),
    Mutation(
        "a number of patients misread",
        (number(f"{ZETA}/statistic/patients", "statisticValue", 40, 4),),
        ("studies_inside_a_review", "studies_not_together", "review_against_studies"),
    ),
    Mutation(
        "nobody became worse, by either instrument",
        (swap(rf"{A}/count/all\.ivig\.(?:global|mrs)\.worsened", "response", "worsened", "response", "stable"),),
        ("studies_inside_a_review", "review_against_studies"),
    ),
    Mutation(
        "a study that looked forward told as one that looked back",
        (swap(BETA, "timing", "prospective", "timing", "retrospective"),),
        ("studies_inside_a_review", "review_against_studies"),
    ),
    Mutation(
        "two case series printed instead of one",
        (number(f"{ZETA}/statistic/series", "statisticValue", 1, 2),),
        ("studies_not_together", "review_against_studies"),
    ),
    Mutation(
        "the people of the title told to have improved",
        (swap(f"{DELTA}/source/title", "readingDepth", "title-only", "reading-depth", "abstract"),),
        ("studies_inside_a_review",),
    ),
    Mutation(
        "what disputes a claim told as supporting it",
        (
            swap(
                rf"{ZETA}/evidence-line/ivig-peripheral\.alpha",
                "lineDirection",
                "disputes",
                "line-direction",
                "supports",
            ),
        ),
        ("claims", "review_against_studies"),
    ),
    Mutation(
        "a drug that was never alone no longer said so",
        (drop(ZETA, "makesClaim", rf"<{NAMESPACE}study/{ZETA}/claim/rituximab-alone>"),),
        ("claims", "review_against_studies"),
    ),
)
