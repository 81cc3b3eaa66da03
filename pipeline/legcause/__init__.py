"""legcause: free-text complaints about legs → likely causes, urgency and advice. Importing it loads no model and no heavy library."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Classifier

__all__ = ["PURPOSE", "Classifier", "__version__"]
__version__ = "0.1.0"
PURPOSE = "Information and support for triage, not a diagnosis. No clinician has reviewed it."


def __getattr__(name: str) -> Any:
    """Classifier, when it is first asked for: it needs numpy, the command line's `--version` does not."""
    if name == "Classifier":
        from .api import Classifier

        return Classifier
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
