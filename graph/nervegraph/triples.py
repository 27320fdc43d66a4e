"""From a checked study record to the triples of its named graph.

Each part of the file becomes one node under its study; every node of evidence says where it was read. A part without
its own `where` stands where the part around it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nervegraph import model, terms
from nervegraph.nquads import GraphLines, boolean, decimal, integer, iri, text, year
from nervegraph.record_types import Place

RDF_TYPE = terms.PREFIXES["rdf"] + "type"
LABEL = terms.PREFIXES["rdfs"] + "label"
SEE_ALSO = terms.PREFIXES["rdfs"] + "seeAlso"
COMMENT = terms.PREFIXES["rdfs"] + "comment"
DCTERMS = terms.PREFIXES["dcterms"]
PROV = terms.PREFIXES["prov"]
# How the text of a length of time names a central value whose kind is no word to read before it.
_CENTRES = {"": "about", "single-value": "", "not-stated": "centre", "standard-deviation": "standard deviation"}


def build_study_lines(record: model.StudyFile) -> list[str]:
    """The sorted N-Quads lines of a study's graph."""
    writer = _StudyWriter(record)
    writer.write()
    return writer.graph.lines()


def study_label(record: model.StudyFile) -> str:
    """The short name people use for a study: first author and year; its id where no author was read.

    An id may hold a year that is uncertain, so it never stands in for one.
    """
    if not record.authors:
        return record.study
    return f"{re.split(r'[ ,]', record.authors)[0]} {record.year or '(year uncertain)'}"


def author_names(authors: str) -> list[str]:
    """The names in a list of authors as printed, surname first; "et al." is no name."""
    names = (name.strip() for name in authors.split(","))
    return [name for name in names if name and name.rstrip(".") != "et al"]


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-") or "unnamed"


