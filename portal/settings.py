"""Settings: one frozen object, read from the environment once. Imports nothing of the project."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Everything a process needs to know about its installation; two homes never see each other."""

    home: Path
    database_url: str
    site_name: str = "阳光帮扶"
    site_host: str = "127.0.0.1:8000"
    organiser: str = "县农业农村局（演示）"
    contractor: str = "县大数据管理中心（演示）"
    site_code: str = ""
    icp_number: str = ""
    police_number: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy_hops: int = 0
    log_key_path: Path | None = None
    map_tiles: str = ""
    map_tiles_datum: str = "WGS84"
    map_tiles_credit: str = ""

    @property
    def keys_dir(self) -> Path:
        """Where the sealing, index and event keys lie: beside the database, never in it."""
        return self.home / "keys"

    @property
    def log_dir(self) -> Path:
        """The public files of the transparency log (static: any file server may mirror them)."""
        return self.home / "log"

    @property
    def log_key(self) -> Path:
        """The Ed25519 key of the log; in production readable by the sequencer's account only."""
        return self.log_key_path or self.home / "log-key" / "log.key"

    @property
    def staging_dir(self) -> Path:
        """Staged imports: one sealed file each, outside the database and its lock."""
        return self.home / "staging"

    @property
    def files_dir(self) -> Path:
        """Content-addressed uploads."""
        return self.home / "files"

    @property
    def sealed_dir(self) -> Path:
        """Files of confidential reports, in the age format: this installation cannot open them. Backed up with the others."""
        return self.files_dir / "reports"

    @property
    def demo_marker(self) -> Path:
        """Present in a home that holds demonstration accounts."""
        return self.home / "DEMONSTRATION"

    @property
    def is_demo(self) -> bool:
        """True when this home holds demonstration accounts (said on every page, refused off loopback)."""
        return self.demo_marker.exists()

    @property
    def log_origin(self) -> str:
        """Origin line of the checkpoint: public host + /log, without scheme, space or plus."""
        return f"{self.site_host.replace(':', '.')}/log"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read YANGGUANG_* once. A relative home is taken from the project's root, so that every command agrees."""
    env = os.environ if environ is None else environ
    home = Path(env.get("YANGGUANG_HOME") or "var")
    if not home.is_absolute():
        home = PROJECT_ROOT / home
    log_key = env.get("YANGGUANG_LOG_KEY")
    return Settings(
        home=home,
        database_url=env.get("YANGGUANG_DATABASE_URL") or f"sqlite:///{home / 'yangguang.sqlite3'}",
        site_name=env.get("YANGGUANG_SITE_NAME") or Settings.site_name,
        site_host=env.get("YANGGUANG_SITE_HOST") or Settings.site_host,
        organiser=env.get("YANGGUANG_ORGANISER") or Settings.organiser,
        contractor=env.get("YANGGUANG_CONTRACTOR") or Settings.contractor,
        site_code=env.get("YANGGUANG_SITE_CODE", ""),
        icp_number=env.get("YANGGUANG_ICP", ""),
        police_number=env.get("YANGGUANG_POLICE", ""),
        trusted_hosts=tuple(h for h in env.get("YANGGUANG_TRUSTED_HOSTS", "").split(",") if h),
        proxy_hops=int(env.get("YANGGUANG_PROXY_HOPS") or 0),
        log_key_path=Path(log_key) if log_key else None,
        map_tiles=env.get("YANGGUANG_MAP_TILES", ""),
        map_tiles_datum=env.get("YANGGUANG_MAP_TILES_DATUM") or Settings.map_tiles_datum,
        map_tiles_credit=env.get("YANGGUANG_MAP_TILES_CREDIT", ""),
    )
