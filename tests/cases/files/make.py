"""Makes the awkward files of expected.jsonl in a folder: here they stand as Python, since editors and git would mend them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

LETTER = "my calf cramps at night and it wakes me up. " * 150_000  # 6.6 MB


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


def contents() -> dict[str, bytes]:
    """Name → bytes of the files that are only bytes."""
    many = "".join(f"my calf hurts since day {n}\n" for n in range(5000)).encode()
    return {
        # text
        "empty.txt": b"",
        "one_newline.txt": b"\n",
        "no_last_newline.txt": b"legs hurt\ncramp",
        "blank_lines.txt": b"a\n\n\nb\n",
        "bom.txt": b"\xef\xbb\xbflegs hurt\n",
        "bom_only.txt": b"\xef\xbb\xbf",
        "crlf.txt": b"legs\r\ncramp\r\n",
        "cr_only.txt": b"legs\rcramp\r",
        "odd_spaces.txt": "legs\x0churt\u2028a lot\u2029to\x85day\x1cand\x0bnight\n".encode(),
        "nul.txt": b"legs\x00hurt\n\x00\n",
        "latin1.txt": b"legs\nf\xfc\xdfe\ncramp\n",
        "latin1_all.txt": b"f\xfc\xdfe\n\xfc\n",
        "cp1252.txt": b"can\x92t walk\nund\x81fined\n",
        "utf16.txt": "legs hurt\ncan’t walk\n".encode("utf-16"),
        "utf16_be.txt": b"\xfe\xff" + "legs\ncramp\n".encode("utf-16-be"),
        "utf16_cut.txt": "legs hurt\n".encode("utf-16")[:-1],
        "surrogate.txt": b"legs\n\xed\xa0\x80\n",
        "overlong.txt": b"\xc0\xafslash\nlegs\n",
        "bom_bad.txt": b"\xef\xbb\xbfa\nb\xff\n",
        "na.txt": b"NA\nnull\nNone\nnan\n",
        # compressed
        "joined.txt.gz": gzip.compress(b"legs\ncr") + gzip.compress(b"amp\n"),
        "joined.txt.zst": zstd(b"legs\ncr") + zstd(b"amp\n"),
        "truncated.txt.gz": gzip.compress(many)[:-2000],
        "truncated.txt.zst": zstd(many)[:-500],
        "flipped.txt.gz": gzip.compress(many)[:-8] + b"\0\0\0\0" + gzip.compress(many)[-4:],
        "not_gzip.txt.gz": b"legs hurt\n",
        "trailing.txt.gz": gzip.compress(b"legs\n") + b"junk",
        "compressed.csv.gz": gzip.compress(b"id,text\n1,legs\n"),
        "compressed.jsonl.zst": zstd(b'{"text": "legs"}\n'),
        # CSV
        "empty.csv": b"",
        "header_only.csv": b"id,text\n",
        "one_column.csv": b'text\nlegs\n"a, b"\n',
        "bom.csv": b"\xef\xbb\xbfid,text\n007,legs\n",
        "zeros.csv": b"id,text\n007,NA\n1e5,null\nNone,None\n",
        "quotes.csv": b'id,text\n1,"two\nlines, and ""quotes"""\n2,legs\n',
        "open_quote.csv": b'id,text\n1,"legs\n2,feet\n3,toes\n',
        "open_quote_last.csv": b'id,text\n1,legs\n2,"feet',
        "quote_inside.csv": b'id,text\n1,"legs" hurt\n2,feet\n',
        "quote_swallows.csv": b'id,text\n1,"legs\n2,"feet"\n3,toes\n',
        "cells.csv": b"id,text\n1,legs, feet\n2\n3,toes\n4,a,b,c\n",
        "cells_first.csv": b"id,text\n1,legs,more\n2,toes\n",
        "doubled_header.csv": b"text,text\na,b\n",
        "doubled_other.csv": b"x,text,x\n1,a,2\n",
        "no_header.csv": b"my legs hurt a lot,yes\nmine too,no\n",
        "missing_column.csv": b"id,complaint\n1,legs\n",
        "blank_rows.csv": b"text\nlegs\n\nfeet\n",
        "latin1.csv": b"id,text\n1,legs\n2,f\xfc\xdfe\n3,toes\n",
        "nul.csv": b"id,text\n1,le\x00gs\n",
        "cr.csv": b"id,text\r1,legs\r2,feet\r",
        "semicolons.csv": b"id;text\n1;legs\n",
        "huge_cell.csv": b"id,text\n1," + LETTER.encode() + b"\n2,legs\n",
        "formula.csv": b"id,text\n=1+1,legs\n",
        # JSON Lines
        "blank.jsonl": b'{"text": "a"}\n\n   \n{"text": "b"}\n',
        "broken.jsonl": b'{"text": "a"}\n{"text": \n{"text": "b"}\n',
        "doubled.jsonl": b'{"text": "a", "text": "b"}\n{"text": "c"}\n',
        "nan.jsonl": b'{"text": NaN}\n{"id": NaN, "text": "a"}\n{"text": "b", "x": NaN}\n',
        "types.jsonl": b'[1]\n"a"\n3\nnull\n{"text": 5}\n{"text": null}\n{"text": ["a"]}\n{"words": "a"}\n{"text": "ok"}\n',
        "ids.jsonl": '{"id": 1, "text": "a"}\n{"id": "007", "text": "a"}\n{"id": 1.5, "text": "a"}\n{"id": true, "text": "a"}\n'
        '{"id": null, "text": "a"}\n{"id": 123456789012345678901234567890, "text": "é"}\n'.encode(),
        "surrogate.jsonl": b'{"text": "\\ud800"}\n{"id": "\\udc00", "text": "a"}\n{"text": "\\ud83d\\udc63"}\n',
        "deep.jsonl": b'{"text": ' + b"[" * 100_000 + b"\n" + b'{"text": "a"}\n',
        "bom.jsonl": b'\xef\xbb\xbf{"text": "a"}\n',
        "latin1.jsonl": b'{"text": "f\xfc\xdfe"}\n{"text": "a"}\n',
        "array.jsonl": b'[\n{"text": "a"},\n{"text": "b"}\n]\n',
        "huge.jsonl": json.dumps({"text": LETTER}).encode() + b'\n{"text": "a"}\n',
        # Parquet that is none
        "nonsense.parquet": b"PAR1 nonsense",
    }


