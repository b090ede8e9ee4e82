"""What every page says about the site itself: its name, who runs it, the reader's language and mode."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, g, request

from portal.settings import Settings
from portal.web.elder import current_mode, switch_url, without_modes
from portal.web.filters import shown_unit
from portal.web.language import ENGLISH, PREFIX, current_language, other_language_url
from portal.web.report_entries import is_entry
from portal.web.report_subjects import read_subject, subject_of_address
from portal.web.sessions import installation


def address_of_site() -> str:
    """Scheme and host of the site as links outside it say them: the configured host, else the one that was asked."""
    host = installation().settings.site_host
    return f"{request.scheme}://{request.host}" if host == Settings.site_host else f"https://{host}"


def canonical_url(language: str = "") -> str:
    """The address under which this page is known, without the reader's modes; in another language when one is named."""
    wanted = language or current_language()
    query = without_modes()
    path = (PREFIX if wanted == ENGLISH else "") + quote(request.path)
    return address_of_site() + path + (f"?{query}" if query else "")


def report_url(subject: str = "") -> str:
    """The way to a report about a subject (`kind:no`), else about what the present page is about."""
    path = "" if "is_error" in g else request.path
    focus = request.args.get("focus", "") if path.startswith("/flow") else ""
    spoken = next((one for one in (subject, focus) if read_subject(one) or is_entry(one)), "") or subject_of_address(
        path
    )
    return f"{request.script_root}/report" + (f"?{urlencode({'subject': spoken}, safe=':')}" if spoken else "")


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
            "canonical_url": canonical_url,
            "report_url": report_url,
            "UNIT": shown_unit(),
        }
