"""How a letter looks, as plain text and as HTML that old mail programs understand."""

from html import escape

from djplatform.features.notifications.dto import Letter

_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
    'content="light dark"><title>{subject}</title></head>'
    '<body style="margin:0;padding:32px 16px;background:#f4f4f6;color:#16161e;'
    "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">"
    '<div style="max-width:520px;margin:0 auto;padding:32px;background:#ffffff;'
    'border-radius:14px;border:1px solid #e4e4ea">'
    '<p style="margin:0 0 24px;font-weight:600">{brand}</p>{body}</div></body></html>'
)
_PARAGRAPH = '<p style="margin:0 0 16px">{}</p>'
_SMALL = '<p style="margin:16px 0 0;font-size:13px;color:#5a5a66">{}</p>'
_BUTTON = (
    '<p style="margin:24px 0"><a href="{link}" style="display:inline-block;padding:14px 22px;'
    "border-radius:8px;background:#16161e;color:#ffffff;font-weight:600;"
    'text-decoration:none">{label}</a></p>'
)


def as_text(letter: Letter, brand: str) -> str:
    """The letter without any look; the link stands on a line of its own."""
    parts = [letter.greeting, *letter.paragraphs]
    if letter.link:
        parts.append(f"{letter.button}:\n{letter.link}")
    if letter.closing:
        parts.append(letter.closing)
    return "\n\n".join([*parts, brand]) + "\n"


def as_html(letter: Letter, brand: str) -> str:
    """The letter as HTML. Every word is escaped: names come from people we do not know."""
    body = [_PARAGRAPH.format(escape(text)) for text in (letter.greeting, *letter.paragraphs)]
    if letter.link:
        body.append(_BUTTON.format(link=escape(letter.link), label=escape(letter.button)))
    if letter.closing:
        body.append(_SMALL.format(escape(letter.closing)))
    return _PAGE.format(subject=escape(letter.subject), brand=escape(brand), body="".join(body))


def sender(brand_name: str, domain: str) -> str:
    """`Name <hello@domain>`; quotes and line breaks in a name cannot add an address."""
    name = " ".join(brand_name.split()).translate(str.maketrans("", "", '"<>,;:@\\()[]'))
    return f"{name} <hello@{domain}>"
