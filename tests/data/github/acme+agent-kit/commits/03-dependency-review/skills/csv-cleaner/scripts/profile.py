#!/usr/bin/env python3
"""Prints what a CSV file holds: its delimiter, and for each column the kinds of values in it."""
import collections
import csv
import sys


def kind(cell):
    if not cell.strip():
        return "empty"
    try:
        float(cell)
        return "number"
    except ValueError:
        return "text"


def main(path):
    with open(path, newline="", encoding="utf-8") as source:
        dialect = csv.Sniffer().sniff(source.read(4096), delimiters=",;\t|")
        source.seek(0)
        rows = list(csv.reader(source, dialect))
    print("delimiter", repr(dialect.delimiter), "rows", len(rows) - 1)
    for column, name in enumerate(rows[0]):
        kinds = collections.Counter(kind(row[column]) if column < len(row) else "missing" for row in rows[1:])
        print(name, dict(kinds))


if __name__ == "__main__":
    main(sys.argv[1])
