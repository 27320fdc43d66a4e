"""What the shipped studies must say in the graph, and must not: the cases that decided the evidence model."""

from __future__ import annotations

from gold import QUESTIONS
from graphs import graph
from nervegraph import terms
from nervegraph.assembly import find_study_files
from nervegraph.rdfterms import Iri, Literal, Term
from nervegraph.resources import resource_directory
from nervegraph.study_file import read_study_file
from nervegraph.vocabulary import Vocabulary

STUDIES = (
    "font-2003",
    "geerts-2021",
    "gorson-2007",
    "huma-2020",
    "kizawa-2006",
    "levy-2003",
    "mirica-2020",
    "morozumi-2009",
    "noguchi-2003",
    "pereira-2016",
    "rist-2011",
)
RESPONSES = ("improved", "improved_or_stable", "stable", "worsened", "not_improved")
PREFIXES = "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in terms.PREFIXES.items()) + (
    f"PREFIX study: <{terms.BASE}study/>\n"
    + "".join(
        f"PREFIX {scheme}: <{terms.BASE}{scheme}/>\n"
        for scheme in ("aloneness", "condition", "domain", "drug", "response")
    )
)


def text(term: Term | None) -> str:
    """The short form in which the cases are written: concepts and parts of studies without their namespace."""
    if isinstance(term, Iri):
        return term.value.removeprefix(terms.BASE).removeprefix("study/")
    return term.value if isinstance(term, Literal) else ""


def holds(pattern: str) -> bool:
    return graph("evidence").store.ask(f"{PREFIXES} ASK {{ {pattern} }}")


def rows(select: str) -> list[tuple[str, ...]]:
    return sorted(tuple(map(text, row)) for row in graph("evidence").store.select(PREFIXES + select).rows)


def values(select: str) -> list[str]:
    return [value for (value,) in rows(select)]


def answer(question: str, **parameters: str) -> list[dict[str, str]]:
    selection = graph("evidence").store.select(QUESTIONS[question].fill(Vocabulary.shipped(), **parameters))
    return [dict(zip(selection.columns, map(text, row), strict=True)) for row in selection.rows]


def counted(study: str, **parameters: str) -> list[tuple[str, ...]]:
    """The rows counted for a study: people, treated, assessed, and each kind of response ("" where none is stated)."""
    return [
        (row["people"], row["treated"], row["assessed"], *(row[response] for response in RESPONSES))
        for row in answer("responses_by_study", **parameters)
        if row["study"] == study
    ]


def reasons(study: str, **parameters: str) -> dict[str, set[str]]:
    """Why people of a study are shown and not counted, by people."""
    found: dict[str, set[str]] = {}
    for row in answer("shown_not_counted", **parameters):
        if row["study"] == study:
            found.setdefault(row["people"], set()).add(row["reason"])
    return found


def test_the_graph_holds_the_studies_that_the_cases_are_about() -> None:
    assert set(STUDIES) <= set(values("SELECT ?s { ?s a nvg:Study }"))


# --- who is counted --------------------------------------------------------------------------------------------------


def test_five_people_with_one_common_result_are_a_group_and_no_patients() -> None:
    assert not holds("study:morozumi-2009 nvg:describesGroup/a nvg:Patient")
    assert values("SELECT ?n { study:morozumi-2009 nvg:describesGroup/nvg:size ?n }") == ["5"]
    assert counted("morozumi-2009") == [("all in Morozumi 2009", "5", "5", "5", "", "", "", "")]


def test_one_woman_with_two_neuropathies_is_one_patient_with_two_treatments_of_their_own_targets() -> None:
    assert len(values("SELECT ?p { study:noguchi-2003 nvg:describesGroup ?p }")) == 1
    targets = rows("""SELECT ?order ?target {
        study:noguchi-2003 nvg:describesGroup/nvg:underwent ?e .
        ?e nvg:order ?order ; nvg:targetsNeuropathy ?target }""")
    assert targets == [
        ("1", "neuropathy/multiple-mononeuropathy"),
        ("1", "neuropathy/vasculitic-neuropathy"),
        ("2", "neuropathy/sensory-ganglionopathy"),
    ]
    person = ("one person in Noguchi 2003", "1", "1", "1", "", "", "", "")
    assert counted("noguchi-2003", drug="ivig", neuropathy="sensory-ganglionopathy") == [person]
    assert counted("noguchi-2003", drug="ivig", neuropathy="multiple-mononeuropathy") == []
    assert counted("noguchi-2003", drug="glucocorticoid", neuropathy="vasculitic-neuropathy") == [person]
    assert counted("noguchi-2003", drug="glucocorticoid", neuropathy="sensory-ganglionopathy") == []


