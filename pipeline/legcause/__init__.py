"""legcause: free-text complaints about legs → likely causes, urgency and advice. Importing it loads no model and no heavy library."""

__version__ = "0.1.0"
PURPOSE = "Information and support for triage, not a diagnosis. No clinician has reviewed it."