def tables() -> dict[str, pa.Table]:
    """Name → table of the Parquet files."""
    broken = pa.Array.from_buffers(pa.string(), 3, [None, pa.array([0, 1, 2, 3], pa.int32()).buffers()[1], pa.py_buffer(b"\xc3\xa9a")])
    return {
        "plain.parquet": pa.table({"id": ["007", "NA"], "text": ["legs", "NA"]}),
        "dictionary.parquet": pa.table({"text": pa.array(["legs", "feet", "legs"]).dictionary_encode()}),
        "large.parquet": pa.table({"text": pa.array(["é", ""], pa.large_string())}),
        "null.parquet": pa.table({"id": [1, 2, 3], "text": ["legs", None, "é"]}),
        "all_null.parquet": pa.table({"text": pa.array([None, None], pa.string())}),
        "null_id.parquet": pa.table({"id": pa.array(["a", None]), "text": ["legs", "feet"]}),
        "list.parquet": pa.table({"text": [["legs"], ["feet"]]}),
        "number.parquet": pa.table({"text": [1, 2]}),
        "binary.parquet": pa.table({"text": [b"legs"]}),
        "no_rows.parquet": pa.table({"text": pa.array([], pa.string())}),
        "split_character.parquet": pa.table({"text": broken}),
    }


def make(folder: Path) -> None:
    """Writes all of them."""
    for name, content in contents().items():
        (folder / name).write_bytes(content)
    for name, table in tables().items():
        pq.write_table(table, folder / name)
    cut = (folder / "plain.parquet").read_bytes()[:-20]
    (folder / "cut.parquet").write_bytes(cut)
    for name in ("letters", "broken_link", "empty_folder"):
        (folder / name).mkdir()
    (folder / "letters" / "b.txt").write_bytes(b"  feet\nand toes \n")
    (folder / "letters" / "a.txt").write_bytes(b"\xef\xbb\xbflegs")
    (folder / "letters" / "c.txt").write_bytes(b"f\xfc\xdfe")
    (folder / "letters" / "ignored.doc").write_bytes(b"x")
    (folder / "broken_link" / "a.txt").symlink_to(folder / "nowhere.txt")
    (folder / "broken_link" / "b.txt").write_bytes(b"legs")
    (folder / "broken_link" / "c.txt").mkdir()
