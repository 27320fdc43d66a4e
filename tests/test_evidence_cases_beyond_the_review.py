"""What the other studies must say in the graph, and must not: the cases of the evidence model, continued."""

from __future__ import annotations

import pytest

from test_evidence_cases import answer, counted, holds, reasons, rows, values


@pytest.mark.parametrize(
    "study", ["yamamoto-2015", "dpen-plex-71f", "ivig-mmf-55f", "ganglionopathy-43m-fr", "motor-trigeminal-85f"]
)
def test_one_person_with_several_treatments_is_one_patient(study: str) -> None:
    assert len(values(f"SELECT ?p {{ study:{study} nvg:describesGroup ?p }}")) == 1
    assert values(f"SELECT ?o {{ study:{study} nvg:describesGroup/nvg:underwent/nvg:order ?o }}") == ["1", "2"]


@pytest.mark.parametrize("study", ["yamamoto-2015", "dpen-plex-71f", "ivig-mmf-55f", "ganglionopathy-43m-fr"])
def test_a_failure_and_what_worked_next_are_told_in_order(study: str) -> None:
    [row] = [row for row in answer("sequence_after_failure") if study_of(row["study_label"]) == study]
    assert row["response"] == "improved"


def study_of(label: str) -> str:
    return {"Yamamoto 2015": "yamamoto-2015"}.get(label, label)


def test_sjogrens_disease_with_lupus_is_sjogrens_disease_and_says_so() -> None:
    [condition] = values("SELECT ?c { study:hatano-2006 nvg:describesGroup/nvg:underlyingCondition ?c }")
    assert condition == "condition/sjogren-with-sle"
    assert counted("hatano-2006") != []


def test_lymphoma_stands_beside_sjogrens_disease() -> None:
    conditions = values("SELECT ?c { study:botez-2010 nvg:describesGroup/nvg:underlyingCondition ?c }")
    assert "condition/lymphoma" in conditions
    assert len(conditions) == 2


@pytest.mark.parametrize("study", ["pertovaara-2012", "shimoyama-2002", "botez-2010", "wakasugi-2009"])
def test_an_outcome_known_from_a_title_is_shown_and_not_counted(study: str) -> None:
    assert counted(study, drug="all") == []
    assert any("outcome read from a title only" in why for why in reasons(study, drug="all").values())


@pytest.mark.parametrize("study", ["dupond-1999", "takahashi-2003", "goodman-2017"])
def test_an_unknown_number_of_people_enters_no_sum(study: str) -> None:
    assert holds(f"study:{study} nvg:describesGroup ?g . ?g nvg:sizeUnknownBecause ?why")
    assert counted(study, drug="all") == []
    assert any("number of people unknown" in why for why in reasons(study, drug="all").values())


@pytest.mark.parametrize(
    ("study", "people"), [("mochizuki-2002", "2"), ("pou-serradell-1993", "1"), ("lin-hsu-2011", "1")]
)
def test_people_of_whom_no_treatment_was_read_are_not_called_treated(study: str, people: str) -> None:
    assert set(values(f"SELECT ?n {{ study:{study} nvg:describesGroup/nvg:size ?n }}")) == {people}
    assert not holds(f"study:{study} nvg:describesGroup/nvg:underwent ?treatment")
    assert holds(f"study:{study} nvg:backgroundReason ?why")


def test_an_uncertain_year_is_said_and_not_printed() -> None:
    assert not holds("study:mochizuki-2002 dcterms:issued ?year")
    assert holds("study:mochizuki-2002 nvg:yearNote ?note")
    assert values("SELECT ?l { study:mochizuki-2002 rdfs:label ?l }") == ["Mochizuki (year uncertain)"]


def test_a_general_improvement_is_not_taken_for_the_nerve() -> None:
    assert counted("min-2000", drug="all") == []
    assert holds("study:min-2000 nvg:describesGroup/nvg:underwent/nvg:hasOutcome/nvg:domain domain:systemic-disease")


