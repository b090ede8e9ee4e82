"""Six weeks of visits: one to most households in hand, by day and near the house; and the two helpers of story 5.

The busy one "visits" 46 households in one evening, from one spot, with one photo. The one of the hills walks from house
to house with bad signal, and sends in the days after: every one of these visits must count.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from portal.demo.arrays import Days, Flags, Ints, Words, draw
from portal.demo.people import People
from portal.demo.places import HILL_VILLAGE, STORY_TOWN, Places
from portal.demo.plan import Plan
from portal.demo.roster import Helpers

WEEKS: Final = 6
EVENING_AGO: Final = 4
ON_TIME: Final = 0.97
METRE_E7: Final = 90  # of latitude
ACTIVITIES: Final = {
    "核对收入": 0.25,
    "讲政策": 0.25,
    "看住房": 0.15,
    "看病报销": 0.12,
    "孩子上学": 0.08,
    "找活干": 0.1,
    "看票据": 0.05,
}
REASONS: Final = {"家中无人": 0.4, "外出务工": 0.4, "住院": 0.1, "道路不通": 0.1}
NO_PLACE: Final = {"没有卫星信号": 0.6, "等不到定位": 0.4}
Moments = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Visits:
    """Visits in step, in the order of receipt. Times are UTC; coordinates WGS-84 × 10^7; metres whole."""

    helper: Ints  # index into helpers
    household: Ints  # index into households
    captured: Moments
    received: Moments
    offline: Flags
    done: Flags
    reason: Words
    activity: Words
    second: Words
    located: Flags
    no_place: Words
    lat_e7: Ints
    lng_e7: Ints
    accuracy_m: Ints
    distance_m: Ints
    story: Words  # "", "busy" or "hill"

    @property
    def count(self) -> int:
        """Number of visits."""
        return len(self.helper)


def make_visits(plan: Plan, places: Places, people: People, helpers: Helpers) -> Visits:
    """Draw all visits of a plan; the same plan draws the same ones."""
    rng = plan.rng("visits")
    end = np.datetime64(plan.as_of, "D")
    inside = np.isnat(helpers.pair_end) & (helpers.pair_start < end - np.timedelta64(2, "D"))
    pair = np.flatnonzero(inside)
    story = _stories(places, people, helpers, pair)
    ago = 1 + (rng.random(len(pair)) * helpers.pair_days[pair]).astype(np.int64)
    since = (end - helpers.pair_start[pair]).astype(np.int64) - 1
    known = np.minimum(np.where(story == "busy", EVENING_AGO, ago), since)
    made = (rng.random(len(pair)) < ON_TIME) & (known <= WEEKS * 7) & (known >= 1)
    known = np.maximum(known, 1)
    chosen = np.flatnonzero(np.where(story == "busy", known >= EVENING_AGO, made | (story == "hill")))
    pair, story, known = pair[chosen], story[chosen], known[chosen]
    turn, period = np.arange(len(pair)), helpers.pair_days[pair]
    # Some houses of the hills were walked to just one period ago: they are today's tasks on the helper's phone.
    walked = np.where((turn % 3 == 1) & (period <= WEEKS * 7), period - turn % 4, 3 + turn % 20)
    walked = np.minimum(walked, known)
    ago = np.where(story == "busy", EVENING_AGO, np.where(story == "hill", walked, known))
    captured = _captured(rng, end - ago.astype("timedelta64[D]"), story)
    return _filled(rng, people, helpers, pair, captured, story, end)


def _stories(places: Places, people: People, helpers: Helpers, pair: Ints) -> Words:
    village = places.village_codes[people.households.village[helpers.pair_household[pair]]]
    hill = village == HILL_VILLAGE
    walker = int(helpers.pair_helper[pair[hill][0]])
    town = np.char.startswith(village, STORY_TOWN[:9])
    return np.where(hill, "hill", np.where(town & (helpers.pair_helper[pair] == walker - 1), "busy", ""))


def _captured(rng: np.random.Generator, days: Days, story: Words) -> Moments:
    """By day in China (08:30–17:30); the busy helper from 19:00 on, two minutes and a bit each."""
    n = len(days)
    seconds = 30 * 60 + rng.integers(0, 9 * 3600, n)  # since 00:00 UTC, which is 08:00 in China
    busy = story == "busy"
    seconds = np.where(busy, 11 * 3600 + 143 * np.cumsum(busy), seconds)
    # Houses in the hills lie half an hour apart at least: one a day is walked to.
    moments: Moments = days.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
    return moments


def _filled(
    rng: np.random.Generator,
    people: People,
    helpers: Helpers,
    pair: Ints,
    captured: Moments,
    story: Words,
    end: np.datetime64,
) -> Visits:
    n, home = len(pair), helpers.pair_household[pair]
    busy, hill = story == "busy", story == "hill"
    plain = ~busy & ~hill
    offline = (plain & (rng.random(n) < 0.08)) | hill
    waited = np.where(offline, rng.integers(3600, 36 * 3600, n), rng.integers(20, 60, n))
    waited = np.where(hill, 20 * 3600, waited)  # a queue is sent in its order
    latest = end.astype("datetime64[s]") + np.timedelta64(15 * 3600, "s") - np.timedelta64(24 * 3600, "s")
    received = np.minimum(
        captured + waited.astype("timedelta64[s]"), np.maximum(latest, captured + np.timedelta64(30, "s"))
    )
    done = ~plain | (rng.random(n) >= 0.04)
    located = ~plain | (rng.random(n) >= 0.03)
    accuracy = np.where(hill, rng.integers(35, 140, n), rng.integers(6, 45, n))
    lat, lng = people.households.lat_e7[home], people.households.lng_e7[home]
    spot = np.flatnonzero(busy)[:1]
    north = np.where(busy, rng.integers(-4, 5, n), np.rint(rng.normal(0, 14, n))).astype(np.int64)
    east = np.where(busy, rng.integers(-4, 5, n), np.rint(rng.normal(0, 14, n))).astype(np.int64)
    here_lat = np.where(busy, lat[spot[0]] if len(spot) else lat, lat) + north * METRE_E7
    here_lng = np.where(busy, lng[spot[0]] if len(spot) else lng, lng) + east * METRE_E7
    distance = _metres(lat, lng, here_lat, here_lng)
    order = np.lexsort((captured, received))
    made = Visits(
        helpers.pair_helper[pair], home, captured, received, offline, done,
        np.where(done, "", draw(rng, REASONS, n)), draw(rng, ACTIVITIES, n), draw(rng, ACTIVITIES, n), located,
        np.where(located, "", draw(rng, NO_PLACE, n)), here_lat, here_lng, accuracy, distance, story,
    )  # fmt: skip
    return Visits(**{name: values[order] for name, values in vars(made).items()})


def _metres(lat: Ints, lng: Ints, other_lat: Ints, other_lng: Ints) -> Ints:
    """Whole metres over a few kilometres (a flat piece of the globe is exact enough for a demonstration)."""
    north = (other_lat - lat) / 1e7 * 111_195.0
    east = (other_lng - lng) / 1e7 * 111_195.0 * np.cos(np.radians(lat / 1e7))
    return np.rint(np.hypot(north, east)).astype(np.int64)
