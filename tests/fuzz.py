"""`make fuzz`: feeds what is read from outside with input that Atheris (libFuzzer) grows towards code not yet run. Crashes are kept.

    python -m tests.fuzz [SECONDS] [TARGET ...]     each target for so many seconds (60), one after the other
    python -m tests.fuzz --one TARGET LIBFUZZER…    one target in this process: what the command above starts

Executions are added up in benchmarks/fuzz.json. What was found stays in build/fuzz/TARGET, so that the next run goes on from there; an input that
crashed is build/fuzz/crash-TARGET-…, and becomes a case of tests/test_fuzz.py once what it found is mended."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "fuzz"
COUNTS = ROOT / "benchmarks" / "fuzz.json"
ENDINGS = ("txt", "csv", "jsonl", "txt.gz", "csv.gz", "jsonl.gz", "txt.zst", "parquet")
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16")
UNTRACED = [f"legcause.compiled.{path.stem}" for path in (ROOT / "pipeline" / "legcause" / "compiled").glob("*.py")]  # numba compiles no traced code
TEXTS = ("red_flags_blind.jsonl", "context.jsonl")

Target = Callable[[bytes], None]


def readers(folder: Path) -> Target:
    """Any bytes are complaints, rejects or an error that names the file; row numbers rise. The first byte says format and encoding."""
    from legcause.batch.chunk import Columns
    from legcause.batch.read import read
    from legcause.errors import InputError

    def target(data: bytes) -> None:
        kind, raw = data[0] if data else 0, data[1:]
        ending, encoding = ENDINGS[kind % len(ENDINGS)], ENCODINGS[kind // len(ENDINGS) % len(ENCODINGS)]
        packed = ending.endswith(".gz") and kind >= 128  # else the fuzzer would have to find gzip's checksum
        path = folder / f"in.{ending}"
        path.write_bytes(gzip.compress(raw, 1) if packed else raw)
        try:
            for chunk in read([str(path)], Columns(), encoding, keep=True):
                texts = [chunk.complaint(i).encode() for i in range(len(chunk))]
                assert len(texts) == len(chunk.ids)
                assert all(reject.reason and reject.row >= 1 for reject in chunk.rejects)
        except InputError as error:
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)

    return target


def answers(folder: Path) -> Target:
    """Any text has probabilities that sum to 1, an explanation whose words sum to its logit, and places that lie in the text."""
    from legcause.inference.assess import Assessor
    from legcause.inference.explain import explain
    from legcause.inference.model import Model, default_path

    assessor = Assessor(Model.load(default_path()))

    def target(data: bytes) -> None:
        text = data.decode(errors="replace")
        probabilities, dangers = assessor.scorer.both(text)
        assert abs(probabilities.sum() - 1) < 1e-9
        assert abs(dangers.sum() - 1) < 1e-9
        record = explain(assessor, text)
        assert abs(record["logit"] - sum(word["weight"] for word in record["words"]) - record["intercept"]) < 1e-9
        assert all(0 <= start < end <= len(text) for word in record["words"] for start, end in word["spans"])

    return target


def matcher(folder: Path) -> Target:
    """Findings are in their order, lie in the text and do not overlap; flags by some findings of the text are flags by all that rules ask for."""
    from legcause.inference.assess import Assessor
    from legcause.inference.model import Model, default_path

    assessor = Assessor(Model.load(default_path()))
    flags = assessor.flags

    def target(data: bytes) -> None:
        text = data.decode(errors="replace")
        found = assessor.finder.find(text)
        places = [(f.start, f.end, f.finding) for f in found]
        assert places == sorted(set(places))
        last: dict[str, int] = {}
        for f in found:
            assert last.get(f.finding, 0) <= f.start < f.end <= len(text)
            assert text[f.start : f.end] == f.text
            last[f.finding] = f.end
        assert flags.by_rules(found) == flags.by_rules(assessor.finder.find(text, flags.among))

    return target


def ways(folder: Path) -> Target:
    """The compiled batch gives the answers of the plain one. Lines are complaints."""
    from legcause.batch.answers import Compiled, Plain
    from legcause.batch.chunk import joined
    from legcause.inference.assess import Assessor
    from legcause.inference.model import Model, default_path

    assessor = Assessor(Model.load(default_path()))
    plain, compiled = Plain(assessor, 3), Compiled(assessor, 3)

    def target(data: bytes) -> None:
        texts = [line.encode() for line in data.decode(errors="replace").split("\n")[:20]]
        chunk = joined("", texts, [str(i) for i in range(len(texts))])
        one, two = plain(chunk), compiled(chunk)
        assert abs(one.probabilities - two.probabilities).max() < 1e-9
        assert all((getattr(one, name) == getattr(two, name)).all() for name in ("confident", "urgency", "flags"))

    return target


def knowledge(folder: Path) -> Target:
    """A knowledge base with any file in it is loaded or refused with that file's name. The first byte says which file."""
    from legcause.errors import KnowledgeError
    from legcause.knowledge.load import load

    from .domain import small_back_pain

    base = small_back_pain(folder / "knowledge")
    files = sorted(base.rglob("*.toml"))
    good = {path: path.read_bytes() for path in files}

    def target(data: bytes) -> None:
        path = files[(data[0] if data else 0) % len(files)]
        path.write_bytes(data[1:])
        try:
            load(base)
        except KnowledgeError as error:
            assert ".toml" in str(error) or base.name in str(error)
        finally:
            path.write_bytes(good[path])

    return target


