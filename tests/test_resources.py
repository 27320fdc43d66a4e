"""Which copy of the ontology, the queries and the evidence is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nervegraph import resources
from nervegraph.errors import SurroundingsError

ROOT = Path(__file__).resolve().parent.parent


def lay_out(root: Path, *, checkout: bool) -> Path:
    """A package folder under `root`, in a checkout or in an installation, with both kinds of resources in reach."""
    package = root / ("graph" if checkout else "site-packages") / "nervegraph"
    for parent in (root, package / "shipped"):
        (parent / "studies").mkdir(parents=True)
    for name in ("build_graph.py", "pyproject.toml"):
        (root / name).touch()
    return package


def test_the_tests_run_on_the_checkout_beside_them() -> None:
    assert resources.find_checkout() == ROOT


@pytest.mark.parametrize("name", ["ontology", "queries", "studies"])
def test_the_checkout_beside_the_code_wins(name: resources.ResourceName) -> None:
    assert resources.resource_directory(name) == ROOT / name


def test_the_checkout_wins_over_a_packaged_copy(tmp_path: Path) -> None:
    package = lay_out(tmp_path, checkout=True)
    assert resources._resource_directory_of(package, "studies") == tmp_path / "studies"


def test_an_installed_package_uses_its_own_copy_whatever_lies_above_it(tmp_path: Path) -> None:
    package = lay_out(tmp_path, checkout=False)
    assert resources._resource_directory_of(package, "studies") == package / "shipped" / "studies"


@pytest.mark.parametrize("marker", ["build_graph.py", "pyproject.toml"])
def test_a_folder_called_graph_is_no_checkout_without_its_two_marks(tmp_path: Path, marker: str) -> None:
    package = lay_out(tmp_path, checkout=True)
    (tmp_path / marker).unlink()
    assert resources._find_checkout_of(package) is None
    assert resources._resource_directory_of(package, "studies") == package / "shipped" / "studies"


def test_a_checkout_that_lost_a_directory_does_not_fall_back_to_a_stale_copy(tmp_path: Path) -> None:
    package = lay_out(tmp_path, checkout=True)
    (tmp_path / "studies").rmdir()
    with pytest.raises(resources.MissingResourceError) as caught:
        resources._resource_directory_of(package, "studies")
    assert caught.value.looked_in == tmp_path / "studies"


def test_a_missing_directory_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SurroundingsError, match=r"queries directory .* missing\. Install NerveGraph again") as caught:
        resources._resource_directory_of(tmp_path / "nervegraph", "queries")
    assert "\n" not in str(caught.value)


def test_finding_resources_imports_none_of_the_libraries() -> None:
    heavy = "{'rdflib', 'pyoxigraph', 'networkx', 'pyvis', 'SPARQLWrapper', 'pydantic', 'yaml', 'typer', 'rich'}"
    program = f"import sys, nervegraph.resources; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
