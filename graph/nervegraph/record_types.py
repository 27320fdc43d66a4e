"""Field types of the study record: from the text a curator typed to a value, or a plain sentence about what is wrong.

Every function takes the text as typed and returns the value, or raises `PydanticCustomError` whose type is the rule's
name (`not-a-count`, `unknown-drug`, …) and whose message is fit for a clinician. Values that may be read in more than
one way keep the text beside the number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Annotated, Any, NoReturn, Protocol

from pydantic import BeforeValidator, ValidationInfo
from pydantic_core import PydanticCustomError

_WORDLIKE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_COUNT = re.compile(r"[0-9]{1,6}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?")
_DOI = re.compile(r"10\.[0-9]{4,9}/[^\s\"<>{}|\\^`]+")
_URL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?(?:/[^\s\"<>{}|\\^`]*)?")
_DURATION = re.compile(r"(?P<number>[0-9]{1,6}(?:\.[0-9]{1,3})?) (?P<unit>day|week|month|year)s?")
_AMOUNT = re.compile(
    r"(?P<comparator>at least|at most|more than|less than|about)? ?"
    r"(?P<low>[0-9]{1,9}(?:\.[0-9]{1,6})?)(?: ?(?:to|-) ?(?P<high>[0-9]{1,9}(?:\.[0-9]{1,6})?))? (?P<unit>\S+)"
)
_SENTENCE = re.compile(r"sentence (?P<number>[0-9]{1,4})")

# Mean lengths of the Gregorian month and year; a duration typed in months keeps its text beside the days.
DAYS_PER_UNIT = {"day": Decimal(1), "week": Decimal(7), "month": Decimal("30.4375"), "year": Decimal("365.25")}

# UCUM codes (unitsofmeasure.org) that a dose may carry; 1 stands for a plain number such as sessions.
DOSE_UNITS = ("g/kg", "mg/kg", "mg", "g", "mg/m2", "ml/kg", "mg/ml", "[IU]", "{session}")

_LONGEST_REMEMBERED = 100

NOT_KNOWN = frozenset({"not read", "not reported", "unknown"})


class Vocabularies(Protocol):
    """What the record needs of the vocabularies; it is passed as validation context under the key `vocabulary`."""

    def find(self, scheme: str, word: str) -> str | None:
        """The slug of the concept that `word` names in `scheme` (id, label or synonym), or None."""

    def suggest(self, scheme: str, word: str) -> str | None:
        """The known word nearest to `word`, or None."""

    def labels(self, scheme: str) -> list[str]:
        """The preferred labels of a scheme, in its own order."""


def _refuse(rule: str, message: str, **facts: object) -> NoReturn:
    raise PydanticCustomError(rule, message, facts)


def parse_key(text: str) -> str:
    """An id of a part of the study: lower-case words joined by hyphens; it becomes part of an IRI and never changes."""
    if not _WORDLIKE.fullmatch(text):
        _refuse(
            "bad-id",
            "'{text}' cannot be an id: use lower-case letters, digits and single hyphens, as in all-patients",
            text=text,
        )
    return text


def parse_count(text: str) -> int:
    """A number of people or things, as plain digits."""
    if not _COUNT.fullmatch(text):
        _refuse("not-a-count", "'{text}' is not a whole number: write digits only, as in 19", text=text)
    if len(text) > 1 and text[0] == "0":
        _refuse("leading-zero", "'{text}' begins with a zero: write the number without it", text=text)
    return int(text)


def parse_number(text: str) -> str:
    """A signed decimal number, kept as typed (trailing zeros are part of what was reported)."""
    if not _NUMBER.fullmatch(text):
        _refuse(
            "not-a-number", "'{text}' is not a number: write it with a point and without a unit, as in -73.4", text=text
        )
    return text


def parse_year(text: str) -> int:
    """A year of publication."""
    if not re.fullmatch(r"(?:19|20)[0-9]{2}", text):
        _refuse(
            "not-a-year",
            "'{text}' is not a year from 1900 to 2099; if it is doubtful, leave it out and say why under 'year note'",
            text=text,
        )
    return int(text)


def parse_yes_no(text: str) -> bool:
    """`yes` or `no`, written out."""
    if text not in ("yes", "no"):
        _refuse("not-yes-or-no", "'{text}' should be yes or no", text=text)
    return text == "yes"


def parse_doi(text: str) -> str:
    """A DOI without address in front (DOI Handbook §2.2: prefix 10.registrant, a slash, a suffix)."""
    if not _DOI.fullmatch(text):
        _refuse(
            "bad-doi",
            "'{text}' is not a DOI: write it as in 10.1002/acr.20495, without https://doi.org/ in front",
            text=text,
        )
    return text


def parse_pmid(text: str) -> str:
    """A PubMed id: up to eight digits."""
    if not re.fullmatch(r"[1-9][0-9]{0,7}", text):
        _refuse("bad-pmid", "'{text}' is not a PubMed id: it has one to eight digits, as in 19168191", text=text)
    return text


def parse_pmcid(text: str) -> str:
    """A PubMed Central id: PMC and digits."""
    if not re.fullmatch(r"PMC[1-9][0-9]{0,8}", text):
        _refuse("bad-pmcid", "'{text}' is not a PubMed Central id: write it as in PMC2077613", text=text)
    return text


def parse_url(text: str) -> str:
    """A web address that is safe to show as a link: http or https, no spaces or quotes."""
    if not _URL.fullmatch(text):
        _refuse(
            "bad-url",
            "'{text}' is not a web address: it begins with https:// or http:// and holds no spaces or quotes",
            text=text,
        )
    return text


@dataclass(frozen=True)
class LengthOfTime:
    """A length of time: whole days for sorting and questions, the typed text for reading."""

    days: int
    text: str


def parse_duration(text: str) -> LengthOfTime:
    """A length of time such as `14 days` or `27 months`; months and years count 30.4375 and 365.25 days, rounded."""
    found = _DURATION.fullmatch(text)
    if not found:
        _refuse(
            "bad-duration",
            "'{text}' is not a length of time: write a number and days, weeks, months or years, as in 14 days",
            text=text,
        )
    days = Decimal(found["number"]) * DAYS_PER_UNIT[found["unit"]]
    return LengthOfTime(int(days.to_integral_value(rounding=ROUND_HALF_UP)), text)


@dataclass(frozen=True)
class DoseAmount:
    """An amount or a range of amounts with its unit (UCUM), as typed and as numbers kept as text."""

    low: str
    high: str
    unit: str
    comparator: str | None
    text: str


def parse_amount(text: str) -> DoseAmount:
    """A dose such as `0.4 g/kg`, `10 to 20 mg` or `at least 1 g/kg`."""
    found = _AMOUNT.fullmatch(text)
    if not found:
        if re.fullmatch(r"[0-9.]+(?: ?(?:to|-) ?[0-9.]+)?", text):
            _refuse("dose-without-unit", "'{text}' has no unit: write it as in 0.4 g/kg", text=text)
        _refuse(
            "bad-dose",
            "'{text}' is not a dose: write an amount or a range and a unit, as in 0.4 g/kg or 10 to 20 mg; "
            "how often belongs under 'per', 'days', 'every'",
            text=text,
        )
    unit = {"mg/m²": "mg/m2", "IU": "[IU]", "sessions": "{session}", "session": "{session}"}.get(
        found["unit"], found["unit"]
    )
    if unit not in DOSE_UNITS:
        _refuse(
            "unknown-unit",
            "'{unit}' is not a unit I know; the units are {units}",
            unit=found["unit"],
            units=", ".join(DOSE_UNITS),
        )
    low, high = found["low"], found["high"] or found["low"]
    if Decimal(low) > Decimal(high):
        _refuse("range-reversed", "'{text}' runs backwards: the smaller amount comes first", text=text)
    if Decimal(low) == 0:
        _refuse(
            "bad-dose", "'{text}': a dose is more than zero; for an untreated group use the drug 'no drug'", text=text
        )
    return DoseAmount(low, high, unit, found["comparator"], text)


@dataclass(frozen=True)
class Place:
    """A place in a source: which source, which section, and the sentence where the text is at hand."""

    source: str
    section: str
    sentence: int | None


def parse_where(text: str) -> Place:
    """A place such as `abstract, Results` or `abstract, Results, sentence 5`: the source's id, then the section."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(parts) or not _WORDLIKE.fullmatch(parts[0]):
        _refuse(
            "bad-place",
            "'{text}' does not name a place: write the source's id, a comma and the section, as in abstract, Results",
            text=text,
        )
    last = _SENTENCE.fullmatch(parts[-1])
    if last and len(parts) > 2:
        return Place(parts[0], ", ".join(parts[1:-1]), int(last["number"]))
    return Place(parts[0], ", ".join(parts[1:]), None)


