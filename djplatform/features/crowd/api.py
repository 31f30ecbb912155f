"""Routes beside the documents: the form's POST, a quote while one types, the code as a picture."""

from dataclasses import dataclass, replace
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData

from djplatform.core.errors import (
    InvalidInput,
    TooManyAttempts,
    VendorRefused,
    VendorUnavailable,
)
from djplatform.core.i18n import t, use_language
from djplatform.core.limits import limits
from djplatform.features.crowd import paths, rules, service
from djplatform.features.crowd.dto import LOOK_AGAIN, QUOTE, CheckoutLinks, GiveTip, TipForm
from djplatform.features.crowd.ui.links import own_brand, shared_link
from djplatform.features.crowd.ui.look import checkout_look
from djplatform.features.crowd.ui.qr_document import qr_svg
from djplatform.features.crowd.ui.quotes import own_line
from djplatform.features.crowd.ui.tip_document import tip_document
from djplatform.features.payments.service import PaymentsClosed
from djplatform.ui.html import escape, render_all
from djplatform.ui.pages import respond
from djplatform.ui.session import set_device
from djplatform.ui.visit import Visit, current_visit

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """A tip form as it came in, and from whom."""

    visit: Visit
    slug: str
    form: TipForm
    tip_id: UUID
    device_id: UUID


@router.post("/t/{slug}")
async def give_tip(request: Request, slug: str) -> Response:
    """Take a tip: to the checkout, or back to the form with what is wrong."""
    visit = await current_visit(request)
    with use_language(visit.language):
        fields = await request.form()
        return await _answer(_sent(visit, slug, fields), fields.get("step"))


async def _answer(sent: Sent, step: object) -> Response:
    """What a button of the form asked for; whatever fails, the form comes back as it was sent."""
    try:
        if step == QUOTE:
            await service.quote_amount(sent.slug, sent.form.typed.amount_text)
        if step in (QUOTE, LOOK_AGAIN):
            return await _again(sent, 200)
        await limits.public_form(sent.visit.device_id, sent.visit.address)
        return await _to_checkout(sent)
    except InvalidInput as refused:
        return await _again(sent, refused.status, errors=refused.fields)
    except TooManyAttempts as refused:
        waits = {"Retry-After": str(refused.retry_after)}
        return await _again(sent, refused.status, refused.message, headers=waits)
    except (VendorUnavailable, VendorRefused) as refused:
        alert = t("The payment page did not open. Nothing was charged; please try again.")
        return await _again(sent, refused.status, alert, headers={"Retry-After": "10"})
    except PaymentsClosed as refused:
        return await _again(sent, refused.status, refused.message)
    except (service.FormUsedElsewhere, service.FormUsedUp) as refused:
        anew = replace(sent, form=TipForm(service.new_token(), sent.form.typed))
        return await _again(anew, refused.status, refused.message)


def _sent(visit: Visit, slug: str, fields: FormData) -> Sent:
    """What was sent, whatever it is: files, missing fields and megabytes included."""

    def text(name: str) -> str:
        value = fields.get(name)
        # More than any limit, so that the rules still see that it is too long.
        return value[: rules.KEPT_MOST] if isinstance(value, str) else ""

    token = text("token")
    tip_id = service.tip_of(token)
    if tip_id is None:
        # Not ours, or left out: then a second click is a second tip.
        token = service.new_token()
        tip_id = service.tip_of(token)
    assert tip_id is not None
    typed = GiveTip(
        amount=text("amount"),
        custom_amount=text("custom_amount"),
        guest_name=text("guest_name"),
        message=text("message"),
        covers_fee=bool(text("covers_fee")),
    )
    device_id = visit.device_id or service.device_of_form(tip_id)
    return Sent(visit, slug, TipForm(token, typed), tip_id, device_id)


async def _to_checkout(sent: Sent) -> Response:
    """Record the tip and lead to the payment page; 303, so that the browser goes on with GET."""
    visit, slug = sent.visit, sent.slug
    dj = await service.public_dj(slug)
    links = CheckoutLinks(
        # On the visited host, because the device's cookie is there.
        return_url=visit.url(paths.tip_status(slug, "{payment}")),
        cancel_url=visit.url(paths.tip_again(slug, "{payment}")),
        look=checkout_look(own_brand(visit, dj)),
    )
    url = await service.give_tip(slug, sent.device_id, sent.tip_id, sent.form.typed, links)
    response = RedirectResponse(url, 303, headers={"Cache-Control": "no-store"})
    if visit.device_id is None:
        set_device(response, visit.host, sent.device_id)
    return response


async def _again(
    sent: Sent,
    status: int,
    alert: str = "",
    *,
    errors: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The page with everything that was typed, also when tips are closed by now."""
    form = TipForm(sent.form.token, sent.form.typed, errors or {})
    page = await service.tip_page(sent.slug, sent.visit.device_id, form=form)
    document = tip_document(page, sent.visit, status=status, alert=alert)
    return respond(document, sent.visit, headers={"Cache-Control": "no-store", **(headers or {})})


@router.get("/t/{slug}/quote")
async def quote(request: Request, slug: str, amount: str = "") -> HTMLResponse:
    """One sentence: what becomes of an amount. The script puts it into the page."""
    visit = await current_visit(request)
    with use_language(visit.language):
        try:
            dj = await service.public_dj(slug)
            offer = await service.quote_amount(slug, amount)
        except InvalidInput as refused:
            return HTMLResponse(escape(refused.fields["amount"]), refused.status)
        except PaymentsClosed as refused:
            return HTMLResponse(escape(refused.message), refused.status)
        return HTMLResponse(render_all(own_line(offer, dj.stage_name)))


@router.get("/t/{slug}/qr.svg")
async def qr_image(request: Request, slug: str) -> Response:
    """The code of a DJ's page as a picture."""
    visit = await current_visit(request)
    dj = await service.public_dj(slug)
    link = shared_link(own_brand(visit, dj), paths.tip_page(dj.target.slug))
    return Response(
        qr_svg(link),
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=300"},
    )
