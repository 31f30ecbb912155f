"""Out of the consoles: addresses that the browser's router does not know are the server's.

A redirect from a handler (the guard's, to the log-in) goes through React Router, which knows
consoles only and shows its 404 page for every document. Ours asks the server instead: whatever
stands at the address, it is there that it is decided. It cannot loop, because the server never
sends the 404 page itself.
"""

from typing import Any

import reflex as rx


class AskTheServer(rx.Fragment):
    """Loads the present address anew, as a page of its own."""

    def add_imports(self) -> dict[str, Any]:
        """Name what the hook needs."""
        return {"react": [rx.ImportVar(tag="useEffect")]}

    def add_hooks(self) -> list[str | rx.Var[Any]]:
        """Run once, when the router has shown this page."""
        return ["useEffect(() => { window.location.reload(); }, []);"]


def elsewhere() -> rx.Component:
    """The page for addresses that are no console's."""
    return rx.el.div(AskTheServer.create(), aria_busy="true", class_name="min-h-dvh bg-bg")
