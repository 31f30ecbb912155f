"""A database of its own for a benchmark, gone afterwards."""

import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from djplatform.core.db import embedded
from djplatform.core.db.bootstrap import bootstrap
from djplatform.core.secrets import load_or_create
from djplatform.settings import settings


@contextmanager
def temporary_database() -> Generator[Mapping[str, str]]:
    """A migrated, empty database; gives the URL of each login.

    This process, and every process that it starts meanwhile, has the hub's URL and the key of
    its scopes in its environment.
    """
    with tempfile.TemporaryDirectory(prefix="djplatform-bench-") as folder:
        server = embedded.start(Path(folder), test=True)
        before = dict(os.environ)
        try:
            secrets = load_or_create(Path(folder))
            urls = bootstrap(
                server.superuser_url, secrets.passwords, secrets.scope_key, database="bench"
            )
            os.environ["DJP_SCOPE_KEY"] = secrets.scope_key
            os.environ["DATABASE_HUB_URL"] = urls["djp_hub"]
            settings.cache_clear()
            yield urls
        finally:
            os.environ.clear()
            os.environ.update(before)
            settings.cache_clear()
            server.stop()
            embedded.remove(Path(folder))
