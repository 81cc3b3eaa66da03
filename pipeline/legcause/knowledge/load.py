"""Reads and checks the TOML files of a knowledge base. What it returns is sound; what is not sound is named with file, line and cure."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import KnowledgeError
from ..text.lexicon import Lexicon
from ..text.patterns import parse
from ..text.tokens import counted
from .records import ADVICE_KINDS, FORMS, KINDS, NONE, OTHER, URGENCIES, Advice, Cause, ComplaintSet, Contraindication, Finding, Knowledge, RedFlag
from .shape import LEXICON, TEXTS, Shape, misfit

_SLOT = re.compile(r"\{([^{}]*)\}")
_SOURCE = re.compile(r"general|¶\d{1,2}(-\d{1,2})?(, ?¶\d{1,2}(-\d{1,2})?)*")
_CODE = re.compile(r"[A-Z]\d\d(\.\d)?")
_ID = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
PARAGRAPHS = range(1, 95)
_STORY = {"name": str, "register": str, "weight": float, "findings": [int], "parts": [str]}
_SINGLE: dict[str, Shape] = {
    "lexicon.toml": LEXICON,
    "slots.toml": TEXTS,
    "stories.toml": {"shape": [_STORY], "pieces": TEXTS},
    "shares.toml": {"share": {str: float}, "other_findings": {str: float}},
    "red_flags.toml": {str: {"when?": [[str]], "unless?": [str]}},
    "contraindications.toml": {str: {"causes?": [str], "findings?": [str], "flags?": [str]}},
    "medicines.toml": TEXTS,
}


_FOLDERS: dict[str, Shape] = {
    "findings": {},
    "patterns": TEXTS,
    "dangers": {str: TEXTS},
    "causes": {"findings?": {str: float}, "advice?": [{"measures?": [str], "findings?": [str]}], "article?": [int]},
    "complaints": {},
}


def default_folder() -> Path:
    """`data/knowledge` of the working directory, else the knowledge base inside the installed package, else that of the checkout."""
    package = Path(__file__).resolve().parent.parent
    here = Path("data/knowledge")
    inside = package / "knowledge_base"
    return next((folder for folder in (here, inside) if folder.is_dir()), package.parent.parent / here)


def load(folder: Path) -> Knowledge:
    """The knowledge base in `folder`. Raises KnowledgeError, whose message names file, line and cure."""
    if not folder.is_dir():
        raise KnowledgeError(f"{folder}: there is no knowledge base here; name its folder with --knowledge")
    files = {name: _File(folder / name, folder, shape) for name, shape in _SINGLE.items()}
    lexicon, shares = files["lexicon.toml"], files["shares.toml"]
    try:
        for name, names in files["medicines.toml"].content.items():
            for concept in (name, "medicine"):
                listed = lexicon.content["concepts"].setdefault(concept, [])
                listed += [medicine for medicine in names if medicine not in listed]
        Lexicon.of(lexicon.content)
    except (KeyError, ValueError) as error:
        raise KnowledgeError(f"{lexicon.name}: {error}; every list of the lexicon must be there, every entry must hold a word") from error
    slots = {name: tuple(values) for name, values in files["slots.toml"].content.items()}
    checker = _Phrases(slots)
    findings: dict[str, Finding] = {}
    for file in _files(folder, "findings", files):
        for name, entry in file.content.items():
            if name in findings:
                raise file.error(f"[{name}]", f"finding {name!r} is defined in another file too; merge the two")
            findings[name] = _finding(file, name, entry, checker)
    patterns: dict[str, tuple[str, ...]] = {}
    for file in _files(folder, "patterns", files):
        for name, lines in file.content.items():
            patterns[name] = patterns.get(name, ()) + _patterns(file, name, lines, findings, lexicon.content["concepts"])
    red_flags = {name: _red_flag(files["red_flags.toml"], name, entry, patterns) for name, entry in files["red_flags.toml"].content.items()}
    dangers: dict[str, tuple[str, ...]] = {}
    for file in _files(folder, "dangers", files) if red_flags else ():
        for name, sayings in _dangers(file, red_flags):
            dangers[name] = dangers.get(name, ()) + sayings
    measures = files["contraindications.toml"]
    causes: dict[str, Cause] = {}
    for file in _files(folder, "causes", files):
        cause = _cause(file, findings, measures.content)
        if cause.id in causes or cause.id == OTHER:
            raise file.error("id", f"the id {cause.id!r} is taken; choose another")
        causes[cause.id] = cause
    contraindications = {name: _contraindication(measures, name, entry, causes, findings, red_flags) for name, entry in measures.content.items()}
    complaints = tuple(group for file in _files(folder, "complaints", files) for group in _complaints(file, causes, checker))
    _check_shares(shares, causes, findings)
    for cause in causes.values():
        if not any(s.label == cause.id for s in complaints):
            raise KnowledgeError(f"{folder}/complaints: there is no file with label = {cause.id!r}; write some whole complaints for it")
    used = {f for cause in causes.values() for f in cause.findings} | set(shares.content["other_findings"])
    used |= {f for flag in red_flags.values() for row in (*flag.when, flag.unless) for f in row}
    if unused := set(findings) - used:
        name = min(unused)
        file = next(f for f in files.values() if f.path.parent.name == "findings" and name in f.content)
        raise file.error(f"[{name}]", f"no cause and no red flag names finding {name!r}; give it a likelihood in a file of causes/, or take it out")
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name].raw).digest())
    return Knowledge(
        causes=dict(sorted(causes.items())),
        findings=dict(sorted(findings.items())),
        patterns=dict(sorted(patterns.items())),
        red_flags=red_flags,
        dangers=dict(sorted(dangers.items())),
        contraindications=contraindications,
        complaints=tuple(sorted(complaints, key=lambda s: (s.label, s.topic))),
        other_findings=shares.content["other_findings"],
        shares=shares.content["share"],
        slots=slots,
        stories=files["stories.toml"].content,
        lexicon=lexicon.content | {"vocabulary": _vocabulary(files)},
        digest=digest.hexdigest(),
    )


def _vocabulary(files: Mapping[str, _File]) -> dict[str, int]:
    """Every word of the knowledge base with the number of its occurrences: what a mistyped word can have been meant to be.

    Beginnings of words (swoll*) are no words; what is said of dangers and measures is not said by patients. The words of patterns count as
    one occurrence each: enough to be left as they are, too little to be what was meant."""
    counts: Counter[str] = Counter()
    of_patterns: set[str] = set()
    for name, file in files.items():
        if name not in ("red_flags.toml", "contraindications.toml"):
            text = re.sub(r"\w+\*|<\w+>", "", file.raw.decode())
            words = counted(text)
            if name.startswith("patterns/"):
                of_patterns.update(words)
            else:
                counts.update(words)
    return dict(sorted((dict.fromkeys(of_patterns, 1) | counts).items()))


class _File:
    """One TOML file: its content, and where in it something stands."""

    def __init__(self, path: Path, root: Path, shape: Shape) -> None:
        self.path = path
        self.name = str(path.relative_to(root.parent))
        try:
            self.raw = path.read_bytes()
            self.content = tomllib.loads(self.raw.decode())
        except FileNotFoundError as error:
            raise KnowledgeError(f"{path}: the knowledge base lacks this file") from error
        except (ValueError, RecursionError) as error:
            raise KnowledgeError(f"{self.name}: not valid TOML: {error}") from error
        if wrong := misfit(self.content, shape):
            raise self.error(re.split(r"[ ,.]", wrong)[0], wrong)

    def error(self, at: str, problem: str) -> KnowledgeError:
        """An error at the first line that holds `at`."""
        lines = self.raw.decode().splitlines()
        number = next((i for i, line in enumerate(lines, 1) if at in line), 1)
        return KnowledgeError(f"{self.name}, line {number}: {problem}")


def _files(folder: Path, kind: str, files: dict[str, _File]) -> list[_File]:
    found = [_File(path, folder, _FOLDERS[kind]) for path in sorted((folder / kind).glob("*.toml"))]
    if not found:
        raise KnowledgeError(f"{folder / kind}: there are no TOML files here; the knowledge base needs some")
    files.update({f"{kind}/{file.path.name}": file for file in found})
    return found


class _Phrases:
    """Checks phrases, and that none is written twice under the same finding and form."""

    def __init__(self, slots: Mapping[str, tuple[str, ...]]) -> None:
        self.slots = slots

    def check(self, file: _File, phrases: Any, what: str) -> tuple[str, ...]:
        if not isinstance(phrases, list) or not all(isinstance(p, str) and p.strip() for p in phrases):
            raise file.error(what, f"{what} must be a list of phrases in quotes, none of them empty")
        seen: set[str] = set()
        for phrase in phrases:
            for slot in _SLOT.findall(phrase):
                if slot not in self.slots:
                    raise file.error(phrase, f"there is no slot {{{slot}}}; {_nearest(slot, self.slots)}")
            bare = _SLOT.sub("", phrase)
            if "{" in bare or "}" in bare:
                raise file.error(phrase, f"a brace is not closed in {phrase!r}")
            if not re.fullmatch(r"(?:[^\[\]]|\[[^\[\]]*\|[^\[\]]*\])*", bare):
                raise file.error(phrase, f"alternatives are written [a|b], not one inside another, in {phrase!r}")
            key = " ".join(phrase.lower().split())
            if key in seen:
                raise file.error(phrase, f"the phrase {phrase!r} stands twice in {what}; take one out")
            seen.add(key)
        return tuple(phrases)


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else "see the list of those there are with `legcause causes`"


def _text(file: _File, entry: Mapping[str, Any], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise file.error(where, f'{where} has no {key}; write {key} = "..."')
    return value


def _source(file: _File, entry: Mapping[str, Any], where: str) -> str:
    value = _text(file, entry, "source", where)
    if not _SOURCE.fullmatch(value) or any(int(n) not in PARAGRAPHS for n in re.findall(r"\d+", value)):
        raise file.error(value, f'the source {value!r} is neither "general" nor paragraphs of the article, as in "¶52" or "¶46-50"')
    return value


def _one_of(file: _File, value: Any, allowed: tuple[str, ...], what: str, at: str) -> str:
    if value not in allowed:
        raise file.error(at, f"{what} {value!r} is none of {', '.join(allowed)}")
    return str(value)


def _finding(file: _File, name: str, entry: Any, checker: _Phrases) -> Finding:
    where = f"[{name}]"
    if not isinstance(entry, dict) or not _ID.fullmatch(name):
        raise file.error(name, f"{name!r} is no finding; a finding is a table [lower_snake_case] with name, kind, source and phrases")
    strange = set(entry) - {"name", "kind", "source", *FORMS}
    if strange:
        raise file.error(where, f"{where} has an unknown key {min(strange)!r}; {_nearest(min(strange), ('name', 'kind', 'source', *FORMS))}")
    phrases = {form: checker.check(file, entry[form], f"{where} {form}") for form in FORMS if form in entry}
    if not any(phrases.values()):
        raise file.error(where, f"{where} has no phrases; nobody could say it")
    return Finding(
        name, _text(file, entry, "name", where), _one_of(file, entry.get("kind"), KINDS, "kind", where), _source(file, entry, where), phrases
    )


def _patterns(file: _File, name: str, lines: Any, findings: Mapping[str, Finding], concepts: Mapping[str, list[str]]) -> tuple[str, ...]:
    if name not in findings:
        raise file.error(name, f"finding {name!r} is in no file of findings/; {_nearest(name, findings)}")
    if not isinstance(lines, list) or not lines or not all(isinstance(line, str) for line in lines):
        raise file.error(name, f"{name} must be a list of patterns in quotes")
    for line in lines:
        try:
            parse(line, concepts)
        except ValueError as error:
            raise file.error(line, f"the pattern {line!r} cannot be read: {error}") from error
    return tuple(lines)


def _red_flag(file: _File, name: str, entry: Any, patterns: Mapping[str, tuple[str, ...]]) -> RedFlag:
    where = f"[{name}]"
    if not isinstance(entry, dict) or not isinstance(entry.get("when"), list) or not entry["when"]:
        raise file.error(name, f"{name!r} is no red flag; it needs name, urgency, source, advice and when, a list of rows of findings")
    rows = tuple(tuple(row) for row in entry["when"])
    unless = tuple(entry.get("unless", ()))
    for finding in (f for row in (*rows, unless) for f in row):
        if finding not in patterns:
            raise file.error(
                f'"{finding}"', f"finding {finding!r} has no patterns in patterns/, so it can never be found; {_nearest(finding, patterns)}"
            )
    urgency = _one_of(file, entry.get("urgency"), URGENCIES, "urgency", where)
    return RedFlag(
        name, _text(file, entry, "name", where), urgency, _text(file, entry, "source", where), _text(file, entry, "advice", where), rows, unless
    )


def _contraindication(
    file: _File, name: str, entry: Any, causes: Mapping[str, Cause], findings: Mapping[str, Finding], flags: Mapping[str, RedFlag]
) -> Contraindication:
    where = f"[{name}]"
    if not isinstance(entry, dict):
        raise file.error(name, f"{name!r} is no contraindication; it needs name, causes, findings, flags, warning and source")
    known: dict[str, Iterable[str]] = {"causes": causes, "findings": findings, "flags": flags}
    for key, names in known.items():
        for value in entry.get(key, ()):
            if value not in names:
                raise file.error(f'"{value}"', f"{value!r} is none of the {key}; {_nearest(value, names)}")
    return Contraindication(
        id=name,
        name=_text(file, entry, "name", where),
        warning=_text(file, entry, "warning", where),
        source=_text(file, entry, "source", where),
        **{key: tuple(entry.get(key, ())) for key in known},
    )


def _cause(file: _File, findings: Mapping[str, Finding], measures: Mapping[str, Any]) -> Cause:
    content = file.content
    name = _text(file, content, "id", "the file")
    likelihoods = content.get("findings")
    if not isinstance(likelihoods, dict) or not likelihoods:
        raise file.error("id", f"{name} has no table [findings]; give each finding its likelihood under this cause")
    for finding, likelihood in likelihoods.items():
        if finding not in findings:
            raise file.error(f"{finding} ", f"finding {finding!r} is in no file of findings/; {_nearest(finding, findings)}")
        if not isinstance(likelihood, (int, float)) or not 0 < likelihood < 1:
            raise file.error(f"{finding} ", f"the likelihood of {finding!r} must be a number between 0 and 1, not {likelihood!r}")
    advice = tuple(_advice(file, entry, measures, findings) for entry in content.get("advice", []))
    if missing := {"test", "see", "home", "avoid", "urgent"} - {a.kind for a in advice}:
        raise file.error("id", f"{name} has no advice of the kind {min(missing)!r}; add an [[advice]] with that kind")
    code = _text(file, content, "icd10", name)
    if not _CODE.fullmatch(code):
        raise file.error("icd10", f"{code!r} is not an ICD-10 code, such as I83.9")
    article = content.get("article")
    if not isinstance(article, list) or not article or any(n not in PARAGRAPHS for n in article):
        raise file.error("article", "article must list paragraph numbers of the article, 1 to 94")
    return Cause(
        name, _text(file, content, "name", name), code, tuple(article), _one_of(file, content.get("urgency"), URGENCIES, "urgency", "urgency"),
        _text(file, content, "summary", name), _source(file, content, name), dict(sorted(likelihoods.items())), advice,
    )  # fmt: skip


def _advice(file: _File, entry: Mapping[str, Any], measures: Mapping[str, Any], findings: Mapping[str, Finding]) -> Advice:
    text = _text(file, entry, "text", "[[advice]]")
    for measure in entry.get("measures", ()):
        if measure not in measures:
            raise file.error(text, f"there is no measure {measure!r} in contraindications.toml; {_nearest(measure, measures)}")
    for finding in entry.get("findings", ()):
        if finding not in findings:
            raise file.error(text, f"finding {finding!r} is in no file of findings/; {_nearest(finding, findings)}")
    kind = _one_of(file, entry.get("kind"), ADVICE_KINDS, "kind of advice", text)
    return Advice(kind, text, _source(file, entry, "[[advice]]"), tuple(entry.get("measures", ())), tuple(entry.get("findings", ())))


def _complaints(file: _File, causes: Mapping[str, Cause], checker: _Phrases) -> Iterator[ComplaintSet]:
    """One label a file (`label`, for `other` also `topic`, `complaints`), or one list a label."""
    if "complaints" in file.content:
        label = _label(file, _text(file, file.content, "label", "the file"), causes)
        topic = _text(file, file.content, "topic", "the file") if label == OTHER else label
        yield ComplaintSet(label, topic, checker.check(file, file.content["complaints"], "complaints"))
        return
    for label, lines in file.content.items():
        yield ComplaintSet(_label(file, label, causes), file.path.stem, checker.check(file, lines, label))


def _dangers(file: _File, flags: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The lists of [dangers], by flag, and all those of [look_alikes], which stand under the flag they look like, as NONE."""
    for table, lists in file.content.items():
        if table not in ("dangers", "look_alikes"):
            raise file.error(f"[{table}]", "a file of dangers has the tables [dangers] and [look_alikes], and no other")
        for name, sayings in lists.items():
            if name not in flags and not (table == "look_alikes" and name == "any"):
                raise file.error(name, f"there is no red flag {name!r}; {_nearest(name, list(flags))}")
            if not isinstance(sayings, list) or not all(isinstance(saying, str) and saying.strip() for saying in sayings):
                raise file.error(name, f"{name} must be a list of sayings in quotes")
            yield name if table == "dangers" else NONE, tuple(sayings)


def _label(file: _File, label: str, causes: Mapping[str, Cause]) -> str:
    if label != OTHER and label not in causes:
        raise file.error(label, f"there is no cause {label!r}; {_nearest(label, [*causes, OTHER])}")
    return label


def _check_shares(file: _File, causes: Mapping[str, Cause], findings: Mapping[str, Finding]) -> None:
    share = file.content.get("share", {})
    for name in (*causes, OTHER):
        if not isinstance(share.get(name), (int, float)) or share[name] <= 0:
            raise file.error("[share]", f"{name} has no share above 0; write {name} = 0.05")
    for name in share:
        if name not in causes and name != OTHER:
            raise file.error(f"{name} ", f"there is no cause {name!r}; {_nearest(name, [*causes, OTHER])}")
    for name in file.content.get("other_findings", {}):
        if name not in findings:
            raise file.error(f"{name} ", f"finding {name!r} is in no file of findings/; {_nearest(name, findings)}")
