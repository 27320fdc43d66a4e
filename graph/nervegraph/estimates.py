"""Numbers computed at a build, as triples: intervals, verdicts on pooling, and what unpublished failures would do.

What may have a number is decided by the queries in `queries/estimates/` and by the gate in `pooling.py`; the numbers
are those of `statistics.py`. Each names its method, its version and what it is not. Engines disagree on decimals and
questions do no division, so a number stands as text with four digits and as a whole number of ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nervegraph import pooling, statistics, terms
from nervegraph.nquads import GraphLines, boolean, integer, iri, text
from nervegraph.pooling import Observed, Verdict
from nervegraph.rdfterms import Iri, Literal, Term
from nervegraph.statistics import Interval, PooledShare
from nervegraph.store import MemoryStore

_TYPE = terms.PREFIXES["rdf"] + "type"
_IMPROVED = terms.concept("response", "improved")
_METHODS = {
    "clopper-pearson": statistics.clopper_pearson,
    "wilson": statistics.wilson,
    "jeffreys": statistics.jeffreys,
}
_WITHIN = (
    terms.concept("neuropathy", "peripheral-neuropathy"),
    terms.concept("condition", "sjogren-disease"),
)
_FAILURES = (2, 4, 8)
"""How many unpublished failures are tried, beside the number that brings the share to a half."""

Row = dict[str, str]


def build_estimate_lines(store: MemoryStore, queries: Path) -> list[str]:
    """All estimates and verdicts on a graph as sorted N-Quads lines of the derived graph; the store is only read.

    :param store: the studies, the vocabularies and what the rules derived from them.
    :param queries: the directory of the queries that say what is computed.
    """
    writer = _EstimateWriter(GraphLines(terms.graph("derived")))
    for row in _rows(store, queries / "series.rq"):
        writer.add_series(row)
    for row in _rows(store, queries / "review_numbers.rq"):
        writer.add_printed(row)
    overlaps = [(row["one"], row["other"]) for row in _rows(store, queries / "overlaps.rq")]
    observed: dict[str, list[Observed]] = {}
    for row in _rows(store, queries / "pooling.rq"):
        observed.setdefault(row["drug"], []).append(_observed(row))
    for drug, people in observed.items():
        writer.add_verdict(drug, pooling.judge_pooling(people, overlaps))
    return writer.graph.lines()


def _rows(store: MemoryStore, path: Path) -> Iterator[Row]:
    """The rows of a query as texts, without what is unbound."""
    selection = store.select(path.read_text(encoding="utf-8"))
    for row in selection.rows:
        pairs = zip(selection.columns, row, strict=True)
        yield {column: _value(term) for column, term in pairs if term is not None}


def _value(term: Term) -> str:
    return term.value if isinstance(term, Iri | Literal) else term.label


def _observed(row: Row) -> Observed:
    return Observed(
        outcome=row["outcome"],
        study=row["study"],
        domain=row["domain"],
        n=int(row["n"]) if "n" in row else None,
        of=int(row["of"]),
        is_series=row["series"] == "true",
        tells_everybody=row["everybody"] == "true",
    )


def _slug(concept: str) -> str:
    return concept.rpartition("/")[2]


class _EstimateWriter:
    def __init__(self, graph: GraphLines) -> None:
        self.graph = graph

    def add_series(self, row: Row) -> None:
        """The intervals of one response in one series."""
        is_arm = _slug(row["design"]) == "randomised-controlled-trial"
        self._add_intervals(row["outcome"], row, "one-arm" if is_arm else "uncontrolled-series")

    def add_printed(self, row: Row) -> None:
        """The intervals of a printed number, and for improved people what unpublished failures would do."""
        self._add_intervals(row["statistic"], row, "review-total")
        if row["response"] == _IMPROVED:
            self._add_failures(row["statistic"], int(row["n"]), int(row["of"]))

    def _add_intervals(self, subject: str, row: Row, caveat: str) -> None:
        n, of = int(row["n"]), int(row["of"])
        for method, compute in _METHODS.items():
            key = f"{terms.key_of_part(subject)}.{_slug(row['response'])}.{method}"
            node = self._estimate(key, subject, method, caveat)
            self._link(node, "response", row["response"])
            self._counts(node, n, of)
            self._interval(node, compute(n, of))

    def _add_failures(self, subject: str, n: int, of: int) -> None:
        half = statistics.failures_to_half(n, of)
        for failures in sorted({*_FAILURES, half}):
            key = f"{terms.key_of_part(subject)}.improved.clopper-pearson.failures-{failures}"
            node = self._estimate(key, subject, "clopper-pearson", "review-total")
            self._link(node, "response", _IMPROVED)
            self._counts(node, n, of + failures)
            self._interval(node, statistics.add_failures(n, of, failures))
            self._integer(node, "addedFailures", failures)
            if failures == half:
                self._add(node, "reachesHalf", boolean(True))

    def add_verdict(self, drug: str, verdict: Verdict) -> None:
        """The verdict on one drug, with the pooled share and those with one series left out where it is allowed."""
        node = terms.derived("pooling", _slug(drug))
        self.graph.add(node, _TYPE, iri(terms.term("PoolingVerdict")))
        self._link(node, "poolingOf", drug)
        for scope in _WITHIN:
            self._link(node, "poolingWithin", scope)
        self._link(node, "verdict", terms.concept("pooling-verdict", "refused" if verdict.reasons else "allowed"))
        for reason in verdict.reasons:
            self._link(node, "refusedFor", terms.concept("pooling-reason", reason))
        for each in verdict.series:
            self._link(node, "considersSeries", each.outcome)
        for each in verdict.listed:
            self._link(node, "listsOnly", each.outcome)
        self._integer(node, "nSeries", len(verdict.series))
        self._integer(node, "nListedSeries", sum(each.is_series for each in verdict.listed))
        self._integer(node, "nSinglePatients", sum(each.of for each in verdict.listed if not each.is_series))
        self._add(node, "methodVersion", text(pooling.VERSION))
        if verdict.pooled is not None:
            self._add_pooled(node, drug, verdict)

    def _add_pooled(self, verdict_node: str, drug: str, verdict: Verdict) -> None:
        counts = verdict.counts
        left_out = zip(verdict.series, statistics.leave_one_out(counts), strict=True)
        results = [(None, verdict.pooled), *((each.outcome, without) for each, without in left_out)]
        for outcome, result in results:
            if not isinstance(result, PooledShare):
                continue
            without = "" if outcome is None else f".without.{terms.key_of_part(outcome)}"
            node = self._estimate(
                f"{_slug(drug)}.logistic-normal{without}", verdict_node, "logistic-normal", "pooled-series"
            )
            pooled = [pair for pair, each in zip(counts, verdict.series, strict=True) if each.outcome != outcome]
            self._link(node, "response", _IMPROVED)
            self._counts(node, sum(n for n, _ in pooled), sum(of for _, of in pooled))
            self._interval(node, result.interval)
            self._add(node, "standardErrorText", text(f"{result.standard_error:.4f}"))
            self._add(node, "tauSquaredText", text(f"{result.tau_squared:.4f}"))
            if outcome is not None:
                self._link(node, "leavesOut", outcome)

    # --- small steps -------------------------------------------------------------------------------------------------

    def _estimate(self, key: str, subject: str, method: str, caveat: str) -> str:
        node = terms.derived("estimate", key)
        self.graph.add(node, _TYPE, iri(terms.term("Estimate")))
        self._link(node, "estimateOf", subject)
        self._link(node, "method", terms.concept("method", method))
        self._add(node, "methodVersion", text(statistics.VERSION))
        self._integer(node, "confidencePercent", statistics.CONFIDENCE_PERCENT)
        self._link(node, "caveat", terms.concept("caveat", caveat))
        return node

    def _counts(self, node: str, n: int, of: int) -> None:
        self._integer(node, "numerator", n)
        self._integer(node, "denominator", of)

    def _interval(self, node: str, interval: Interval) -> None:
        for as_text, as_integer, value in (
            ("shareText", "sharePerTenThousand", interval.share),
            ("lowerText", "lowerPerTenThousand", interval.lower),
            ("upperText", "upperPerTenThousand", interval.upper),
        ):
            digits = f"{value:.4f}"
            self._add(node, as_text, text(digits))
            self._integer(node, as_integer, int(digits.replace(".", "")))

    def _add(self, node: str, name: str, term: str) -> None:
        self.graph.add(node, terms.term(name), term)

    def _link(self, node: str, name: str, target: str) -> None:
        self._add(node, name, iri(target))

    def _integer(self, node: str, name: str, value: int) -> None:
        self._add(node, name, integer(value))
