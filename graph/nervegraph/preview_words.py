"""How the preview of a study file puts doses, regimens and outcomes into words. Nothing is added to the facts."""

from __future__ import annotations

import unicodedata

from nervegraph import model
from nervegraph.crosschecks.outcomes import PARTS_OF_IMPROVED, sum_of_counts
from nervegraph.record_types import Place
from nervegraph.vocabulary import Vocabulary

_JOINTS = {"successive": ", then ", "any-of": " or ", "unknown": " / "}


def shown(text: str) -> str:
    """The text with control and invisible characters written out, so that none can act on a terminal."""
    return "".join(_written_out(each) if unicodedata.category(each)[0] == "C" else each for each in text)


def _written_out(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


class Wording:
    """Words for the parts of one record."""

    def __init__(self, record: model.StudyFile, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._sources = {source.id: source for source in record.sources}

    def name(self, scheme: str, slug: str) -> str:
        """The label of a concept; its abbreviation where the id is one, as in IVIG."""
        concept = self._vocabulary.get(scheme, slug)
        return slug.upper() if slug.upper() in concept.synonyms else concept.label

    def names(self, scheme: str, slugs: list[str]) -> str:
        """The labels of several concepts."""
        return " and ".join(self.name(scheme, slug) for slug in slugs)

    def place(self, place: Place) -> str:
        """Where it was read, and how deeply: `abstract (part of the abstract), Results`."""
        source = self._sources.get(place.source)
        depth = f" ({self.name('reading-depth', source.read)})" if source and source.read != place.source else ""
        sentence = f", sentence {place.sentence}" if place.sentence else ""
        return shown(f"{place.source}{depth}, {place.section}{sentence}")

    def regimen(self, treatment: model.Treatment, size: int | None) -> str:
        """All drugs with doses, roles and the part of the group: `IVIG 2 g/kg per course + prednisone in 3 of 5`."""
        drugs = [self._drug(drug, size) for drug in treatment.drugs]
        return _JOINTS.get(treatment.composition, " + ").join(drugs)

    def _drug(self, drug: model.DrugGiven, size: int | None) -> str:
        words = [self.name("drug", drug.drug)]
        if drug.dose:
            side_by_side = any(step.n is not None for step in drug.dose)
            words.append((", or " if side_by_side else ", then ").join(self._dose(step) for step in drug.dose))
        if drug.extent == "part":
            words.append(f"in {drug.n}" + (f" of {size}" if size is not None else ""))
        elif drug.extent == "unknown":
            words.append("in an unknown part")
        if drug.role != "index":
            words.append(f"({self.name('role', drug.role)})")
        if drug.given_for:
            words.append(f"for {shown(drug.given_for)}")
        return " ".join(words)

    def _dose(self, step: model.DoseStep) -> str:
        basis = self.name("basis", step.per)
        words = [shown(step.amount.text), basis if basis.startswith("per") else f"({basis} per what)"]
        if step.days is not None:
            words.append(f"on {step.days} day{'s' * (step.days != 1)}")
        if step.every is not None:
            words.append(f"every {step.every.text}")
        if step.times is not None:
            words.append(f"{step.times} times")
        if step.n is not None:
            words.append(f"in {step.n}")
        return " ".join(words)

    def outcome(self, outcome: model.Outcome, *, is_person: bool) -> str:
        """What happened, then how and in what it was looked at."""
        seen = f"{self.name('instrument', outcome.instrument)}, {self.name('domain', outcome.domain)}"
        at = f", at {outcome.at.text}" if outcome.at else ""
        return f"{self._result(outcome, is_person=is_person)} – {seen}{at}"

    def _result(self, outcome: model.Outcome, *, is_person: bool) -> str:
        if outcome.status != "reported":
            because = f" ({shown(outcome.because)})" if outcome.because else ""
            return f"{self.name('outcome-status', outcome.status)}{because}"
        told = []
        if outcome.counts:
            told.append(
                self.name("response", next(iter(outcome.counts)))
                if is_person
                else self.counts(outcome.counts, outcome.assessed)
            )
        if outcome.quantified is not None:
            quantifier = self.name("quantifier", outcome.quantified.quantifier)
            told.append(f"{quantifier} {self.name('response', outcome.quantified.response)}")
        if outcome.percentage is not None:
            told.append(f"{outcome.percentage.percent} % {self.name('response', outcome.percentage.response)}")
        if outcome.change is not None:
            change = outcome.change
            words = [change.comparator or "changed by", change.value, change.unit, change.meaning or ""]
            told.append(shown(" ".join(word for word in words if word)))
        if outcome.group_result is not None:
            told.append(f"group as a whole: {self.name('response', outcome.group_result)}")
        return "; ".join(told)

    def counts(self, counts: dict[str, int], assessed: int | None) -> str:
        """People per response of the people assessed: `9 improved, 6 stable, 4 worsened of 19`.

        Partly improved and remission stand in brackets, as they are inside improved. Who was assessed and has no
        response told is said to be so, never guessed.
        """
        inside = [f"{counts[slug]} {self.name('response', slug)}" for slug in PARTS_OF_IMPROVED if slug in counts]
        words = []
        if "improved" in counts:
            bracket = f" ({', '.join(inside)})" if inside else ""
            words.append(f"{counts['improved']} {self.name('response', 'improved')}{bracket}")
        else:
            words += inside
        others = [slug for slug in counts if slug not in ("improved", *PARTS_OF_IMPROVED)]
        words += [f"{counts[slug]} {self.name('response', slug)}" for slug in others]
        untold = 0 if assessed is None else assessed - sum_of_counts(counts)
        if untold > 0:
            words.append(f"{untold} not told")
        return ", ".join(words) + (f" of {assessed}" if assessed is not None else " of an unknown number")
