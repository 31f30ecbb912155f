"""What every vendor adapter may raise besides the two kinds of `core.errors`."""

from djplatform.core.errors import AppError, VendorRefused, VendorUnavailable


class VendorOff(VendorUnavailable):
    """This service is not configured, so nothing was sent. `djplatform doctor` says which key."""

    def __init__(self, vendor: str, setting: str) -> None:
        super().__init__(f"{vendor} is switched off: {setting} is not set.")
        self.vendor = vendor
        self.setting = setting


class Refusal(VendorRefused):
    """A vendor's permanent refusal. The text is ours; `detail` is the vendor's, for the log."""

    def __init__(self, message: str, *, code: str = "", param: str = "", detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.detail = detail


class SignatureRefused(AppError):
    """The signature of this message is missing, wrong or too old."""

    status = 400


class LivemodeMismatch(AppError):
    """A message of the other mode: test and live never share a database."""

    status = 400
