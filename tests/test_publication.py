"""Publishing a build: whole or not at all, whatever happens."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builds_to_break import QUADS, check_whole, nquads_of, publish
from nervegraph import durable_files
from nervegraph.errors import DamagedBuildError, LockedError, Misuse, ResourceError, SurroundingsError
from nervegraph.manifest import read_manifest
from nervegraph.publication import (
    Published,
    building,
    find_previous_manifest,
    input_digests,
    open_version,
    require_free_space,
    stale_inputs,
    verify,
    with_current_version,
)
from nervegraph.store import create_store, open_store
from requirements_of_tests import need

NAMES_OF_1 = ["nervegraph.trig", "only-1.md", "report.md"]
NAMES = ["nervegraph.trig", "only-0.md", "report.md"]


@pytest.fixture
def build() -> Iterator[Path]:
    """A place for a build, in memory where there is one: a failed or killed process leaves the same files, sooner."""
    memory = Path("/dev/shm")  # noqa: S108
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as directory:
        yield Path(directory).resolve() / "build"


def run_builds(*arguments: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*prefix, sys.executable, "-m", "builds_to_break", *arguments]
    return subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False, timeout=120)


def versions_in(build: Path) -> set[str]:
    return {path.name for path in (build / "versions").iterdir()}


def content_of(build: Path) -> dict[str, bytes]:
    """Every file but the engine's own, by its path."""
    paths = (path for path in build.rglob("*") if path.is_file() and "store" not in path.relative_to(build).parts)
    return {path.relative_to(build).as_posix(): path.read_bytes() for path in paths}


# A build that succeeds


def test_a_build_is_found_through_its_manifest_and_copied_beside_it(build: Path) -> None:
    published = publish(build, 0)
    assert open_version(build) == verify(build) == replace(published, unrefreshed=())
    assert sorted(published.manifest.files) == NAMES
    assert published.manifest.quads == QUADS[0]
    assert published.manifest.facts == {"kind": 0, "facts": "", "inputs": {}}
    for name in NAMES:
        assert (build / name).read_bytes() == published.path(name).read_bytes()
    with open_store(published.store) as store:
        assert store.count_quads() == QUADS[0]
    with pytest.raises(Misuse, match=r"has no explorer\.html; it has nervegraph\.trig"):
        published.path("explorer.html")


def test_the_same_input_gives_the_same_bytes_everywhere(tmp_path: Path) -> None:
    for name in ("one", "two"):
        publish(tmp_path / name, 0)
    publish(tmp_path / "two", 0)
    assert content_of(tmp_path / "one") == content_of(tmp_path / "two")
    assert find_previous_manifest(tmp_path / "two") is None


def test_other_facts_about_the_same_files_change_the_manifest_only(build: Path) -> None:
    first = publish(build, 0)
    second = publish(build, 0, facts="another version of NerveGraph")
    assert first.manifest.version == second.manifest.version
    assert read_manifest(build).facts["facts"] == "another version of NerveGraph"
    assert find_previous_manifest(build) is None


def test_the_last_build_that_differed_is_kept_and_older_ones_go(build: Path) -> None:
    zero, one = publish(build, 0), publish(build, 1)
    assert find_previous_manifest(build) == zero.manifest
    publish(build, 1)
    assert find_previous_manifest(build) == zero.manifest
    with building(build) as staging:
        create_store(staging.store, nquads_of(0))
        three = staging.publish({})
    assert find_previous_manifest(build) == one.manifest
    assert versions_in(build) == {one.manifest.version, three.manifest.version}


def test_copies_of_files_that_the_new_build_lacks_are_removed(build: Path) -> None:
    publish(build, 0)
    (build / "my-notes.md").write_text("mine")
    publish(build, 1)
    assert not (build / "only-0.md").exists()
    assert (build / "only-1.md").exists()
    assert (build / "my-notes.md").read_text() == "mine"


def test_editing_a_copy_leaves_the_build_whole_and_lasts_until_the_next(build: Path) -> None:
    publish(build, 0)
    with (build / "report.md").open("a") as report:
        report.write("my remarks\n")
    assert check_whole(build) == 0
    publish(build, 0)
    assert (build / "report.md").read_text() == "Report of kind 0\n"


def test_a_large_copy_shares_its_room_on_the_disk(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable_files, "_LINKED_FROM_BYTES", 100)
    published = publish(build, 1)
    assert (build / "nervegraph.trig").samefile(published.path("nervegraph.trig"))
    assert not (build / "report.md").samefile(published.path("report.md"))


