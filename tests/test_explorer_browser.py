"""The page in Chromium, opened from a file with the network cut."""

from __future__ import annotations

import copy
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from nervegraph import terms
from nervegraph.explorer import PageFacts, build_explorer
from nervegraph.nquads import GraphLines, iri, text
from nervegraph.questions import load_questions
from nervegraph.rdfterms import Iri, Literal
from nervegraph.resources import resource_directory
from nervegraph.store import MemoryStore
from page_fixture import CASE, SERIES, TRIAL, page_store, shipped_store, small_store, study_lines
from requirements_of_tests import need

FACTS = PageFacts(version="0.0.1", data_sha256="ab" * 32, counts={"studies": 3})
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1400,900",
    # No name is found and no address is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
)

PAYLOADS = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "<!--<script>window.pwned=1//",
    "<img src=x onerror=window.pwned=1>",
    "<svg/onload=window.pwned=1>",
    "<a href='javascript:window.pwned=1'>href</a>",
    "\"onmouseover='window.pwned=1' x=\"",
    "javascript:window.pwned=1",
    "\u2028window.pwned=1\u2029",
    "\\u003cscript\\u003ewindow.pwned=1\\u003c/script\\u003e",
    "\x00<b onclick=window.pwned=1>NUL</b>",
    "{{constructor.constructor('window.pwned=1')()}}",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "</style><style>*{display:none}</style>",
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "`${window.pwned=1}`",
    "__proto__",
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    need(chromium and driver, "chromium and chromedriver are not installed (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium or ""
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = Chrome(options=options, service=webdriver.ChromeService(driver, log_output=os.devnull))
    yield opened
    opened.quit()


def write_page(directory: Path, store: MemoryStore) -> str:
    path = directory / "explorer.html"
    path.write_text(build_explorer(store, facts=FACTS), encoding="utf-8", newline="\n")
    return path.as_uri()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_page(tmp_path_factory.mktemp("small"), small_store())


def open_page(browser: Chrome, address: str) -> None:
    browser.get("about:blank")
    for log in ("browser", "performance"):
        browser.get_log(log)  # type: ignore[no-untyped-call]
    browser.get(address)
    WebDriverWait(browser, 20).until(lambda page: run(page, "return document.documentElement.dataset.ready"))


def run(browser: Chrome, script: str, *arguments: Any) -> Any:
    return browser.execute_script(script, *arguments)


def complaints(browser: Chrome) -> list[str]:
    return [entry["message"] for entry in browser.get_log("browser")]  # type: ignore[no-untyped-call]


def requests(browser: Chrome) -> list[str]:
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]  # type: ignore[no-untyped-call]
    asked = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [address for address in asked if not address.startswith(("file:", "data:", "about:"))]


def press(browser: Chrome, *keys: str) -> None:
    actions = ActionChains(browser)
    for key in keys:
        actions.send_keys(key)
    actions.perform()


def shown_rows(browser: Chrome) -> list[str]:
    return list(run(browser, "return [...document.querySelectorAll('#rows tr:not([hidden])')].map(r => r.dataset.row)"))


def heading(browser: Chrome) -> str:
    return browser.find_element(By.ID, "details-heading").text


