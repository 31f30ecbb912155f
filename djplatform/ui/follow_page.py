"""A build plugin: the event socket goes to the host *and port* that served the page.

Reflex compiles one backend address into the scripts. For `localhost` it lets the host follow the
page, but keeps the compiled port, so that another `--port`, or a proxy, would need a new build.
"""

from typing import Any

import reflex as rx

STATE_SCRIPT = "utils/state.js"
_HOST_FOLLOWS = "endpoint.hostname = frontend_hostname;"
_PORT_FOLLOWS = "endpoint.port = window.location.port;"
_PORT_DROPPED = 'endpoint.port = ""; // Assume websocket is on https port via load balancer.'


def follow_port(script: str) -> str:
    """The framework's `state.js` with the port of the page beside its host.

    Raises:
        ValueError: the script is not the one this was written for; look anew at each upgrade.
    """
    if _PORT_FOLLOWS in script:
        # The framework writes the file once, when it sets its folder up, not at each build.
        return script
    for line in (_HOST_FOLLOWS, _PORT_DROPPED):
        if script.count(line) != 1:
            raise ValueError(f"{STATE_SCRIPT} changed: expected once: {line}")
    script = script.replace(_PORT_DROPPED, "")
    return script.replace(_HOST_FOLLOWS, f"{_HOST_FOLLOWS} {_PORT_FOLLOWS}")


class FollowThePage(rx.plugins.Plugin):
    """Rewrites the framework's event script while it is compiled."""

    def pre_compile(self, **context: Any) -> None:
        """Register the rewriting."""
        context["add_modify_task"](STATE_SCRIPT, follow_port)
