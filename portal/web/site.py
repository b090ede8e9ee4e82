"""What every page says about the site itself: its name, who runs it, the reader's language and mode."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from portal.settings import Settings
from portal.web.elder import current_mode, switch_url
from portal.web.language import current_language, other_language_url


def install(app: Flask, settings: Settings) -> None:
    """Give templates the site's names and switches."""
    fixed = {
        "site_name": settings.site_name,
        "organiser": settings.organiser,
        "contractor": settings.contractor,
        "site_code": settings.site_code,
        "icp_number": settings.icp_number,
        "police_number": settings.police_number,
    }

    @app.context_processor
    def _site() -> dict[str, Any]:
        return {
            **fixed,
            "is_demo": settings.is_demo,
            "language": current_language(),
            "mode": current_mode(),
            "root": request.script_root,
            "other_language_url": other_language_url,
            "switch_url": switch_url,
        }
