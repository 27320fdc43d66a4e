"""Rules about lines of treatment: which drugs were given to how many, and in which order."""

from __future__ import annotations

from collections.abc import Iterator

from nervegraph.crosschecks.parts import StudyParts, StudyRules, TreatmentAt
from nervegraph.crosschecks.rules import Defect

BOOK = StudyRules()

NOT_A_DRUG = frozenset({"no-drug", "placebo"})
LONGEST_COURSE_DAYS = 365


@BOOK.rule("exposed-more-than-group")
def _exposed_more_than_group(study: StudyParts) -> Iterator[Defect]:
    """Nobody outside the group had the drug in it (13 of 19 on steroids, rist-2011)."""
    for drug, path, treatment in study.drugs:
        size = treatment.people.size
        if drug.n is not None and size is not None and drug.n > size:
            yield Defect(
                (*path, "n"),
                f"{drug.n} are said to have had {drug.drug}, but {treatment.people.name} has {size}.",
                "Check both numbers; 'n' is the number of patients, not of infusions.",
            )


@BOOK.rule("exposed-whole-written-out")
def _exposed_whole_written_out(study: StudyParts) -> Iterator[Defect]:
    """No `n` means everybody; a number equal to the group's would be read as a part of it."""
    for drug, path, treatment in study.drugs:
        size = treatment.people.size
        if drug.n is not None and drug.n == size and drug.n > 0:
            yield Defect(
                (*path, "n"),
                f"All {size} had {drug.drug}.",
                "Leave 'n' out: a drug without 'n' was given to everybody.",
                at_key=True,
            )


@BOOK.rule("exposed-nobody")
def _exposed_nobody(study: StudyParts) -> Iterator[Defect]:
    """A drug that nobody had is no part of the treatment."""
    for drug, path, _ in study.drugs:
        if drug.n == 0:
            yield Defect((*path, "n"), f"Nobody had {drug.drug}.", "Delete the drug, or write 'n: unknown'.")


@BOOK.rule("dose-for-more-than-exposed")
def _dose_for_more_than_exposed(study: StudyParts) -> Iterator[Defect]:
    """Who got a dose got the drug."""
    for drug, path, treatment in study.drugs:
        exposed = drug.n if drug.extent == "part" else treatment.people.size
        for at, step in enumerate(drug.dose):
            if step.n is not None and exposed is not None and step.n > exposed:
                yield Defect(
                    (*path, "dose", at, "n"),
                    f"{step.n} are said to have had this dose, but only {exposed} had {drug.drug}.",
                    "Check both numbers.",
                )


@BOOK.rule("dosing-days-out-of-range")
def _dosing_days_out_of_range(study: StudyParts) -> Iterator[Defect]:
    """`days` are the days on which one course is given; a long treatment is repeated courses or a duration."""
    for drug, path, _ in study.drugs:
        for at, step in enumerate(drug.dose):
            if step.days is not None and not 1 <= step.days <= LONGEST_COURSE_DAYS:
                yield Defect(
                    (*path, "dose", at, "days"),
                    f"A course of {step.days} days cannot be meant.",
                    "'days' counts the days of one course (5 for 0.4 g/kg on 5 days); how long the treatment went on "
                    "belongs under 'times' as treatment duration.",
                )


@BOOK.rule("single-with-several-drugs")
def _single_with_several_drugs(study: StudyParts) -> Iterator[Defect]:
    """A regimen is not a drug: one drug is `single`, several stand together, in succession, or as alternatives."""
    for treatment in study.treatments:
        drugs = [drug.drug for drug in treatment.part.drugs]
        if treatment.part.composition == "single" and len(drugs) > 1:
            yield Defect(
                (*treatment.path, "composition"),
                f"The composition is 'single', but {len(drugs)} drugs are listed ({', '.join(drugs)}).",
                "Write 'together', 'successive', 'any of' or 'unknown'.",
            )


@BOOK.rule("several-with-one-drug")
def _several_with_one_drug(study: StudyParts) -> Iterator[Defect]:
    """With one drug listed there is nothing it could be together with; another drug may have been forgotten."""
    for treatment in study.treatments:
        part = treatment.part
        unnamed = part.other_immune_drugs in ("some-unnamed", "")
        if part.composition in ("together", "successive", "any-of") and len(part.drugs) == 1 and not unnamed:
            yield Defect(
                (*treatment.path, "composition"),
                f"The composition is '{part.composition.replace('-', ' ')}', but one drug is listed.",
                "Add the other drug, or write 'single'; one that is not named is 'other immune drugs: some unnamed'.",
            )


@BOOK.rule("alone-but-others")
def _alone_but_others(study: StudyParts) -> Iterator[Defect]:
    """`none stated` makes a drug count as given alone, so that no second immune drug may stand beside it."""
    for treatment in study.treatments:
        immune = {d.drug for d in treatment.part.drugs if d.role != "symptomatic" and d.drug not in NOT_A_DRUG} - {""}
        if treatment.part.other_immune_drugs == "none-stated" and len(immune) > 1:
            yield Defect(
                (*treatment.path, "other immune drugs"),
                f"'none stated' says that one drug was given alone, but there are {', '.join(sorted(immune))}.",
                "Write 'listed'; a drug against symptoms only has the role 'symptomatic'.",
            )


