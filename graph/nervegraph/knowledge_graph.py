"""A build in Python: questions, queries, networks and the page, each from the same version of the same evidence."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar, cast

from nervegraph.answers import Answer
from nervegraph.asking import DEFAULT_TIMEOUT_SECONDS, ask_store
from nervegraph.errors import DamagedBuildError, Misuse, NerveGraphError, SurroundingsError
from nervegraph.freshness import staleness_note
from nervegraph.manifest import read_manifest
from nervegraph.published import Published, open_version
from nervegraph.questions import FillValue, Question, find_question, get_question, load_questions
from nervegraph.resources import resource_directory

if TYPE_CHECKING:
    import networkx  # noqa: TID251 - for the types of what network_analysis makes
    import rdflib  # noqa: TID251 - for the type of what dataset makes

    from nervegraph.evidence import Evidence
    from nervegraph.notebook import NotebookPage
    from nervegraph.store import ReadOnlyStore

_T = TypeVar("_T")
_TRIG_NAME, _PAGE_NAME = "nervegraph.trig", "explorer.html"


class KnowledgeGraph:
    """A build, opened by `nervegraph.open`; all its answers come from the version that was current then.

    Usable in a `with` statement. What went wrong is raised as `nervegraph.NerveGraphError`, in words for a person.
    """

    def __init__(self, directory: Path) -> None:
        self._published: Published | None = open_version(directory)
        if (stale := staleness_note(directory)) is not None:
            warnings.warn(stale, stacklevel=3)

    def __repr__(self) -> str:
        if self._published is None:
            return "<NerveGraph, closed>"
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        return f"<NerveGraph {self._published.directory}: {counts}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the build; whatever is asked afterwards is refused."""
        self._published = None

    @property
    def counts(self) -> Mapping[str, int]:
        """How much the build holds, by kind of thing."""
        return cast("Mapping[str, int]", self._open().manifest.facts.get("counts", {}))

    @property
    def data_sha256(self) -> str:
        """The digest of the data, by which two builds are known to hold the same evidence."""
        return str(self._open().manifest.facts.get("data_sha256", ""))

    def questions(self) -> Answer:
        """The questions that can be asked by name: what each asks, its parameters with their defaults, its tags."""
        from nervegraph.tables import build_answer

        rows = [
            (
                question.name,
                question.summary,
                ", ".join(f"{one.name}={one.default}" for one in question.parameters.values()),
                ", ".join(question.tags),
            )
            for question in load_questions(_questions_directory()).values()
        ]
        return build_answer(
            "questions", "Which questions can be asked by name?", ("question", "asks", "parameters", "tags"), rows
        )

    def question(self, name: str) -> Question:
        """A question by its name, with its description, and its columns and parameters in words; Misuse if unknown."""
        directory = _questions_directory()
        return find_question(directory, name) or get_question(load_questions(directory), name)

    def ask(
        self, name: str, /, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS, **values: FillValue | bool
    ) -> Answer:
        """The answer to a question by name, as in `kg.ask("responses_by_study", drug="ivig", neuropathy="ataxic")`.

        :param values: parameters by name: a word as on the command line, several in a list, or `"all"`.
        :raises Misuse: there is no such question, or a parameter does not fit.
        :raises DeadlineError: the answer took longer than `timeout_seconds`.
        :raises DamagedBuildError: the build is damaged.
        """
        self._open()
        question = self.question(name)
        words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in values.items()}
        return self._answer(question.fill(**words) if words else question.text, question, timeout_seconds)

    def query(self, sparql: str, /, *, timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS) -> Answer:
        """The answer to a SPARQL query over all of the build; it runs apart and is stopped at its deadline.

        Raises as `ask`, and QueryError (a Misuse, with line and column) for what is no SPARQL.
        """
        return self._answer(sparql, None, timeout_seconds)

    def network(self) -> networkx.MultiDiGraph[str]:
        """The evidence as a directed network: study, regimen, people, neuropathy, response.

        Nodes and edges are described at `network_analysis.build_plain_network`.
        """
        from nervegraph.network_analysis import build_plain_network

        return build_plain_network(self._evidence())

    def drug_network(self, condition: str = "sjogren-disease") -> networkx.Graph[str]:
        """Which drugs were ever given for which neuropathy, and which together, with bounds of how many people.

        Nodes and edges are described at `network_analysis.build_use_network`.

        :param condition: the underlying condition of the people, by name; `"all"` for whatever they had.
        :raises Misuse: there is no such condition.
        """
        from nervegraph.drug_uses import read_drug_uses
        from nervegraph.evidence import read_evidence
        from nervegraph.network_analysis import build_use_network

        iri = _find_condition(condition)

        def build(store: ReadOnlyStore) -> networkx.Graph[str]:
            evidence = read_evidence(store)
            return build_use_network(read_drug_uses(store, evidence, iri), evidence)

        return self._with_store(build)

    def explain(self, one: str, other: str) -> Answer:
        """How two things hang together, line of treatment by line of treatment; see `explanations.explain`.

        :param one: a study, drug, person or group, neuropathy or response, by its name or id.
        :raises Misuse: nothing in the evidence is called so.
        """
        from nervegraph.explanations import COLUMNS, explain
        from nervegraph.tables import build_answer

        return build_answer(
            "explain",
            f"How do {one} and {other} hang together?",
            COLUMNS,
            explain(self._evidence(), one, other),
            "One row per line of treatment that has both, or, where none has, per step of the shortest chain of such "
            "lines through what they share. A chain tells where to look and is no evidence of an effect. An empty "
            "answer means that no recorded line of treatment leads from one to the other.",
        )

    def overlap_clusters(self) -> Answer:
        """The studies that may share people, cluster by cluster."""
        from nervegraph.evidence import slug
        from nervegraph.network_analysis import find_overlap_clusters
        from nervegraph.tables import build_answer

        evidence = self._evidence()
        studies = {study.iri: study for study in evidence.studies}
        rows = [
            (number, slug(iri), studies[iri].text("rdfs:label"), "; ".join(map(slug, studies[iri].texts("mayOverlap"))))
            for number, cluster in enumerate(find_overlap_clusters(evidence), start=1)
            for iri in cluster
            if iri in studies
        ]
        return build_answer(
            "overlap_clusters",
            "Which studies may share people, directly or through others?",
            ("cluster", "study", "label", "may_overlap"),
            rows,
            "One row per study; studies of one cluster are linked by suspicions of overlap, which no curator has "
            "decided. An empty answer means that no overlap is suspected, not that there is none.",
        )

    def rdflib(self) -> rdflib.Dataset:
        """A copy of the build in memory as an rdflib Dataset, its default graph the union of all graphs.

        Its queries never fetch what they name: FROM, LOAD and SERVICE are refused. It takes seconds to load.

        :raises DamagedBuildError: the build is damaged.
        """
        from nervegraph.dataset import load_local_dataset

        return self._use(lambda published: load_local_dataset(published.path(_TRIG_NAME)))

    def show(self, height: int = 800) -> NotebookPage:
        """The page, as the last line of a notebook's cell.

        :param height: in pixels.
        """
        from nervegraph.notebook import NotebookPage

        return NotebookPage(self._open().path(_PAGE_NAME), height)

    def _answer(self, query: str, question: Question | None, timeout_seconds: float) -> Answer:
        from nervegraph.labels import find_labels, find_unlabelled

        results = self._use(lambda published: ask_store(published.store, query, timeout_seconds=timeout_seconds))
        unlabelled = find_unlabelled(results) if results.kind == "rows" else []
        labels = self._with_store(lambda store: find_labels(store, unlabelled)) if unlabelled else {}
        return Answer(results, question, labels=labels)

    def _evidence(self) -> Evidence:
        from nervegraph.evidence import read_evidence

        return self._with_store(read_evidence)

    def _with_store(self, use: Callable[[ReadOnlyStore], _T]) -> _T:
        """What `use` makes of the store in this process: for queries of our own, which end by themselves."""
        from nervegraph.store import open_store

        def opened(published: Published) -> _T:
            with open_store(published.store) as store:
                return use(store)

        return self._use(opened)

    def _use(self, use: Callable[[Published], _T]) -> _T:
        published = self._open()
        try:
            return use(published)
        except DamagedBuildError as error:
            if not published.folder.exists() and _current_version(published.directory) != published.manifest.version:
                raise SurroundingsError(
                    f"{published.directory}: newer builds have replaced the one that was opened; open it again with "
                    "nervegraph.open."
                ) from error
            raise

    def _open(self) -> Published:
        if self._published is None:
            raise Misuse("this build was closed; open it again with nervegraph.open.")
        return self._published


def _questions_directory() -> Path:
    return resource_directory("queries") / "questions"


def _current_version(directory: Path) -> str | None:
    try:
        return read_manifest(directory).version
    except NerveGraphError:
        return None


def _find_condition(name: str) -> str | None:
    from nervegraph.question_values import ALL, ConceptLookup, Parameter

    if name == ALL:
        return None
    return ConceptLookup(None).get_iri(Parameter("condition", "condition", "", ALL), "condition", name)
