"""Write the golden files anew: `python -m tests.golden.regenerate --write [NAME ...]`, by hand, never by a test.

Samples come from the reference, not from the merge, and only if the merge agrees; the hash of the file is the merge's.
Without `--write` it only says which files would change. Look at the difference before you commit it.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from tests.golden.cases import CASES, FOLDER, Golden, golden_text
from tests.merge_cases import Case, assert_same_texture, expected, merged


def golden(rule: str, case: Case) -> Golden:
    """What the reference gives, with the merge's file hash. Raises AssertionError if they differ."""
    wanted = expected(case)
    labels = [one.label for one in case.passes]
    with tempfile.TemporaryDirectory() as folder:
        found = merged(case, Path(folder))[0]
    lossy = case.spec.file_format == "jpeg"
    if not lossy:
        assert_same_texture(found, wanted, labels, rule)
    counts = {"covered": int(wanted.covered.sum()), "padded": wanted.padded, "hatched": wanted.hatched}
    overlaps = [[labels[one], labels[two], texels, list(box)] for one, two, texels, box in wanted.overlaps]
    return Golden(wanted.samples, counts, overlaps, "" if lossy else found.report.sha256)


def main() -> int:
    """Compare, and with `--write` replace, the golden files. Returns 1 if one differs and was not written."""
    parser = argparse.ArgumentParser(description="Write golden files anew.")
    parser.add_argument("--write", action="store_true", help="replace files that differ")
    parser.add_argument("names", nargs="*", choices=[[], *CASES], help="cases (default: all)")
    options = parser.parse_args()
    if "PYTEST_CURRENT_TEST" in os.environ or "CI" in os.environ:
        parser.error("golden files are written by hand, not by a test and not in continuous integration")
    changed = 0
    FOLDER.mkdir(exist_ok=True)
    for name in options.names or CASES:
        text = golden_text(CASES[name][0], golden(*CASES[name]))
        path = FOLDER / f"{name}.json"
        if not path.exists() or path.read_text("utf-8") != text:
            changed += 1
            print(f"{'written' if options.write else 'differs'}: {path}")  # noqa: T201
            if options.write:
                path.write_text(text, "utf-8")
    return int(changed > 0 and not options.write)


if __name__ == "__main__":
    raise SystemExit(main())
