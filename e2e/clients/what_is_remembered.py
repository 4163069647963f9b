"""Tells what a grantd that is not running has written down of its listeners.

Usage: what_is_remembered.py STATE_FOLDER

The database is read from a copy, so that its next start finds it as it was left. Prints a JSON object with the
numbers of deliveries and of actions that wait.
"""

import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile

with tempfile.TemporaryDirectory() as folder:
    for file in pathlib.Path(sys.argv[1]).glob("grantd.db*"):
        shutil.copy(file, folder)
    database = sqlite3.connect(pathlib.Path(folder) / "grantd.db")
    count = lambda table: database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]
    print(json.dumps({"deliveries": count("mail_delivery"), "actions": count("mail_action")}))
    database.close()