def parse_size(text: str) -> int | None:
    """A number of people, or None where the file says `unknown` (the reason stands in a field of its own)."""
    return None if text in NOT_KNOWN else parse_count(text)


def _text(given: object) -> Any:
    """The text without spaces around it; what did not come from a file is left to pydantic."""
    if not isinstance(given, str):
        if not isinstance(given, list | dict):
            return given
        _refuse(
            "not-text",
            "a piece of text is expected here, not a {kind}",
            kind="list" if isinstance(given, list) else "block of fields",
        )
    bare = given.strip()
    if not bare:
        _refuse(
            "empty-value",
            "nothing stands here: leave the line out, or say 'not read' or 'not reported' where that is allowed",
        )
    return bare


def _parsed(parse: Callable[[str], object]) -> BeforeValidator:
    """Read a text by `parse`, whose values are immutable: of short texts, which recur, each is parsed once."""
    recurring = lru_cache(maxsize=4096)(parse)

    def read(given: object) -> object:
        text = _text(given)
        if not isinstance(text, str):
            return text
        return recurring(text) if len(text) <= _LONGEST_REMEMBERED else parse(text)

    return BeforeValidator(read)


def _in_scheme(scheme: str) -> BeforeValidator:
    """Resolve a word to the slug of a concept of `scheme`; the rule is named `unknown-<scheme>`."""

    def find(given: object, info: ValidationInfo) -> object:
        word = _text(given)
        if not isinstance(word, str):
            return word
        vocabularies: Vocabularies = (info.context or {})["vocabulary"]
        slug = vocabularies.find(scheme, word)
        if slug is None:
            _refuse(
                f"unknown-{scheme}",
                "'{word}' is not {article} {scheme} I know",
                word=word,
                article="an" if scheme[0] in "aeiou" else "a",
                scheme=scheme.replace("-", " "),
                suggestion=vocabularies.suggest(scheme, word),
                allowed=vocabularies.labels(scheme),
            )
        return slug

    return BeforeValidator(find)


