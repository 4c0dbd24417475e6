#!/usr/bin/env python3
"""Word vectors in Parquet as pyarrow writes them, for VectorFormatTest; and whether pyarrow reads Chorale's.

    scripts/peers/parquet_vectors_golden.py common/src/test/resources/io/chorale/vectors
    scripts/peers/parquet_vectors_golden.py --read words.parquet          # prints the first rows

Needs pyarrow. Writes
  pyarrow.parquet         a list of doubles before the words, compressed with snappy, with a column more
  other-columns.parquet   the words are in column text
  ragged.parquet          vectors of unlike lengths
  null.parquet            a word without a vector
"""
import pathlib
import sys

import pyarrow as pa
import pyarrow.parquet as pq


def write(file, **columns):
    pq.write_table(pa.table(columns), file, compression="snappy", store_schema=False)


if sys.argv[1] == "--read":
    table = pq.read_table(sys.argv[2])
    print(table.schema.remove_metadata())
    print(table.slice(0, 3).to_pylist())
    sys.exit()
out = pathlib.Path(sys.argv[1])
doubles = pa.list_(pa.float64())
floats = pa.list_(pa.float32())
write(
    out / "pyarrow.parquet",
    vector=pa.array([[0.5, -0.1, 2], [1, 0, 3e-5]], doubles),
    kind=["noun", "noun"],
    word=["king", "Straße"],
)
write(out / "other-columns.parquet", text=["a"], vector=pa.array([[1, 2]], floats))
write(out / "ragged.parquet", word=["a", "b"], vector=pa.array([[1, 2], [3]], floats))
write(out / "null.parquet", word=["a", "b"], vector=pa.array([[1, 2], None], floats))