def model_file(folder: Path) -> Target:
    """Any bytes are refused or answer. With a first byte above 127 the rest is the knowledge of a model whose checksum is right."""
    from dataclasses import replace

    from legcause.errors import ModelRefused
    from legcause.inference.assess import Assessor
    from legcause.inference.explain import explain
    from legcause.inference.model import Model

    small, path = _small_model(), folder / "model.safetensors"

    def target(data: bytes) -> None:
        path.write_bytes(data[1:])
        if data and data[0] > 127:
            try:
                replace(small, knowledge=json.loads(data[1:])).save(path)
            except (ValueError, RecursionError):  # no JSON, or what UTF-8 has no bytes for
                return
        try:
            assessor = Assessor(Model.load(path))
            assert 0 <= explain(assessor, "my calf is swollen, no fever; gout 3am")["probability"] <= 1
        except ModelRefused:
            pass

    return target


TARGETS: dict[str, Callable[[Path], Target]] = {
    "readers": readers, "answers": answers, "matcher": matcher, "ways": ways, "knowledge": knowledge, "model_file": model_file,
}  # fmt: skip


def _small_model():  # type: ignore[no-untyped-def]
    """The model that comes with the program, with a few of its features, causes, findings and words."""
    from dataclasses import replace

    from legcause.inference.model import Model, default_path

    model = Model.load(default_path())
    k = model.knowledge
    labels, flags = ["gout", "thrombosis", "other"], ["deep_vein_thrombosis", "stroke"]
    columns = [model.labels.index(label) for label in labels]
    causes = {name: {**k["causes"][name], "advice": k["causes"][name]["advice"][:2], "findings": {"calf_swelling": 0.5}} for name in labels[:2]}
    lexicon = {
        "context": {name: words[:2] for name, words in k["lexicon"]["context"].items()},
        "words": {"stop": ["my", "is"]},
        "concepts": {name: k["lexicon"]["concepts"][name][:2] for name in ("calf", "swelling", "pain")},
        "vocabulary": {"calf": 9, "swollen": 8},
    }
    small = {
        **k,
        "labels": labels,
        "causes": causes,
        "findings": {"calf_swelling": {"name": "swollen calf", "kind": "sign"}},
        "patterns": {"calf_swelling": ["calf ~3 swollen|puff*", "<calf> red? hot"]},
        "red_flags": {name: {**k["red_flags"][name], "when": [["calf_swelling"]], "unless": []} for name in flags},
        "contraindications": {"heat": {**k["contraindications"]["cold"], "id": "heat"}},
        "shares": dict.fromkeys(labels, 0.3),
        "lexicon": lexicon,
    }
    return replace(
        model, features=model.features[:20], idf=model.idf[:20], weights=model.weights[:20, columns], intercept=model.intercept[columns],
        danger_weights=model.danger_weights[:20, :2], danger_intercept=model.danger_intercept[:2], knowledge=small, manifest={},
    )  # fmt: skip


def seeds(target: str, folder: Path) -> Iterator[bytes]:
    """What the fuzzer starts from."""
    texts = [json.loads(line)["text"] for name in TEXTS for line in (ROOT / "tests" / "cases" / name).read_text(encoding="utf-8").splitlines()]
    if target == "readers":
        for kind, ending in enumerate(ENDINGS):
            for path in sorted((ROOT / "examples").glob(f"complaints.{ending.split('.')[0]}")):
                raw = path.read_bytes()[: None if ending == "parquet" else 400]
                yield bytes([kind + 128 * ending.endswith(".gz")]) + raw
                yield bytes([kind]) + (gzip.compress(raw) if ending.endswith(".gz") else raw)
        yield b'\x01id,text\n1,"a ""quoted"" one"\n2,"two\nlines"\n3,x,y\n'
        yield b'\x02{"id": 1, "text": "a\\u00e9\\ud800"}\n{"text": null}\n[]\n'
    elif target == "knowledge":
        from .domain import small_back_pain

        for number, path in enumerate(sorted(small_back_pain(folder / "knowledge").rglob("*.toml"))):
            yield bytes([number]) + path.read_bytes()
    elif target == "model_file":
        small = _small_model()
        small.save(folder / "small.safetensors")
        yield b"\0" + (folder / "small.safetensors").read_bytes()
        yield b"\xff" + json.dumps(small.knowledge).encode()
    else:
        yield from (text.encode() for text in texts)