def test_all_nineteen_answer_for_all_neuropathies_and_none_of_their_parts() -> None:
    assert counted("rist-2011") == [("all in Rist 2011", "19", "19", "9", "", "6", "4", "")]
    assert all("counted within a coarser group" in why for why in reasons("rist-2011").values())


def test_nine_answer_for_ataxia_and_the_nineteen_do_not() -> None:
    ataxic = counted("rist-2011", neuropathy="ataxic-sensory-neuropathy")
    assert ataxic == [("ataxic in Rist 2011", "9", "9", "2", "", "3", "4", "")]


def test_the_nineteen_never_stand_beside_their_parts() -> None:
    for neuropathy in Vocabulary.shipped().concepts("neuropathy"):
        people = [row[0] for row in counted("rist-2011", neuropathy=neuropathy.slug)]
        assert "all in Rist 2011" not in people or people == ["all in Rist 2011"]


def test_the_rule_switches_the_nineteen_to_the_rankin_scale() -> None:
    assert counted("rist-2011", rule="disability-first") == [("all in Rist 2011", "19", "19", "8", "", "10", "1", "")]


def test_one_eligible_person_of_six_is_counted_and_the_others_are_seen() -> None:
    assert counted("levy-2003") == [("one person in Levy 2003", "1", "1", "1", "", "", "", "")]
    assert reasons("levy-2003") == {"all in Levy 2003": {"another condition than the one asked about"}}
    assert values("SELECT ?n { study:levy-2003 nvg:describesGroup ?g . ?g a nvg:AggregateGroup ; nvg:size ?n }") == [
        "6"
    ]


def test_the_ineligible_rest_of_a_mixed_pilot_trial_is_seen_and_never_summed() -> None:
    assert counted("gorson-2007", drug="rituximab") == []
    assert set(reasons("gorson-2007", drug="rituximab")) == {"all in Gorson 2007", "one person in Gorson 2007"}
    assert (
        "another condition than the one asked about" in reasons("gorson-2007", drug="rituximab")["all in Gorson 2007"]
    )


def test_no_person_or_group_of_a_mixed_study_is_taken_for_sjogrens_disease_as_a_whole() -> None:
    mixed = values("SELECT ?g { ?g a nvg:AggregateGroup ; nvg:underlyingCondition condition:mixed-conditions }")
    assert {"gorson-2007/group/all", "levy-2003/group/all"} <= set(mixed)
    assert not holds(
        "?g nvg:underlyingCondition condition:mixed-conditions ; nvg:conditionWithin condition:sjogren-disease"
    )


def test_relapse_and_rechallenge_add_nobody() -> None:
    assert counted("kizawa-2006") == [("one person in Kizawa 2006", "1", "1", "1", "", "", "", "")]
    assert "rechallenge of people already counted" in reasons("kizawa-2006")["one person in Kizawa 2006"]
    events = [row["what"] for row in answer("relapse_and_rechallenge") if row["study_label"] == "Kizawa 2006"]
    assert sorted(events) == ["rechallenge", "relapse"]


def test_a_patient_is_only_who_a_file_lists_among_its_people() -> None:
    vocabulary = Vocabulary.shipped()
    listed = set()
    for path in find_study_files([resource_directory("studies")]):
        record = read_study_file(path, vocabulary).record
        assert record is not None
        listed |= {f"{record.study}/patient/{person.id}" for person in record.people}
    assert set(values("SELECT ?p { ?p a nvg:Patient }")) == listed
    assert {"noguchi-2003/patient/patient", "levy-2003/patient/sjogren"} <= listed
    assert not holds("?p a nvg:Patient , nvg:AggregateGroup")


def test_no_total_of_a_review_is_a_group_of_people() -> None:
    assert not holds("study:huma-2020 nvg:describesGroup ?anybody")
    assert not holds("?n a nvg:ReportedStatistic ; nvg:size ?people")
    everything = answer("responses_by_study", drug="all") + answer("shown_not_counted", drug="all")
    assert set(STUDIES) - {row["study"] for row in everything} == {"huma-2020"}