@BOOK.rule("no-drug-beside-drugs")
def _no_drug_beside_drugs(study: StudyParts) -> Iterator[Defect]:
    """Untreated people are a treatment line of their own (2 untreated, font-2003), unless drugs are alternatives."""
    for treatment in study.treatments:
        drugs = treatment.part.drugs
        for at, drug in enumerate(drugs):
            if drug.drug == "no-drug" and len(drugs) > 1 and treatment.part.composition != "any-of":
                yield Defect(
                    (*treatment.path, "drugs", at, "drug"),
                    "'no drug' stands beside other drugs.",
                    "Give the untreated people an entry of their own, or write 'composition: any of'.",
                )


@BOOK.rule("same-order-twice")
def _same_order_twice(study: StudyParts) -> Iterator[Defect]:
    """Two lines of treatment of one person come one after the other; the order decides which one counts."""
    for treatments in study.treatments_by_people:
        first: dict[int, TreatmentAt] = {}
        for treatment in treatments:
            order = treatment.part.order
            if order is not None and first.setdefault(order, treatment) is not treatment:
                yield Defect(
                    (*treatment.path, "order"),
                    f"'{first[order].part.id}' and '{treatment.part.id}' both have the order {order}.",
                    "Number the lines of treatment 1, 2, 3 as they followed each other; where that is not known, "
                    "leave 'order' out.",
                )


@BOOK.rule("rechallenge-of-unknown")
def _rechallenge_of_unknown(study: StudyParts) -> Iterator[Defect]:
    """A rechallenge repeats an earlier treatment of the same people."""
    for treatment, known in _rechallenges(study):
        if treatment.part.rechallenge_of not in known:
            yield Defect(
                (*treatment.path, "rechallenge of"),
                f"{treatment.people.name} has no treatment '{treatment.part.rechallenge_of}'.".capitalize(),
                f"Its treatments are: {', '.join(known)}.",
            )


@BOOK.rule("rechallenge-of-itself")
def _rechallenge_of_itself(study: StudyParts) -> Iterator[Defect]:
    """A treatment does not repeat itself, nor do two treatments repeat each other."""
    for treatment, known in _rechallenges(study):
        seen: list[str] = []
        at: str | None = treatment.part.id
        while at is not None and at not in seen:
            seen.append(at)
            at = known[at].part.rechallenge_of if at in known else None
        if at == treatment.part.id:
            yield Defect(
                (*treatment.path, "rechallenge of"),
                " repeats ".join([*seen, at]) + ".",
                "Name the treatment that came first, or delete the line.",
            )


@BOOK.rule("rechallenge-before-first")
def _rechallenge_before_first(study: StudyParts) -> Iterator[Defect]:
    """A rechallenge comes after what it repeats."""
    for treatment, known in _rechallenges(study):
        earlier = known.get(treatment.part.rechallenge_of or "")
        orders = (treatment.part.order, earlier.part.order if earlier and earlier is not treatment else None)
        if orders[0] is not None and orders[1] is not None and orders[0] < orders[1]:
            yield Defect(
                (*treatment.path, "order"),
                f"The order of '{treatment.part.id}' is {orders[0]}, but it repeats '{treatment.part.rechallenge_of}', "
                f"whose order is {orders[1]}.",
                "Check the two orders.",
            )


def _rechallenges(study: StudyParts) -> Iterator[tuple[TreatmentAt, dict[str, TreatmentAt]]]:
    """The treatments that repeat another one, each with all treatments of the same people by id."""
    for treatments in study.treatments_by_people:
        if any(not study.was_read(treatment.part, "id") for treatment in treatments):
            continue
        known = {treatment.part.id: treatment for treatment in reversed(treatments)}
        for treatment in treatments:
            if treatment.part.rechallenge_of is not None:
                yield treatment, known


@BOOK.rule("order-missing")
def _order_missing(study: StudyParts) -> Iterator[Defect]:
    """People count once per drug; of two lines with it nobody can say by which, unless their order is known."""
    for treatments in study.treatments_by_people:
        for at, treatment in enumerate(treatments):
            part = treatment.part
            for earlier in treatments[:at]:
                both = (part, earlier.part)
                ordered = all(each.order is not None or not study.was_read(each, "order") for each in both)
                repeats = any(each.rechallenge_of or not study.was_read(each, "rechallenge_of") for each in both)
                if not ordered and not repeats and _same_use(treatment, earlier):
                    yield Defect(
                        treatment.path,
                        f"'{earlier.part.id}' and '{part.id}' have a drug and a target in common, and it is not said "
                        "which came first.",
                        "Add 'order: 1' and 'order: 2', or 'rechallenge of:' to the one that repeats the other.",
                    )


def _same_use(one: TreatmentAt, other: TreatmentAt) -> bool:
    def index_drugs(treatment: TreatmentAt) -> set[str]:
        return {drug.drug for drug in treatment.part.drugs if drug.role in ("index", "add-on")} - {""}

    targets = [set(each.part.target or each.people.part.neuropathy) for each in (one, other)]
    return bool(index_drugs(one) & index_drugs(other)) and targets[0] == targets[1]