def dictionary(target: str) -> set[str]:
    """Words that the fuzzer may put in."""
    import tomllib

    if target in ("answers", "matcher", "ways"):
        lexicon = tomllib.loads((ROOT / "data" / "knowledge" / "lexicon.toml").read_text(encoding="utf-8"))
        patterns = [path.read_text(encoding="utf-8") for path in (ROOT / "data" / "knowledge" / "patterns").glob("*.toml")]
        words = {f" {cue} " for cues in lexicon["context"].values() for cue in cues} | {f"{w} " for w in re.findall(r"[a-z]{4,}", "".join(patterns))}
        return words | set(".,:;?!()\n") | {"’", "é", "3am", " b/l", "in 1998 ", "32 weeks ", "can not "}
    if target == "readers":
        return {
            '{"text": "',
            '"id": ',
            '"}\n',
            "\\u0000",
            "\\ud83d",
            '""',
            '"\n',
            "\r\n",
            "\r",
            "text,id\n",
            "\ufeff",
            "null",
            "1e999",
            "\x1f\x8b\x08",
        }
    return {
        '"',
        "[[",
        "]]",
        "{",
        "}",
        "[]",
        "{}",
        "null",
        "true",
        "1e999",
        "nan",
        "inf",
        "-1",
        '""',
        "''",
        " = ",
        "\n",
        "other",
        "any",
        "~9 ",
        "? ",
        "<calf>",
    }


def one(target: str, arguments: list[str]) -> None:
    """Fuzzes in this process until libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["legcause"], exclude=UNTRACED), tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        run = TARGETS[target](Path(name))
        run(b"")
        atheris.Setup([sys.argv[0], *arguments], run)
        atheris.Fuzz()


def fuzz(target: str, seconds: int) -> tuple[int, list[str]]:
    """Runs one target; returns how many inputs it was fed, and the names of inputs that crashed it."""
    corpus = BUILD / target
    if not corpus.exists():
        corpus.mkdir(parents=True)
        with tempfile.TemporaryDirectory() as folder:
            for number, seed in enumerate(seeds(target, Path(folder))):
                (corpus / f"seed{number}").write_bytes(seed)
    words = BUILD / f"{target}.dict"
    words.write_text("".join('"' + "".join(f"\\x{byte:02x}" for byte in word.encode()) + '"\n' for word in sorted(dictionary(target))))
    longest = {"readers": 4096, "knowledge": 2048, "model_file": 16384}.get(target, 200)
    prefix = BUILD / f"crash-{target}-"
    line = [sys.executable, "-m", "tests.fuzz", "--one", target, str(corpus), f"-dict={words}", f"-max_len={longest}", f"-max_total_time={seconds}"]
    line += ["-print_final_stats=1", "-timeout=60", "-rss_limit_mb=4096", f"-artifact_prefix={prefix}", "-verbosity=1"]
    before = set(BUILD.glob(f"crash-{target}-*"))
    result = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)
    fed = re.findall(r"stat::number_of_executed_units: *(\d+)", result.stderr)
    crashed = sorted(path.name for path in set(BUILD.glob(f"crash-{target}-*")) - before)
    if crashed or not fed:
        print(*result.stderr.splitlines()[-40:], sep="\n", file=sys.stderr)
    return int(fed[-1]) if fed else 0, crashed


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], sys.argv[3:])
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    failed = False
    for target in sys.argv[2:] or TARGETS:
        begun = time.monotonic()
        fed, crashed = fuzz(target, seconds)
        counts = json.loads(COUNTS.read_text()) if COUNTS.exists() else {}
        old = counts.get(target, {"executions": 0, "seconds": 0})
        counts[target] = {"executions": old["executions"] + fed, "seconds": old["seconds"] + round(time.monotonic() - begun)}
        COUNTS.write_text(json.dumps(counts, indent=1) + "\n")
        print(f"{target}: {fed:,} executions", *crashed, flush=True)
        failed |= bool(crashed) or not fed
    sys.exit(failed)


if __name__ == "__main__":
    main()
