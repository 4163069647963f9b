"""Holds every envelope of a spool folder against the published schema.

Usage: validate_envelopes.py SCHEMA FOLDER
"""

import json
import pathlib
import sys

import jsonschema

schema, folder = (pathlib.Path(it) for it in sys.argv[1:])
schema = json.loads(schema.read_text())
checker = jsonschema.Draft202012Validator
checker.check_schema(schema)
validator = checker(schema, format_checker=checker.FORMAT_CHECKER)
files = sorted(folder.glob("*.json"))
wrong = [
    f"{file.name} at {error.json_path}: {error.message:.300}"
    for file in files
    for error in validator.iter_errors(json.loads(file.read_bytes()))
]
print("\n".join(wrong) or f"{len(files)} envelopes")
sys.exit(bool(wrong or not files))