def test_a_copy_that_cannot_be_refreshed_is_named_and_the_build_stands(build: Path) -> None:
    (build / "versions").mkdir(parents=True)
    (build / "report.md").mkdir()
    assert publish(build, 0).unrefreshed == ("report.md",)
    assert check_whole(build) == 0


def test_a_build_that_is_not_published_leaves_nothing(build: Path) -> None:
    with building(build) as staging:
        (staging.path / "half").write_text("made")
    assert versions_in(build) == set()
    with pytest.raises(Misuse, match=r"no build in .*: run `nervegraph build` first"):
        open_version(build)


def test_names_that_the_build_needs_itself_are_refused(build: Path) -> None:
    with building(build) as staging:
        create_store(staging.store, nquads_of(0))
        with pytest.raises(ValueError, match="writes version"):
            staging.publish({"version": "mine"})
        (staging.path / "manifest.json").write_text("{}")
        with pytest.raises(ValueError, match=r"needs the name manifest\.json"):
            staging.publish({})


def test_a_half_made_store_is_never_published(build: Path) -> None:
    publish(build, 0)
    with building(build) as staging:
        create_store(staging.store, nquads_of(1))
        next(staging.store.glob("*.sst")).unlink()
        with pytest.raises(DamagedBuildError):
            staging.publish({})
    assert check_whole(build) == 0


# Killed, interrupted, failing


def test_killed_at_each_change_of_publishing_the_old_or_the_new_build_is_whole(build: Path) -> None:
    need(hasattr(os, "fork"), "only POSIX can fork and kill")
    run = run_builds("steps", str(build))
    lines = run.stdout.splitlines()
    assert set(lines) == {"killed 0", "killed 1", "ended 1"}, run.stderr
    assert len(lines) >= 12
    assert sorted(lines[:-1]) == lines[:-1]  # once the new build is there, no later kill brings the old one back


def test_killed_at_moments_spread_over_a_build_the_old_or_the_new_build_is_whole(build: Path) -> None:
    need(hasattr(os, "fork"), "only POSIX can fork and kill")
    run = run_builds("moments", str(build), "22")
    lines = run.stdout.splitlines()
    assert len(lines) == 22, run.stderr
    assert set(lines) <= {"killed 0", "killed 1"}
    publish(build, 0)
    assert not [name for name in versions_in(build) if name.startswith(".")]
    assert not list(build.glob(".*.new"))


def test_killed_before_the_copies_were_refreshed_the_next_command_refreshes_them(build: Path) -> None:
    publish(build, 0)
    old = {name: (build / name).read_bytes() for name in NAMES}
    publish(build, 1)
    (build / "only-1.md").unlink()
    for name, content in old.items():
        (build / name).write_bytes(content)  # as a kill right after the switch leaves them
    with building(build):
        assert (build / "report.md").read_text() == "Report of kind 1\n"
        assert (build / "only-1.md").exists()
        assert not (build / "only-0.md").exists()


class Interruption(BaseException):
    """What a signal's handler may raise."""


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, Interruption, LookupError])
def test_an_interrupted_build_leaves_the_old_one_and_no_rest(build: Path, interruption: type[BaseException]) -> None:
    publish(build, 0)
    before = content_of(build)

    def build_until_interrupted() -> None:
        with building(build) as staging:
            create_store(staging.store, nquads_of(1))
            raise interruption

    with pytest.raises(interruption):
        build_until_interrupted()
    assert content_of(build) == before
    assert len(versions_in(build)) == 1


