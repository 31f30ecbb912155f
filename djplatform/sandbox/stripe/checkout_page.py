"""How the hosted checkout looks: in the brand's colours, with the test cards beside it."""

import re
from html import escape

from starlette.responses import Response

from djplatform.sandbox import look
from djplatform.sandbox.store import Json
from djplatform.sandbox.stripe.cards import CARDS, TestCard
from djplatform.sandbox.stripe.sessions import shown

_METHODS = {
    "card": "Card",
    "us_bank_account": "Bank debit (ACH)",
    "sepa_debit": "SEPA debit",
    "bacs_debit": "Bacs debit",
}
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_CSS = """
.checkout{max-width:60rem;gap:2rem}
.brand{display:flex;align-items:center;gap:.625rem;font-weight:600}
.mark{display:grid;place-items:center;width:2rem;height:2rem;border-radius:8px;font-weight:700;
background:var(--brand);color:var(--on-brand)}
.stack{display:grid;gap:1rem;min-width:0}
.what{margin-top:1.5rem;font-size:1.0625rem;font-weight:500;letter-spacing:0;color:var(--soft)}
.sum{font-size:2.75rem;font-weight:700;letter-spacing:-.03em;line-height:1.15;
font-variant-numeric:tabular-nums}
.back{display:inline-block;margin-top:1.25rem;font-size:.875rem}
.pay{background:var(--brand);color:var(--on-brand)}
.methods{display:flex;flex-wrap:wrap;gap:.5rem;border:0;margin:0;padding:0;min-width:0}
.methods label{flex:1;display:flex;align-items:center;gap:.5rem;min-height:44px;padding:0 .75rem;
border:1px solid var(--edge);border-radius:8px;font-size:.9375rem;font-weight:500;cursor:pointer}
.methods label:has(:checked){border-color:var(--ink);box-shadow:0 0 0 1px var(--ink)}
.methods input{width:1.125rem;min-height:1.125rem;margin:0;accent-color:var(--ink)}
.cards{display:grid;grid-template-columns:minmax(0,1fr);gap:.25rem;margin:0 -.75rem}
.cards button{display:flex;align-items:center;justify-content:space-between;gap:.125rem 1rem;
min-height:44px;padding:.5rem .75rem;line-height:1.3;
background:transparent;color:inherit;font-weight:400;font-size:.875rem;text-align:left;border-radius:8px}
.cards button:hover{background:var(--bg)}
.cards code{flex:none;font-size:.8125rem}
.cards span{text-align:right}
@media(max-width:22rem){.cards button{flex-wrap:wrap}.cards code{flex:initial}}
@media(min-width:56rem){
.checkout{grid-template-columns:minmax(0,1fr) 26rem;gap:4rem;padding-top:5rem;align-items:start}}
"""


def draw(session: Json, typed: dict[str, str], *, field: str = "", error: str = "") -> Response:
    """The page to pay on; `error` belongs to `field`, or to the whole when that is empty."""
    own = {name: error if name == field else "" for name in typed}
    notice = f'<p class="bad" role="alert">{escape(error)}</p>' if error and not field else ""
    return _page(
        session,
        f"Pay {session['branding_settings']['display_name']}",
        f"<div>{_summary(session)}{_back(session)}</div>",
        f'<div class="stack">{notice}{_form(session, typed, own)}{_cards()}</div>',
        status=402 if error else 200,
    )


def challenge(session: Json) -> Response:
    """The bank's question before a payment goes through."""
    return _page(
        session,
        "3-D Secure",
        f"<div>{_summary(session)}</div>",
        look.form(
            f"/checkout/{session['id']}/3ds",
            "<h2>Your bank asks: is it you?</h2>"
            '<p class="soft">This is where your bank would send a code.</p>',
            look.button("Complete authentication", name="answer", value="complete"),
            look.button("Fail authentication", look="plain", name="answer", value="fail"),
        ),
    )


