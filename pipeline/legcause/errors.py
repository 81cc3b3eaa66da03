"""One family of errors. Each message names the place and the cure; the command line prints it as one line."""

from __future__ import annotations


class LegcauseError(Exception):
    """Anything that went wrong for a reason the user can mend."""

    exit_code = 1


class KnowledgeError(LegcauseError):
    """The knowledge base says something that cannot be: file, line and cure are in the message."""


class InputError(LegcauseError):
    """A file of complaints cannot be read as asked."""


class OutputError(LegcauseError):
    """A result cannot be written as asked."""


class WorseModel(LegcauseError):
    """A newly trained model is worse than the one that is there, which stays."""


class ModelRefused(LegcauseError):
    """A file is no model of this program's making, is damaged, or comes from a newer version."""

    exit_code = 3