def test_each_rename_failing_in_turn_leaves_a_whole_build(build: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    failing = 0

    def failing_at_its_turn(real: object) -> object:
        def rename(self: Path, target: Path) -> object:
            nonlocal calls
            calls += 1
            if calls == failing:
                raise OSError(errno.EIO, "Input/output error", str(self))
            return real(self, target)  # type: ignore[operator]

        return rename

    for name in ("replace", "rename"):
        monkeypatch.setattr(Path, name, failing_at_its_turn(getattr(Path, name)))
    outcomes: list[str] = []
    while True:
        shutil.rmtree(build, ignore_errors=True)
        failing = 0
        publish(build, 0)
        calls, failing = 0, len(outcomes) + 1
        try:
            unrefreshed = publish(build, 1).unrefreshed
        except SurroundingsError as error:
            outcomes.append(f"{check_whole(build)} is current: {error}")
        else:
            assert check_whole(build) == 1
            if calls < failing:
                break
            outcomes.append(f"1 is current, an old copy is left: {unrefreshed[0]}")
    assert [outcome.split(":")[0] for outcome in outcomes[:3]] == ["0 is current"] * 3
    assert all("Input/output error" in outcome for outcome in outcomes[:3])
    assert outcomes[3:] == [f"1 is current, an old copy is left: {name}" for name in NAMES_OF_1]


# A full disk


def test_too_little_room_is_said_before_the_heavy_part(build: Path) -> None:
    publish(build, 0)
    with pytest.raises(ResourceError, match=r"MB free on this disk, 1,000,000,000\.0 MB needed"):  # noqa: SIM117
        with building(build, needed_bytes=10**15):
            pytest.fail("the block must not start")
    require_free_space(build / "not" / "yet" / "there", 1)
    assert check_whole(build) == 0
    assert len(versions_in(build)) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_fills_up_while_building_is_said_with_its_figures(build: Path, number: int) -> None:
    publish(build, 0)

    def fill_the_disk() -> None:
        with building(build, needed_bytes=5_000_000) as staging:
            (staging.path / "half").write_bytes(b"x" * 1000)
            raise OSError(number, os.strerror(number), str(staging.path / "half"))

    with pytest.raises(ResourceError) as caught:
        fill_the_disk()
    assert "at least 5.0 MB needed. The previous build is untouched." in str(caught.value)
    assert "MB free after removing the unfinished build" in str(caught.value)
    assert check_whole(build) == 0
    assert len(versions_in(build)) == 1


LIMITED = """
import resource, sys
from pathlib import Path
from builds_to_break import publish
from nervegraph.errors import NerveGraphError
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    publish(Path(sys.argv[1]), 1)
except NerveGraphError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("limit_bytes", [0, 300, 3000, 70_000])
def test_a_file_that_may_not_grow_leaves_the_old_build(build: Path, limit_bytes: int) -> None:
    need(sys.platform != "win32", "file size limits exist on POSIX only")
    publish(build, 0)
    command = [sys.executable, "-c", LIMITED, str(build), str(limit_bytes)]
    run = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=60)
    if limit_bytes < 70_000:
        assert run.stdout.startswith("ResourceError"), run.stdout + run.stderr
        assert "a file grew larger than is allowed here" in run.stdout
        assert "The previous build is untouched." in run.stdout
        assert check_whole(build) == 0
    else:
        assert check_whole(build) == (0 if run.stdout else 1)


ON_A_SMALL_DISK = """
import os, sys
from pathlib import Path
from builds_to_break import check_whole, publish
from nervegraph.errors import NerveGraphError
build = Path(sys.argv[1]) / "build"
publish(build, 0)
while True:
    free = os.statvfs(build).f_bavail * 4096
    with open(build.parent / f"filler-{free}", "wb") as filler:
        filler.write(b"x" * min(free, 16384))
    if (build / "versions").is_dir() and check_whole(build) is None:
        print("lost")
    try:
        publish(build, 1)
    except NerveGraphError as error:
        print(check_whole(build), type(error).__name__, error)
    else:
        print(check_whole(build), "published")
    if free < 16384:
        break
"""


def test_on_a_disk_that_gets_fuller_each_build_is_whole_or_refused(tmp_path: Path) -> None:
    on_a_small_disk = (
        "unshare",
        "-rm",
        "sh",
        "-c",
        'mount -t tmpfs -o size=800k tmpfs "$0" && exec "$@"',
        str(tmp_path),
    )
    need(shutil.which("unshare") is not None, "unshare (util-linux) is not there to mount a small disk")
    trial = subprocess.run([*on_a_small_disk, "true"], capture_output=True, check=False, timeout=30)
    need(trial.returncode == 0, "this user may not mount a small disk")
    run = subprocess.run(
        [*on_a_small_disk, sys.executable, "-c", ON_A_SMALL_DISK, str(tmp_path)],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    lines = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert "ResourceError" in lines[-1]
    assert "the disk is full" in lines[-1]
    assert all(line.startswith(("0 ResourceError", "1 ResourceError", "1 published")) for line in lines), run.stdout


# Two builders


def test_a_second_builder_is_told_at_once_who_is_building(build: Path) -> None:
    publish(build, 0)
    with building(build):
        began = time.perf_counter()
        run = run_builds("publish", str(build), "1")
        with pytest.raises(LockedError, match=rf"another build is running here \(process {os.getpid()}\)"):
            publish(build, 1)
        assert time.perf_counter() - began < 30  # the child's start is most of it
    assert f"LockedError: {build}: another build is running here (process {os.getpid()})" in run.stderr
    began = time.perf_counter()
    with building(build), pytest.raises(LockedError):
        publish(build, 1)
    assert time.perf_counter() - began < 1
    assert check_whole(build) == 0


def test_the_lock_of_a_killed_builder_is_free_and_its_rest_removed(build: Path) -> None:
    command = [sys.executable, "-m", "builds_to_break", "hold", str(build)]
    with subprocess.Popen(
        command, cwd=Path(__file__).parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "building\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}"):
            publish(build, 0)
        holder.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        holder.wait(timeout=30)
    rest = versions_in(build)
    assert [name.startswith(".staging-") for name in rest] == [True]
    with building(build):
        assert not rest & versions_in(build)
    publish(build, 0)
    assert check_whole(build) == 0
    assert len(versions_in(build)) == 1


def test_an_unreadable_holder_does_not_hide_that_the_place_is_locked(build: Path) -> None:
    with building(build):
        (build / ".lock.holder").write_bytes(b"\xff\xfe")
        with pytest.raises(LockedError, match="its process is not known"):
            publish(build, 0)


# Damage


def test_a_manifest_that_was_altered_anywhere_is_refused(build: Path) -> None:
    publish(build, 0)
    sound = (build / "manifest.json").read_bytes()
    altered = [sound[:-30], b"", b"null", b"[]", b"\xff", b'{"digest": 1}', b"[" * 100_000]
    altered += [sound.replace(b'"kind": 0', b'"kind": 1'), sound.replace(b'"quads": 10', b'"quads": 11')]
    content = json.loads(sound)
    altered += [
        json.dumps({name: value for name, value in content.items() if name != left_out}).encode()
        for left_out in content
    ]
    for text in altered:
        assert text != sound
        (build / "manifest.json").write_bytes(text)
        with pytest.raises(DamagedBuildError, match=r"manifest\.json is incomplete or was altered\. Rebuild it"):
            open_version(build)
    (build / "manifest.json").unlink()
    with pytest.raises(DamagedBuildError, match=r"manifest\.json is missing"):
        open_version(build)
    publish(build, 0)
    assert check_whole(build) == 0


def test_a_manifest_cannot_lead_out_of_its_build(build: Path) -> None:
    published = publish(build, 0)
    (facts,) = {published.manifest.files["report.md"]}
    for name in ("../../manifest.json", "/etc/hosts", "C:\\x", "a\\b"):
        files = {**published.manifest.files, name: facts}
        from nervegraph.manifest import build_manifest

        (build / "manifest.json").write_bytes(build_manifest(files, 10, {}).to_bytes())
        with pytest.raises(DamagedBuildError, match="altered"):
            open_version(build)


def test_a_missing_or_altered_file_is_found_and_the_next_build_mends_it(build: Path) -> None:
    def removed(published: Published) -> None:
        published.path("report.md").unlink()

    def shortened(published: Published) -> None:
        published.path("report.md").write_text("")

    def store_removed(published: Published) -> None:
        shutil.rmtree(published.store)

    def folder_removed(published: Published) -> None:
        shutil.rmtree(published.folder)

    for damage in (removed, shortened, store_removed, folder_removed):
        damage(publish(build, 0))
        for look in (open_version, verify):
            with pytest.raises(DamagedBuildError, match="nervegraph build --output"):
                look(build)
        publish(build, 0)
        assert check_whole(build) == 0
        assert len(versions_in(build)) == 1


def test_damage_that_keeps_every_size_is_found_by_verifying(build: Path) -> None:
    def other_text(published: Published) -> None:
        published.path("report.md").write_text("Report of kind 9\n")

    def added(published: Published) -> None:
        (published.folder / "extra.html").write_text("who put me here?")

    def flipped(published: Published) -> None:
        path = max(published.store.glob("*.sst"), key=lambda path: path.stat().st_size)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    for damage in (other_text, added, flipped):
        damage(publish(build, 0))
        open_version(build)
        with pytest.raises(DamagedBuildError):
            verify(build)
        publish(build, 0)
        assert check_whole(build) == 0


def test_the_store_of_another_build_is_not_taken_for_this_ones(build: Path) -> None:
    zero, one = publish(build, 0), publish(build, 1)
    shutil.rmtree(one.store)
    shutil.copytree(zero.store, one.store)
    with pytest.raises(DamagedBuildError, match="holds 10 quads, its manifest says 400"):
        verify(build)


def test_a_truncated_data_file_is_named_when_the_store_is_opened(build: Path) -> None:
    published = publish(build, 0)
    path = next(published.store.glob("*.sst"))
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(DamagedBuildError, match=rf"^{build}: the file {path.name} of its store was altered"):
        open_store(open_version(build).store)


def test_a_damaged_previous_manifest_is_said_and_replaced_in_time(build: Path) -> None:
    publish(build, 0)
    publish(build, 1)
    (build / "previous.json").write_text("{")
    with pytest.raises(DamagedBuildError, match=r"previous\.json"):
        find_previous_manifest(build)
    publish(build, 0)
    assert find_previous_manifest(build) is not None


# Readers beside builders


def test_a_reader_whose_version_was_replaced_meanwhile_reads_the_new_one(build: Path) -> None:
    publish(build, 0)
    seen: list[int] = []

    def count(published: Published) -> int:
        if not seen:  # two builds come and go between reading the manifest and opening the store
            publish(build, 1)
            shutil.rmtree(published.folder)
        seen.append(published.manifest.quads)
        with open_store(published.store) as store:
            return store.count_quads()

    assert with_current_version(build, count) == QUADS[1]
    assert seen == [QUADS[0], QUADS[1]]


def test_a_reader_keeps_its_version_while_it_is_removed(build: Path) -> None:
    need(sys.platform != "win32", "Windows keeps a file that is open")
    with open_store(publish(build, 0).store) as store:
        for kind in (1, 0, 1):
            publish(build, kind)
            shutil.rmtree(build / "versions", ignore_errors=True)
        assert len(list(store.select("SELECT ?s { ?s ?p ?o }").rows)) == QUADS[0]


# Where one may not build


def test_a_directory_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("my thesis")
    with pytest.raises(Misuse, match=r"holds other files \(report\.md\), no build"):
        publish(tmp_path, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]


def test_a_file_in_the_way_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "build").write_text("a file")
    for directory in (tmp_path / "build", tmp_path / "build" / "deeper"):
        with pytest.raises(SurroundingsError, match="something else is in the way"):
            publish(directory, 0)
    with pytest.raises(Misuse, match="no build in"):
        open_version(tmp_path / "build")


def test_a_manifest_that_is_a_directory_is_said_in_words(build: Path) -> None:
    (build / "versions").mkdir(parents=True)
    (build / "manifest.json").mkdir()
    with pytest.raises(SurroundingsError, match=r"manifest\.json: something else is in the way"):
        publish(build, 0)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no permission to write here"),
        (errno.EROFS, "read-only"),
        (errno.EIO, "writing the build failed"),
    ],
)
def test_a_directory_that_cannot_be_written_is_said_in_words(
    build: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(self: Path, *_arguments: object, **_options: object) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(SurroundingsError, match=words):
        publish(build, 0)


def test_an_error_about_somebody_elses_file_is_passed_on(build: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), building(build):
        (tmp_path / "study.yaml").read_text()
    with pytest.raises(SurroundingsError, match="lost"), building(build) as staging:
        (staging.path / "lost").read_text()


# Older than the study files


def test_what_changed_in_the_study_files_is_told_by_content(build: Path, tmp_path: Path) -> None:
    studies = {name: tmp_path / f"{name}.yaml" for name in ("rist-2011", "levy-2003", "font-2003")}
    for name, path in studies.items():
        path.write_text(f"id: {name}\n")
    with building(build) as staging:
        create_store(staging.store, nquads_of(0))
        staging.publish({"inputs": input_digests(studies.values())})
    manifest = read_manifest(build)
    os.utime(studies["rist-2011"], (0, 0))
    assert stale_inputs(manifest, reversed(studies.values())) == []
    studies["levy-2003"].write_text("id: levy-2003\nyear: 2003\n")
    (tmp_path / "new-2026.yaml").write_text("id: new-2026\n")
    now = [studies["rist-2011"], studies["levy-2003"], tmp_path / "new-2026.yaml"]
    assert stale_inputs(manifest, now) == [
        "font-2003.yaml is gone",
        "levy-2003.yaml was changed",
        "new-2026.yaml is new",
    ]


def test_two_study_files_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        (folder / "rist-2011.yaml").write_text("id: rist-2011\n")
    with pytest.raises(Misuse, match=r"named rist-2011\.yaml too"):
        input_digests([tmp_path / "rist-2011.yaml", tmp_path / "other" / "rist-2011.yaml"])
