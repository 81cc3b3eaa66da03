"""What type checkers know about the interface; read by mypy, never run."""

from typing import assert_type

from legcause import PURPOSE, Classifier
from legcause.inference.assess import Assessment

classifier: Classifier = Classifier.load()
assert_type(classifier.classify("legs"), Assessment)
assert_type(classifier.classify(["legs"]), list[Assessment])
assert_type(classifier.classify("legs").candidates[0].probability, float)
assert_type(classifier.labels, tuple[str, ...])
assert_type(PURPOSE, str)
number: int = classifier.classify("legs").cause  # type: ignore[assignment]