def test_who_was_treated_is_not_who_was_assessed() -> None:
    treated_unassessed = values("""SELECT ?g {
        ?g nvg:size ?size ; nvg:underwent/nvg:hasOutcome ?o .
        ?o nvg:outcomeStatus ?status FILTER NOT EXISTS { ?o nvg:nAssessed ?n } }""")
    assert treated_unassessed
    sparing = "?g nvg:size ?treated ; nvg:underwent/nvg:hasOutcome ?o . ?o nvg:domain domain:treatment-sparing"
    assert rows(f"SELECT ?treated ?n {{ {sparing} ; nvg:nAssessed ?n }}") == [("19", "13")]


# --- what was treated ------------------------------------------------------------------------------------------------


def test_drugs_of_overlapping_parts_stay_numbers_of_people_and_become_no_groups() -> None:
    given = rows("""SELECT ?drug ?n { study:font-2003 nvg:describesGroup/nvg:underwent/nvg:hasExposure ?e .
        ?e nvg:ofDrug ?drug ; nvg:nExposed ?n }""")
    assert given == [
        ("drug/cyclophosphamide", "4"),
        ("drug/glucocorticoid", "13"),
        ("drug/ivig", "1"),
        ("drug/no-drug", "2"),
    ]
    assert len(values("SELECT ?g { study:font-2003 nvg:describesGroup ?g }")) == 1
    for drug in ("glucocorticoid", "cyclophosphamide", "ivig", "no-drug"):
        assert counted("font-2003", drug=drug) == []
        assert "only part of the group had the drug" in reasons("font-2003", drug=drug)["all in Font 2003"]


def test_most_is_never_a_number() -> None:
    outcome = "study:font-2003 nvg:describesGroup/nvg:underwent/nvg:hasOutcome ?o . "
    assert holds(outcome + "?o nvg:quantifier/skos:prefLabel 'most'@en ; nvg:quantifiedResponse response:not-improved")
    assert not holds(outcome + "?o nvg:hasResponseCount|nvg:nAssessed ?number")


def test_thirty_one_uses_in_thirteen_people_make_no_response() -> None:
    uses = rows("""SELECT ?e ?n { study:pereira-2016 nvg:describesGroup/nvg:underwent/nvg:hasExposure ?e .
        ?e nvg:nExposed ?n }""")
    assert sum(int(n) for _, n in uses) == 31
    assert len(uses) == 6
    assert values("SELECT ?n { study:pereira-2016 nvg:describesGroup/nvg:size ?n }") == ["13"]
    assert not holds("study:pereira-2016 nvg:describesGroup/nvg:underwent/nvg:hasOutcome/nvg:hasResponseCount ?count")


def test_five_with_ivig_are_shown_without_a_response() -> None:
    assert counted("pereira-2016") == []
    shown = [row for row in answer("shown_not_counted") if row["study"] == "pereira-2016"]
    assert {row["treated"] for row in shown} == {"5"}
    assert "no outcome with counted people" in {row["reason"] for row in shown}


def test_at_least_seven_and_at_most_thirteen_were_treated_which_is_no_size() -> None:
    bounds = rows("""SELECT ?low ?high { study:pereira-2016 nvg:describesGroup ?g .
        ?g nvg:sizeAtLeast ?low ; nvg:sizeAtMost ?high FILTER NOT EXISTS { ?g nvg:size ?n } }""")
    assert bounds == [("7", "13")]


def test_a_neuropathy_began_under_a_steroid_given_for_the_kidney() -> None:
    [row] = answer("neuropathy_that_began_under_a_drug")
    assert (row["study_label"], row["drug_label"]) == ("Kizawa 2006", "prednisolone")
    assert row["given_for"] == "membranoproliferative glomerulonephritis"
    assert row["neuropathy_label"] == "non-ataxic sensory neuropathy; painful sensory neuropathy"
    assert counted("kizawa-2006", drug="prednisolone") == []


def test_seven_drugs_one_after_another_failed_together_in_one_person() -> None:
    [composition] = values("SELECT ?c { study:mirica-2020 nvg:describesGroup/nvg:underwent/nvg:composition ?c }")
    assert composition == "composition/successive"
    drugs = values("SELECT ?d { study:mirica-2020 nvg:describesGroup/nvg:underwent/nvg:hasExposure/nvg:ofDrug ?d }")
    assert len(drugs) == 7
    for drug in drugs:
        [row] = counted("mirica-2020", drug=drug.removeprefix("drug/"))
        assert row == ("one person in Mirica 2020", "1", "1", "", "", "", "", "1")
    assert not holds("study:mirica-2020 nvg:describesGroup/nvg:underwent/nvg:order ?order")


