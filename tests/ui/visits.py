"""Visits for tests that draw documents without a request."""

from djplatform.ui.hosts import BrandView
from djplatform.ui.tokens import BRANDS
from djplatform.ui.visit import Visit


def visit_of_brand(brand: str = "tipjar", path: str = "/") -> Visit:
    """Somebody at the front door of a brand."""
    host = f"{brand}.localhost"
    view = BrandView(
        key=brand,
        name=BRANDS[brand].name,
        landing="/dashboard",
        host=host,
        from_name=BRANDS[brand].name,
    )
    return Visit(
        host=host, known_host=True, brand=view, scheme="http", port=8000, path=path, query={}
    )
