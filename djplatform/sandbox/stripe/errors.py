"""Stripe's errors, in its shapes and its words."""

from typing import Any


class ApiError(Exception):
    """An error answer of the API."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.message = message

    def body(self, *, v2: bool, request_id: str) -> dict[str, Any]:
        """The JSON of the answer."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if v2:
            error.setdefault("code", self.kind)
            # The v2 contract gives a type to some errors only.
            if self.kind != "idempotency_error":
                del error["type"]
            return {"error": error}
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing(param: str) -> ApiError:
    """A required parameter is not there."""
    return ApiError(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def unknown(param: str) -> ApiError:
    """A parameter that the endpoint does not have."""
    return ApiError(
        400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param
    )


def no_such(kind: str, key: str, param: str = "id") -> ApiError:
    """An id that this account does not have."""
    return ApiError(404, f"No such {kind}: '{key}'", code="resource_missing", param=param)


def invalid_key(key: str) -> ApiError:
    """A key that belongs to no account."""
    shown = f"{key[:8]}{'*' * 12}{key[-4:]}" if len(key) > 12 else "*" * len(key)
    return ApiError(401, f"Invalid API Key provided: {shown}")


NO_KEY = ApiError(
    401,
    "You did not provide an API key. You need to provide your API key in the Authorization "
    "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
)


def reused(key: str) -> ApiError:
    """The same idempotency key with other parameters."""
    return ApiError(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were first "
        f"used with. Try using a key other than '{key}' if you meant to execute a different "
        "request.",
        kind="idempotency_error",
    )


def in_progress(key: str) -> ApiError:
    """The same idempotency key while its first request is still at work."""
    return ApiError(
        409,
        f"There is currently another in-progress request using this Idempotent Key: {key}. "
        "Please try again later.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )
