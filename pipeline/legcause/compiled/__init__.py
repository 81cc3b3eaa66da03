"""The compiled way from bytes to answers, for batches: the same answers as `inference`, far faster (docs/performance.md).

layout    what the kernels work on, and the numbers that both sides know by name
reading   kernel: bytes → numbers of words
answering kernel: numbers of words → ranked causes, probabilities, urgency, red flags
rendering kernel: answers → rows of text
tables    the model as tables: what each word is to the analyzer, to the scorer and to the red flags
words     words and their numbers; new ones are learnt
answerer  these together, for threads
machine   calls kernels as machine code, which `compiling` makes once with numba
kept      the files in which machine code and tables are kept

Only big batches come here: no compiler is on the way of one complaint.
"""
