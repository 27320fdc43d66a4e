"""The page as text: one file, strict policy, nothing of the evidence as markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nervegraph import picture
from nervegraph.explorer import PageFacts, build_explorer
from nervegraph.picture import MissingLibraryError, read_drawing_library
from page_fixture import CASE, SERIES, TRIAL, page_store, shipped_store, small_store, study_lines

FACTS = PageFacts(version="0.0.1", data_sha256="ab" * 32, counts={"studies": 3, "people": 51})


class Parsed(HTMLParser):
    """The elements of a page with their attributes, and the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in self.raw:
            self._inside = tag
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside][-1] += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def small_page() -> str:
    return build_explorer(small_store(), facts=FACTS)


@cache
def parsed() -> Parsed:
    return Parsed(small_page())


def data_of(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_same_graph_gives_the_same_bytes() -> None:
    again = build_explorer(page_store(*reversed(study_lines(TRIAL, CASE, SERIES))), facts=FACTS)
    assert again == small_page()


def test_nothing_is_loaded_from_anywhere() -> None:
    loading = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping"}
    for tag, attributes in parsed().elements:
        assert not loading & attributes.keys(), tag
        if tag == "link":
            assert attributes == {"rel": "icon", "href": "data:,"}
    assert not {"iframe", "object", "embed", "base", "form", "img"} & {tag for tag, _ in parsed().elements}
    assert "url(" not in parsed().raw["style"][0]
    assert "@import" not in parsed().raw["style"][0]


def test_no_element_has_a_handler_or_a_style_of_its_own() -> None:
    for tag, attributes in parsed().elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag


def test_links_are_web_addresses_that_open_apart() -> None:
    for attributes in parsed().attributes("a"):
        href = attributes["href"] or ""
        if href.startswith("#"):
            continue
        assert href.startswith(("https://", "http://"))
        assert attributes["rel"] == "noopener noreferrer"


def test_the_policy_names_each_script_and_the_style_and_lets_nothing_else_run() -> None:
    policy = next(m["content"] for m in parsed().attributes("meta") if "Content-Security-Policy" in m.values()) or ""
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    _, library, own = parsed().raw["script"]

    def digest(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert rules["default-src"] == rules["connect-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["script-src"].split() == [digest(library), digest(own)]
    assert rules["style-src"] == digest(parsed().raw["style"][0])
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_policy_comes_before_everything_that_it_is_to_hold_back() -> None:
    tags = [tag for tag, _ in parsed().elements]
    assert tags[:4] == ["html", "head", "meta", "meta"]


def test_our_scripts_write_text_and_never_markup() -> None:
    own = parsed().raw["script"][2]
    for sink in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "srcdoc"):
        assert sink not in own


def test_the_drawing_library_is_pyviss_own_and_needs_no_eval() -> None:
    library = read_drawing_library()
    assert "@version 9.1.2" in library
    assert library in small_page()
    assert "eval(" not in library


def test_a_missing_drawing_library_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture, "_LIBRARY", "templates/gone.js")
    with pytest.raises(MissingLibraryError, match=r"gone\.js: .* pip install --force-reinstall pyvis==0\.3\.2"):
        read_drawing_library()


def test_a_library_that_would_end_its_script_early_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    library = tmp_path / "vis.js"
    library.write_text("let a = '</SCRIPT>'", encoding="utf-8")
    monkeypatch.setattr(picture, "_LIBRARY", str(library))
    with pytest.raises(MissingLibraryError):
        read_drawing_library()


def test_the_picture_is_pyviss_data_with_physics_off_and_places_given() -> None:
    shown = data_of(small_page())["picture"]
    assert shown["options"]["physics"] == {"enabled": False}
    assert shown["options"]["layout"] == {"improvedLayout": False}
    assert shown["options"]["edges"] == {"smooth": False}
    assert all({"id", "label", "shape", "x", "y", "size"} <= node.keys() for node in shown["nodes"])
    ends = {node["id"] for node in shown["nodes"]}
    assert all({edge["from"], edge["to"]} <= ends for edge in shown["edges"])
    assert len({(edge["from"], edge["to"]) for edge in shown["edges"]}) == len(shown["edges"])


def test_no_colour_stands_for_a_share_of_improved() -> None:
    nodes = data_of(small_page())["picture"]["nodes"]
    by_role: dict[str, set[str]] = {}
    for node in nodes:
        by_role.setdefault(node["role"], set()).add(node["colour"])
    assert all(by_role[role] == {role} for role in ("study", "regimen", "people", "neuropathy"))
    # A percentage is shown only where the source prints one.
    percentages = [row["outcome"] for row in data_of(small_page())["rows"] if "%" in row["outcome"]]
    assert percentages == ["40 % improved (no count given)"]


def test_the_table_holds_what_each_source_counted() -> None:
    rows = {row["id"]: row for row in data_of(small_page())["rows"]}
    whole = rows["miller-2011/outcome/all-patients.ivig.global"]
    assert whole["outcome"] == "9 improved, 6 stable, 4 worsened of 19"
    assert whole["counts"] == {"improved": 9, "stable": 6, "worsened": 4}
    assert (whole["regimen"], whole["n"], whole["why"]) == ("IVIG + glucocorticoid (13 of 19)", "19", "")
    assert whole["origin"] == "Results; abstract page, read: abstract"
    part = rows["miller-2011/outcome/ataxic.ivig.global"]
    assert (part["own"], part["why"]) == ("", "counted within “all treated patients”")
    second = rows["case-2006/outcome/p1.second.pain"]
    assert (second["outcome"], second["beside"], second["treatment"]) == ("improved", "prednisolone", "second")


def test_filters_go_through_the_vocabularies() -> None:
    data = data_of(small_page())
    drugs = {choice[0]: choice[2] for choice in data["filters"]["drug"]}
    assert drugs["immunotherapy"] == 7
    assert drugs["placebo"] == 1
    assert {"sensory-neuropathy", "peripheral-neuropathy"} <= {choice[0] for choice in data["filters"]["neuropathy"]}


def test_the_footer_names_the_build() -> None:
    assert "NerveGraph 0.0.1" in small_page()
    assert f'<code id="digest">{FACTS.data_sha256}</code>' in small_page()
    assert "3 studies, 51 people. " in small_page()
    assert small_page().count("Not medical advice") == 2


def test_synthetic_data_is_called_so() -> None:
    warning = "Synthetic data, not evidence."
    assert warning not in small_page()
    assert warning in build_explorer(page_store(*study_lines(CASE | {"synthetic": "yes"})), facts=FACTS)


def test_a_review_without_people_is_listed_with_its_article() -> None:
    review = {key: value for key, value in CASE.items() if key != "people"} | {"design": "systematic-review"}
    page = build_explorer(page_store(*study_lines(review)), facts=FACTS)
    assert "Kato 2006, systematic review: One person, two lines of treatment" in page
    assert '<a href="https://doi.org/10.1002/example.2" rel="noopener noreferrer" target="_blank">' in page


@pytest.mark.parametrize(
    "payload",
    [
        "<script>window.pwn=1</script>",
        "</script><script>window.pwn=1</script>",
        "<!--<script>",
        "]]><img src=x onerror=window.pwn=1>",
        "\u2028window.pwn=1\u2029",
        "{{ 7 * 7 }}{% raw %}",
        "\x00\x1b\x7f",
    ],
)
def test_text_of_the_evidence_never_becomes_markup(payload: str) -> None:
    hostile = json.loads(json.dumps(SERIES))
    hostile |= {"title": payload, "authors": payload, "journal": payload}
    hostile["groups"][0] |= {"label": payload, "note": payload, "where": f"abstract, {payload}"}
    review = {key: value for key, value in CASE.items() if key != "people"} | {"title": payload}
    page = build_explorer(page_store(*study_lines(hostile, review)), facts=FACTS)
    tags = [tag for tag, _ in Parsed(page).elements]
    assert tags.count("script") == 3
    assert "img" not in tags
    block = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    assert not set("<>&\u2028\u2029") & set(block[1])
    data = data_of(page)
    assert payload.strip() in [dict(thing["facts"]).get("Title") for thing in data["objects"].values()]


def test_addresses_other_than_web_addresses_are_no_links() -> None:
    lines = study_lines(CASE)
    study, see_also = "https://w3id.org/nervegraph/study/case-2006", "http://www.w3.org/2000/01/rdf-schema#seeAlso"
    graph = "https://w3id.org/nervegraph/graph/case-2006"
    bad = ("javascript:window.pwn=1", "data:text/html,x", "file:///etc/passwd", "http://[evil")
    lines += [f"<{study}> <{see_also}> <{address}> <{graph}> ." for address in bad[:3]]
    data = data_of(build_explorer(page_store(*lines), facts=FACTS))
    assert [link["href"] for link in data["objects"]["study:case-2006"]["links"]] == [
        "https://doi.org/10.1002/example.2"
    ]


def test_the_page_stays_within_its_budget() -> None:
    floor_bytes = len(read_drawing_library().encode())
    page_bytes = len(build_explorer(shipped_store(), facts=FACTS).encode())
    lines = len(data_of(build_explorer(shipped_store(), facts=FACTS))["rows"])
    assert page_bytes < floor_bytes + 70_000 + 6_000 * lines


def test_an_empty_graph_gives_a_page_that_says_so() -> None:
    page = build_explorer(page_store(), facts=FACTS)
    assert data_of(page)["rows"] == []
    assert "0 in all" in page