class _StudyWriter:
    def __init__(self, record: model.StudyFile) -> None:
        self.record = record
        self.id = record.study
        self.study = terms.study(record.study)
        self.graph = GraphLines(terms.graph(record.study))
        self._persons = {person.id for person in record.people}
        self._locators: dict[Place, str] = {}

    # --- small steps ---------------------------------------------------------------------------------------------

    def _part(self, kind: str, key: str, class_name: str, label: str | None = None) -> str:
        node = terms.part(self.id, kind, key)
        self.graph.add(node, RDF_TYPE, iri(terms.term(class_name)))
        self._text(node, LABEL, label)
        return node

    def _link(self, subject: str, name: str, target: str) -> None:
        self.graph.add(subject, terms.term(name), iri(target))

    def _concept(self, subject: str, name: str, scheme: str, slug: str | None) -> None:
        if slug is not None:
            self._link(subject, name, terms.concept(scheme, slug))

    def _concepts(self, subject: str, name: str, scheme: str, slugs: Iterable[str] | None) -> None:
        for slug in slugs or ():
            self._concept(subject, name, scheme, slug)

    def _integer(self, subject: str, name: str, value: int | None) -> None:
        self.graph.add(subject, terms.term(name), None if value is None else integer(value))

    def _own_text(self, subject: str, name: str, value: str | None) -> None:
        self._text(subject, terms.term(name), value)

    def _text(self, subject: str, predicate: str, value: str | None) -> None:
        self.graph.add(subject, predicate, None if value is None else text(value))

    def _locate(self, node: str, place: Place) -> None:
        # Dozens of nodes stand at one place.
        locator = self._locators.get(place)
        if locator is None:
            locator = self._locators[place] = self._locator(place)
        self._link(node, "locatedAt", locator)

    def _locator(self, place: Place) -> str:
        key = f"{place.source}.{_slug(place.section)}" + (f".sentence-{place.sentence}" if place.sentence else "")
        locator = self._part("locator", key, "Locator")
        self._link(locator, "inSource", terms.part(self.id, "source", place.source))
        self._own_text(locator, "section", place.section)
        self._integer(locator, "sentence", place.sentence)
        source = next((s for s in self.record.sources if s.id == place.source), None)
        if source is not None and place.sentence is not None:
            self._own_text(locator, "sentenceDigest", source.sentence_digests.get(str(place.sentence)))
        return locator

    def _attribute(self, node: str, reader: str) -> None:
        agent = terms.concept("curator", _slug(reader))
        self.graph.add(node, PROV + "wasAttributedTo", iri(agent))
        self.graph.add(agent, RDF_TYPE, iri(PROV + "Agent"))
        self._text(agent, LABEL, reader)

    def _people_node(self, key: str) -> str:
        return terms.part(self.id, "patient" if key in self._persons else "group", key)

    # --- the study and what was read -----------------------------------------------------------------------------

    def write(self) -> None:
        record = self.record
        self.graph.add(self.study, RDF_TYPE, iri(terms.term("Study")))
        self._text(self.study, LABEL, study_label(record))
        self._text(self.study, DCTERMS + "title", record.title)
        self._text(self.study, DCTERMS + "creator", record.authors)
        for name in author_names(record.authors or ""):
            self._own_text(self.study, "authorName", name)
        if record.year is not None:
            self.graph.add(self.study, DCTERMS + "issued", year(record.year))
        self._own_text(self.study, "yearNote", record.year_note)
        self._text(self.study, DCTERMS + "bibliographicCitation", record.journal)
        self._identifiers(self.study, record)
        for alias in record.aliases:
            self._own_text(self.study, "alias", alias)
        self._concept(self.study, "design", "design", record.design)
        self._concept(self.study, "timing", "timing", record.timing)
        self._concept(self.study, "publicationStatus", "publication-status", record.status)
        self._concepts(self.study, "studiedCondition", "condition", record.condition)
        self._own_text(self.study, "country", record.country)
        self._own_text(self.study, "backgroundReason", record.background)
        for missing in record.not_read:
            self._own_text(self.study, "notRead", missing)
        if record.synthetic:
            self.graph.add(self.study, terms.term("synthetic"), boolean(True))
        self._provenance()
        for overlap in record.may_overlap:
            self._overlap(overlap)
        for person in record.people:
            self._person(person)
        for group in record.groups:
            self._group(group)
        for comparison in record.comparisons:
            self._comparison(comparison)
        for appraisal in record.appraisal:
            self._appraisal(appraisal)
        for claim in record.claims:
            self._claim(claim)
        for number in record.numbers:
            self._number(number)
        self._concepts(self.study, "eligibleDrug", "drug", record.eligible_drugs)
        for reference in record.references:
            self._reference(reference)

    def _identifiers(self, node: str, holder: model.StudyFile | model.SourceRead) -> None:
        if holder.doi:
            self._text(node, DCTERMS + "identifier", f"doi:{holder.doi}")
            self.graph.add(node, SEE_ALSO, iri(f"https://doi.org/{holder.doi}"))
        if holder.pmid:
            self._text(node, DCTERMS + "identifier", f"pmid:{holder.pmid}")
            self.graph.add(node, SEE_ALSO, iri(f"https://pubmed.ncbi.nlm.nih.gov/{holder.pmid}/"))
        if holder.pmcid:
            self._text(node, DCTERMS + "identifier", f"pmcid:{holder.pmcid}")
            self.graph.add(node, SEE_ALSO, iri(f"https://pmc.ncbi.nlm.nih.gov/articles/{holder.pmcid}/"))
        if holder.url:
            self.graph.add(node, SEE_ALSO, iri(holder.url))

    def _provenance(self) -> None:
        """Who made this graph from what (PROV-O): the graph is an entity derived from the sources."""
        graph = terms.graph(self.id)
        self.graph.add(graph, RDF_TYPE, iri(PROV + "Entity"))
        self._attribute(graph, self.record.curator)
        self._own_text(graph, "secondReader", self.record.second_reader)
        for source in self.record.sources:
            node = self._part("source", source.id, "Source", f"{study_label(self.record)}: {source.id}")
            self._link(self.study, "hasSource", node)
            self._concept(node, "sourceKind", "source-kind", source.kind)
            self._concept(node, "readingDepth", "reading-depth", source.read)
            self._identifiers(node, source)
            self._text(node, COMMENT, source.note)
            self.graph.add(graph, PROV + "wasDerivedFrom", iri(node))

    def _overlap(self, overlap: model.Overlap) -> None:
        node = self._part("overlap", overlap.study, "Overlap")
        self._link(self.study, "hasOverlap", node)
        self._link(node, "overlaps", self.study)
        self._link(node, "overlaps", terms.study(overlap.study))
        self._concept(node, "overlapReason", "overlap-reason", overlap.because)
        self._text(node, COMMENT, overlap.note)

    # --- people --------------------------------------------------------------------------------------------------

    def _person(self, person: model.Person) -> None:
        node = self._people(person, "Patient", person.label or f"one person in {study_label(self.record)}")
        self._integer(node, "size", 1)
        self._integer(node, "ageYears", person.age)
        self._concept(node, "sex", "sex", person.sex)

    def _group(self, group: model.Group) -> None:
        node = self._people(group, "AggregateGroup", group.label or f"{group.id} in {study_label(self.record)}")
        self._integer(node, "size", group.patients)
        self._own_text(node, "sizeUnknownBecause", group.because)
        self._integer(node, "sizeAtLeast", group.at_least)
        self._integer(node, "sizeAtMost", group.at_most)
        self._integer(node, "plannedSize", group.planned)
        self._concept(node, "partition", "partition", group.parts)
        if group.mean_age is not None:
            self.graph.add(node, terms.term("meanAgeYears"), decimal(group.mean_age))
        if group.percent_women is not None:
            self.graph.add(node, terms.term("percentWomen"), decimal(group.percent_women))

    def _people(self, people: model.People, class_name: str, label: str) -> str:
        kind = "patient" if class_name == "Patient" else "group"
        node = self._part(kind, people.id, class_name, label)
        self._link(self.study, "describesGroup", node)
        if people.part_of is not None:
            self._link(node, "partOf", self._people_node(people.part_of))
        self._concepts(node, "underlyingCondition", "condition", people.condition or self.record.condition)
        self._concepts(node, "hasNeuropathy", "neuropathy", people.neuropathy)
        self._own_text(node, "authorsWords", people.authors_words)
        self._text(node, COMMENT, people.note)
        self._locate(node, people.where)
        for finding in people.findings:
            self._finding(node, people, finding)
        self._times(node, people.id, people.times, people.where)
        for treatment in people.treatments:
            self._treatment(node, people, treatment)
        return node

    def _finding(self, owner: str, people: model.People, finding: model.Observation) -> None:
        node = self._part("finding", f"{people.id}.{finding.finding}", "Finding")
        self._link(owner, "hasFinding", node)
        self._concept(node, "findingKind", "finding", finding.finding)
        self._concept(node, "findingStatus", "finding-status", finding.status)
        self._integer(node, "nWithFinding", finding.n)
        self._own_text(node, "detail", finding.detail)
        self._locate(node, finding.where or people.where)

    def _times(self, owner: str, key: str, times: Sequence[model.TimeMeasure], around: Place) -> None:
        for time in times:
            node = self._part("time", f"{key}.{time.measure}", "TimeMeasure")
            self._link(owner, "hasTimeMeasure", node)
            self._concept(node, "measure", "measure", time.measure)
            self._concept(node, "statistic", "statistic", time.statistic)
            for name, length in (("minimumDays", time.min), ("maximumDays", time.max), ("centreDays", time.centre)):
                self._integer(node, name, length.days if length else None)
            centre = _CENTRES.get(time.statistic or "", time.statistic)
            typed = [
                f"{word} {length.text}".lstrip()
                for word, length in (("from", time.min), ("to", time.max), (centre, time.centre))
                if length
            ]
            self._own_text(node, "timeText", " ".join(typed) or None)
            self._text(node, COMMENT, time.note)
            self._locate(node, time.where or around)

    # --- treatment -----------------------------------------------------------------------------------------------

    def _treatment(self, owner: str, people: model.People, treatment: model.Treatment) -> None:
        key = f"{people.id}.{treatment.id}"
        around = treatment.where or people.where
        node = self._part("episode", key, "TreatmentEpisode", treatment.id.replace("-", " "))
        self._link(owner, "underwent", node)
        self._integer(node, "order", treatment.order)
        if treatment.rechallenge_of is not None:
            self._link(node, "rechallengeOf", terms.part(self.id, "episode", f"{people.id}.{treatment.rechallenge_of}"))
        self._concepts(node, "targetsNeuropathy", "neuropathy", treatment.target or people.neuropathy)
        self._concept(node, "composition", "composition", treatment.composition)
        self._concept(node, "otherImmuneDrugs", "co-medication", treatment.other_immune_drugs)
        self._text(node, COMMENT, treatment.note)
        self._locate(node, around)
        for drug in treatment.drugs:
            self._exposure(owner, node, key, drug, around)
        for outcome in treatment.outcomes:
            self._outcome(node, key, outcome, around, people)
        for event in treatment.adverse_events:
            self._adverse_event(node, key, event, around)
        for stopping in treatment.stopped:
            self._stopping(node, key, stopping, around)
        for event_in_course in treatment.course:
            self._course_event(node, key, event_in_course, around)
        self._times(node, key, treatment.times, around)

    def _exposure(self, owner: str, episode: str, key: str, drug: model.DrugGiven, around: Place) -> None:
        exposure_key = f"{key}.{drug.id or drug.drug}"
        node = self._part("exposure", exposure_key, "DrugExposure")
        self._link(episode, "hasExposure", node)
        self._concept(node, "ofDrug", "drug", drug.drug)
        self._concept(node, "role", "role", drug.role)
        self._concept(node, "exposureExtent", "exposure-extent", drug.extent)
        self._integer(node, "nExposed", drug.n)
        self._own_text(node, "givenFor", drug.given_for)
        self._concept(node, "route", "route", drug.route)
        self._own_text(node, "authorsWords", drug.authors_words)
        if drug.neuropathy_began_under_it:
            self._link(owner, "neuropathyEmergedUnder", node)
        place = drug.where or around
        self._locate(node, place)
        for position, step in enumerate(drug.dose, start=1):
            self._dose_step(node, exposure_key, position, step, place)

    def _dose_step(self, exposure: str, key: str, position: int, step: model.DoseStep, around: Place) -> None:
        # Steps are ordered by nature, so their position is their identity.
        node = self._part("dose", f"{key}.step-{position}", "DoseStep")
        self._link(exposure, "hasDoseStep", node)
        self._integer(node, "stepOrder", position)
        self._own_text(node, "doseText", step.amount.text)
        self.graph.add(node, terms.term("amountLow"), decimal(step.amount.low))
        self.graph.add(node, terms.term("amountHigh"), decimal(step.amount.high))
        self._own_text(node, "amountComparator", step.amount.comparator)
        self._own_text(node, "unit", step.amount.unit)
        self._concept(node, "basis", "basis", step.per)
        self._integer(node, "dosingDays", step.days)
        self._integer(node, "intervalDays", step.every.days if step.every else None)
        self._integer(node, "repeats", step.times)
        self._integer(node, "nReceiving", step.n)
        self._text(node, COMMENT, step.note)
        self._locate(node, step.where or around)

    def _adverse_event(self, episode: str, key: str, event: model.AdverseEvent, around: Place) -> None:
        node = self._part("adverse-event", f"{key}.{event.id}", "AdverseEventReport")
        self._link(episode, "hasAdverseEvent", node)
        self._concept(node, "adverseStatus", "adverse-status", event.status)
        self._own_text(node, "eventText", event.event)
        self._integer(node, "nWithEvent", event.n)
        self._integer(node, "nAtRisk", event.of)
        if event.serious is not None:
            self.graph.add(node, terms.term("serious"), boolean(event.serious))
        self._text(node, COMMENT, event.note)
        self._locate(node, event.where or around)

    def _stopping(self, episode: str, key: str, stopping: model.Stopping, around: Place) -> None:
        node = self._part("stopping", f"{key}.{stopping.id}", "Stopping")
        self._link(episode, "hasStopping", node)
        self._concepts(node, "stopReason", "stop-reason", stopping.reasons)
        self._integer(node, "nStopped", stopping.n)
        self._text(node, COMMENT, stopping.note)
        self._locate(node, stopping.where or around)

    def _course_event(self, episode: str, key: str, event: model.CourseEvent, around: Place) -> None:
        node = self._part("event", f"{key}.{event.id}", "CourseEvent")
        self._link(episode, "hasEvent", node)
        self._concept(node, "eventKind", "event", event.event)
        self._integer(node, "eventAfterDays", event.after.days if event.after else None)
        self._integer(node, "nWithEvent", event.n)
        self._text(node, COMMENT, event.note)
        self._locate(node, event.where or around)

    # --- outcome -------------------------------------------------------------------------------------------------

    def _outcome(self, episode: str, key: str, outcome: model.Outcome, around: Place, people: model.People) -> None:
        outcome_key = f"{key}.{outcome.id}"
        node = self._part("outcome", outcome_key, "OutcomeAssessment", outcome.id.replace("-", " "))
        self._link(episode, "hasOutcome", node)
        self._concept(node, "domain", "domain", outcome.domain)
        self._concept(node, "instrument", "instrument", outcome.instrument)
        self._concept(node, "outcomeStatus", "outcome-status", outcome.status)
        self._own_text(node, "statusReason", outcome.because)
        self._integer(node, "nAssessed", 1 if isinstance(people, model.Person) and outcome.counts else outcome.assessed)
        for slug, n in outcome.counts.items():
            count = self._part("count", f"{outcome_key}.{slug}", "ResponseCount")
            self._link(node, "hasResponseCount", count)
            self._concept(count, "response", "response", slug)
            self._integer(count, "nWithResponse", n)
        if outcome.quantified is not None:
            self._concept(node, "quantifier", "quantifier", outcome.quantified.quantifier)
            self._concept(node, "quantifiedResponse", "response", outcome.quantified.response)
        if outcome.percentage is not None:
            self._concept(node, "percentageResponse", "response", outcome.percentage.response)
            self._own_text(node, "percentageText", outcome.percentage.percent)
            self._own_text(node, "detail", outcome.percentage.meaning)
        if outcome.change is not None:
            change = outcome.change
            words = [
                change.comparator,
                change.value,
                change.unit,
                f"({change.statistic})" if change.statistic else None,
                change.meaning,
            ]
            self._own_text(node, "changeText", " ".join(word for word in words if word))
        self._concept(node, "groupResult", "response", outcome.group_result)
        self._integer(node, "assessedAtDays", outcome.at.days if outcome.at else None)
        if outcome.curators_choice:
            self.graph.add(node, terms.term("curatorsChoice"), boolean(True))
        self._own_text(node, "authorsWords", outcome.authors_words)
        self._text(node, COMMENT, outcome.note)
        self._locate(node, outcome.where or around)

    def _comparison(self, comparison: model.Comparison) -> None:
        node = self._part("comparison", comparison.id, "Comparison")
        for key in comparison.outcomes:
            self._link(node, "compares", terms.part(self.id, "outcome", key))
        self._own_text(node, "pValueText", comparison.p_value)
        self._own_text(node, "detail", comparison.result)
        self._locate(node, comparison.where)

    def _appraisal(self, appraisal: model.Appraisal) -> None:
        node = self._part("appraisal", f"{_slug(appraisal.by)}.{appraisal.item}", "Appraisal")
        self._link(self.study, "hasAppraisal", node)
        self._concept(node, "appraisalItem", "appraisal-item", appraisal.item)
        self._concept(node, "appraisalAnswer", "appraisal-answer", appraisal.answer)
        self._own_text(node, "statusReason", appraisal.because)
        self._attribute(node, appraisal.by)
        self._locate(node, appraisal.where)

    # --- what was said -------------------------------------------------------------------------------------------

    def _claim(self, claim: model.Claim) -> None:
        node = self._part("claim", claim.id, "Claim", claim.id.replace("-", " "))
        self._link(self.study, "makesClaim", node)
        self._concept(node, "claimKind", "claim-kind", claim.kind)
        self._concepts(node, "aboutDrug", "drug", claim.drugs)
        self._concepts(node, "aboutNeuropathy", "neuropathy", claim.neuropathy)
        self._concepts(node, "aboutCondition", "condition", claim.condition or self.record.condition)
        self._concept(node, "claimDirection", "claim-direction", claim.direction)
        self._own_text(node, "claimLine", claim.line)
        self._own_text(node, "claimPopulation", claim.population)
        self._own_text(node, "statedLevel", claim.stated_level)
        self._concept(node, "claimStatus", "claim-status", claim.status)
        self._text(node, COMMENT, claim.note)
        self._locate(node, claim.where)
        for line in claim.evidence:
            line_node = self._part("evidence-line", f"{claim.id}.{line.id}", "EvidenceLine")
            self._link(line_node, "bearsOn", node)
            self._concept(line_node, "lineDirection", "line-direction", line.direction)
            for item in line.items:
                study_id, _, key = item.partition(": ")
                self._link(line_node, "evidenceItem", terms.part(study_id, "outcome", key))
            self._own_text(line_node, "statusReason", line.because)
            self._attribute(line_node, line.drawn_by)
        if claim.our_level is not None:
            level = self._part("curator-level", claim.id, "CuratorLevel")
            self._link(level, "levelOf", node)
            self._concept(level, "level", "level", claim.our_level.level)
            self._own_text(level, "statusReason", claim.our_level.because)
            self._attribute(level, claim.our_level.by)

    def _number(self, number: model.ReportedNumber) -> None:
        node = self._part("statistic", number.id, "ReportedStatistic", number.about)
        self._link(self.study, "reportsStatistic", node)
        self._concept(node, "countedThing", "counted-thing", number.counts)
        self._concept(node, "countedDesign", "design", number.design)
        self._concept(node, "countedTiming", "timing", number.timing)
        self._integer(node, "statisticValue", number.value)
        if number.share_of is not None:
            self._link(node, "shareOf", terms.part(self.id, "statistic", number.share_of))
        if number.part_of is not None:
            self._link(node, "statisticPartOf", terms.part(self.id, "statistic", number.part_of))
        self._concept(node, "partition", "partition", number.parts)
        if number.parts is not None:
            self.graph.add(node, terms.term("partsComplete"), boolean(number.parts_complete))
        if number.percent is not None:
            # As two integers, because engines disagree on decimals and questions do no division: 35.5 is 355 over 10.
            whole, _, fraction = number.percent.partition(".")
            self._own_text(node, "percentageText", number.percent)
            self._integer(node, "percentScaled", int(whole + fraction))
            self._integer(node, "percentScale", 10 ** len(fraction))
        self._concept(node, "aboutDrug", "drug", number.drug)
        if number.only_this_drug:
            self.graph.add(node, terms.term("onlyThisDrug"), boolean(True))
        self._concept(node, "response", "response", number.response)
        self._locate(node, number.where)

    def _reference(self, reference: model.Reference) -> None:
        node = self._part("reference", str(reference.number), "Reference", f"reference {reference.number}")
        self._link(self.study, "cites", node)
        self._integer(node, "referenceNumber", reference.number)
        self._text(node, DCTERMS + "creator", reference.authors)
        self._text(node, DCTERMS + "title", reference.title)
        self._text(node, DCTERMS + "bibliographicCitation", reference.printed)
        if reference.study is not None:
            self._link(node, "citedStudy", terms.study(reference.study))
        self._concept(node, "inclusion", "inclusion", reference.included)
        self._own_text(node, "statusReason", reference.because)
        self._text(node, COMMENT, reference.note)
