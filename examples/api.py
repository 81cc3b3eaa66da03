"""One complaint, then many, from Python. Run it with: python examples/api.py"""

from __future__ import annotations

from collections import Counter

from legcause import PURPOSE, Classifier


def main() -> None:
    classifier = Classifier.load()

    answer = classifier.classify("My left calf is swollen and hot since the long flight")
    print(answer.cause, answer.urgency, ", ".join(answer.red_flags))
    for candidate in answer.candidates:
        print(f"  {candidate.cause:<20} {candidate.probability:.2f}")

    complaints = ["big toe red and so sore the sheet hurts", "cramps in both calves at night", "how do I change my appointment"]
    answers = classifier.classify(complaints)
    causes: Counter[str] = Counter(a.cause for a in answers)
    print(dict(causes))

    table = classifier.table(complaints, ids=["A-1", "A-2", "A-3"])
    print(table.num_rows, "rows:", ", ".join(table.column_names))
    print(PURPOSE)


if __name__ == "__main__":
    main()
