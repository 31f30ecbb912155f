"""Errors that people may see. Each reads as a sentence and carries its HTTP status."""


class AppError(Exception):
    """An expected failure. `status` is the HTTP status; the text is safe to show."""

    status = 400

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip())

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self)


class InvalidInput(AppError):
    """What was typed cannot be used; `fields` maps each field's name to a sentence."""

    status = 422

    def __init__(self, **fields: str) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


class NotFound(AppError):
    """We could not find that."""

    status = 404


class PermissionDenied(AppError):
    """You may not do that."""

    status = 403


class SignInRequired(AppError):
    """Please log in first."""

    status = 401


class Conflict(AppError):
    """That is already so."""

    status = 409


class TooManyAttempts(AppError):
    """Too many attempts. `retry_after` is in whole seconds."""

    status = 429

    def __init__(self, retry_after: int, message: str = "") -> None:
        super().__init__(message or "Too many attempts. Please wait a moment and try again.")
        self.retry_after = retry_after


class VendorUnavailable(AppError):
    """An outside service does not answer right now. Nothing was charged; please try again."""

    status = 503


class VendorRefused(AppError):
    """An outside service refused the request; trying again will not help."""

    status = 502