def test_nowhere_is_a_drug_stated_to_have_been_given_alone() -> None:
    assert not holds("?use nvg:aloneness aloneness:alone-stated")
    assert {row["alone_stated"] for row in answer("responses_by_drug")} == {"0"}


def test_steroids_beside_ivig_in_some_of_the_nineteen_are_known_by_number() -> None:
    assert holds("""?use nvg:useOf drug:ivig ; nvg:aloneness aloneness:some-with-others ; nvg:byGroup ?g .
        ?g nvg:size 19 ; nvg:underwent/nvg:hasExposure ?e . ?e nvg:ofDrug drug:glucocorticoid ; nvg:nExposed 13""")


def test_a_range_of_doses_stands_as_typed_and_an_unclear_basis_says_so() -> None:
    assert holds("?step nvg:doseText '10 to 20 mg' ; nvg:amountLow ?low ; nvg:amountHigh ?high FILTER (?low < ?high)")
    assert {row["per"] for row in answer("doses") if row["study_label"] == "Levy 2003"} == {"unclear"}


# --- what came of it -------------------------------------------------------------------------------------------------


def test_needing_less_ivig_is_treatment_sparing_and_no_improvement() -> None:
    need = "?o a nvg:OutcomeAssessment ; nvg:domain domain:treatment-sparing . ?p nvg:underwent/nvg:hasOutcome ?o . "
    assert holds(need + "study:gorson-2007 nvg:describesGroup ?p . ?p a nvg:Patient . ?o nvg:changeText ?change")
    assert not holds(need + "study:gorson-2007 nvg:describesGroup ?p . ?o nvg:hasResponseCount ?count")
    assert not holds(need + "?o nvg:primaryUnder ?rule")


def test_no_adverse_events_is_said_of_the_six_and_not_of_the_one() -> None:
    owners = values(
        """SELECT ?p { study:gorson-2007 nvg:describesGroup ?p . ?p nvg:underwent/nvg:hasAdverseEvent ?e }"""
    )
    assert owners == ["gorson-2007/group/all"]
    told = [row for row in answer("harms", drug="rituximab") if row["study_label"] == "Gorson 2007"]
    assert [(row["people"], row["what"], row["of"]) for row in told] == [("all in Gorson 2007", "none stated", "6")]


def test_a_mean_change_of_pain_enters_no_sum() -> None:
    change = "?o nvg:changeText ?text FILTER (CONTAINS(?text, '-73.4')) "
    [told] = values(f"SELECT ?text {{ {change} }}")
    assert told.startswith("-73.4 % (mean)")
    numbers = values(f"SELECT ?n {{ {change} ?o nvg:nAssessed|nvg:hasResponseCount/nvg:nWithResponse ?n }}")
    assert set(numbers) == {"5"}


def test_a_trial_keeps_its_own_comparison_in_its_own_words() -> None:
    comparison = "VALUES ?c { <https://w3id.org/nervegraph/study/geerts-2021/comparison/ivig-placebo> } ?c"
    assert values(f"SELECT ?p {{ {comparison} nvg:pValueText ?p }}") == ["0.588"]
    assert rows(f"SELECT ?o ?percent {{ {comparison} nvg:compares ?o . ?o nvg:percentageText ?percent }}") == [
        ("geerts-2021/outcome/ivig.ivig.pain", "40"),
        ("geerts-2021/outcome/placebo.placebo.pain", "30"),
    ]


def test_no_count_is_made_from_a_percentage() -> None:
    assert not holds("?o nvg:percentageText ?percent ; nvg:hasResponseCount|nvg:nAssessed ?number")


def test_a_trial_without_sjogrens_disease_is_in_no_default_answer_and_is_shown_apart() -> None:
    assert counted("geerts-2021") == []
    assert "another condition than the one asked about" in reasons("geerts-2021")["ivig in Geerts 2021"]


# --- what was said ---------------------------------------------------------------------------------------------------


def test_twenty_to_thirty_five_patients_are_in_none_of_the_named_groups() -> None:
    [row] = answer("review_patients_in_no_named_group")
    assert (row["total"], row["at_least_outside"], row["at_most_outside"]) == ("62", "20", "35")


