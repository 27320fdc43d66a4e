"""The gap map: who was counted for each drug in each neuropathy, and where nobody was, the typed reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

_RESPONSES = {
    "improved": "better",
    "improved or stable": "better or stable",
    "stable": "stable",
    "worsened": "worse",
    "not improved": "not better",
}


def build_gap_map(
    gaps: Iterable[Mapping[str, str]], cells: Iterable[Mapping[str, str]], drugs: Collection[str]
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns and rows of the map: neuropathies down, drugs across, each in the order of their names.

    No cell is empty: it holds counts, a reason, or both, where people are counted but nobody had the drug by itself.

    :param gaps: rows of the question `gaps` as a person reads them; the map is about their neuropathies.
    :param cells: rows of `responses_by_drug_and_neuropathy` in the same form.
    :param drugs: names of the drugs that the map is about.
    :raises KeyError: neither question tells of one of the pairs.
    """
    texts = {(cell["neuropathy"], cell["drug"]): _counts(cell) for cell in cells}
    neuropathies = set()
    for gap in gaps:
        pair = gap["neuropathy"], gap["drug"]
        neuropathies.add(gap["neuropathy"])
        texts[pair] = f"{texts[pair]}; {gap['reason']}" if pair in texts else gap["reason"]
    across = sorted(drugs)
    rows = ((neuropathy, *(texts[neuropathy, drug] for drug in across)) for neuropathy in sorted(neuropathies))
    return ("neuropathy", *across), tuple(rows)


def _counts(cell: Mapping[str, str]) -> str:
    told = [f"{cell[response]} {word}" for response, word in _RESPONSES.items() if cell[response] != "0"]
    return f"{cell['treated']} treated: {', '.join(told)}" if told else f"{cell['treated']} treated"
