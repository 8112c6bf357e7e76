"""Which service of apprise is behind an address? The one that sends, and that says if it can."""

from __future__ import annotations

from typing import Any


def service_at(url: str) -> Any:
    """Return what sends to an address, None where apprise cannot use it.

    Nothing is sent, and nobody is connected to. Raises ModuleNotFoundError without apprise.
    """
    import apprise

    asset = apprise.AppriseAsset(
        app_id="wfkit",
        app_desc="wfkit",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        storage_mode="memory",
        async_mode=False,
    )
    return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
