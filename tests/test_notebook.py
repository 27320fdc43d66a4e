"""The page inside a notebook, which stands in Chromium for any page that shows a frame."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

from nervegraph.errors import SurroundingsError
from nervegraph.notebook import NotebookPage
from page_fixture import small_store
from test_explorer_browser import browser, complaints, requests, run, write_page

__all__ = ["browser"]


def test_elsewhere_the_page_tells_where_it_lies(tmp_path: Path) -> None:
    page = NotebookPage(tmp_path / "explorer.html")
    assert str(tmp_path / "explorer.html") in repr(page)
    with pytest.raises(SurroundingsError, match="the page cannot be read"):
        page._repr_html_()


def test_the_frame_cannot_reach_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "explorer.html").write_text('<script>"&</script>', encoding="utf-8")
    html = NotebookPage(tmp_path / "explorer.html", 400)._repr_html_()
    assert 'srcdoc="&lt;script&gt;&quot;&amp;&lt;/script&gt;"' in html
    assert 'height="400"' in html
    assert 'sandbox="allow-scripts ' in html
    assert "allow-same-origin" not in html


def test_the_page_works_in_a_frame(browser: Chrome, tmp_path: Path) -> None:
    write_page(tmp_path, small_store())
    notebook = tmp_path / "notebook.html"
    frame = NotebookPage(tmp_path / "explorer.html")._repr_html_()
    notebook.write_text(f"<!doctype html><title>notebook</title><body>{frame}", encoding="utf-8")
    complaints(browser), requests(browser)
    browser.get(notebook.as_uri())
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    WebDriverWait(browser, 20).until(lambda page: run(page, "return document.documentElement.dataset.ready"))
    Select(browser.find_element(By.ID, "filter-drug")).select_by_value("rituximab")
    WebDriverWait(browser, 20).until(lambda page: "Shown: 1 of" in page.find_element(By.TAG_NAME, "body").text)
    assert run(browser, "return origin") == "null"
    assert complaints(browser) == []
    assert requests(browser) == []
    browser.switch_to.default_content()
