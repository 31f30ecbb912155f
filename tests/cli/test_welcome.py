"""What `up` says at the end: the line that programs wait for, then what people need."""

from pathlib import Path

import pytest

from djplatform.cli import welcome
from djplatform.core.secrets import Serving

INVITATION = welcome.Invitation.model_validate(
    {
        "log_ins": [
            {"who": "DJ", "email": "dj@example.com", "password": "tonight", "path": "/login"},
            {"who": "Viewer", "email": "v@example.com", "password": "tonight"},
        ],
        "try": ["Open {address}/t/nova."],
    }
)


def test_the_first_line_is_the_address_alone(tmp_path: Path) -> None:
    lines = list(welcome.lines(Serving(tmp_path, port=8123), INVITATION, tmp_path / "logs"))
    assert lines[0] == "ready http://127.0.0.1:8123"
    text = "\n".join(lines)
    assert "dj@example.com  tonight  http://127.0.0.1:8123/login" in text
    assert "1. Open http://127.0.0.1:8123/t/nova." in text
    assert str(tmp_path / "logs") in text


@pytest.mark.feature("389/lan")
def test_on_the_local_network_a_code_is_drawn(tmp_path: Path) -> None:
    serving = Serving(tmp_path, lan_host="192.168.1.7")
    text = "\n".join(welcome.lines(serving, welcome.Invitation(), tmp_path))
    assert "http://192.168.1.7:8000" in text
    assert "█" in text


def test_without_demo_nothing_is_promised(tmp_path: Path) -> None:
    text = "\n".join(welcome.lines(Serving(tmp_path), welcome.Invitation(), tmp_path))
    assert "log-in" not in text
    assert "Try" not in text


def test_a_vendor_without_a_key_is_said_to_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJP_STRIPE__TIPJAR__SECRET_KEY", "sk_live_x")
    monkeypatch.delenv("DJP_STRIPE__DJDASH__SECRET_KEY", raising=False)
    monkeypatch.setenv("DJP_RESEND_KEY", "re_x")
    off = welcome.vendors_off()
    assert any("djdash" in line and "DJP_STRIPE__DJDASH__SECRET_KEY" in line for line in off)
    assert not any("tipjar" in line or "mail" in line.lower() for line in off)
