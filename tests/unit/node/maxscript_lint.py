"""A small lint of MAXScript: brackets and quotes are closed, and no value was pasted into the text."""

from __future__ import annotations

import re

_TOKENS = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<text>"(?:\\.|[^"\\])*")|(?P<bracket>[()\[\]{}])|(?P<open>")""", re.S
)
_PAIRS = {")": "(", "]": "[", "}": "{"}
_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\|/\w+/")


def complaints(source: str) -> list[str]:
    """What is wrong with a script; empty for nothing."""
    found: list[str] = []
    brackets: list[str] = []
    for token in _TOKENS.finditer(source):
        line = source.count("\n", 0, token.start()) + 1
        text = token.group()
        if token["open"]:
            found.append(f"line {line}: a text is not closed")
        elif token["text"] and _PATH.search(text):
            found.append(f"line {line}: a path stands in the script: {text}")
        elif token["bracket"] and text in "([{":
            brackets.append(text)
        elif token["bracket"] and (not brackets or brackets.pop() != _PAIRS[text]):
            found.append(f"line {line}: {text} closes nothing")
    return found + [f"{bracket} is not closed" for bracket in brackets]
