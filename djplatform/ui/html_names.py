"""How React's attribute names are written in HTML and SVG."""

import re

VOID_TAGS = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)

# https://html.spec.whatwg.org/multipage/indices.html#attributes-3 ("Boolean attribute")
BOOLEAN = frozenset(
    [
        "allowfullscreen",
        "async",
        "autofocus",
        "autoplay",
        "checked",
        "controls",
        "default",
        "defer",
        "disabled",
        "formnovalidate",
        "hidden",
        "inert",
        "ismap",
        "itemscope",
        "loop",
        "multiple",
        "muted",
        "nomodule",
        "novalidate",
        "open",
        "playsinline",
        "readonly",
        "required",
        "reversed",
        "selected",
    ]
)

URL = frozenset({"href", "src", "action", "formaction", "poster", "xlink:href"})

_RENAMED = {
    "className": "class",
    "htmlFor": "for",
    "defaultValue": "value",
    "defaultChecked": "checked",
    "httpEquiv": "http-equiv",
    "acceptCharset": "accept-charset",
    "xlinkHref": "xlink:href",
}

# SVG is case sensitive: these keep their capitals, every other name is written with hyphens.
_SVG_CAMEL = frozenset(
    [
        "attributeName",
        "baseFrequency",
        "calcMode",
        "clipPathUnits",
        "diffuseConstant",
        "edgeMode",
        "filterUnits",
        "gradientTransform",
        "gradientUnits",
        "keyPoints",
        "keySplines",
        "keyTimes",
        "lengthAdjust",
        "markerHeight",
        "markerUnits",
        "markerWidth",
        "maskContentUnits",
        "maskUnits",
        "numOctaves",
        "pathLength",
        "patternContentUnits",
        "patternTransform",
        "patternUnits",
        "preserveAspectRatio",
        "primitiveUnits",
        "refX",
        "refY",
        "repeatCount",
        "repeatDur",
        "specularConstant",
        "specularExponent",
        "spreadMethod",
        "startOffset",
        "stdDeviation",
        "stitchTiles",
        "surfaceScale",
        "systemLanguage",
        "tableValues",
        "targetX",
        "targetY",
        "textLength",
        "viewBox",
        "xChannelSelector",
        "yChannelSelector",
    ]
)

_NAME = re.compile(r"[^\s\"'<>/=\x00-\x1f\x7f]+")


def camel(name: str) -> str:
    """`default_value` becomes `defaultValue`, as Reflex itself does before React sees it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def kebab(name: str) -> str:
    """`strokeWidth` becomes `stroke-width`."""
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda m: "-" + m.group().lower(), name)


def attribute_name(name: str, *, svg: bool) -> str:
    """The attribute's name as it stands in the markup.

    Raises:
        ValueError: the name cannot be an attribute, e.g. because it holds a space.
    """
    if not _NAME.fullmatch(name):
        msg = f"{name!r} cannot be the name of an attribute"
        raise ValueError(msg)
    if "-" in name or ":" in name:
        return name
    name = camel(name)
    if name in _RENAMED:
        return _RENAMED[name]
    if not svg:
        return name.lower()
    return name if name in _SVG_CAMEL else kebab(name)