def _as_list(given: object) -> object:
    return [given] if isinstance(given, str) else given


Text = Annotated[str, BeforeValidator(_text)]
Key = Annotated[str, _parsed(parse_key)]
Count = Annotated[int, _parsed(parse_count)]
Size = Annotated[int | None, _parsed(parse_size)]
NumberText = Annotated[str, _parsed(parse_number)]
Year = Annotated[int, _parsed(parse_year)]
YesNo = Annotated[bool, _parsed(parse_yes_no)]
Doi = Annotated[str, _parsed(parse_doi)]
Pmid = Annotated[str, _parsed(parse_pmid)]
Pmcid = Annotated[str, _parsed(parse_pmcid)]
Url = Annotated[str, _parsed(parse_url)]
Duration = Annotated[LengthOfTime, _parsed(parse_duration)]
Amount = Annotated[DoseAmount, _parsed(parse_amount)]
Where = Annotated[Place, _parsed(parse_where)]
OneOrMore = BeforeValidator(_as_list)

AdverseStatus = Annotated[str, _in_scheme("adverse-status")]
AppraisalAnswer = Annotated[str, _in_scheme("appraisal-answer")]
AppraisalItem = Annotated[str, _in_scheme("appraisal-item")]
Basis = Annotated[str, _in_scheme("basis")]
ClaimDirection = Annotated[str, _in_scheme("claim-direction")]
ClaimKind = Annotated[str, _in_scheme("claim-kind")]
ClaimStatus = Annotated[str, _in_scheme("claim-status")]
CoMedication = Annotated[str, _in_scheme("co-medication")]
Composition = Annotated[str, _in_scheme("composition")]
Condition = Annotated[str, _in_scheme("condition")]
CountedThing = Annotated[str, _in_scheme("counted-thing")]
Design = Annotated[str, _in_scheme("design")]
Domain = Annotated[str, _in_scheme("domain")]
Drug = Annotated[str, _in_scheme("drug")]
EventKind = Annotated[str, _in_scheme("event")]
FindingKind = Annotated[str, _in_scheme("finding")]
FindingStatus = Annotated[str, _in_scheme("finding-status")]
Inclusion = Annotated[str, _in_scheme("inclusion")]
Instrument = Annotated[str, _in_scheme("instrument")]
Level = Annotated[str, _in_scheme("level")]
LineDirection = Annotated[str, _in_scheme("line-direction")]
Measure = Annotated[str, _in_scheme("measure")]
Neuropathy = Annotated[str, _in_scheme("neuropathy")]
OutcomeStatus = Annotated[str, _in_scheme("outcome-status")]
OverlapReason = Annotated[str, _in_scheme("overlap-reason")]
Partition = Annotated[str, _in_scheme("partition")]
PublicationStatus = Annotated[str, _in_scheme("publication-status")]
Quantifier = Annotated[str, _in_scheme("quantifier")]
ReadingDepth = Annotated[str, _in_scheme("reading-depth")]
Response = Annotated[str, _in_scheme("response")]
Role = Annotated[str, _in_scheme("role")]
Route = Annotated[str, _in_scheme("route")]
Sex = Annotated[str, _in_scheme("sex")]
SourceKind = Annotated[str, _in_scheme("source-kind")]
Statistic = Annotated[str, _in_scheme("statistic")]
StopReason = Annotated[str, _in_scheme("stop-reason")]
Timing = Annotated[str, _in_scheme("timing")]