def _page(session: Json, title: str, *body: str, status: int = 200) -> Response:
    css = _CSS + _colors(session)
    return look.page(title, *body, status=status, kind="checkout", light=True, extra_css=css)


def _colors(session: Json) -> str:
    """The brand's colours; anything but `#rrggbb` is left out."""
    branding = session["branding_settings"]
    button, ground = str(branding["button_color"]), str(branding["background_color"])
    brand = button if _COLOR.fullmatch(button) else "#17171d"
    rules = f":root{{--brand:{brand};--on-brand:{look.readable_on(brand)}}}"
    if _COLOR.fullmatch(ground):
        rules += f"body{{background:{ground}}}"
        if look.readable_on(ground) == "#ffffff":
            rules += ".checkout>:first-child{--soft:#ffffffcc;color:#fff}"
    return rules


def _summary(session: Json) -> str:
    branding, line = session["branding_settings"], session["_line"]
    name, logo = branding["display_name"], (branding.get("logo") or {}).get("url")
    mark = (
        f'<img src="{escape(logo)}" alt="" height="32">'
        if logo
        else f'<span class="mark" aria-hidden="true">{escape(name[:1])}</span>'
    )
    more = (
        f'<p class="soft small">{escape(line["_description"])}</p>' if line["_description"] else ""
    )
    return (
        f'<p class="brand">{mark}<span class="name">{escape(name)}</span></p>'
        f'<h1 class="what">{escape(line["description"])}</h1>'
        f'<p class="sum">{escape(_amount(session))}</p>{more}'
    )


def _back(session: Json) -> str:
    name = session["branding_settings"]["display_name"]
    return f'<a class="back" href="{escape(session["cancel_url"])}">← Back to {escape(name)}</a>'


def _amount(session: Json) -> str:
    return shown(session["amount_total"], session["currency"])


def _form(session: Json, typed: dict[str, str], own: dict[str, str]) -> str:
    return look.form(
        f"/checkout/{session['id']}",
        look.field("email", "Email", typed["email"], error=own["email"], kind="email",
                   complete="email"),
        _methods(session, typed),
        look.field("number", "Card number", typed["number"], error=own["number"],
                   complete="cc-number", mode="numeric"),
        '<div class="two">',
        look.field("expiry", "MM / YY", typed["expiry"], error=own["expiry"], complete="cc-exp"),
        look.field("cvc", "Security code", typed["cvc"], error=own["cvc"], complete="cc-csc",
                   mode="numeric"),
        "</div>",
        look.field("name", "Name on card", typed["name"], complete="cc-name"),
        f'<button type="submit" class="pay">Pay {escape(_amount(session))}</button>',
        name="checkout",
    )  # fmt: skip


def _methods(session: Json, typed: dict[str, str]) -> str:
    choices = [
        f'<label><input type="radio" name="method" value="{method}"'
        f"{' checked' if typed['method'] == method else ''}>{_METHODS[method]}</label>"
        for method in session["payment_method_types"]
    ]
    return f'<fieldset class="methods" aria-label="How to pay">{"".join(choices)}</fieldset>'


def _cards() -> str:
    """Stripe's test cards. Each is a button of the form: its number wins over the typed one."""
    return (
        '<section class="card"><div><h2>Test cards</h2>'
        '<p class="soft small">Press one to try it. Any later date and any security code will '
        'do.</p></div><div class="cards">'
        f"{''.join(_card(card) for card in CARDS)}</div>"
        '<p class="soft small">A bank debit stays pending until you decide among the '
        '<a href="/payments">pending payments</a>.</p></section>'
    )


def _card(card: TestCard) -> str:
    number = " ".join(re.findall(".{4}", card.number))
    return (
        f'<button type="submit" form="checkout" name="number" value="{number}">'
        f'<code>{number}</code><span class="soft">{escape(card.label)}</span></button>'
    )
