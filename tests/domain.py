"""A whole other domain, small: two causes of back pain, in the knowledge base's own form."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from .conftest import ROOT

SAID = {"strain": ["a pull", "a tweak", "a strain", "stiffness"], "stone": ["waves of pain", "a colic", "cramping waves", "gripping waves"]}
AFTER = {
    "strain": ["lifting boxes", "digging", "a bad night", "shovelling snow"],
    "stone": ["passing blood", "a dry day", "a fever", "being sick"],
}


def _finding(name: str, things: list[str]) -> str:
    return f'[{name}]\nname = "{name}"\nkind = "symptom"\nsource = "general"\nnoun = {json.dumps([f"{t} in my back" for t in things])}\n'


def _cause(name: str, findings: dict[str, float]) -> str:
    head = (
        f'id = "{name}"\nname = "{name}"\nicd10 = "M54.5"\narticle = [1]\nurgency = "routine"\nsummary = "A test."\nsource = "general"\n[findings]\n'
    )
    advice = (f'[[advice]]\nkind = "{kind}"\ntext = "{name}: {kind}."\nsource = "general"\n' for kind in ("test", "see", "home", "avoid", "urgent"))
    return head + "".join(f"{finding} = {likelihood}\n" for finding, likelihood in findings.items()) + "".join(advice)


def back_pain(folder: Path) -> Path:
    """Writes that knowledge base into a new folder. Lexicon, slots and stories are those of the real one."""
    for part in ("causes", "findings", "patterns", "complaints"):
        (folder / part).mkdir(parents=True)
    for name in ("lexicon.toml", "slots.toml", "stories.toml", "medicines.toml"):
        shutil.copy(ROOT / "data" / "knowledge" / name, folder / name)
    for cause, things in SAID.items():
        (folder / "causes" / f"{cause}.toml").write_text(_cause(cause, {f"back_{cause}": 0.9}))
        lines = [f"{thing} in my back {since} {a}" for thing in things for since in ("after", "since", "following") for a in AFTER[cause]]
        (folder / "complaints" / f"{cause}.toml").write_text(f'label = "{cause}"\ncomplaints = {json.dumps(lines)}\n')
    (folder / "findings" / "back.toml").write_text("\n".join(_finding(f"back_{cause}", things) for cause, things in SAID.items()))
    (folder / "patterns" / "back.toml").write_text('back_strain = ["pull|tweak|strain ~3 back"]\nback_stone = ["colic|waves ~5 back"]\n')
    rest = [f"when is the {room} open on {day}" for room in ("surgery", "clinic", "desk") for day in ("Monday", "Friday", "Sunday", "Tuesday")]
    (folder / "complaints" / "other.toml").write_text(f'label = "other"\ntopic = "admin"\ncomplaints = {json.dumps(rest)}\n')
    (folder / "shares.toml").write_text("[share]\nstrain = 0.5\nstone = 0.2\nother = 0.3\n[other_findings]\n")
    for empty in ("red_flags.toml", "contraindications.toml"):
        (folder / empty).write_text("")
    return folder


def small_back_pain(folder: Path) -> Path:
    """The same with every part that a knowledge base may have, and so short a lexicon that it is loaded in milliseconds."""
    base = back_pain(folder)
    for name in ("lexicon.toml", "slots.toml", "medicines.toml", "stories.toml"):
        content = tomllib.loads((base / name).read_text(encoding="utf-8"))
        shapes = content.pop("shape", [])[:2]
        lines = ["[[shape]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in shape.items()) for shape in shapes]
        for table, lists in (content if name in ("lexicon.toml", "stories.toml") else {"": content}).items():
            lines += [f"[{table}]"] * bool(table)
            some = list(lists.items())[: 4 if table in ("", "concepts") else None]
            lines += [f"{key} = {json.dumps(values[:1])}" for key, values in some]
        (base / name).write_text("\n".join(lines), encoding="utf-8")
    flag = '[colic]\nname = "colic"\nurgency = "urgent"\nsource = "general"\nadvice = "Go."\nwhen = [["back_stone"]]\nunless = ["back_strain"]\n'
    (base / "red_flags.toml").write_text(flag)
    (base / "dangers").mkdir()
    (base / "dangers" / "back.toml").write_text('[dangers]\ncolic = ["waves of pain"]\n[look_alikes]\ncolic = ["a pull"]\nany = ["hello"]\n')
    rest = 'name = "heat"\nwarning = "No."\nsource = "general"\nfindings = ["back_stone"]\nflags = ["colic"]\ncauses = ["stone"]\n'
    (base / "contraindications.toml").write_text("[heat]\n" + rest)
    return base
