"""The pinned versions hold on every platform, name no origin, and are what the project says it needs."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {"requirements.lock": "", "requirements-test.lock": "test"}


def read_page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def read_lock(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each pinned requirement with its digests, by canonical name."""
    pins: dict[str, tuple[Requirement, list[str]]] = {}
    for line in read_page(name).replace("\\\n", " ").splitlines():
        if line and not line.startswith("#"):
            text, *options = re.split(r"\s+--hash=sha256:", line.strip())
            requirement = Requirement(text)
            pins[canonicalize_name(requirement.name)] = (requirement, options)
    return pins


def list_supported_platforms() -> Iterator[dict[str, str]]:
    """What environment markers ask about, for each system and Python that the project supports."""
    systems = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]
    for (sys_platform, platform_system, os_name), python in itertools.product(
        systems, ("3.11", "3.12", "3.13", "3.14")
    ):
        yield {
            "sys_platform": sys_platform,
            "platform_system": platform_system,
            "os_name": os_name,
            "python_version": python,
            "python_full_version": f"{python}.2",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


def is_needed(requirement: Requirement, platform: dict[str, str], extras: set[str]) -> bool:
    return requirement.marker is None or any(
        requirement.marker.evaluate({**platform, "extra": extra}) for extra in extras | {""}
    )


@functools.cache
def read_requirements(package: str) -> list[Requirement]:
    """What a package says itself that it needs; nothing for one that only other platforms install."""
    try:
        return [Requirement(text) for text in distribution(package).requires or []]
    except PackageNotFoundError:
        return []


def find_unpinned(lock: str, extra: str, platform: dict[str, str]) -> set[str]:
    """Packages needed on `platform` that `lock` does not pin for it, as `package needed by other`."""
    pins = read_lock(lock)
    project = tomllib.loads(read_page("pyproject.toml"))["project"]
    roots = ["hatchling", *project["dependencies"], *(project["optional-dependencies"][extra] if extra else [])]
    to_look_at = [("nervegraph", Requirement(text)) for text in roots]
    seen: set[str] = set()
    unpinned: set[str] = set()
    while to_look_at:
        wanted_by, wanted = to_look_at.pop()
        name = canonicalize_name(wanted.name)
        pinned, _ = pins.get(name, (None, []))
        if pinned is None or not is_needed(pinned, platform, set()):
            unpinned.add(f"{name} needed by {wanted_by}")
        elif str(wanted) not in seen:
            seen.add(str(wanted))
            needed = (one for one in read_requirements(name) if is_needed(one, platform, wanted.extras))
            to_look_at.extend((name, one) for one in needed)
    return unpinned


@pytest.mark.parametrize(("lock", "extra"), LOCKS.items())
def test_a_lock_pins_all_that_any_supported_platform_needs(lock: str, extra: str) -> None:
    for platform in list_supported_platforms():
        assert find_unpinned(lock, extra, platform) == set(), platform


@pytest.mark.parametrize("lock", LOCKS)
def test_each_pin_in_a_lock_is_exact_and_has_digests(lock: str) -> None:
    pins = read_lock(lock)
    assert pins
    for requirement, digests in pins.values():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), requirement
        assert digests, requirement
        assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in digests), requirement


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_says_what_to_install_and_nothing_of_where_from(lock: str) -> None:
    text = read_page(lock)
    assert "://" not in text
    assert "@" not in text
    assert set(re.findall(r"(?<![\w-])-{1,2}[a-z][a-z-]*", text)) == {"--hash"}


def test_the_tests_run_with_what_users_run_with() -> None:
    tested = read_lock("requirements-test.lock")
    for name, pin in read_lock("requirements.lock").items():
        assert tested.get(name) == pin


def test_pins_lie_within_the_ranges_that_the_project_declares() -> None:
    project = tomllib.loads(read_page("pyproject.toml"))["project"]
    pins = read_lock("requirements-test.lock")
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        wanted = Requirement(text)
        pinned, _ = pins[canonicalize_name(wanted.name)]
        version = Version(str(pinned.specifier).removeprefix("=="))
        assert version in wanted.specifier, f"{wanted} is pinned to {version}: run make lock"
