"""More defects planted in the fixture, for the questions on claims, regimens, course, people, gaps and reading.

They are of the same form as those in `mutations`, which explains it.
"""

from __future__ import annotations

from changed_graphs import Change
from mutations import BETA, DELTA, EPSILON, ETA, GAMMA, NAMESPACE, ZETA, A, Mutation, concept, drop, number, swap, words

THETA = "theta-guideline-2008"

FURTHER_MUTATIONS = (
    Mutation(
        "a case series told as a cohort",
        (swap(A, "design", "case-series", "design", "cohort"),),
        ("studies_by_design", "studies_of_drugs"),
    ),
    Mutation(
        "a record excluded that was analysed",
        (number(f"{ZETA}/statistic/excluded", "statisticValue", 25, 24),),
        ("review_flow",),
    ),
    Mutation(
        "a printed response turned into another drug's",
        (swap(f"{ZETA}/statistic/ivig-improved", "aboutDrug", "ivig", "drug", "rituximab"),),
        ("response_rate_in_review", "eligible_drugs_of_a_review"),
    ),
    Mutation(
        "an eligible drug forgotten",
        (drop(ZETA, "eligibleDrug", concept("drug", "rituximab")),),
        ("eligible_drugs_of_a_review",),
    ),
    Mutation(
        "the review's word that rituximab was not used alone lost",
        (drop(ZETA, "makesClaim", f"<{NAMESPACE}study/{ZETA}/claim/rituximab-alone>"),),
        ("claims_on_combinations", "eligible_drugs_of_a_review"),
    ),
    Mutation(
        "the companion of rituximab taken for one of the background, and the source for one that excludes others",
        (
            drop(
                rf"{GAMMA}/episode/p1\.rituximab",
                "hasExposure",
                rf"<{NAMESPACE}study/{GAMMA}/exposure/p1\.rituximab\.azathioprine>",
            ),
            swap(rf"{GAMMA}/episode/p1\.rituximab", "otherImmuneDrugs", "listed", "co-medication", "none-stated"),
        ),
        ("claims_on_combinations", "gaps", "regimens", "findings_and_responses", "patients_like_mine"),
    ),
    Mutation(
        "an observation that the curator did not name",
        (
            Change(
                rf"(<{NAMESPACE}study/{ZETA}/evidence-line/ivig-sensory\.gamma> <{NAMESPACE}evidenceItem> "
                rf"<{NAMESPACE}study/{GAMMA}/outcome/)p1\.ivig\.pain",
                r"\1p1.steroid.pain",
            ),
        ),
        ("evidence_for_claims",),
    ),
    Mutation(
        "a line of evidence against a claim told as one that settles nothing",
        (
            swap(
                rf"{ZETA}/evidence-line/ivig-sensory\.alpha-ataxic",
                "lineDirection",
                "inconclusive",
                "line-direction",
                "disputes",
            ),
        ),
        ("claims_without_dispute", "evidence_for_claims"),
    ),
    Mutation(
        "another p value",
        (words(f"{ETA}/comparison/pain", "pValueText", "0.05"),),
        ("comparing_drugs--other_drug=placebo", "trials"),
    ),
    Mutation(
        "the only study of rituximab forgotten",
        (drop(GAMMA, "describesGroup"),),
        ("comparing_drugs", "studies_of_drugs", "gaps"),
    ),
    Mutation(
        "the steroid for the kidney told as the index drug",
        (swap(rf"{GAMMA}/exposure/p1\.ivig\.prednisone", "role", "background", "role", "index"),),
        ("studies_of_drugs", "regimens", "companions_of_a_drug", "responses_by_symptom", "times"),
    ),
    Mutation(
        "a response that lasted longer than reported",
        (words(rf"{GAMMA}/time/p1\.ivig\.response-duration", "timeText", "from 2 to 4 years"),),
        ("times", "after_stopping"),
    ),
    Mutation(
        "a median told as a mean",
        (swap(rf"{A}/time/all\.ivig\.follow-up", "statistic", "median", "statistic", "mean"),),
        ("times",),
    ),
    Mutation(
        "a relapse told as a lasting recovery",
        (swap(rf"{GAMMA}/event/p1\.ivig\.relapse", "eventKind", "relapse", "event", "recovery-sustained"),),
        ("after_stopping",),
    ),
    Mutation(
        "one who stopped because of harm told as a failure",
        (swap(rf"{A}/stopping/all\.ivig\.nausea", "stopReason", "adverse-event", "stop-reason", "ineffective"),),
        ("stopping_reasons", "after_stopping"),
    ),
    Mutation(
        "the untreated person given a drug",
        (swap(rf"{BETA}/exposure/all\.mixed\.no-drug", "ofDrug", "no-drug", "drug", "azathioprine"),),
        ("untreated", "studies_of_drugs", "told_in_words"),
    ),
    Mutation(
        "pain told as strength",
        (swap(rf"{GAMMA}/outcome/p1\.ivig\.pain", "domain", "pain", "domain", "strength"),),
        ("responses_by_symptom", "findings_and_responses", "guidelines_against_evidence"),
    ),
    Mutation(
        "a finding that was not read told as present",
        (swap(rf"{GAMMA}/finding/p1\.cryoglobulins", "findingStatus", "not-read", "finding-status", "present"),),
        ("findings_and_responses", "patients_like_mine"),
    ),
    Mutation(
        "an earlier treatment than there was",
        (words(rf"{EPSILON}/time/sjogren\.ivig\.onset-to-treatment", "timeText", "1 week"),),
        ("delay_to_treatment", "times"),
    ),
    Mutation(
        "a lower steroid dose told as an improvement of the nerve",
        (swap(rf"{A}/outcome/all\.ivig\.sparing", "domain", "treatment-sparing", "domain", "neuropathy-overall"),),
        ("treatment_sparing", "told_in_words"),
    ),
    Mutation(
        "a stated absence of harm told as nothing at all",
        (drop(rf"{EPSILON}/episode/all\.ivig", "hasAdverseEvent"),),
        ("silence_about_harms",),
    ),
    Mutation(
        "a person of another age",
        (number(f"{GAMMA}/patient/p1", "ageYears", 67, 27),),
        ("patients_like_mine", "patients_like_mine--age_from=60--sex=male--finding=anti-ro-ssa"),
    ),
    Mutation(
        "the trial's people taken for people with Sjögren's disease",
        (swap(f"{ETA}/group/ivig", "underlyingCondition", "idiopathic", "condition", "sjogren-disease"),),
        ("trials", "told_in_words"),
    ),
    Mutation(
        "the whole of a mixed group taken for people with the condition",
        (swap(f"{EPSILON}/group/all", "underlyingCondition", "mixed-conditions", "condition", "sjogren-disease"),),
        ("eligible_subsets", "trials"),
    ),
    Mutation(
        "painful taken for small-fibre",
        (
            swap(
                f"{DELTA}/patient/p1",
                "hasNeuropathy",
                "painful-sensory-neuropathy",
                "neuropathy",
                "small-fibre-neuropathy",
            ),
        ),
        ("words_for_neuropathies",),
    ),
    Mutation(
        "most told as all",
        (swap(rf"{BETA}/outcome/all\.mixed\.course", "quantifier", "most", "quantifier", "all"),),
        ("told_in_words", "failures", "untreated"),
    ),
    Mutation(
        "one more worsened than printed",
        (number(rf"{A}/count/ataxic\.ivig\.global\.worsened", "nWithResponse", 2, 3),),
        ("failures", "evidence_for_claims", "responses_by_symptom"),
    ),
    Mutation(
        "what was not read forgotten",
        (drop(DELTA, "notRead"),),
        ("what_was_not_read",),
    ),
    Mutation(
        "a guideline that was replaced told as one that stands",
        (
            swap(THETA, "publicationStatus", "superseded", "publication-status", "published"),
            swap(f"{THETA}/claim/ivig-painful", "claimStatus", "superseded", "claim-status", "current"),
        ),
        ("withdrawn_studies", "guidelines_against_evidence"),
    ),
    Mutation(
        "a dose lost",
        (drop(rf"{GAMMA}/exposure/p1\.ivig\.ivig", "hasDoseStep"),),
        ("missing_details",),
    ),
    Mutation(
        "a title read as a full text",
        (swap(f"{DELTA}/source/title", "readingDepth", "title-only", "reading-depth", "full-text"),),
        ("sources_and_depths", "gaps", "guidelines_against_evidence", "what_was_not_read"),
    ),
)
"""Every defect here changes the answers that it names."""
