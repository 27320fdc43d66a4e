"""A small evidence for tests of the page: a group with parts, one person with two treatments, words, overlap, placebo.

Numbers are made up; no study of this kind exists.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from nervegraph import terms
from nervegraph.assembly import assemble, find_study_files
from nervegraph.derivation import derive
from nervegraph.model import StudyFile
from nervegraph.resources import resource_directory
from nervegraph.store import MemoryStore, memory_store, parse_turtle
from nervegraph.triples import build_study_lines


class SlugsOnly:
    """A vocabulary in which every concept is named by its id."""

    def find(self, scheme: str, word: str) -> str | None:
        return word

    def suggest(self, scheme: str, word: str) -> str | None:
        return None

    def labels(self, scheme: str) -> list[str]:
        return []


def outcome(key: str, **given: Any) -> dict[str, Any]:
    return {"id": key, "domain": "neuropathy-overall", "instrument": "physician-global", **given}


def treatment(key: str, drugs: list[dict[str, Any]], outcomes: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    composition = "single" if len(drugs) == 1 else "together"
    return {
        "id": key,
        "composition": composition,
        "other immune drugs": "not-mentioned",
        "drugs": drugs,
        "outcomes": outcomes,
        **given,
    }


IVIG = {"drug": "ivig", "role": "index", "dose": [{"amount": "2 g/kg", "per": "course", "days": "5"}]}
STEROID_IN_SOME = {"drug": "glucocorticoid", "role": "background", "n": "13"}

SERIES: dict[str, Any] = {
    "study": "miller-2011",
    "title": "IVIG in nineteen people",
    "authors": "Miller A, Novak B",
    "year": "2011",
    "journal": "J Example 1:1-2",
    "doi": "10.1002/example.1",
    "pmid": "12345",
    "design": "case-series",
    "timing": "retrospective",
    "condition": "primary-sjogren",
    "curator": "NerveGraph project",
    "second reader": "none",
    "sources": [
        {"id": "abstract", "kind": "abstract-page", "read": "abstract"},
        {"id": "commentary", "kind": "commentary", "read": "secondary"},
    ],
    "may overlap": [{"study": "case-2006", "because": "shared-authors"}],
    "groups": [
        {
            "id": "all-patients",
            "label": "all treated patients",
            "patients": "19",
            "parts": "disjoint",
            "neuropathy": "peripheral-neuropathy",
            "where": "abstract, Results",
            "treatments": [
                treatment(
                    "ivig",
                    [IVIG, {"drug": "glucocorticoid", "role": "add-on", "n": "13"}],
                    [
                        outcome("global", assessed="19", improved="9", stable="6", worsened="4"),
                        outcome(
                            "rankin", domain="disability", instrument="mrs", assessed="19", improved="5", stable="14"
                        ),
                    ],
                    times=[{"measure": "follow-up", "centre": "12 months", "statistic": "median"}],
                )
            ],
        },
        {
            "id": "ataxic",
            "label": "ataxic",
            "part of": "all-patients",
            "patients": "9",
            "neuropathy": "ataxic-sensory-neuropathy",
            "where": "abstract, Results",
            "treatments": [
                treatment(
                    "ivig",
                    [IVIG],
                    [
                        outcome(
                            "global",
                            assessed="9",
                            improved="2",
                            stable="3",
                            worsened="4",
                            where="commentary, page 2",
                        )
                    ],
                )
            ],
        },
        {
            "id": "no-count",
            "label": "people told in words",
            "patients": "unknown",
            "because": "the abstract gives no number",
            "neuropathy": "small-fibre-neuropathy",
            "where": "abstract, Results",
            "treatments": [
                treatment(
                    "rtx",
                    [{"drug": "rituximab", "role": "index"}],
                    [outcome("words", quantified={"quantifier": "most", "response": "not-improved"})],
                )
            ],
        },
    ],
}

CASE: dict[str, Any] = {
    "study": "case-2006",
    "title": "One person, two lines of treatment",
    "authors": "Kato C",
    "year": "2006",
    "doi": "10.1002/example.2",
    "design": "case-report",
    "timing": "retrospective",
    "condition": "sjogren-disease",
    "curator": "NerveGraph project",
    "second reader": "none",
    "sources": [{"id": "abstract", "kind": "abstract-page", "read": "abstract"}],
    "people": [
        {
            "id": "p1",
            "label": "man of 67",
            "age": "67",
            "sex": "male",
            "neuropathy": "painful-sensory-neuropathy",
            "where": "abstract, Case",
            "treatments": [
                treatment(
                    "first",
                    [{"drug": "glucocorticoid", "role": "index"}],
                    [outcome("pain", domain="pain", response="not-improved")],
                    order="1",
                ),
                treatment(
                    "second",
                    [IVIG, {"drug": "prednisolone", "role": "background", "given for": "kidney disease"}],
                    [outcome("pain", domain="pain", response="improved")],
                    order="2",
                ),
            ],
        }
    ],
}

TRIAL: dict[str, Any] = {
    "study": "trial-2021",
    "title": "IVIG against placebo, not in Sjögren's disease",
    "authors": "Jansen D",
    "year": "2021",
    "url": "https://example.org/trial",
    "design": "randomised-controlled-trial",
    "timing": "prospective",
    "condition": "idiopathic",
    "curator": "NerveGraph project",
    "second reader": "none",
    "sources": [{"id": "abstract", "kind": "abstract-page", "read": "abstract"}],
    "groups": [
        {
            "id": "ivig",
            "patients": "30",
            "neuropathy": "small-fibre-neuropathy",
            "where": "abstract, Results",
            "treatments": [
                treatment(
                    "ivig",
                    [IVIG],
                    [
                        outcome(
                            "pain",
                            domain="pain",
                            instrument="pain-intensity-scale",
                            percentage={"response": "improved", "percent": "40"},
                        )
                    ],
                )
            ],
        },
        {
            "id": "placebo",
            "patients": "30",
            "neuropathy": "small-fibre-neuropathy",
            "where": "abstract, Results",
            "treatments": [
                treatment(
                    "placebo",
                    [{"drug": "placebo", "role": "comparator"}],
                    [outcome("pain", domain="pain", instrument="pain-intensity-scale", status="not-reported")],
                )
            ],
        },
    ],
}


def study_lines(*records: dict[str, Any]) -> list[str]:
    """The N-Quads lines of records whose words are ids."""
    lines = []
    for record in records:
        checked = StudyFile.model_validate(record, context={"vocabulary": SlugsOnly()})
        lines += build_study_lines(checked)
    return lines


@cache
def vocabulary_lines() -> tuple[str, ...]:
    graph = terms.graph("vocabulary")
    files = sorted((resource_directory("ontology") / "vocabularies").glob("*.ttl"))
    return tuple(line for file in files for line in parse_turtle(file, graph))


def page_store(*lines: str, derived: bool = True) -> MemoryStore:
    """A store of these lines, the vocabularies, and what the derivation rules make of them."""
    store = memory_store("".join(line.rstrip("\n") + "\n" for line in (*vocabulary_lines(), *lines)).encode())
    if derived:
        for _, made in list(derive(store, resource_directory("queries") / "derive")):
            store.add_nquads(made)
    return store


@cache
def shipped_store() -> MemoryStore:
    """The store of the studies that come with NerveGraph."""
    return assemble(find_study_files([resource_directory("studies")])).store


def small_store() -> MemoryStore:
    """The store of the three made-up studies."""
    return page_store(*study_lines(SERIES, CASE, TRIAL))
