"""Who is counted, in every scope at once: the questions' counting pattern, worked out from the whole graph in one pass.

A scope is a drug, a neuropathy, a condition and a rule. In each, the coarsest groups that lie wholly inside it and have
a countable outcome are counted, and of several lines of treatment of the same people the earliest
(docs/decisions/0004). The block marked `# counting` in the questions says the same for one scope; a test compares them.

Many people are alike in everything that decides where they count. They are added up first and spread over the scopes
once for each likeness, so that the work grows with the number of people, not with people times scopes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product, starmap
from typing import NamedTuple, TypeVar, cast

from nervegraph import terms
from nervegraph.evidence import Askable
from nervegraph.rdfterms import Iri, Literal
from nervegraph.resources import resource_directory

RESPONSES = ("improved", "improved-or-stable", "stable", "worsened", "not-improved")
"""The responses that exclude each other, by which people are counted."""

_SECONDARY = terms.concept("reading-depth", "secondary")
_Value = TypeVar("_Value", bound=Hashable)


class Scope(NamedTuple):
    """What is asked: IRIs of a drug or class, a neuropathy, a condition and a rule of election."""

    drug: str
    neuropathy: str
    condition: str
    rule: str


@dataclass(frozen=True, slots=True)
class Reach:
    """The scopes that a line of treatment lies in: every combination of one of each."""

    drugs: frozenset[str]
    neuropathies: frozenset[str]
    conditions: frozenset[str]
    rules: frozenset[str]

    def covers(self, scope: Scope) -> bool:
        """Whether the line lies in this scope."""
        return (
            scope.drug in self.drugs
            and scope.neuropathy in self.neuropathies
            and scope.condition in self.conditions
            and scope.rule in self.rules
        )

    def scopes(self, condition: str | None = None, rule: str | None = None) -> Iterator[Scope]:
        """Each scope that the line lies in, or those with this condition and this rule."""
        conditions = self.conditions if condition is None else self.conditions & {condition}
        rules = self.rules if rule is None else self.rules & {rule}
        return starmap(Scope, product(self.drugs, self.neuropathies, conditions, rules))


@dataclass(frozen=True, slots=True)
class Likeness:
    """What decides where people count: the reach of their outcome, and of what is counted instead of it.

    `precedence` are coarser groups around them and earlier lines of their own. `companions` holds the aloneness of each
    drug, as pairs of IRIs; a class of which several were given has none.
    """

    reach: Reach
    precedence: frozenset[Reach]
    companions: frozenset[tuple[str, str]]
    design: str
    described_singly: bool

    def scopes(self, condition: str | None = None, rule: str | None = None) -> Iterator[Scope]:
        """Each scope in which these people are counted, or those with this condition and this rule."""
        scopes = self.reach.scopes(condition, rule)
        if not self.precedence:
            return scopes
        return (scope for scope in scopes if not any(before.covers(scope) for before in self.precedence))


@dataclass(slots=True)
class People:
    """Numbers of distinct people, and in which studies: bit i of `studies` stands for the study numbered i.

    `alone_stated` depends on the drug asked about and is filled in by whoever asks.
    """

    treated: int = 0
    assessed: int = 0
    responses: list[int] = field(default_factory=lambda: [0] * len(RESPONSES))
    described_singly: int = 0
    alone_stated: int = 0
    studies: int = 0
    treated_by_linked_study: dict[str, int] = field(default_factory=dict)

    def add(self, other: People) -> None:
        """Add people who are none of those counted so far."""
        self.treated += other.treated
        self.assessed += other.assessed
        self.responses = [mine + theirs for mine, theirs in zip(self.responses, other.responses, strict=True)]
        self.described_singly += other.described_singly
        self.alone_stated += other.alone_stated
        self.studies |= other.studies
        for study, treated in other.treated_by_linked_study.items():
            self.treated_by_linked_study[study] = self.treated_by_linked_study.get(study, 0) + treated

    def number_of_studies(self) -> int:
        """How many studies these people are from."""
        return self.studies.bit_count()


@dataclass(frozen=True)
class CountedPeople:
    """Everybody who may be counted, by likeness, and the pairs of studies that may share people."""

    by_likeness: Mapping[Likeness, People]
    links: frozenset[tuple[str, str]]


class _Line(NamedTuple):
    group: str
    rules: set[str]


class _Outcome(NamedTuple):
    study: str
    episode: str
    outcome: str
    size: int
    assessed: int
    rules: set[str]


class CountingFacts:
    """The facts that counting rests on, read once from a store.

    :raises NerveGraphError: the store cannot be asked.
    """

    def __init__(self, store: Askable) -> None:
        self._store = store
        self._known: dict[Hashable, Hashable] = {}
        self._read_memberships()
        self._candidates = list(self._rows("lines"))

    def count(self, *, with_secondary: bool = True) -> CountedPeople:
        """Everybody who is counted in some scope.

        :param with_secondary: whether outcomes known from a secondary source count; without them people may count by
            another group or line.
        """
        outcomes, lines = self._elect(with_secondary=with_secondary)
        found: dict[Likeness, People] = {}
        for each in outcomes.values():
            line = lines[each.episode]
            likeness = Likeness(
                self._reach(each.episode, line.group, each.rules),
                self._precedence(each.episode, lines),
                self._same(frozenset(self._companions.get(each.episode, ()))),
                self._designs[each.study],
                line.group in self._persons,
            )
            found.setdefault(likeness, People()).add(self._people(each, likeness))
        return CountedPeople(found, frozenset(self._links))

    def _read_memberships(self) -> None:
        self._drugs: dict[str, set[str]] = {}
        self._companions: dict[str, set[tuple[str, str]]] = {}
        for episode, drug, aloneness in self._rows("drugs"):
            self._drugs.setdefault(episode, set()).add(drug)
            if aloneness:
                self._companions.setdefault(episode, set()).add((drug, aloneness))
        self._neuropathies = self._sets("neuropathies")
        self._conditions = self._sets("conditions")
        self._yields_to = self._sets("precedence")
        self._persons = {person for (person,) in self._rows("persons")}
        self._numbers: dict[str, list[int]] = {}
        places = {terms.concept("response", response): place for place, response in enumerate(RESPONSES)}
        for outcome, _, n, response in self._rows("responses"):
            if response in places:
                self._numbers.setdefault(outcome, [0] * len(RESPONSES))[places[response]] += int(n)
        self._designs: dict[str, str] = {}
        self._places: dict[str, int] = {}
        self._links: set[tuple[str, str]] = set()
        for study, design, other in sorted(self._rows("studies")):
            self._designs[study] = design
            self._places.setdefault(study, len(self._places))
            if other:
                self._links.add((min(study, other), max(study, other)))
        self._linked = {study for link in self._links for study in link}

    def _elect(self, *, with_secondary: bool) -> tuple[dict[str, _Outcome], dict[str, _Line]]:
        """The countable outcomes, and their lines of treatment with the rules under which one of them counts."""
        outcomes: dict[str, _Outcome] = {}
        lines: dict[str, _Line] = {}
        for study, group, size, episode, outcome, assessed, rule, depth in self._candidates:
            if depth == _SECONDARY and not with_secondary:
                continue
            line = lines.setdefault(episode, _Line(group, set()))
            line.rules.add(rule)
            known = _Outcome(study, episode, outcome, int(size), int(assessed), set())
            outcomes.setdefault(outcome, known).rules.add(rule)
        return outcomes, lines

    def _precedence(self, episode: str, lines: Mapping[str, _Line]) -> frozenset[Reach]:
        """The reach of the lines that count in the stead of this one, where one of their outcomes does."""
        others = ((other, lines[other]) for other in self._yields_to.get(episode, ()) if other in lines)
        return self._same(frozenset(self._reach(other, line.group, line.rules) for other, line in others))

    def _reach(self, episode: str, group: str, rules: Iterable[str]) -> Reach:
        drugs, neuropathies = self._drugs.get(episode, ()), self._neuropathies.get(episode, ())
        sets = (drugs, neuropathies, self._conditions.get(group, ()), rules)
        return Reach(*(self._same(frozenset(each)) for each in sets))

    def _people(self, outcome: _Outcome, likeness: Likeness) -> People:
        linked = {outcome.study: outcome.size} if outcome.study in self._linked else {}
        return People(
            outcome.size,
            outcome.assessed,
            self._numbers.get(outcome.outcome) or [0] * len(RESPONSES),
            outcome.size if likeness.described_singly else 0,
            studies=1 << self._places[outcome.study],
            treated_by_linked_study=linked,
        )

    def _same(self, value: _Value) -> _Value:
        """One object for all equal values, so that many people of few likenesses take little memory."""
        return cast(_Value, self._known.setdefault(value, value))

    def _sets(self, name: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for owner, value in self._rows(name):
            found.setdefault(owner, set()).add(value)
        return found

    def _rows(self, name: str) -> Iterator[tuple[str, ...]]:
        """The rows of a query in `queries/cube`, with an empty text where nothing is bound."""
        query = (resource_directory("queries") / "cube" / f"{name}.rq").read_text(encoding="utf-8")
        for row in self._store.select(query).rows:
            yield tuple(term.value if isinstance(term, Iri | Literal) else "" for term in row)
