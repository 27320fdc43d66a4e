"""Rules about places of origin: everything points to a source that is listed, and no source is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nervegraph.crosschecks.parts import StudyParts, StudyRules
from nervegraph.crosschecks.rules import Defect
from nervegraph.study_tree import TreePath

BOOK = StudyRules()

_DIGEST = re.compile(r"(?:sha(?:1|256|512):)?[0-9a-f]{16,128}")
_IDENTIFIER_AS_URL = (
    (re.compile(r"https?://(?:dx\.)?doi\.org/10\.", re.IGNORECASE), "doi", "10.1002/acr.20495"),
    (re.compile(r"https?://pubmed\.ncbi\.nlm\.nih\.gov/[0-9]", re.IGNORECASE), "pmid", "19168191"),
    (re.compile(r"https?://(?:www\.ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)/articles/PMC", re.IGNORECASE),
     "pmcid", "PMC2077613"),
)  # fmt: skip


@BOOK.rule("unknown-source")
def _unknown_source(study: StudyParts) -> Iterator[Defect]:
    """Each assertion points to a document that was read; the first word of a place is that document's id."""
    if any(not study.was_read(source, "id") for source in study.record.sources) or not study.record.sources:
        return
    known = ", ".join(study.sources)
    for place, path in study.places:
        if place.source not in study.sources:
            yield Defect(
                path,
                f"There is no source '{place.source}' in this file.",
                f"Begin with the id of a source listed under 'sources' ({known}), or list this one there.",
            )


@BOOK.rule("unknown-sentence")
def _unknown_sentence(study: StudyParts) -> Iterator[Defect]:
    """A sentence number is given only where the text is at hand, which the digest of the sentence shows."""
    for place, path in study.places:
        source = study.sources.get(place.source)
        if source is None or place.sentence is None or not study.was_read(source, "sentence_digests"):
            continue
        if str(place.sentence) not in source.sentence_digests:
            yield Defect(
                path,
                f"Sentence {place.sentence} has no digest under 'sentence digests' of '{source.id}'.",
                "Leave the sentence out where the text itself is not at hand; the section is enough.",
            )


@BOOK.rule("not-a-digest")
def _not_a_digest(study: StudyParts) -> Iterator[Defect]:
    """No sentence of a source is copied: what stands here is a hash of it, by its number."""
    for at, source in enumerate(study.record.sources):
        for number, digest in source.sentence_digests.items():
            if not number.isdecimal() or not _DIGEST.fullmatch(digest):
                yield Defect(
                    ("sources", at, "sentence digests", number),
                    "This is not the digest of a numbered sentence.",
                    "Write the sentence's number, a colon and its hash in hexadecimal digits, never the sentence.",
                )


@BOOK.rule("source-never-used", "warning")
def _source_never_used(study: StudyParts) -> Iterator[Defect]:
    """A source that nothing points to was listed in vain, or a place names the wrong one; a note may say its use."""
    used = {place.source for place, _ in study.places}
    if not used:
        return
    for at, source in enumerate(study.record.sources):
        if source.id and source.id not in used and source.note is None and study.was_read(source, "note"):
            yield Defect(
                ("sources", at, "id"),
                f"Nothing in this file was read in '{source.id}'.",
                "Name it in a 'where', say under 'note' what it was used for, or delete it.",
            )


@BOOK.rule("identifier-as-url", "warning")
def _identifier_as_url(study: StudyParts) -> Iterator[Defect]:
    """Identifiers outlive addresses and make it possible to see that two files describe one article."""
    holders: list[tuple[TreePath, str | None]] = [(("url",), study.record.url)]
    holders += [(("sources", at, "url"), source.url) for at, source in enumerate(study.record.sources)]
    for path, url in holders:
        for pattern, field, example in _IDENTIFIER_AS_URL:
            if url is not None and pattern.match(url):
                yield Defect(
                    path,
                    f"This address holds an identifier that has a field of its own, '{field}'.",
                    f"Write it as in '{field}: {example}'.",
                )
