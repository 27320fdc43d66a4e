"""What the report shows, part by part: which question, how it is asked, which columns, and what to look for.

Words only: no figure stands here, each one in the report is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Exhibit:
    """A question as the report shows it.

    :param look_for: what a reader should see in the answer.
    :param columns: names of the columns shown, as a person reads them; all where there is none.
    :param verdict: the column whose values are marked, and counted above the table.
    :param spread: a column of names and one of values; rows alike in all else become one row with a column per name.
    """

    question: str
    look_for: str
    settings: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    verdict: str = ""
    spread: tuple[str, str] | None = None


@dataclass(frozen=True)
class Part:
    """A part of the report: a heading, what it is about, and its exhibits. `key` is what it is asked for by."""

    key: str
    heading: str
    about: str
    exhibits: tuple[Exhibit, ...]


_COUNTS = ("treated", "assessed", "improved", "improved or stable", "stable", "worsened", "not improved")

PARTS = (
    Part(
        "review",
        "The review recomputed",
        "Each number that a review prints is worked out again from the other numbers it prints. That tells whether it "
        "agrees with itself. Whether it counted rightly needs the studies it included, which it may not name.",
        (
            Exhibit(
                "review_numbers",
                "A badge for each number. 'Not derivable' is no fault: the review gives nothing to recompute it from.",
                columns=("review", "number", "value", "of", "printed percent", "parts add up to", "badge", "sentence"),
                verdict="badge",
            ),
            Exhibit("review_flow", "Records found, left out and analysed.", verdict="adds up"),
            Exhibit(
                "response_rate_in_review",
                "For each drug the review looked for: whether it prints how many responded. Where it does not, there "
                "is no rate, neither full nor none.",
                columns=("review", "drug", "patients printed", "response", "number", "of", "percent", "status"),
                verdict="status",
            ),
            Exhibit(
                "intervals_of_review_numbers",
                "How uncertain a printed share is by chance alone. Choice of cases, which is not by chance, comes on "
                "top.",
                columns=(
                    *("review", "number", "n", "of", "share", "wilson lower", "wilson upper", "exact lower"),
                    *("exact upper", "caveat"),
                ),
            ),
            Exhibit(
                "unpublished_failures",
                "What some failures that nobody published would do to the printed share, and how many would halve it.",
            ),
        ),
    ),
    Part(
        "discrepancies",
        "The review against the studies",
        "Where a review and the studies that it cites, or others curated here, do not say the same. What matters most "
        "for patients stands first. Each row names the rule that fired and both places of origin. Nothing here speaks "
        "of "
        "bad faith: an abstract leaves out what a full text may tell.",
        (
            Exhibit(
                "review_against_studies",
                "Harm that the review leaves no room for comes before disputed benefit, and that before the rest.",
                columns=(
                    *("rule", "review says", "review section", "review sentence", "study", "cited", "against"),
                    "against depth",
                ),
                verdict="rule",
            ),
        ),
    ),
    Part(
        "inclusion",
        "Which studies can be inside the review's totals",
        "The review does not name the studies that it analysed, and nobody guesses them here. But a cited study can be "
        "shown not to fit wholly inside a printed total, if the review counted as the study did. Every proof names "
        "what "
        "it rests on and what would undo it.",
        (
            Exhibit(
                "studies_inside_a_review",
                "'Impossible' holds under the assumptions beside it, and 'unless' tells what would make it possible. "
                "'Possible' means no more than that nothing speaks against it.",
                columns=("review", "total", "value", "study", "verdict", "about", "detail"),
                verdict="verdict",
                spread=("about", "detail"),
            ),
            Exhibit("studies_not_together", "Pairs that are possible one by one, or not at all, and never both."),
            Exhibit("review_patients_in_no_named_group", "How many patients have no treatment that the review names."),
        ),
    ),
    Part(
        "overlap",
        "The same people told twice, and totals as intervals",
        "Studies by the same authors, from one centre or one registry may tell of the same people. Until somebody "
        "knows, "
        "a total has two ends: all studies added up, and the largest sum of studies that share nobody.",
        (
            Exhibit("possible_overlap", "Suspicions that a curator wrote down.", columns=("study", "other", "reason")),
            Exhibit("overlap_clusters", "Studies that hang together by such suspicions."),
            Exhibit(
                "shared_authors", "Names in common, also where nobody has looked at the pair yet.", verdict="noted"
            ),
            Exhibit(
                "responses_by_drug",
                "People treated, and how many of them remain if all that may overlap does.",
                columns=("drug", "treated", "treated at least", "studies"),
            ),
        ),
    ),
    Part(
        "instruments",
        "What survives another way of counting",
        "People are often judged in several ways. Here other rules decide which of them counts, only first-hand "
        "readings "
        "count, or reports and series, and drugs alone and in company, are kept apart.",
        (
            Exhibit(
                "responses_by_rule",
                "Whether a drug's numbers change with the rule, and whether they then stand on the other side of one "
                "half.",
                columns=("drug", "rule", *_COUNTS[1:], "side", "verdict"),
                verdict="verdict",
            ),
            Exhibit("instruments_that_disagree", "The same people, judged in two ways."),
            Exhibit("responses_by_reading", "What is known only from those who retell a study.", columns=()),
            Exhibit("responses_by_design", "Single cases are published because they are striking."),
            Exhibit("responses_by_companions", "Hardly any source states that nothing else was given."),
        ),
    ),
    Part(
        "leave-one-out",
        "What hangs on a single study",
        "Each study is left out once. A total that turns without one of them is a total of that one.",
        (
            Exhibit(
                "leave_one_study_out",
                "For immunoglobulins in all neuropathies.",
                columns=("left out", "design", *_COUNTS, "studies", "verdict"),
                verdict="verdict",
            ),
            Exhibit(
                "leave_one_study_out",
                "For immunoglobulins in the ataxic form, where the reports and the largest series part ways.",
                {"neuropathy": "ataxic-sensory-neuropathy"},
                columns=("left out", "design", *_COUNTS, "studies", "verdict"),
                verdict="verdict",
            ),
        ),
    ),
    Part(
        "gaps",
        "What is not known",
        "For each neuropathy and each drug that reviews looked for: the people counted, or the reason why nobody is. A "
        "reason speaks of what was read here, not of all that was ever done.",
        (),
    ),
    Part(
        "levels",
        "How far each claim carries",
        "Levels are given by rule, from the designs behind a claim, with each reason for lowering. What a source says "
        "of "
        "its own level stands beside ours and is never merged with it. Guidelines raise nothing: a case report stays "
        "one.",
        (
            Exhibit(
                "levels_of_claims",
                "'No level' means that no observation read here supports the claim, or that it is no claim of an "
                "effect.",
                columns=(
                    *("source", "drugs", "neuropathies", "grading", "level", "started", "lowered for"),
                    *("stated level", "our level"),
                ),
                verdict="level",
            ),
            Exhibit(
                "guidelines_against_evidence",
                "What is recommended or paid for, and what was observed under the same drug in the same neuropathy.",
                columns=(
                    *("source", "kind", "recommended", "status", "drug", "neuropathy", "study", "drugs", "assessed"),
                    *("result", "depth"),
                ),
            ),
            Exhibit(
                "pooling",
                "Whether a drug's series may be pooled into one share, and every reason against it.",
                columns=("drug", "verdict", "reason", "series", "listed series", "single patients"),
                verdict="verdict",
            ),
            Exhibit("refused_analyses", "What is refused for all drugs, and what may be asked instead."),
        ),
    ),
)

MARKS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("consistent", "yes", "possible", "printed", "stated"), "✓"),
        **dict.fromkeys(("the same numbers under every rule", "the same side of one half"), "✓"),
        **dict.fromkeys(("contradicted", "no", "impossible", "no: somebody should look"), "✗"),
        **dict.fromkeys(("the rule decides on which side of one half", "the other side of one half"), "✗"),
        **dict.fromkeys(("pooling refused",), "✗"),
        **dict.fromkeys(("rounding", "other numbers, on the same side of one half"), "≈"),
        **dict.fromkeys(("not derivable", "not decidable", "not stated", "no level"), "?"),
    }
)
"""The sign before a verdict, so that it is told by more than its colour."""
