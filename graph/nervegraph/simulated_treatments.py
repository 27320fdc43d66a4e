"""What the people of a synthetic cohort were given, and what was seen in them: nobody's data, drawn at random."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from nervegraph.study_tree import Value

_INDEX_DRUGS = (
    *["ivig"] * 4,
    *["glucocorticoid"] * 3,
    *["prednisone"] * 2,
    *["rituximab"] * 2,
    "cyclophosphamide",
    "azathioprine",
    "mycophenolate-mofetil",
    "plasma-exchange",
    "methylprednisolone",
)
_ADDED_DRUGS = ("azathioprine", "methotrexate", "hydroxychloroquine", "prednisolone", "cyclophosphamide")
_PAIN_DRUGS = ("gabapentin", "pregabalin", "duloxetine", "amitriptyline")
_DOSES: dict[str, tuple[str, str, str]] = {
    # drug: amount, what it is per, days of one course
    "ivig": ("0.4 g/kg", "day", "5"),
    "prednisone": ("1 mg/kg", "day", ""),
    "rituximab": ("375 mg/m2", "infusion", ""),
    "methylprednisolone": ("1 g", "day", "3"),
}
_RESPONSES = (
    *["improved"] * 9,
    *["partly improved"] * 2,
    "remission",
    *["stable"] * 4,
    *["worsened"] * 2,
    *["not improved"] * 2,
)
_INSTRUMENTS = {
    "neuropathy overall": ("authors judgement", "physician-global", "patient-global"),
    "disability": ("modified-rankin-scale", "incat", "r-ods"),
    "pain": ("vas-pain", "pain-numeric-rating"),
    "sensation": ("sensory-examination", "quantitative-sensory-testing"),
    "strength": ("mrc-sum", "strength-examination"),
    "test result": ("nerve-conduction", "autonomic-tests"),
    "treatment sparing": ("steroid-dose", "ivig-dose"),
}
_HARMS = ("headache", "infection", "nausea", "rise of liver enzymes")
_GROUP_SUMS = ("improved", "stable", "worsened", "not improved")

Tree = dict[str, Value]
T = TypeVar("T")


class Draw:
    """Draws from a generator by whole numbers only; fractions may differ between platforms."""

    def __init__(self, generator: Random) -> None:
        self._generator = generator

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self._generator.randrange(high - low + 1)

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely as the others."""
        return choices[self._generator.randrange(len(choices))]

    def happens(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self._generator.randrange(100) < percent

    def several_of(self, choices: Sequence[T], count: int) -> list[T]:
        """So many different ones of the choices."""
        rest = list(choices)
        return [rest.pop(self._generator.randrange(len(rest))) for _ in range(count)]


class TreatmentMaker:
    """Makes lines of treatment, for one person or for a group."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    # --- treatments of one person --------------------------------------------------------------------------------

    def build_lines_of_one(self) -> list[Value]:
        """One to three lines of treatment of one person, in their order; the last may be the first once more."""
        draw = self._draw
        count = draw.one_of((1, 1, 1, 1, 2, 2, 3))
        lines: list[Value] = []
        for order in range(1, count + 1):
            line: Tree = {"id": f"line-{order}", "order": str(order), **self.build_regimen(1)}
            line["outcomes"] = self._outcomes_of_one()
            if draw.happens(25):
                line["adverse events"] = [self._harm(1)]
            if draw.happens(12):
                line["stopped"] = [{"id": "stop", "reasons": [draw.one_of(("ineffective", "adverse event"))]}]
            if draw.happens(15):
                line["course"] = [{"id": "relapse", "event": "relapse", "after": f"{draw.number(2, 40)} months"}]
            if draw.happens(20):
                line["times"] = [{"measure": "time to response", "centre": f"{draw.number(3, 90)} days"}]
            lines.append(line)
        if draw.happens(7):
            again: Tree = {"id": "again", "order": str(count + 1), "rechallenge of": "line-1"}
            first = lines[0]
            if isinstance(first, dict):
                again |= {name: first[name] for name in ("composition", "other immune drugs", "drugs")}
            again["outcomes"] = [self._outcome("overall", "neuropathy overall", response=draw.one_of(_RESPONSES))]
            lines.append(again)
        return lines

    def build_regimen(self, size: int) -> Tree:
        """The drugs of one line of treatment of so many people, and how they were given together."""
        draw = self._draw
        index = draw.one_of(_INDEX_DRUGS)
        drugs: list[Value] = [self._drug(index, "index")]
        if draw.happens(35):
            added = draw.one_of([drug for drug in _ADDED_DRUGS if drug != index])
            role = draw.one_of(("add-on", "background", "maintenance"))
            part = {"n": str(draw.number(1, size - 1))} if size > 2 and draw.happens(60) else {}
            drugs.append({"drug": added, "role": role, **part})
        others = "all listed" if len(drugs) > 1 else draw.one_of(("not mentioned", "not mentioned", "none stated"))
        if draw.happens(10):
            drugs.append({"drug": draw.one_of(_PAIN_DRUGS), "role": "symptomatic"})
        composition = "together" if len(drugs) > 1 else "single drug"
        return {"composition": composition, "other immune drugs": others, "drugs": drugs}

    def _drug(self, drug: str, role: str) -> Tree:
        given: Tree = {"drug": drug, "role": role}
        if drug in _DOSES and self._draw.happens(50):
            amount, basis, days = _DOSES[drug]
            given["dose"] = [{"amount": amount, "per": basis, **({"days": days} if days else {})}]
        return given

    def _outcomes_of_one(self) -> list[Value]:
        """What was seen in one person: mostly a global judgement, often another instrument, now and then nothing."""
        draw = self._draw
        if draw.happens(4):
            silent = {"status": "not reported", "because": "nothing was made up here"}
            return [self._outcome("overall", "neuropathy overall", **silent)]
        response = draw.one_of(_RESPONSES)
        if draw.happens(75):
            outcomes: list[Value] = [self._outcome("overall", "neuropathy overall", response=response)]
        else:
            domain = draw.one_of(("pain", "sensation", "strength", "disability"))
            outcomes = [self._outcome(domain, domain, response=response, **{"curators choice": "yes"})]
        if draw.happens(35):
            domain = draw.one_of(("disability", "pain", "test result", "treatment sparing"))
            second = response if draw.happens(70) else draw.one_of(_RESPONSES)
            outcomes.append(self._outcome("second", domain, response=second))
        return outcomes

    def _outcome(self, key: str, domain: str, **result: Value) -> Tree:
        instrument = self._draw.one_of(_INSTRUMENTS[domain])
        at = {"at": f"{self._draw.number(1, 24)} months"} if self._draw.happens(30) else {}
        return {"id": key, "domain": domain, "instrument": instrument, **result, **at}

    def _harm(self, size: int) -> Tree:
        status = self._draw.one_of(("reported", "none stated", "not reported"))
        if status != "reported":
            return {"id": "harm", "status": status}
        counted = {"n": str(self._draw.number(1, size)), "of": str(size)} if size > 1 else {}
        return {"id": "harm", "status": status, "event": self._draw.one_of(_HARMS), **counted}

    # --- treatments of a group -----------------------------------------------------------------------------------

    def build_group_line(self, regimen: Tree, size: int, tally: Counter[str], *, is_whole: bool) -> Tree:
        """What a group had, and how many of it responded how; a part says less than the whole."""
        draw = self._draw
        line: Tree = {"id": "line-1", **regimen}
        assessed = "not reported" if draw.happens(3) else str(size)
        counts = {response: str(tally[response]) for response in _GROUP_SUMS if tally[response]}
        if not is_whole and draw.happens(20) and set(counts) <= {"improved", "stable"}:
            counts = {"improved or stable": str(size)}
        outcomes: list[Value] = [self._outcome("overall", "neuropathy overall", assessed=assessed, **counts)]
        if is_whole and draw.happens(40):
            other = self.build_tally(size)
            again = {response: str(other[response]) for response in _GROUP_SUMS if other[response]}
            outcomes.append(self._outcome("disability", "disability", assessed=str(size), **again))
        line["outcomes"] = outcomes
        if is_whole and draw.happens(50):
            line["adverse events"] = [self._harm(size)]
        if is_whole and draw.happens(50):
            low, high = draw.number(1, 12), draw.number(24, 96)
            line["times"] = [{"measure": "follow-up", "min": f"{low} months", "max": f"{high} months"}]
        return line

    def build_tally(self, size: int) -> Counter[str]:
        """How many of a group had which response; a large group is drawn in blocks of equal people."""
        tally: Counter[str] = Counter()
        block = max(1, size // 50)
        while size > 0:
            response = self._draw.one_of(_RESPONSES)
            tally["improved" if response in ("partly improved", "remission") else response] += min(block, size)
            size -= block
        return tally


def of_a_part(regimen: Tree) -> Tree:
    """The regimen of a whole as it holds for a part of it: who of them had a drug that only some had is not known."""
    drugs = regimen["drugs"]
    known: list[Value] = [
        {**drug, "n": "unknown"} if isinstance(drug, dict) and "n" in drug else drug for drug in drugs
    ]
    return {**regimen, "drugs": known}
