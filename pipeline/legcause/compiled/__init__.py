"""The compiled way from bytes to answers, for batches: the same answers as `inference`, far faster (docs/performance.md).

words     the model as tables: what each word is to the analyzer, to the scorer and to the red flags
reading   kernel: bytes → numbers of words
answering kernel: numbers of words → ranked causes, probabilities, urgency, red flags
answerer  the three of them together, for threads

Only big batches come here: numba and its compiler are not on the way of one complaint.
"""
