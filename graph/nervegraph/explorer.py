"""The page: data, picture and template put together into one file that opens without any network.

Nothing that comes from the evidence is ever written into the page as markup. It stands as JSON in a data block and
reaches the screen as text only; the content security policy names the digest of each script, so no other runs.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nervegraph import evidence_details as details
from nervegraph import evidence_words as words
from nervegraph.evidence import Askable, Evidence, read_evidence, slug
from nervegraph.evidence_lines import Line, ancestors, build_lines, is_nerve_response, people_by_iri
from nervegraph.network import EvidenceNetwork, build_network
from nervegraph.picture import COLOURS, build_picture, read_drawing_library

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SCRIPTS = ("explorer_state.js", "explorer_details.js", "explorer_table.js", "explorer_graph.js", "explorer_start.js")
"""The page's own scripts, in the order in which they build on each other."""

_JSON_ESCAPES = {character: f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


@dataclass(frozen=True)
class PageFacts:
    """What the page tells of the build it belongs to.

    :param version: the version of NerveGraph.
    :param data_sha256: the digest of the data, by which a page and a graph are known to belong together.
    :param counts: what the graph holds, in the order to be shown, such as `{"studies": 11, "patients": 5}`.
    """

    version: str
    data_sha256: str
    counts: Mapping[str, int]


def build_explorer(store: Askable, *, facts: PageFacts) -> str:
    """The whole page as HTML; the same graph and facts give the same text.

    :raises NerveGraphError: the store cannot be asked, or pyvis's drawing library is missing.
    """
    evidence = read_evidence(store)
    lines = build_lines(evidence)
    network = build_network(evidence, lines)
    data = build_page_data(evidence, lines, network)
    library = read_drawing_library()
    own = "\n".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    style = (_TEMPLATES / "explorer.css").read_text(encoding="utf-8")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Trusted markup: two scripts and a style sheet of ours and pyvis's, and JSON without a single angle bracket.
    return environment.get_template("explorer.html.j2").render(
        policy=_policy((library, own), style),
        library=Markup(library),  # noqa: S704
        script=Markup(own),  # noqa: S704
        style=Markup(style),  # noqa: S704
        data=Markup(_json_text(data)),  # noqa: S704
        facts=facts,
        rows=len(lines),
        synthetic=any(study.text("synthetic") == "true" for study in evidence.studies),
        others=_studies_without_lines(evidence, lines),
    )


def build_page_data(evidence: Evidence, lines: Iterable[Line], network: EvidenceNetwork) -> dict[str, Any]:
    """Everything the page's scripts read: the picture, what each thing tells of itself, the table, the filters."""
    lines = tuple(lines)
    rows = [_row(evidence, line) for line in lines]
    return {
        "picture": build_picture(network),
        "colours": COLOURS,
        "objects": {**_node_objects(network), **_line_objects(evidence, lines)},
        "rows": rows,
        "filters": {
            "drug": _choices(evidence, (drug for row in rows for drug in row["drugs"])),
            "neuropathy": _choices(evidence, (neuropathy for row in rows for neuropathy in row["neuropathies"])),
            "response": _choices(evidence, (response for row in rows for response in row["responses"])),
            "design": _choices(evidence, (row["design"] for row in rows)),
        },
        "people": _people_sizes(evidence, lines),
    }


def _node_objects(network: EvidenceNetwork) -> dict[str, Any]:
    return {
        node: {
            "role": data["role"],
            "title": data["title"],
            "facts": data["facts"],
            "links": data["links"],
            "synonyms": sorted(set(data["synonyms"])),
        }
        for node, data in network.nodes(data=True)
    }


def _line_objects(evidence: Evidence, lines: Iterable[Line]) -> dict[str, Any]:
    by_episode: dict[str, list[Line]] = {}
    for line in lines:
        by_episode.setdefault(f"line:{line.episode.key}", []).append(line)
    return {
        key: {
            "role": "line",
            "title": f"{_study_label(own[0])}, {_who(own[0])}: "
            + words.regimen_words(evidence, own[0].episode, own[0].people),
            "facts": details.episode_facts(evidence, own),
            "links": words.safe_links(own[0].study.texts("rdfs:seeAlso")),
            "synonyms": [],
        }
        for key, own in by_episode.items()
    }


def _study_label(line: Line) -> str:
    return line.study.text("rdfs:label") or line.study.key


def _who(line: Line) -> str:
    return (line.people.text("rdfs:label") or line.people.key).removesuffix(f" in {_study_label(line)}")


def _treatment_name(evidence: Evidence, line: Line) -> str:
    """The name of a line of treatment where the same people had several, else nothing."""
    several = len(evidence.episodes.get(line.people.iri, ())) > 1
    return (line.episode.text("rdfs:label") or "") if several else ""


def _row(evidence: Evidence, line: Line) -> dict[str, Any]:
    person = words.is_person(line.people)
    outcome = line.outcome
    counts = words.response_counts(evidence, outcome) if outcome else ()
    told = (
        [outcome.text(name) for name in ("quantifiedResponse", "percentageResponse", "groupResult")] if outcome else []
    )
    # A systemic response, a test result or a saved dose has no dots and is found under no response.
    of_the_nerve = outcome is not None and is_nerve_response(evidence, outcome)
    responses = {response for response in (*dict(counts), *told) if response} if of_the_nerve else set()
    exposures = words.judged_exposures(evidence, line.episode)
    drugs = {drug for exposure in exposures for drug in exposure.texts("ofDrug")}
    targets = line.episode.texts("targetsNeuropathy")
    place = evidence.place_of(outcome or line.episode) or evidence.place_of(line.people)
    links = words.safe_links(line.study.texts("rdfs:seeAlso"))
    return {
        "id": line.key,
        "line": f"line:{line.episode.key}",
        "study": _study_label(line),
        "study_id": f"study:{line.study.key}",
        "href": links[0]["href"] if links else "",
        "who": _who(line),
        "people": line.people.key,
        "n": words.size_words(line.people),
        "size": line.people.integer("size"),
        "regimen": words.regimen_words(evidence, line.episode, line.people),
        "beside": words.background_words(evidence, line.episode, line.people),
        "treatment": _treatment_name(evidence, line),
        "neuropathy": ", ".join(evidence.name(target) for target in targets),
        "measured": words.measured_words(evidence, outcome) if outcome else "",
        "outcome": words.outcome_words(evidence, outcome, person=person) if outcome else "no outcome recorded",
        "why": line.reason,
        "own": line.own_reason,
        "order": line.episode.integer("order"),
        "whole": sorted(map(slug, line.drugs)),
        "classes": sorted(map(slug, line.classes)),
        "origin": words.place_words(evidence, place),
        "doubts": "; ".join(line.doubts),
        "counts": {slug(response): n for response, n in counts},
        "nerve": of_the_nerve,
        "drugs": sorted({slug(up) for drug in drugs for up in evidence.with_ancestors(drug)}),
        "neuropathies": sorted({slug(up) for target in targets for up in evidence.with_ancestors(target)}),
        "responses": sorted({slug(up) for response in responses for up in evidence.with_ancestors(response)}),
        "design": slug(line.study.text("design") or "not-recorded"),
    }


def _choices(evidence: Evidence, slugs: Iterable[str]) -> list[list[Any]]:
    """Each value that occurs, with its name and the number of lines that have it, by name."""
    names = {slug(concept): name for concept, name in evidence.names.items()}
    counted: dict[str, int] = {}
    for own in slugs:
        counted[own] = counted.get(own, 0) + 1
    return sorted(
        ([own, names.get(own, own.replace("-", " ")), n] for own, n in counted.items()), key=lambda c: (c[1], c[0])
    )


def _people_sizes(evidence: Evidence, lines: Iterable[Line]) -> dict[str, Any]:
    """For each person or group in the table: size, the groups around it, and whether its siblings may share people."""
    everybody = people_by_iri(evidence)
    found = {}
    for line in lines:
        around = ancestors(line.people, everybody)
        disjoint = not around or slug(around[0].text("partition") or "unknown") == "disjoint"
        found[line.people.key] = {
            "size": line.people.integer("size"),
            "label": line.people.text("rdfs:label") or line.people.key,
            "within": [group.key for group in around],
            "disjoint": disjoint,
        }
    return found


def _studies_without_lines(evidence: Evidence, lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Reviews, guidelines and registrations: sources without treated people of their own."""
    with_lines = {line.study.iri for line in lines}
    return [
        {
            "label": study.text("rdfs:label") or study.key,
            "title": study.text("dcterms:title") or "",
            "design": evidence.name(study.text("design")),
            "links": words.safe_links(study.texts("rdfs:seeAlso"))[:1],
        }
        for study in sorted(evidence.studies, key=lambda study: study.key)
        if study.iri not in with_lines
    ]


def _json_text(data: Any) -> str:
    """JSON that cannot end the data block it stands in, whatever texts it holds."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return "".join(_JSON_ESCAPES.get(character, character) for character in text)


def _policy(scripts: Iterable[str], style: str) -> str:
    """The content security policy: the named scripts and style, nothing from anywhere, nothing to anywhere."""
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {digests}",
            f"style-src 'sha256-{_digest(style)}'",
            "img-src data: blob:",
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
