"""Plain forms around a log-in.

Every form works without JavaScript. The origin of a POST was checked at the door.
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from djplatform.core.errors import AppError, InvalidInput, TooManyAttempts
from djplatform.core.i18n import t, use_language
from djplatform.core.ids import parse_id
from djplatform.core.limits import limits
from djplatform.features.accounts import paths, rules, service
from djplatform.features.accounts.api.composition import brand_view
from djplatform.features.accounts.dto import (
    AskMail,
    Client,
    LogIn,
    NewPassword,
    OpenedSession,
    SignUp,
)
from djplatform.features.accounts.ui import documents
from djplatform.features.accounts.ui.documents import Typed
from djplatform.ui import session
from djplatform.ui.pages import Document, respond
from djplatform.ui.visit import Visit, current_visit

router = APIRouter()

_PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
"""For pages whose address holds a token; no other site gets to see it.

Under `no-referrer` browsers post the page's own form with `Origin: null`, and it would be refused.
"""

Handler = Callable[[Request, Visit], Awaitable[Response]]
Form = Mapping[str, str]


def _route(method: str, *addresses: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        async def handle(request: Request) -> Response:
            visit = await current_visit(request)
            with use_language(visit.language):
                if not visit.known_host:
                    return await _elsewhere(request, visit)
                return await handler(request, visit)

        for address in addresses:
            router.add_api_route(
                address, handle, methods=[method], include_in_schema=False, response_model=None
            )
        return handler

    return register


async def _elsewhere(request: Request, visit: Visit) -> Response:
    """On a host that nobody registered no form is shown, since none could be sent.

    A link of a mail goes on with its token: its host may have been ours when it was sent.
    """
    real = brand_view(await service.main_brand())
    query = f"?{request.url.query}" if request.url.query else ""
    document = documents.not_connected(visit, real, visit.url(request.url.path + query, real))
    return respond(document, visit, headers=_PRIVATE)


async def _form(request: Request) -> Form:
    """The text fields of a posted form; a file in their place counts as nothing."""
    fields = await request.form()
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _kept(form: Form) -> dict[str, str]:
    return {name: value for name, value in form.items() if "password" not in name}


async def _try(
    use_case: Awaitable[Response], form: Form, draw: Callable[[Typed], Document], visit: Visit
) -> Response:
    """Run a form's use case; what is wrong comes back in the form, with what was typed."""
    try:
        return await use_case
    except InvalidInput as error:
        typed = Typed(_kept(form), error.fields, error.status)
        return respond(draw(typed), visit)
    except TooManyAttempts as error:
        typed = Typed(_kept(form), status=error.status, problem=error.message)
        return respond(draw(typed), visit, headers={"Retry-After": str(error.retry_after)})


def _client(request: Request, visit: Visit) -> Client:
    return Client(
        brand=visit.brand.key,
        product=_product(visit),
        address=visit.address,
        user_agent=request.headers.get("user-agent", ""),
    )


def _product(visit: Visit) -> str | None:
    return visit.brand.key if visit.brand.key in paths.LANDINGS else None


async def _signed_in(visit: Visit, opened: OpenedSession, target: str = "") -> Response:
    response = RedirectResponse(target or opened.landing, 303, headers=_PRIVATE)
    session.set_session(response, visit.host, opened.token)
    await session.sessions().drop(opened.ended)
    return response


# --- sign-up ---------------------------------------------------------------------------------


@_route("GET", paths.SIGN_UP, paths.SIGN_UP_DJ)
async def sign_up_page(request: Request, visit: Visit) -> Response:
    """Show the form for a new account."""
    if visit.signed_in:
        return RedirectResponse(visit.brand.landing, 303)
    return respond(documents.sign_up(visit, Typed(), action=request.url.path), visit)


@_route("POST", paths.SIGN_UP, paths.SIGN_UP_DJ)
async def sign_up(request: Request, visit: Visit) -> Response:
    """Begin an account; every address is answered alike."""
    form = await _form(request)

    async def use_case() -> Response:
        await limits.sign_up(visit.address)
        command = SignUp(
            name=form.get("name", ""),
            email=form.get("email", ""),
            password=SecretStr(form.get("password", "")),
            site=visit.url(""),
            brand=visit.brand.key,
            product=_product(visit),
        )
        await service.sign_up(command)
        return respond(documents.check_mail(visit, form["email"].strip()), visit)

    return await _try(
        use_case(), form, lambda y: documents.sign_up(visit, y, action=request.url.path), visit
    )


@_route("GET", paths.CONFIRM)
async def confirm_page(request: Request, visit: Visit) -> Response:
    """Show the one button; mail programs that open links use nothing up."""
    token = request.query_params.get("token", "")
    try:
        link = await service.peek_confirmation(token)
    except AppError as error:
        over = documents.link_over(visit, action=paths.CONFIRM_AGAIN, status=error.status)
        return respond(over, visit, headers=_PRIVATE)
    return respond(documents.confirm(visit, token, link), visit, headers=_PRIVATE)


@_route("POST", paths.CONFIRM)
async def confirm(request: Request, visit: Visit) -> Response:
    """Use the link and sign in."""
    form = await _form(request)
    try:
        opened = await service.confirm(form.get("token", ""), _client(request, visit))
    except AppError as error:
        over = documents.link_over(visit, action=paths.CONFIRM_AGAIN, status=error.status)
        return respond(over, visit)
    return await _signed_in(visit, opened)


@_route("GET", paths.CONFIRM_AGAIN)
async def resend_page(_request: Request, visit: Visit) -> Response:
    """Ask for the confirmation once more."""
    return respond(documents.resend(visit, Typed()), visit)


@_route("POST", paths.CONFIRM_AGAIN)
async def resend(request: Request, visit: Visit) -> Response:
    """Send the confirmation again; every address is answered alike."""
    form = await _form(request)

    async def use_case() -> Response:
        await limits.sign_up(visit.address)
        await service.resend_confirmation(_ask(form, visit))
        return respond(documents.check_mail(visit, form["email"].strip()), visit)

    return await _try(use_case(), form, lambda y: documents.resend(visit, y), visit)


def _ask(form: Form, visit: Visit) -> AskMail:
    return AskMail(email=form.get("email", ""), site=visit.url(""), brand=visit.brand.key)


# --- log-in ----------------------------------------------------------------------------------


@_route("GET", paths.LOG_IN)
async def log_in_page(request: Request, visit: Visit) -> Response:
    """Show the log-in; whoever is signed in goes on at once."""
    target = rules.next_path(request.query_params.get("next", ""))
    if visit.signed_in:
        return RedirectResponse(target or visit.brand.landing, 303)
    return respond(documents.log_in(visit, Typed(), next_path=target), visit)


@_route("POST", paths.LOG_IN)
async def log_in(request: Request, visit: Visit) -> Response:
    """Open a session, with a token that nobody knew before."""
    form = await _form(request)
    target = rules.next_path(form.get("next", ""))

    async def use_case() -> Response:
        email = form.get("email", "")
        await limits.log_in(email, visit.address)
        command = LogIn(email=email, password=SecretStr(form.get("password", "")))
        opened = await service.log_in(command, _client(request, visit))
        await limits.logged_in(email)
        await _end_current(request)
        return await _signed_in(visit, opened, target)

    return await _try(
        use_case(), form, lambda y: documents.log_in(visit, y, next_path=target), visit
    )


@_route("POST", paths.LOG_OUT)
async def log_out(request: Request, visit: Visit) -> Response:
    """End the session, here and in every open tab."""
    await _end_current(request)
    response = RedirectResponse("/", 303, headers=_PRIVATE)
    session.clear_session(response, visit.host)
    return response


async def _end_current(request: Request) -> None:
    found = await session.current_session(request)
    if found is not None and found.actor.user_id is not None:
        await service.log_out(found.session_id, found.actor.user_id)
        await session.sessions().drop([found.session_id])


# --- a forgotten password --------------------------------------------------------------------


@_route("GET", paths.FORGOT)
async def forgot_page(_request: Request, visit: Visit) -> Response:
    """Ask for a link to a new password."""
    return respond(documents.forgot(visit, Typed()), visit)


@_route("POST", paths.FORGOT)
async def forgot(request: Request, visit: Visit) -> Response:
    """Send the link; every address is answered alike."""
    form = await _form(request)

    async def use_case() -> Response:
        await limits.sign_up(visit.address)
        await service.request_reset(_ask(form, visit))
        return respond(documents.reset_sent(visit, form["email"].strip()), visit)

    return await _try(use_case(), form, lambda y: documents.forgot(visit, y), visit)


@_route("GET", paths.RESET)
async def reset_page(request: Request, visit: Visit) -> Response:
    """Show the form for a new password."""
    return await _reset_form(request.query_params.get("token", ""), visit, Typed())


@_route("POST", paths.RESET)
async def reset(request: Request, visit: Visit) -> Response:
    """Set a new password, end every session and open one here."""
    form = await _form(request)
    token = form.get("token", "")
    command = NewPassword(token=token, password=SecretStr(form.get("password", "")))
    try:
        opened = await service.reset(command, _client(request, visit))
    except InvalidInput as error:
        return await _reset_form(token, visit, Typed({}, error.fields, error.status))
    except AppError:
        return await _reset_form(token, visit, Typed())
    return await _signed_in(visit, opened)


async def _reset_form(token: str, visit: Visit, typed: Typed) -> Response:
    try:
        link = await service.peek_reset(token)
    except AppError as error:
        over = documents.link_over(visit, action=paths.FORGOT, status=error.status)
        return respond(over, visit, headers=_PRIVATE)
    return respond(documents.reset(visit, token, link, typed), visit, headers=_PRIVATE)


# --- which organization ----------------------------------------------------------------------


@_route("GET", paths.ORGANIZATIONS)
async def organizations_page(request: Request, visit: Visit) -> Response:
    """Choose where to work."""
    if visit.actor.user_id is None:
        return RedirectResponse(paths.log_in(paths.ORGANIZATIONS), 303)
    held = await service.organizations_of(visit.actor.user_id)
    target = rules.next_path(request.query_params.get("next", ""))
    return respond(documents.organizations(visit, held, target), visit)


@_route("POST", paths.ORGANIZATIONS)
async def choose_organization(request: Request, visit: Visit) -> Response:
    """Work in this organization from now on; open tabs start anew."""
    form = await _form(request)
    found = await session.current_session(request)
    chosen = parse_id(form.get("organization", ""))
    if found is None:
        return RedirectResponse(paths.log_in(paths.ORGANIZATIONS), 303)
    if chosen is None:
        raise InvalidInput(organization=t("Please choose one of the organizations."))
    landing = await service.choose_organization(visit.actor, found.session_id, chosen)
    await session.sessions().drop([found.session_id])
    return RedirectResponse(rules.next_path(form.get("next", "")) or landing, 303)


@_route("GET", paths.REFUSED)
async def refused_page(_request: Request, visit: Visit) -> Response:
    """Say kindly that the role does not include it."""
    return respond(documents.refused(visit), visit)
