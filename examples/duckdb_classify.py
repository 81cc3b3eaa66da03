"""A DuckDB table → the same table with its answers. Run it with: python examples/duckdb_classify.py [FILE.csv]"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

from legcause import Classifier

EXAMPLE = Path(__file__).parent / "complaints.csv"


def main() -> None:
    source = sys.argv[1] if len(sys.argv) > 1 else str(EXAMPLE)
    database = duckdb.connect()
    database.execute("CREATE TABLE complaints AS SELECT * FROM read_csv(?, all_varchar = true)", [source])
    complaints = database.sql("SELECT id, text FROM complaints").to_arrow_table()

    database.register("answers", Classifier.load().table(complaints["text"], complaints["id"], top=1))
    query = """
        SELECT urgency, cause, count(*) AS complaints, list(id ORDER BY id) AS ids
        FROM complaints JOIN answers USING (id) GROUP BY ALL ORDER BY urgency, complaints DESC, cause
    """
    for urgency, cause, count, ids in database.execute(query).fetchall():
        print(f"{urgency:<10} {cause:<20} {count}  {' '.join(ids)}")


if __name__ == "__main__":
    main()
