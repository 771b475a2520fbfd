# SPDX-License-Identifier: Apache-2.0
"""What the scripts that compare share: counts of a command line, and files of results."""
import argparse
import pathlib
import sys


def count(text):
    if not (text.isascii() and text.isdigit()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text}: a count of 1 or more was expected")
    return int(text)


def save(path, text):
    """Whole or not at all. Without text only whether it could be: before the work, and what is there stays."""
    path = pathlib.Path(path)
    partial = path.with_name(path.name + ".writing")
    try:
        partial.write_text(text or "")
        if text is None:
            partial.unlink()
        else:
            partial.replace(path)
    except OSError as reason:
        sys.exit(f"--out {path}: {reason.strerror}; name a file that can be written")
