"""A synthetic cohort for tests of scale: study files about people who do not exist, shaped like the evidence.

Everything is drawn from one seeded generator of whole numbers, so that a seed gives the same bytes on every platform.
Each study says in its title, its curator and the field `synthetic` that it is made up, and has no author, date or
identifier that could be taken for an article's. The shares of what is drawn are meant to look like published case
reports and series; they are nobody's data, and nothing medical follows from them.

Studies are made one by one: memory does not grow with their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from nervegraph.errors import Misuse
from nervegraph.simulated_treatments import Draw, TreatmentMaker, Tree, of_a_part
from nervegraph.study_tree import Value

CURATOR = "NerveGraph simulation"

_MEAN_PATIENTS_PER_STUDY = 10
_MOST_PATIENTS_PER_STUDY = 10_000
_MOST_STUDIES = 9_999_999
# Sizes of studies in percent of the mean: many case reports, a few large series.
_SIZES_PERCENT = (10, 10, 10, 20, 30, 60, 100, 160, 250, 350)
_MOST_DESCRIBED_ONE_BY_ONE = 30
_MOST_DESCRIBED_OF_A_PART = 3
_FEWEST_IN_PARTS = 4

_NEUROPATHIES = (
    "sensory ganglionopathy",
    "ataxic sensory neuropathy",
    "painful sensory neuropathy",
    "small fibre neuropathy",
    "sensorimotor neuropathy",
    "multiple mononeuropathy",
    "vasculitic neuropathy",
    "cidp",
    "autonomic neuropathy",
    "trigeminal neuropathy",
    "axonal sensory neuropathy",
    "radiculoneuropathy",
)
_CONDITIONS = (*["primary-sjogren"] * 6, *["sjogren-disease"] * 2, "sjogren-with-sle", "idiopathic")
_FINDINGS = ("anti-ro-ssa", "anti-la-ssb", "cryoglobulins", "low-c4", "vasculitis-on-biopsy", "rheumatoid-factor")


@dataclass(frozen=True)
class Cohort:
    """How many people in how many studies, and the seed that everything else follows from.

    :raises Misuse: the numbers cannot be met.
    """

    patients: int
    seed: int
    studies: int

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise Misuse(f"a seed of {self.seed} is not possible; give a whole number from 0.")
        if not 1 <= self.studies <= min(self.patients, _MOST_STUDIES):
            raise Misuse(
                f"{self.patients} patients cannot be spread over {self.studies} studies; give at least one patient "
                f"for each study, and 1 to {_MOST_STUDIES:,} studies."
            )
        if self.patients > self.studies * _MOST_PATIENTS_PER_STUDY:
            raise Misuse(
                f"{self.patients:,} patients are too many for {self.studies:,} studies; give at most "
                f"{_MOST_PATIENTS_PER_STUDY:,} for each."
            )

    @classmethod
    def of(cls, patients: int, seed: int, studies: int | None = None) -> Cohort:
        """A cohort of this many people; without a number of studies, of ten people in each on average."""
        return cls(patients, seed, max(1, patients // _MEAN_PATIENTS_PER_STUDY) if studies is None else studies)


def study_id(number: int) -> str:
    """The id of the study with this number, from 1; ids sort as numbers do."""
    return f"synthetic-{number:07d}"


def build_study_trees(cohort: Cohort) -> Iterator[Tree]:
    """The studies of a cohort one by one, each as the fields of its study file.

    All people described, alone or within the outermost group of their study, are as many as the cohort has.
    """
    draw = Draw(Random(cohort.seed))  # noqa: S311 - numbers that can be had again, nothing secret
    people_left = cohort.patients
    for number in range(1, cohort.studies + 1):
        studies_left = cohort.studies - number
        wanted = people_left * draw.one_of(_SIZES_PERCENT) // (100 * (studies_left + 1))
        people = min(max(1, wanted), people_left - studies_left) if studies_left else people_left
        people_left -= people
        yield _StudyMaker(draw, cohort.seed, number).build(people)


class _StudyMaker:
    """Makes one study."""

    def __init__(self, draw: Draw, seed: int, number: int) -> None:
        self._draw = draw
        self._treatments = TreatmentMaker(draw)
        self._seed = seed
        self._number = number
        self._where = "paper, results"

    def build(self, size: int) -> Tree:
        """A study about this many people."""
        draw = self._draw
        is_title_only = size > 1 and draw.happens(6)
        one_by_one = not is_title_only and (size == 1 or (size <= _MOST_DESCRIBED_ONE_BY_ONE and draw.happens(60)))
        condition = draw.one_of(_CONDITIONS)
        if size > 1 and not one_by_one and draw.happens(10):
            condition = "mixed-conditions"
        if is_title_only:
            self._where = "paper, title"
        people: Tree = {}
        if one_by_one:
            people["people"] = [self._person(f"p{at}") for at in range(1, size + 1)]
        else:
            people = self._groups(size, is_mixed=condition == "mixed-conditions", is_whole_only=is_title_only)
        return {**self._head(size, condition, "title only" if is_title_only else ""), **people}

    def _head(self, size: int, condition: str, depth: str) -> Tree:
        draw = self._draw
        design = "case report" if size == 1 else draw.one_of(("case series", "case series", "cohort", "registry study"))
        who = "1 made-up person" if size == 1 else f"{size} made-up people"
        source: Tree = {"id": "paper", "kind": "article"}
        source["read"] = depth or draw.one_of(("full text", "abstract", "part of the abstract"))
        source["note"] = "There is no such article."
        head: Tree = {
            "study": study_id(self._number),
            "title": f"Synthetic study {self._number} of simulation {self._seed}, about {who}",
            "design": design,
            "timing": "not applicable" if size == 1 else draw.one_of(("retrospective", "prospective")),
            "status": "retracted" if draw.happens(1) else "published",
            "condition": condition,
            "curator": CURATOR,
            "second reader": "none",
            "synthetic": "yes",
            "sources": [source],
        }
        if self._number > 1 and draw.happens(4):
            other = study_id(self._number - draw.number(1, min(5, self._number - 1)))
            head["may overlap"] = [{"study": other, "because": draw.one_of(("shared authors", "shared centre"))}]
        return head

    # --- people --------------------------------------------------------------------------------------------------

    def _person(self, key: str, **more: Value) -> Tree:
        draw = self._draw
        person: Tree = {"id": key, **more}
        person["age"] = str(draw.number(24, 84))
        person["sex"] = "male" if draw.happens(15) else "female"
        person.setdefault("neuropathy", self._neuropathies())
        if findings := self._findings(1):
            person["findings"] = findings
        person["where"] = self._where
        person["treatments"] = self._treatments.build_lines_of_one()
        return person

    def _neuropathies(self) -> Value:
        return [*self._draw.several_of(_NEUROPATHIES, 2 if self._draw.happens(15) else 1)]

    def _findings(self, size: int) -> list[Value]:
        found: list[Value] = []
        for finding in self._draw.several_of(_FINDINGS, self._draw.number(0, 2)):
            status = self._draw.one_of(("present", "present", "absent", "not read"))
            counted = {"n": str(self._draw.number(1, size))} if status == "present" and size > 1 else {}
            found.append({"finding": finding, "status": status, **counted})
        return found

    def _groups(self, size: int, *, is_mixed: bool, is_whole_only: bool) -> Tree:
        """The whole group, its disjoint parts by neuropathy, and some people of the parts one by one."""
        draw, treatments = self._draw, self._treatments
        sizes = [] if is_whole_only or size < _FEWEST_IN_PARTS else self._split(size, draw.number(2, 4))
        tallies = [treatments.build_tally(part) for part in sizes or [size]]
        regimen = treatments.build_regimen(size)
        line = treatments.build_group_line(regimen, size, sum(tallies, Counter()), is_whole=True)
        findings = self._findings(size)
        whole: Tree = {
            "id": "all",
            "patients": str(size),
            "neuropathy": "peripheral-neuropathy",
            **({"parts": "disjoint"} if sizes else {}),
            **({"findings": findings} if findings else {}),
            "where": self._where,
            "treatments": [line],
        }
        groups: list[Value] = [whole]
        people: list[Value] = []
        neuropathies = draw.several_of(_NEUROPATHIES, len(sizes))
        for at, neuropathy in enumerate(neuropathies):
            line = treatments.build_group_line(of_a_part(regimen), sizes[at], tallies[at], is_whole=False)
            part, described = self._part(f"part-{at + 1}", sizes[at], neuropathy, is_mixed=is_mixed)
            groups.append({**part, "treatments": [line]})
            people += described
        return {"groups": groups, "people": people} if people else {"groups": groups}

    def _part(self, key: str, size: int, neuropathy: str, *, is_mixed: bool) -> tuple[Tree, list[Value]]:
        """A part of the group without its treatment, and the people in it who are described one by one."""
        draw = self._draw
        shared: Tree = {"neuropathy": neuropathy}
        if is_mixed:
            shared["condition"] = draw.one_of(("primary-sjogren", "idiopathic", "mixed-conditions"))
        count = draw.number(1, min(size, _MOST_DESCRIBED_OF_A_PART)) if draw.happens(30) else 0
        people: list[Value] = []
        for at in range(1, count + 1):
            own: Tree = {"condition": "sjogren-disease"} if shared.get("condition") == "mixed-conditions" else {}
            people.append(self._person(f"{key}-p{at}", **{"part of": key, **shared, **own}))
        part: Tree = {"id": key, "part of": "all", "patients": str(size), **shared}
        return {**part, **({"parts": "disjoint"} if people else {}), "where": self._where}, people

    def _split(self, size: int, parts: int) -> list[int]:
        sizes = []
        for others in range(parts - 1, 0, -1):
            sizes.append(self._draw.number(1, max(1, (size - others) * 2 // (others + 2))))
            size -= sizes[-1]
        return [*sizes, size]