def test_the_page_opens_from_a_file_without_network_requests_or_complaints(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    assert run(browser, "return performance.getEntriesByType('resource').length") == 0
    assert requests(browser) == []
    assert complaints(browser) == []
    painted = run(
        browser,
        "const c = document.querySelector('#network canvas');"
        "return new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size",
    )
    assert painted > 20


def test_nothing_can_leave_the_page(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    tried = browser.execute_async_script(
        "const done = arguments[0]; fetch('https://example.org/').then(() => done('sent'), () => done('refused'))"
    )
    assert tried == "refused"
    assert any("Content Security Policy" in complaint for complaint in complaints(browser))


def test_markup_is_refused_even_if_a_script_of_ours_tried(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    refused = run(
        browser, "try { document.body.innerHTML = '<p>x'; return 'written' } catch (error) { return error.name }"
    )
    assert refused == "TypeError"


def hostile_store() -> MemoryStore:
    """Studies whose every text is a payload, in turn, and whose links and ids are hostile as far as IRIs allow."""
    lines = study_lines(SERIES, CASE, TRIAL)
    rdfs, dcterms, skos = (terms.PREFIXES[prefix] for prefix in ("rdfs", "dcterms", "skos"))
    kept = [line for line in lines if f"<{rdfs}label>" not in line]
    graph = GraphLines(terms.graph("miller-2011"))
    subjects = sorted({line.split("> ")[0].lstrip("<") for line in lines})
    told = (rdfs + "label", rdfs + "comment", *(terms.term(name) for name in ("authorsWords", "section", "doseText")))
    count = 0
    for subject in subjects:
        for predicate in (*told, dcterms + "title", dcterms + "creator", terms.term("alias"), terms.term("timeText")):
            graph.add(subject, predicate, text(f"{PAYLOADS[count % len(PAYLOADS)]} {count}"))
            count += 1
    for study in ("miller-2011", "case-2006"):
        for address in ("javascript:window.pwned=1", "data:text/html;base64,PHNjcmlwdD4="):
            graph.add(terms.study(study), rdfs + "seeAlso", iri(address))
    group = terms.part("miller-2011", "group", "x'onerror=window.pwned=1;__proto__")
    graph.add(terms.study("miller-2011"), terms.term("describesGroup"), iri(group))
    graph.add(group, terms.PREFIXES["rdf"] + "type", iri(terms.term("AggregateGroup")))
    graph.add(group, terms.term("underwent"), iri(terms.part("case-2006", "episode", "p1.first")))
    graph.add(group, rdfs + "label", text(PAYLOADS[3]))
    for scheme, slug in (("drug", "rituximab"), ("neuropathy", "small-fibre-neuropathy"), ("response", "worsened")):
        graph.add(terms.concept(scheme, slug), skos + "altLabel", text(PAYLOADS[count % len(PAYLOADS)]))
        count += 1
    hidden = GraphLines(terms.graph("vocabulary"))
    for slug in ("ivig", "glucocorticoid", "placebo"):
        hidden.add(terms.concept("drug", slug), skos + "prefLabel", text(f"{PAYLOADS[count % len(PAYLOADS)]}"))
        count += 1
    return page_store(*kept, *graph.lines(), *hidden.lines())


def test_hostile_text_is_shown_hovered_and_clicked_and_never_runs(browser: Chrome, tmp_path: Path) -> None:
    open_page(browser, write_page(tmp_path, hostile_store()))
    elements = (
        "return [document.scripts.length, document.images.length, document.querySelectorAll('iframe,svg').length]"
    )
    assert run(browser, elements) == [3, 0, 0]
    places = run(
        browser,
        "window.chosen = new Set(); onChange(() => window.chosen.add(state.select));"
        "fitPicture(); window.scrollTo(0, 0);"
        "const box = document.getElementById('network').getBoundingClientRect();"
        "return Object.values(network.getPositions()).map(p => network.canvasToDOM(p))"
        "  .map(p => [box.left + p.x, box.top + p.y])",
    )
    assert len(places) >= 12
    for x, y in places:
        for kind, button in (("mouseMoved", "none"), ("mousePressed", "left"), ("mouseReleased", "left")):
            event = {"type": kind, "x": x, "y": y, "button": button, "clickCount": int(button == "left")}
            browser.execute_cdp_cmd("Input.dispatchMouseEvent", event)
    assert len(set(run(browser, "return [...window.chosen]")) - {""}) >= 12
    # Every choice, search result and link, through the page's own ways.
    run(
        browser,
        "for (const id of Object.keys(data.objects)) choose(id, true);"
        "for (const word of arguments[0]) {"
        "  const input = document.getElementById('search');"
        "  input.value = word; input.dispatchEvent(new Event('input'));"
        "  for (const button of [...document.querySelectorAll('#found button')].slice(0, 2)) button.focus();"
        "}"
        "for (const name of FILTERS) for (const choice of data.filters[name]) change({ [name]: choice[0] });",
        ["script", "img", "pwned", "__proto__", "javascript"],
    )
    schemes = run(browser, "return [...new Set([...document.links].map(link => link.protocol))].sort()")
    assert set(schemes) <= {"file:", "https:"}
    assert run(browser, "return typeof window.pwned") == "undefined"
    assert run(browser, elements) == [3, 0, 0]
    assert complaints(browser) == []
    assert requests(browser) == []
    shown = run(browser, "return document.body.textContent + JSON.stringify(data.objects)")
    missing = [payload for payload in PAYLOADS if json.dumps(payload)[1:10] not in json.dumps(shown)[1:]]
    assert missing == []


def test_keyboard_alone_leads_from_search_to_the_article(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    press(browser, "/")
    assert run(browser, "return document.activeElement.id") == "search"
    press(browser, *"12345", Keys.ENTER)
    assert heading(browser) == "Miller 2011"
    assert run(browser, "return document.activeElement.id") == "details-heading"
    press(browser, Keys.TAB)
    assert run(browser, "return document.activeElement.href") == "https://doi.org/10.1002/example.1"
    assert run(browser, "return document.activeElement.rel") == "noopener noreferrer"
    press(browser, Keys.ESCAPE)
    assert heading(browser) == "Details"


def test_a_row_of_the_table_opens_its_details_by_keyboard(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    run(browser, "document.querySelector('tr[data-row*=\"ataxic\"] button').focus()")
    press(browser, Keys.ENTER)
    told = browser.find_element(By.ID, "details").text
    for word in ("Miller 2011, ataxic: IVIG", "2 g/kg per course over 5 days", "secondary", "Second reader", "none"):
        assert word in told


def test_arrow_keys_walk_through_the_picture(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    run(browser, "change({ select: 'study:miller-2011' }); document.getElementById('network').focus()")
    press(browser, Keys.ARROW_RIGHT)
    first = run(browser, "return state.select")
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert first.startswith("regimen:")
    assert run(browser, "return state.select").startswith("neuropathy:")


def test_filters_thin_out_table_picture_and_counts_together(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    Select(browser.find_element(By.ID, "filter-drug")).select_by_value("rituximab")
    assert shown_rows(browser) == ["miller-2011/outcome/no-count.rtx.words"]
    assert "1 of 8 lines of evidence, 1 study" in browser.find_element(By.ID, "status").text
    visible = run(browser, "return visNodes.get().filter(node => !node.hidden).map(node => node.id).sort()")
    assert visible == [
        "neuropathy:small-fibre-neuropathy",
        "people:miller-2011/group/no-count",
        "regimen:rituximab",
        "response:in-words-only",
        "study:miller-2011",
    ]


def test_a_group_without_treatment_of_its_own_stays_with_its_parts(browser: Chrome, tmp_path: Path) -> None:
    series = copy.deepcopy(SERIES)
    series["groups"][0]["treatments"] = []
    group, part = "people:miller-2011/group/all-patients", "people:miller-2011/group/ataxic"
    hidden = "return arguments[0].map(id => visNodes.get(id).hidden)"
    open_page(browser, write_page(tmp_path, page_store(*study_lines(series))))
    assert run(browser, hidden, [group, part]) == [False, False]
    Select(browser.find_element(By.ID, "filter-drug")).select_by_value("ivig")
    assert run(browser, hidden, [group, part]) == [False, False]
    Select(browser.find_element(By.ID, "filter-drug")).select_by_value("rituximab")
    assert run(browser, hidden, [group, part]) == [True, True]


def test_the_page_itself_links_web_addresses_only(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    for address in ("javascript:window.pwned=1", "data:text/html,x", "file:///x", "no address"):
        assert run(browser, "return link(arguments[0], 'x').nodeName", address) == "#text"
    assert run(browser, "return link('https://example.org/', 'x').nodeName") == "A"


def test_nobody_is_counted_twice_in_the_number_of_people(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    # 19 with their part of 9, one person with two treatments, two arms whose trial does not say that they are disjoint.
    assert (
        "80 people described, nobody twice, and 1 group of unknown size" in browser.find_element(By.ID, "status").text
    )


def test_a_filter_on_responses_keeps_the_other_responses_of_the_same_people_in_view(
    browser: Chrome, small: str
) -> None:
    open_page(browser, small)
    Select(browser.find_element(By.ID, "filter-response")).select_by_value("improved")
    visible = run(browser, "return visEdges.get().filter(edge => !edge.hidden).map(edge => edge.to)")
    assert "response:worsened" in visible


def test_the_address_brings_the_view_back(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    Select(browser.find_element(By.ID, "filter-drug")).select_by_value("ivig")
    Select(browser.find_element(By.ID, "filter-design")).select_by_value("case-series")
    browser.find_element(By.CSS_SELECTOR, "#legend [data-kind=parts]").click()
    browser.find_element(By.CSS_SELECTOR, "th[data-column=n] button").click()
    browser.find_element(By.CSS_SELECTOR, "tr[data-row*=rankin] button").click()
    browser.find_element(By.ID, "theme").click()
    view = "return [location.hash, document.documentElement.dataset.theme, [...state.hide], state.sort, state.select]"
    before = (run(browser, view), shown_rows(browser), heading(browser))
    open_page(browser, small + before[0][0])
    assert (run(browser, view), shown_rows(browser), heading(browser)) == before
    assert before[1][0] == "miller-2011/outcome/ataxic.ivig.global"
    assert before[2] == "Miller 2011, all treated patients: IVIG + glucocorticoid (13 of 19)"


def test_an_address_with_unknown_words_shows_everything(browser: Chrome, small: str) -> None:
    open_page(browser, small + "#drug=%3Cscript%3E&select=__proto__&sort=x&theme=pink&hide=,,nobody")
    assert len(shown_rows(browser)) == 8
    assert heading(browser) == "Details"
    assert complaints(browser) == []


def test_numbers_in_the_table_are_those_of_the_graph(browser: Chrome, tmp_path: Path) -> None:
    store = shipped_store()
    query = """
        PREFIX nvg: <https://w3id.org/nervegraph/>
        SELECT ?outcome ?response ?n WHERE {
          ?outcome a nvg:OutcomeAssessment ; nvg:hasResponseCount ?count .
          ?count nvg:response ?response ; nvg:nWithResponse ?n .
        }"""
    asked: dict[str, dict[str, int]] = {}
    for outcome, response, n in store.select(query).rows:
        assert isinstance(outcome, Iri)
        assert isinstance(response, Iri)
        assert isinstance(n, Literal)
        key = outcome.value.removeprefix("https://w3id.org/nervegraph/study/")
        asked.setdefault(key, {})[response.value.rsplit("/", 1)[-1]] = int(n.value)
    open_page(browser, write_page(tmp_path, store))
    shown = run(
        browser,
        "return Object.fromEntries([...document.querySelectorAll('#rows tr')]"
        "  .map(row => [row.dataset.row, JSON.parse(row.dataset.counts)])"
        "  .filter(([, counts]) => Object.keys(counts).length))",
    )
    assert asked
    assert shown == asked
    rist = browser.find_element(By.CSS_SELECTOR, "tr[data-row='rist-2011/outcome/ataxic.ivig.global'] td.outcome")
    assert rist.text == "2 improved, 3 stable, 4 worsened of 9"


@pytest.mark.parametrize("which", ["small", "shipped"])
def test_the_page_counts_whom_the_question_counts_for_each_drug_and_neuropathy(
    browser: Chrome, tmp_path: Path, which: str
) -> None:
    store = small_store() if which == "small" else shipped_store()
    question = load_questions(resource_directory("queries") / "questions")["responses_by_study"]
    open_page(browser, write_page(tmp_path, store))
    counted = run(
        browser,
        "const found = [];"
        "for (const [drug] of data.filters.drug) for (const [neuropathy] of data.filters.neuropathy) {"
        "  Object.assign(state, { drug, neuropathy });"
        "  const rows = rowsInView().filter(row => !whyNotCounted(row));"
        "  found.push([drug, neuropathy, rows.map(row => [row.study, data.people[row.people].label])]);"
        "}"
        "return found",
    )
    # Each drug is asked about in the widest neuropathy, the commonest drug in every one.
    combinations = [one for one in counted if one[0] == "ivig" or one[1] == "peripheral-neuropathy"]
    total = 0
    for drug, neuropathy, shown in combinations:
        rows = store.select(question.fill(drug=drug, neuropathy=neuropathy)).rows
        asked = [[cell.value for cell in (row[1], row[2]) if isinstance(cell, Literal)] for row in rows]
        assert sorted(shown) == sorted(asked), (drug, neuropathy)
        total += len(asked)
    assert total > 5


def test_the_ataxic_part_counts_when_ataxia_is_asked_about(browser: Chrome, tmp_path: Path) -> None:
    open_page(browser, write_page(tmp_path, shipped_store()))
    cell = "tr[data-row='rist-2011/outcome/ataxic.ivig.global'] td.counted"
    assert browser.find_element(By.CSS_SELECTOR, cell).text == "no: counted within “all in Rist 2011”"
    Select(browser.find_element(By.ID, "filter-neuropathy")).select_by_value("ataxic-sensory-neuropathy")
    assert browser.find_element(By.CSS_SELECTOR, cell).text == "counted"


@pytest.mark.parametrize("width", [400, 1400])
def test_the_page_fits_its_window(browser: Chrome, small: str, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        open_page(browser, small)
        assert run(browser, "return document.documentElement.scrollWidth <= innerWidth")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_system_may_ask_for_dark(browser: Chrome, small: str) -> None:
    colour = "return getComputedStyle(document.body).backgroundColor"
    for scheme, expected in (("light", "rgb(255, 255, 255)"), ("dark", "rgb(20, 23, 27)")):
        features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
        open_page(browser, small)
        assert run(browser, colour) == expected
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_structure_for_screen_readers(browser: Chrome, small: str) -> None:
    open_page(browser, small)
    for selector in ("header h1", "main", "aside[aria-labelledby]", "footer", "table caption", "a.skip", "search"):
        assert browser.find_elements(By.CSS_SELECTOR, selector), selector
    unnamed = run(
        browser,
        "return [...document.querySelectorAll('button, select, input')]"
        "  .filter(e => !(e.textContent.trim() || e.getAttribute('aria-label') || e.labels?.length)).map(e => e.id)",
    )
    assert unnamed == []
    assert run(
        browser, "return [...document.querySelectorAll('#rows tr')].every(r => r.querySelector('th[scope=row]'))"
    )
    browser.find_element(By.CSS_SELECTOR, "th[data-column=n] button").click()
    assert run(browser, "return document.querySelector('th[data-column=n]').getAttribute('aria-sort')") == "ascending"


def test_what_the_filters_leave_closes_up(browser: Chrome, tmp_path: Path) -> None:
    places = "return data.picture.nodes.filter(node => !visNodes.get(node.id).hidden).map(node => [node.role, node.y])"
    page = write_page(tmp_path, shipped_store())
    open_page(browser, page)
    everything = run(browser, places)
    run(browser, "change({ drug: 'rituximab' })")
    filtered = run(browser, places)
    assert 0 < len(filtered) < len(everything) / 3
    assert max(y for _, y in filtered) < max(y for _, y in everything) / 3
    assert len({(role, y) for role, y in filtered}) == len(filtered)
    run(browser, "change({ drug: '' })")
    assert run(browser, places) == everything


def test_what_is_no_response_of_the_nerve_has_no_dots(browser: Chrome, tmp_path: Path) -> None:
    open_page(browser, write_page(tmp_path, shipped_store()))
    row = browser.find_element(By.CSS_SELECTOR, "tr[data-row='gottenberg-2013-air/outcome/all.rituximab.systemic']")
    assert "47 improved" in row.text
    assert row.find_elements(By.CSS_SELECTOR, ".strip") == []
