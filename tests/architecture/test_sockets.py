"""No test leaves this machine."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError


# The refusal also warns, and a warning would be raised in its place.
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_an_address_outside_is_refused_before_anything_is_sent() -> None:
    # TEST-NET-1 (RFC 5737) belongs to nobody.
    with (
        socket.socket() as outside,
        pytest.raises(SocketConnectBlockedError, match=r"192\.0\.2\.1"),
    ):
        outside.connect(("192.0.2.1", 80))
