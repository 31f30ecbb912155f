"""What a person reads when the way to the processor's onboarding is blocked."""

from djplatform.core.errors import AppError, VendorRefused, VendorUnavailable
from djplatform.features.payments import paths
from djplatform.ui import t
from djplatform.ui.components import auth_frame, button, form, link_button
from djplatform.ui.pages import Document
from djplatform.ui.visit import Visit


def connect_failed(error: AppError, landing: str, visit: Visit) -> Document:
    """Why it did not work, that nothing is lost, and both ways on."""
    title, lead = _words(error)
    return Document(
        title=f"{title} · {visit.brand.name}",
        description=lead,
        body=auth_frame(
            visit,
            title,
            form(button(t("Try again"), type="submit", size="lg", wide=True), action=paths.CONNECT),
            link_button(
                t("Back to the dashboard"), href=landing, kind="secondary", size="lg", wide=True
            ),
            lead=lead,
        ),
        robots="noindex",
        status=error.status,
    )


def _words(error: AppError) -> tuple[str, str]:
    if isinstance(error, VendorUnavailable):
        return (
            t("The payment provider is not answering"),
            t("Nothing is lost. Whatever you have filled in there is kept; try again in a minute."),
        )
    if isinstance(error, VendorRefused):
        return (
            t("The payment provider said no"),
            t("It did not accept your details. Please check your country, then try again."),
        )
    return t("One thing first"), error.message
