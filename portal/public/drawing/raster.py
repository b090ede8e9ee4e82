"""A drawing as a PNG picture: the same SVG, at twice its size, with the machine's own Chinese fonts."""

from __future__ import annotations

import resvg_py

from portal.kernel.errors import ProductError
from portal.kernel.fonts import Fonts, find_fonts

SHARP = 2.0


class NoFont(ProductError):
    """The machine has no font with Chinese signs: an explanation is sent, never a picture full of empty boxes."""

    status = 503
    code = "no_font"


def png(svg: str, fonts: Fonts | None = None, sharp: float = SHARP) -> bytes:
    """The picture of a drawing that stands alone. Raises NoFont."""
    fonts = fonts or find_fonts()
    if fonts is None:
        raise NoFont(
            "现在画不出图片",
            why="这台服务器没有中文字体",
            fix="先下载 SVG；请系统管理员安装 fonts-noto-cjk（yangguang doctor 会说明）",
        )
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=sharp,
        skip_system_fonts=True,
        font_files=list(fonts.files),
        font_family=fonts.sans,
        sans_serif_family=fonts.sans,
        serif_family=fonts.serif,
    )