def test_the_printed_numbers_of_the_review_agree_with_each_other() -> None:
    numbers = {row["number"]: (row["value"], row["badge"]) for row in answer("review_numbers")}
    assert numbers["records found by the search"] == ("116", "consistent")
    assert numbers["studies analysed"] == ("13", "consistent")
    assert numbers["patients who received IVIG"] == ("22", "consistent")
    assert numbers["patients improved among those with IVIG"] == ("18", "consistent")
    assert "contradicted" not in {badge for _, badge in numbers.values()}


def test_it_is_unknown_of_all_twenty_seven_references_whether_they_were_included() -> None:
    references = answer("references_of_a_review")
    assert [row["number"] for row in references] == [str(number) for number in range(1, 28)]
    assert values("SELECT DISTINCT ?i { ?r nvg:inclusion ?i }") == ["inclusion/unknown"]
    assert all(row["reason"] for row in references)


def test_the_review_credits_rituximab_which_it_says_was_never_alone() -> None:
    assert holds("?c nvg:aboutDrug drug:rituximab ; nvg:claimDirection/skos:prefLabel 'benefit'@en")
    assert holds("?c nvg:aboutDrug drug:rituximab ; nvg:claimDirection/skos:prefLabel 'non-use'@en")


def test_claims_roll_neither_up_nor_down() -> None:
    assert not holds("?c a nvg:Claim ; nvg:targetsWithin|nvg:conditionWithin|nvg:regimenContains ?anything")
    # Which of its own lines of evidence support a claim is all that is derived of it; levels are nodes of their own.
    assert not holds("""GRAPH <https://w3id.org/nervegraph/graph/derived> { ?c ?p ?o } ?c a nvg:Claim
        FILTER (?p NOT IN (nvg:supportedBy, nvg:disputedBy))""")
    review = [row for row in answer("claims") if row["source"] == "Humă 2020"]
    about = {row["neuropathy_label"] for row in review if row["drug_label"] == "intravenous immunoglobulin"}
    assert about == {"sensory neuropathy", "motor neuropathy", "sensorimotor neuropathy", "peripheral neuropathy"}
    cyclophosphamide = {row["neuropathy_label"] for row in review if row["drug_label"] == "cyclophosphamide"}
    assert cyclophosphamide == {"multiple mononeuropathy", "peripheral neuropathy"}


def test_nothing_treats_anything_and_nobody_is_somebody_else() -> None:
    assert not holds("?s ?p ?o FILTER (REGEX(STR(?p), '[/#:]treats$') || ?p = owl:sameAs)")


# --- overlap and origin ----------------------------------------------------------------------------------------------


def test_studies_that_share_authors_are_linked_both_ways() -> None:
    pairs = set(rows("SELECT ?one ?other { ?one nvg:mayOverlap ?other }"))
    suspected = {
        ("kizawa-2006", "morozumi-2009"),
        ("kizawa-2006", "mori-2005"),
        ("morozumi-2009", "mori-2005"),
        ("rist-2011", "mekinian-2012"),
    }
    assert suspected | {(other, one) for one, other in suspected} <= pairs
    assert {(other, one) for one, other in pairs} == pairs


def test_every_assertion_has_a_place_and_a_depth_of_reading() -> None:
    kinds = """nvg:Patient nvg:AggregateGroup nvg:TreatmentEpisode nvg:DrugExposure nvg:DoseStep nvg:OutcomeAssessment
        nvg:TimeMeasure nvg:CourseEvent nvg:Stopping nvg:AdverseEventReport nvg:Finding nvg:Comparison nvg:Claim
        nvg:ReportedStatistic"""
    assertion = f"VALUES ?kind {{ {kinds} }} ?a a ?kind . "
    place = "?a nvg:locatedAt ?l . ?l nvg:section ?section ; nvg:inSource/nvg:readingDepth ?depth"
    assert values(f"SELECT ?a {{ {assertion} FILTER NOT EXISTS {{ {place} }} }}") == []
    # A second place would count an outcome twice in every question that shows how deeply it was read.
    assert values(f"SELECT ?a {{ {assertion} ?a nvg:locatedAt ?one , ?other FILTER (?one != ?other) }}") == []
    assert len(values(f"SELECT DISTINCT ?kind {{ {assertion} }}")) == 14


def test_what_is_known_from_others_is_marked_as_secondary() -> None:
    ataxic = answer("responses_by_study", neuropathy="ataxic-sensory-neuropathy")
    assert [row["depth"] for row in ataxic if row["study"] == "rist-2011"] == ["secondary"]
