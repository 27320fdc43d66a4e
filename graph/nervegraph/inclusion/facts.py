"""What a review prints and what its cited studies tell, read from a store by the queries in `queries/inclusion/`.

What became of people is asked by the shipped question `responses_by_study`, so that here too nobody counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nervegraph import terms
from nervegraph.counting import RESPONSES
from nervegraph.errors import SurroundingsError
from nervegraph.evidence import Askable, slug
from nervegraph.inclusion.constraints import CASE_REPORT, TIMINGS, CitedStudy, DesignLimit, Range, Review, Total
from nervegraph.inclusion.people import GroupOfStudy, Use, count_people, count_users, find_place
from nervegraph.inclusion.responses import Told
from nervegraph.questions import Question, find_question
from nervegraph.rdfterms import Iri, Literal
from nervegraph.resources import resource_directory
from nervegraph.vocabulary import Vocabulary

_COUNTED = ("improved", "improved_or_stable", "stable", "worsened", "not_improved")
Row = Mapping[str, str]


@dataclass(frozen=True)
class _Printed:
    """A printed number with what it says about itself; empty where it says nothing."""

    iri: str
    facts: Row

    @property
    def value(self) -> int:
        return int(self.facts["value"])

    def is_(self, thing: str) -> bool:
        return self.facts["thing"] == terms.concept("counted-thing", thing)

    @property
    def is_users(self) -> bool:
        """Whether it counts people with a drug: it names a drug, and counts nothing else that is told."""
        return bool(self.facts["drug"]) and not self.facts["thing"]

    @property
    def has_complete_parts(self) -> bool:
        disjoint = terms.concept("partition", "disjoint")
        return self.facts["partition"] == disjoint and self.facts["complete"] == "true"


def read_reviews(store: Askable) -> list[Review]:
    """Every review that prints numbers and cites curated studies, in the order of the IRIs.

    The store holds the studies and what the rules derived from them; it is only read.

    :raises NerveGraphError: the store cannot be asked.
    """
    numbers = _grouped(_rows(store, "numbers"), "review")
    if not numbers:
        return []
    studies, groups = _grouped(_rows(store, "studies"), "review"), _grouped(_rows(store, "groups"), "review")
    uses = _grouped(_rows(store, "uses"), "group")
    reader = _ResponseReader(store)
    reviews = []
    for review, rows in numbers.items():
        printed = [_Printed(number, facts[0]) for number, facts in _grouped(rows, "number").items()]
        totals = tuple(_totals(printed))
        responses = reader.read(totals, printed, {row["condition"] for row in studies.get(review, ())})
        by_study = _grouped(groups.get(review, ()), "study")
        cited = tuple(
            _cited_study(facts[0], by_study.get(study, ()), uses, totals, printed, responses)
            for study, facts in _grouped(studies.get(review, ()), "study").items()
        )
        analysed = _studies_analysed(printed)
        reports, others = _design_limits(printed, analysed)
        value = analysed.value if analysed else None
        reviews.append(Review(review, totals, cited, value, reports, others))
    return reviews


def _totals(printed: Sequence[_Printed]) -> Iterator[Total]:
    for number in printed:
        if number.facts["response"] or not (number.is_("people") or number.is_users):
            continue
        parts: dict[str, int] = {}
        if number.has_complete_parts:
            inside = [each for each in printed if each.facts["whole"] == number.iri]
            for part in inside if all(each.facts["response"] for each in inside) else ():
                response = slug(part.facts["response"])
                response = response if response in RESPONSES else "improved"
                parts[response] = parts.get(response, 0) + part.value
        name = number.facts["drugName"]
        only = f"only {name}" if number.facts["onlyThisDrug"] == "true" else name
        yield Total(number.iri, number.facts["about"], number.value, only, parts)


def _studies_analysed(printed: Sequence[_Printed]) -> _Printed | None:
    """The number of studies that the designs are parts of, or the only number of studies without a design."""
    candidates = [each for each in printed if each.is_("studies") and not each.facts["design"]]
    wholes = {each.facts["whole"] for each in printed if each.facts["design"]}
    return next((each for each in candidates if each.iri in wholes), candidates[0] if len(candidates) == 1 else None)


def _design_limits(printed: Sequence[_Printed], analysed: _Printed | None) -> tuple[DesignLimit, DesignLimit]:
    by_design = [each for each in printed if each.is_("studies") and each.facts["design"]]
    complete = analysed is not None and analysed.has_complete_parts
    limits = []
    for words, is_report in (("case reports", True), ("studies that are no case reports", False)):
        mine = [each for each in by_design if (slug(each.facts["design"]) == CASE_REPORT) == is_report]
        # Without all parts of the studies analysed some may stand under a design that is not printed.
        most = sum(each.value for each in mine) if mine and complete else None
        told_by = mine if most is not None else [analysed] if analysed else []
        timings = {slug(each.facts["timing"]) for each in told_by}
        limits.append(DesignLimit(words, most, frozenset(timings) if timings <= TIMINGS else frozenset()))
    return limits[0], limits[1]


def _cited_study(
    facts: Row,
    groups: Iterable[Row],
    uses: Mapping[str, list[Row]],
    totals: Sequence[Total],
    printed: Sequence[_Printed],
    responses: Mapping[tuple[str, str], tuple[Told, ...]],
) -> CitedStudy:
    tree = [_group(row, uses.get(row["group"], ())) for row in groups]
    numbers = {each.iri: each.facts for each in printed}
    drugs = [total for total in totals if total.drug]
    with_drug = {}
    for total in drugs:
        only = numbers[total.iri]["onlyThisDrug"] == "true"
        with_drug[total.iri] = count_users(tree, numbers[total.iri]["drug"], only_this_drug=only)
    study = facts["study"]
    return CitedStudy(
        study,
        facts["label"],
        count_people(tree),
        with_drug,
        {total.iri: responses[study, total.iri] for total in drugs if (study, total.iri) in responses},
        slug(facts["design"]),
        slug(facts["timing"]),
        find_place(tree),
    )


def _group(row: Row, uses: Iterable[Row]) -> GroupOfStudy:
    size = row["size"]
    known = Range(int(size or row["least"] or 1), int(size or row["most"]) if size or row["most"] else None)
    return GroupOfStudy(
        row["group"],
        known,
        whole=row["whole"],
        parts_disjoint=row["partition"] == terms.concept("partition", "disjoint"),
        eligible=row["eligible"] == "true",
        open=row["open"] == "true",
        uses=tuple(
            Use(
                use["line"],
                use["drug"],
                int(use["treated"]) if use["treated"] else None,
                wholly=use["wholly"] == "true",
                aloneness=slug(use["aloneness"]) if use["aloneness"] else "",
            )
            for use in uses
        ),
    )


class _ResponseReader:
    """What became of the people of each study under a drug, by each rule of election."""

    def __init__(self, store: Askable) -> None:
        self._store = store

    def read(
        self, totals: Iterable[Total], printed: Iterable[_Printed], conditions: Iterable[str]
    ) -> dict[tuple[str, str], tuple[Told, ...]]:
        """The ways in which a study tells it, by study and total, for totals whose responses are printed."""
        drugs = {each.iri: each.facts["drug"] for each in printed if each.facts["onlyThisDrug"] != "true"}
        wanted = [total for total in totals if total.parts and drugs.get(total.iri)]
        if not wanted:
            return {}
        question = _get_question("responses_by_study")
        vocabulary = Vocabulary.shipped()
        found: dict[tuple[str, str], dict[Told, None]] = {}
        for total in wanted:
            for rule in vocabulary.concepts("rule"):
                query = question.fill(vocabulary, drug=drugs[total.iri], condition=sorted(conditions), rule=rule.iri)
                for study, told in self._told(query):
                    found.setdefault((study, total.iri), {})[told] = None
        return {key: tuple(ways) for key, ways in found.items()}

    def _told(self, query: str) -> Iterator[tuple[str, Told]]:
        for study, rows in _grouped(_named(self._store, query), "study").items():
            by = " and ".join(sorted({row["instrument"] for row in rows}))
            counts = tuple(sum(int(row[name] or 0) for row in rows) for name in _COUNTED)
            yield study, Told(by, counts)


def _get_question(name: str) -> Question:
    question = find_question(resource_directory("queries") / "questions", name)
    if question is None:
        raise SurroundingsError(f"the question {name} is missing from this installation; install NerveGraph again.")
    return question


def _grouped(rows: Iterable[Row], column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found


def _rows(store: Askable, name: str) -> list[Row]:
    return list(_named(store, (resource_directory("queries") / "inclusion" / f"{name}.rq").read_text(encoding="utf-8")))


def _named(store: Askable, query: str) -> Iterator[Row]:
    """Rows by the names of their columns, with an empty text where nothing is bound."""
    answer = store.select(query)
    for row in answer.rows:
        values = (term.value if isinstance(term, Iri | Literal) else "" for term in row)
        yield dict(zip(answer.columns, values, strict=True))
