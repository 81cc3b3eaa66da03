"""The findings of a complaint as a component of spaCy pipelines: `nlp.add_pipe("legcause")`. Needs the extra `spacy`.

doc.spans["legcause"]     one span a finding, its label the finding, its `kb_id_` the status
doc._.red_flags           ids of the red flags that the text raises, the most urgent first
"""

from __future__ import annotations

from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from .inference.assess import Assessor
from .inference.model import Model, default_path

KEY = "legcause"


@Language.factory("legcause", default_config={"model": None}, assigns=["doc.spans", "doc._.red_flags"])  # type: ignore[untyped-decorator]
def component(nlp: Language, name: str, model: str | None) -> Component:
    """The component with the model file `model` (None: the one that comes with legcause)."""
    return Component(Assessor(Model.load(Path(model) if model else default_path())))


class Component:
    """Marks the findings in a document."""

    def __init__(self, assessor: Assessor) -> None:
        self._assessor = assessor
        if not Doc.has_extension("red_flags"):
            Doc.set_extension("red_flags", default=())

    def __call__(self, doc: Doc) -> Doc:
        found = self._assessor.finder.find(doc.text)
        spans = [doc.char_span(f.start, f.end, label=f.finding, kb_id=str(f.status), alignment_mode="expand") for f in found]
        doc.spans[KEY] = [span for span in spans if isinstance(span, Span)]
        doc._.red_flags = tuple(self._assessor.flags.of(found, self._assessor.scorer.both(doc.text)[1]))
        return doc