@pytest.mark.parametrize("study", ["seror-2007", "gottenberg-2013-air"])
def test_a_systemic_response_fills_no_response_of_the_nerve(study: str) -> None:
    outcome = (
        f"study:{study} nvg:describesGroup/nvg:underwent/nvg:hasOutcome ?o . ?o nvg:domain domain:systemic-disease"
    )
    assert holds(f"{outcome} ; nvg:hasResponseCount ?count")
    assert not holds(f"{outcome} ; nvg:primaryUnder ?rule")
    assert counted(study, drug="all", neuropathy="all") == []


def test_a_planned_number_is_no_number_of_people() -> None:
    assert values("SELECT DISTINCT ?n { study:nct03700138 nvg:describesGroup/nvg:plannedSize ?n }") == ["24"]
    assert not holds("study:nct03700138 nvg:describesGroup/nvg:size ?n")


def test_most_and_a_percentage_that_fits_no_count_stay_what_they_are() -> None:
    outcomes = "nvg:describesGroup/nvg:underwent/nvg:hasOutcome"
    assert holds(
        f"study:mexico-dysautonomia {outcomes} ?o . ?o nvg:quantifier ?most FILTER NOT EXISTS {{ ?o nvg:nAssessed ?n }}"
    )
    [percent] = values(f"SELECT ?p {{ study:schofield-2019 {outcomes}/nvg:percentageText ?p }}")
    assert percent == "83.5"
    assert not holds(f"study:schofield-2019 {outcomes}/nvg:hasResponseCount ?count")


def test_test_results_are_no_response_of_the_nerve() -> None:
    domains = values("SELECT ?d { study:liu-2018 nvg:describesGroup/nvg:underwent/nvg:hasOutcome/nvg:domain ?d }")
    assert set(domains) == {"domain/test-result"}


def test_spontaneous_stability_is_shown_beside_treatment_without_a_sum() -> None:
    row = rows("""SELECT ?n ?assessed { study:drg-13-cases nvg:describesGroup ?g . ?g nvg:size 13 ;
        nvg:underwent/nvg:hasOutcome ?o . ?o nvg:nAssessed ?assessed ; nvg:hasResponseCount/nvg:nWithResponse ?n }""")
    assert row == [("6", "13")]
    assert counted("drg-13-cases", drug="all") == []
    drugs = values("SELECT ?d { study:drg-13-cases nvg:describesGroup/nvg:underwent/nvg:hasExposure/nvg:ofDrug ?d }")
    assert "drug/no-drug" in drugs


def test_studies_of_one_registry_are_linked() -> None:
    assert holds("study:mekinian-2012 nvg:mayOverlap study:gottenberg-2013-air")
    assert holds("study:gottenberg-2013-air nvg:mayOverlap study:mekinian-2012")


@pytest.mark.parametrize("study", ["eular-2019-guidance", "australia-ig-criteria"])
def test_guidance_claims_and_describes_nobody(study: str) -> None:
    assert holds(f"study:{study} nvg:makesClaim ?claim")
    assert not holds(f"study:{study} nvg:describesGroup ?anybody")


def test_a_withdrawn_page_is_superseded_in_all_it_claims() -> None:
    statuses = values("SELECT DISTINCT ?s { study:australia-ig-criteria nvg:makesClaim/nvg:claimStatus ?s }")
    assert statuses == ["claim-status/superseded"]


def test_a_trial_about_glands_is_no_evidence_on_neuropathy() -> None:
    assert counted("tripss-2004", drug="all", condition="all") == []
    assert reasons("tripss-2004", drug="all") == {}


def test_only_some_of_a_cohort_have_a_neuropathy_and_only_they_are_counted() -> None:
    [row] = counted("wu-2023", drug="unnamed-immunotherapy")
    assert row[1:4] == ("14", "14", "10")
