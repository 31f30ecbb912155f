"""Documents that are the same for everybody, kept for the seconds that they allow."""

from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from starlette.responses import Response

from djplatform.ui.visit import Visit

if TYPE_CHECKING:
    from djplatform.ui.pages import Document

Key = tuple[str, int | None, str, str, tuple[tuple[str, str], ...], str]
_SIZE = 512


class PageCache:
    """Answers by host, language and address; only anonymous visitors get or leave one.

    A page opts in by `Document.cache_seconds`. `version` sets apart what another deployment made.
    """

    def __init__(self, *, clock: Callable[[], float] = monotonic, version: str = "") -> None:
        self._clock = clock
        self._version = version
        self._pages: OrderedDict[Key, tuple[float, bytes, dict[str, str]]] = OrderedDict()

    def get(self, visit: Visit) -> Response | None:
        """The remembered answer, while it is fresh."""
        if visit.signed_in:
            return None
        entry = self._pages.get(self._key(visit))
        if entry is None or self._clock() >= entry[0]:
            return None
        return Response(entry[1], headers=entry[2])

    def put(self, visit: Visit, document: "Document", response: Response) -> None:
        """Remember an answer, when its document allows it and nothing personal is in it."""
        allowed = document.cache_seconds > 0 and document.status == 200
        if not allowed or visit.signed_in or "set-cookie" in response.headers:
            return
        if not visit.known_host:
            # Names can be invented without end, and would push the real ones out.
            return
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        until = self._clock() + document.cache_seconds
        self._pages[self._key(visit)] = (until, bytes(response.body), headers)
        self._pages.move_to_end(self._key(visit))
        while len(self._pages) > _SIZE:
            self._pages.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._pages.clear()

    def _key(self, visit: Visit) -> Key:
        query = tuple(sorted(visit.query.items()))
        return visit.host, visit.port, visit.language, visit.path, query, self._version
