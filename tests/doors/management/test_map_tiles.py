"""A map under the outline: off unless the operator sets one, moved where it is drawn in GCJ-02, and let in on one page only."""

import math
from dataclasses import replace

import pytest
from flask import Flask

from portal.accounts.permissions import Role
from portal.kernel.clock import today_cn
from portal.kernel.database import writing
from portal.kernel.geo import Datum, convert, point
from portal.management.visit_pictures import outline_with
from portal.management.visit_tiles import Tile, TileSource, source_of
from portal.registers.helpers.check_ins.spread.queries import Tally
from portal.settings import Settings
from tests.factories.accounts import signed_in
from tests.factories.board import make_visit
from tests.factories.divisions import GAOGOU, VILLAGE, make_county
from tests.factories.helpers import make_helper
from tests.factories.recipients import make_household
from tests.factories.visits import HOME

ADDRESS = "https://tiles.example.cn:8443/{z}/{x}/{y}.png"
POINTS = {"320826103201": (337_800_000, 1_192_600_000), "320826103202": (338_200_000, 1_193_100_000)}


def drawn(datum: Datum) -> tuple[list[Tile], dict[str, tuple[float, float]]]:
    names = {code: code for code in POINTS}
    source = TileSource(ADDRESS, datum, "")
    outline = outline_with(names, {code: Tally(1, 0) for code in POINTS}, POINTS, [], [], source)
    return list(outline.tiles), {v.code: (v.x or 0.0, v.y or 0.0) for v in outline.villages}


def tile_of(tiles: list[Tile], x: float, y: float) -> tuple[Tile, float, float]:
    """The tile at a place of the picture, and where in the tile (0–1)."""
    tile = next(t for t in tiles if t.x <= x < t.x + t.width and t.y <= y < t.y + t.height)
    return tile, (x - tile.x) / tile.width, (y - tile.y) / tile.height


@pytest.mark.parametrize("datum", [Datum.WGS84, Datum.GCJ02])
def test_a_village_stands_where_the_tile_draws_it(datum: Datum) -> None:
    tiles, villages = drawn(datum)
    assert tiles
    for code, (lat, lng) in POINTS.items():
        tile, across, down = tile_of(tiles, *villages[code])
        z, x, y = (int(part) for part in tile.href.removesuffix(".png").rsplit("/", 3)[1:])
        there_lat, there_lng = convert(point(lat / 1e7, lng / 1e7, Datum.WGS84), datum).degrees
        column = (there_lng + 180) / 360 * 2**z
        line = (1 - math.asinh(math.tan(math.radians(there_lat))) / math.pi) / 2 * 2**z
        assert abs(column - x - across) * tile.width < 1  # a pixel
        assert abs(line - y - down) * tile.height < 1


def test_the_two_datums_lie_some_hundred_metres_apart() -> None:
    assert drawn(Datum.WGS84)[0][0] != drawn(Datum.GCJ02)[0][0]


@pytest.mark.parametrize(
    ("address", "datum", "is_one"),
    [
        (ADDRESS, "WGS84", True),
        (ADDRESS, "GCJ02", True),
        ("", "WGS84", False),
        (ADDRESS, "BD09", False),
        ("http://tiles.example.cn/{z}/{x}/{y}.png", "WGS84", False),
        ("https://tiles.example.cn/{z}/{x}.png", "WGS84", False),
        ("https://a.cn; script-src *//{z}/{x}/{y}", "WGS84", False),
    ],
)
def test_only_an_address_of_tiles_over_https_is_a_source(
    settings: Settings, address: str, datum: str, is_one: bool
) -> None:
    found = source_of(replace(settings, map_tiles=address, map_tiles_datum=datum))
    assert (found is not None) is is_one
    assert found is None or found.origin == "https://tiles.example.cn:8443"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("tiles", ["", ADDRESS])
def test_the_policy_lets_the_tiles_in_on_this_page_only(app: Flask, tiles: str) -> None:
    here = app.extensions["portal.installation"]
    credited = replace(here.settings, map_tiles=tiles, map_tiles_credit="审图号 GS(2026)0000号")
    app.extensions["portal.installation"] = replace(here, settings=credited)
    with writing(here.engine) as session:
        make_county(session)
        make_visit(session, make_helper(session), make_household(session, "HH-1", VILLAGE, **HOME), today_cn())
    clerk = signed_in(app, Role.TOWNSHIP_CLERK, [GAOGOU])
    there, elsewhere = clerk.get("/console/visits/map?days=7"), clerk.get("/console/visits")
    assert ("https://tiles.example.cn:8443" in there.headers["Content-Security-Policy"]) is bool(tiles)
    assert "tiles.example.cn" not in elsewhere.headers["Content-Security-Policy"]
    assert ("<image" in there.text) is bool(tiles)
    assert ("审图号" in there.text) is bool(tiles)
