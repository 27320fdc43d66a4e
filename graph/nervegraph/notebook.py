"""The page inside a notebook: a frame with the whole page in it, which reaches neither the notebook nor the network."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from nervegraph.errors import Misuse, SurroundingsError

# Without allow-same-origin nothing in the frame can read the notebook it stands in.
_SANDBOX = "allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class NotebookPage:
    """What a notebook shows in place of this value; elsewhere it tells where the page lies."""

    path: Path
    height: int = 800

    def __post_init__(self) -> None:
        if self.height < 1:
            raise Misuse(f"a height of {self.height} is not possible; give the number of pixels, such as 800.")

    def __repr__(self) -> str:
        return f"<the page of the build, to be shown in a notebook; open it with a browser: {self.path}>"

    def _repr_html_(self) -> str:
        try:
            page = self.path.read_text(encoding="utf-8")
        except OSError as error:
            raise SurroundingsError(f"{self.path}: the page cannot be read ({error.strerror}).") from error
        return (
            f'<iframe title="NerveGraph" sandbox="{_SANDBOX}" width="100%" height="{self.height}" '
            f'style="border: 0" srcdoc="{escape(page)}"></iframe>'
        )
