"""The framework's configuration; everything of the product is in `djplatform.app`."""

import reflex as rx

from djplatform.ui.follow_page import FollowThePage

config = rx.Config(
    app_name="djplatform",
    app_module_import="djplatform.app",
    # The compiled address is `localhost`, so host, scheme and (by our plugin) port follow the page.
    api_url="http://localhost:8000",
    deploy_url=None,
    # Nobody else's page may read an answer, and our own are of the same origin. This name no page
    # can have (RFC 2606); the default is everybody. An empty list would switch the event socket's
    # check off, if it did not ask `djplatform.ui.hosts.allowed_origin` for each request.
    cors_allowed_origins=["https://nobody.invalid"],
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    frontend_compression_formats=["gzip", "brotli"],
    plugins=[rx.plugins.TailwindV4Plugin(config={"plugins": []}), FollowThePage()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
