"""What the page tells of each thing when it is chosen: facts as pairs of name and telling, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable

from nervegraph import evidence_words as words
from nervegraph.evidence import Evidence, Node, slug
from nervegraph.evidence_lines import Line
from nervegraph.evidence_words import Fact


def study_facts(evidence: Evidence, study: Node) -> list[Fact]:
    """Bibliography, design, what was read and by whom, possible overlap."""
    labels = {other.iri: other.text("rdfs:label") or other.key for other in evidence.studies}
    design = [evidence.name(study.text("design")), evidence.name(study.text("timing"))]
    sources = [
        f"{evidence.name(source.text('sourceKind'))}, read: {evidence.name(source.text('readingDepth'))}"
        + (f" ({source.text('rdfs:comment')})" if source.text("rdfs:comment") else "")
        for source in evidence.sources.get(study.iri, ())
    ]
    curation = evidence.curation.get(study.iri)
    year = study.text("dcterms:issued") or "not certain"
    return _told(
        ("Title", study.text("dcterms:title")),
        ("Authors", study.text("dcterms:creator")),
        ("Year", f"{year} ({study.text('yearNote')})" if study.text("yearNote") else year),
        ("Published in", study.text("dcterms:bibliographicCitation")),
        ("Design", ", ".join(word for word in dict.fromkeys(design) if word and word != "not applicable")),
        ("Publication status", evidence.name(study.text("publicationStatus"))),
        ("Condition", _names(evidence, study.texts("studiedCondition"))),
        ("Country", study.text("country")),
        ("Background only", study.text("backgroundReason")),
        ("May share people with", ", ".join(labels.get(other, slug(other)) for other in study.texts("mayOverlap"))),
        *(("Read", source) for source in sources),
        ("Not read or not reported", "; ".join(study.texts("notRead"))),
        ("Identifier", study.key),
        ("Other names", ", ".join(study.texts("alias"))),
        ("Curator", curation.curator if curation else "not recorded"),
        ("Second reader", curation.second_reader if curation else "not recorded"),
    )


def people_facts(evidence: Evidence, people: Node, parent: Node | None) -> list[Fact]:
    """Who the people are, how many, of which larger group, with which findings, and where that was read."""
    unknown = people.text("sizeUnknownBecause")
    size = words.size_words(people) + (f" ({unknown})" if unknown else "")
    age = people.text("ageYears")
    mean_age = people.text("meanAgeYears")
    return _told(
        ("Number of people", "1, as reported" if words.is_person(people) else size),
        ("Part of", parent.text("rdfs:label") if parent else None),
        ("Its parts are", evidence.name(people.text("partition"))),
        ("Age", f"{age} years" if age else None),
        ("Sex", evidence.name(people.text("sex"))),
        ("Mean age", f"{mean_age} years" if mean_age else None),
        ("Women", f"{people.text('percentWomen')} %" if people.text("percentWomen") else None),
        ("Condition", _names(evidence, people.texts("underlyingCondition"))),
        ("Neuropathy", _names(evidence, people.texts("hasNeuropathy"))),
        ("In the authors' words", people.text("authorsWords")),
        *words.course_facts(evidence, people),
        ("Note", people.text("rdfs:comment")),
        ("Read in", words.place_words(evidence, evidence.place_of(people))),
        ("Identifier", people.key),
    )


def episode_facts(evidence: Evidence, lines: list[Line]) -> list[Fact]:
    """One line of treatment with its drugs and doses, its course, each outcome, and where each was read.

    :param lines: the lines of evidence of this one line of treatment, at least one.
    """
    line = lines[0]
    episode, people = line.episode, line.people
    began_under = people.texts("neuropathyEmergedUnder")
    curation = evidence.curation.get(line.study.iri)
    return _told(
        ("Study", line.study.text("rdfs:label")),
        ("Design", evidence.name(line.study.text("design"))),
        ("Who", people.text("rdfs:label")),
        ("Number of people", words.size_words(people)),
        ("Condition", _names(evidence, people.texts("underlyingCondition"))),
        ("Regimen", words.regimen_words(evidence, episode, people)),
        *words.drug_facts(evidence, episode),
        ("Other immune drugs", evidence.name(episode.text("otherImmuneDrugs"))),
        ("Order of this treatment", episode.text("order")),
        ("Target", _names(evidence, episode.texts("targetsNeuropathy"))),
        ("Neuropathy began under", ", ".join(slug(exposure).rsplit(".", 1)[-1] for exposure in began_under)),
        *(fact for each in lines for fact in _outcome_facts(evidence, each)),
        *words.course_facts(evidence, episode),
        ("Note", episode.text("rdfs:comment")),
        ("Uncertain because", "; ".join(sorted({doubt for each in lines for doubt in each.doubts}))),
        ("Treatment read in", words.place_words(evidence, evidence.place_of(episode))),
        ("Identifier", episode.key),
        ("Curator", curation.curator if curation else "not recorded"),
        ("Second reader", curation.second_reader if curation else "not recorded"),
    )


def _outcome_facts(evidence: Evidence, line: Line) -> Iterable[Fact]:
    outcome = line.outcome
    if outcome is None:
        yield ("Outcome", "none recorded")
        return
    told = words.outcome_words(evidence, outcome, person=words.is_person(line.people))
    counted = "Counted among all neuropathies" + (f": no, {line.reason}" if line.reason else ": yes")
    author = f" In the authors' words: {outcome.text('authorsWords')}." if outcome.text("authorsWords") else ""
    note = f" Note: {outcome.text('rdfs:comment')}." if outcome.text("rdfs:comment") else ""
    place = words.place_words(evidence, evidence.place_of(outcome))
    yield (f"Outcome: {words.measured_words(evidence, outcome)}", f"{told}. {counted}.{author}{note} Read in: {place}.")


def concept_facts(evidence: Evidence, concept: str) -> list[Fact]:
    """Names of a concept, what it lies under, and its id."""
    return _told(
        ("Also called", ", ".join(evidence.synonyms.get(concept, ()))),
        ("Lies under", _names(evidence, evidence.broader.get(concept, ()))),
        ("Identifier", concept),
    )


def _names(evidence: Evidence, concepts: Iterable[str]) -> str:
    return ", ".join(sorted(evidence.name(concept) for concept in concepts))


def _told(*facts: tuple[str, str | None]) -> list[Fact]:
    return [(name, telling) for name, telling in facts if telling]
