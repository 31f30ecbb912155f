"""The part of the stylesheet that one document uses, small enough to stand in its head.

A stylesheet behind a link costs a phone one more round trip before anything is drawn, and the
whole sheet in every document would weigh more than the document. So the built sheet is parsed
once, and each document keeps the rules whose classes occur in its markup. It is cautious: what it
cannot read it keeps. It understands what Tailwind writes, nested rules included, and does not
look inside `:is()`, `:where()`, `:has()` and `:not()`.

Markup that arrives later (server-sent fragments) may use other classes: such a document also
links the whole sheet, at the end of its body, where it no longer delays the first paint.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

_GROUPS = ("@layer", "@media", "@supports", "@container")
_NAMING = ("@property", "@font-face", "@keyframes", "@layer properties")
_CLASS_ATTRIBUTE = re.compile(r'\sclass="([^"]*)"')
_BRAND_ATTRIBUTE = re.compile(r'\sdata-brand="([^"]*)"')
_TOKEN = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|/\*.*?\*/|\\.|[{};]", re.DOTALL)
_CLASS = re.compile(r"\.((?:\\.|[\w\-\u0080-\uffff])+)")
_BRAND = re.compile(r"\[data-brand=[\"']?([\w-]+)[\"']?\]")
_PARENTHESES = re.compile(r"\((?:[^()\\]|\\.)*\)")
_ESCAPED = re.compile(r"\\(.)")
_FAMILY = re.compile(r"font-family:\s*[\"']?([^;\"'}]+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement (`body` is None), a block of declarations, or a group of rules."""

    prelude: str
    body: str | None
    children: tuple["Rule", ...] = ()


def used_css(stylesheet: str, markup: str, *, also: Iterable[str] = ()) -> str:
    """Keep of `stylesheet` what a document with this markup (its `<html>` tag too) can use.

    `also` names classes that a script of ours may set later.
    """
    found = _CLASS_ATTRIBUTE.findall(markup)
    classes = {name for names in found for name in html.unescape(names).split()}
    brands = frozenset(_BRAND_ATTRIBUTE.findall(markup))
    return _subset(stylesheet, frozenset(classes | set(also)), brands)


@lru_cache(maxsize=256)
def _subset(stylesheet: str, classes: frozenset[str], brands: frozenset[str]) -> str:
    rules = parse(stylesheet)
    kept = [rule for rule in (_keep(rule, classes, brands) for rule in rules) if rule]
    # Naming oneself is no use, nor is Tailwind's list of all properties for old browsers.
    used = [rule for rule in kept if not rule.prelude.startswith(_NAMING)]
    return _write(_drop_unnamed(kept, _write(used)))


@lru_cache(maxsize=4)
def parse(stylesheet: str) -> tuple[Rule, ...]:
    """Split a stylesheet into rules. Groups hold rules, all other blocks stay as they are."""
    return tuple(_rules(stylesheet))


def _rules(text: str) -> Iterator[Rule]:
    start, depth, opened = 0, 0, 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign == "{":
            depth += 1
            if depth == 1:
                opened = token.end()
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield _block(text[start : opened - 1], text[opened : token.start()])
                start = token.end()
        elif sign == ";" and depth == 0:
            yield Rule(_clean(text[start : token.start()]), None)
            start = token.end()


def _block(prelude: str, body: str) -> Rule:
    prelude = _clean(prelude)
    if prelude.startswith(_GROUPS):
        return Rule(prelude, "", tuple(_rules(body)))
    return Rule(prelude, body)


def _clean(prelude: str) -> str:
    return re.sub(r"/\*.*?\*/", "", prelude, flags=re.DOTALL).strip()


def _keep(rule: Rule, classes: frozenset[str], brands: frozenset[str]) -> Rule | None:
    if rule.body is None:
        return rule
    if rule.children or rule.prelude.startswith(_GROUPS):
        children = [kept for child in rule.children if (kept := _keep(child, classes, brands))]
        return Rule(rule.prelude, "", tuple(children)) if children else None
    if rule.prelude.startswith("@"):
        return rule
    selectors = [s for s in _split(rule.prelude) if _may_match(s, classes, brands)]
    return Rule(",".join(selectors), rule.body) if selectors else None


def _split(prelude: str) -> list[str]:
    """Split a selector list at its own commas, not at those in parentheses."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(prelude):
        if place and prelude[place - 1] == "\\":
            continue
        if sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif sign == "," and depth == 0:
            parts.append(prelude[start:place])
            start = place + 1
    return [*parts, prelude[start:]]


def _may_match(selector: str, classes: frozenset[str], brands: frozenset[str]) -> bool:
    outside, before = selector, ""
    while outside != before:
        outside, before = _PARENTHESES.sub("", outside), outside
    named = (_ESCAPED.sub(r"\1", name) for name in _CLASS.findall(outside))
    return all(name in classes for name in named) and all(
        brand in brands for brand in _BRAND.findall(outside)
    )


def _drop_unnamed(rules: list[Rule], text: str) -> list[Rule]:
    """Drop keyframes, registered properties and faces that no kept rule names."""
    return [rule for rule in rules if _is_named(rule, text)]


def _is_named(rule: Rule, text: str) -> bool:
    kind, _, name = rule.prelude.partition(" ")
    if kind == "@keyframes":
        return bool(re.search(rf"animation[^;}}]*[: ,]{re.escape(name.strip())}\b", text))
    if kind == "@property":
        return name.strip() in text
    if kind == "@font-face" and rule.body:
        face = _FAMILY.search(rule.body)
        return not face or face[1].strip() in text
    return True


def _write(rules: list[Rule] | tuple[Rule, ...]) -> str:
    parts: list[str] = []
    for rule in rules:
        if rule.body is None:
            parts.append(f"{rule.prelude};")
        else:
            parts.append(f"{rule.prelude}{{{rule.body or _write(rule.children)}}}")
    return "".join(parts)
