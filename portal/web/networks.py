"""Which network asks, without keeping an address: a keyed mark of the /24 (IPv6: /56) that changes every hour.

The key lives in memory alone. Limits are kept under the mark, so that nobody can read from them who was here.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import threading
import time

from flask import request

_lock = threading.Lock()
_key: tuple[int, bytes] = (-1, b"")


def network_mark() -> str:
    """The mark of the asking network in this hour; requests without an address share one."""
    return hmac.digest(_hourly_key(), _network(request.remote_addr or ""), "sha256").hex()[:32]


def _hourly_key() -> bytes:
    global _key  # one key for the process, made anew every hour
    hour = int(time.time()) // 3600
    with _lock:
        if _key[0] != hour:
            _key = (hour, secrets.token_bytes(32))
        return _key[1]


def _network(address: str) -> bytes:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return b"nowhere"
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.packed[:3] if found.version == 4 else found.packed[:7]
