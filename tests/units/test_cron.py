"""Which ticks follow from the tags of a process and from two places in its log."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aos_cli.errors import NodeRefused
from aos_cli.model import Tag
from aos_cli.units.cron import Timetable, crons_of, known_crons
from aos_cli.units.records import TickMark
from aos_cli.units.scheduler import block_height, block_time_ms

# Some time within a second and within a block.
BORN_MS = 1_700_000_012_345
HEIGHT = block_height(BORN_MS)
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000


def tags(*pairs: tuple[str, str]) -> tuple[Tag, ...]:
    return tuple(Tag(*pair) for pair in pairs)


def timetable(*intervals: str) -> Timetable:
    return Timetable(crons_of(tags(*(("Cron-Interval", text) for text in intervals))), BORN_MS, HEIGHT)


def ticks(table: Timetable, since_ms: int, end_ms: int, slot: int = 0) -> list[tuple[int, str]]:
    """The ticks in a gap: (ms since the birth, id of the cron)."""
    marks = list(table.behind(slot, BORN_MS + since_ms, before_ms=BORN_MS + end_ms))
    assert [mark.number for mark in marks] == list(range(1, len(marks) + 1))
    assert {mark.slot for mark in marks} <= {slot}
    return [(mark.timestamp_ms - BORN_MS, mark.cron) for mark in marks]


# Tags


@pytest.mark.parametrize(
    ("interval", "seconds", "blocks"),
    [
        ("10-seconds", 10, 0),
        ("1-second", 1, 0),
        ("1000-milliseconds", 1, 0),
        ("1999-millisecond", 1, 0),
        ("5-Minutes", 300, 0),
        ("1-hour", 3600, 0),
        ("2-days", 172_800, 0),
        ("1-week", 604_800, 0),
        ("1-month", 2_592_000, 0),
        ("1-YEAR", 31_536_000, 0),
        ("1-block", 0, 1),
        ("20-blocks", 0, 20),
        ("010-seconds", 10, 0),
    ],
)
def test_an_interval_counts_seconds_or_blocks(interval: str, seconds: int, blocks: int) -> None:
    [cron] = crons_of(tags(("Cron-Interval", interval)))
    assert (cron.seconds, cron.blocks, cron.interval, cron.id) == (seconds, blocks, interval, f"0-{interval}")


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ((("Cron-Tag-Action", "Cron"), ("Cron-Interval", "1-hour")), "Cron-Tag-Action stands in front of any Cron-Int"),
        ((("Cron-Interval", "1-hour"), ("Cron-Tag-", "x")), "lacks the name"),
        ((("Cron-Interval", "10-fortnights"),), "is '10-fortnights', not a number and a unit"),
        ((("Cron-Interval", "seconds"),), "not a number and a unit"),
        ((("Cron-Interval", "-1-seconds"),), "not a number and a unit"),
        ((("Cron-Interval", "1.5-hours"),), "not a number and a unit"),
        ((("Cron-Interval", "10 seconds"),), "not a number and a unit"),
        ((("Cron-Interval", "10-seconds\n"),), "not a number and a unit"),
        ((("Cron-Interval", "1-wee\u212as"),), "not a number and a unit"),
        ((("Cron-Interval", "\u0663-hours"),), "not a number and a unit"),
        ((("Cron-Interval", "9" * 5000 + "-years"),), "not a number and a unit"),
        ((("Cron-Interval", ""),), "not a number and a unit"),
        ((("Cron-Interval", "999-milliseconds"),), "less than a second"),
        ((("Cron-Interval", "0-hours"),), "less than a second"),
        ((("Cron-Interval", "0-blocks"),), "less than a block"),
    ],
)
def test_wrong_tags_are_refused(pairs: tuple[tuple[str, str], ...], said: str) -> None:
    with pytest.raises(NodeRefused, match=said) as caught:
        crons_of(tags(*pairs))
    assert len(caught.value.message) < 200
    assert known_crons(tags(*pairs)) == ()


def test_tags_belong_to_the_interval_in_front_of_them() -> None:
    found = crons_of(
        tags(
            ("Name", "x"), ("Cron-Interval", "1-hour"), ("Cron-Tag-Action", "Hourly"), ("Other", "y"),
            ("Cron-Tag-Kind", "a"), ("Cron-Interval", "5-blocks"), ("Cron-Interval", "1-minute"),
            ("Cron-Tag-Action", "Often"), ("Cron-Tag-Action", "Twice"),
        )
    )  # fmt: skip
    assert {cron.id: cron.tags for cron in found} == {
        "0-1-hour": tags(("Action", "Hourly"), ("Kind", "a")),
        "1-5-blocks": (),
        "2-1-minute": tags(("Action", "Often"), ("Action", "Twice")),
    }
    assert [cron.id for cron in found] == ["1-5-blocks", "2-1-minute", "0-1-hour"]
    assert crons_of(tags(("Name", "x"), ("cron-interval", "banana"))) == ()


# Times


@pytest.mark.parametrize(
    ("intervals", "since_ms", "end_ms", "expected"),
    [
        pytest.param(["10-seconds"], 0, 30_000, [(10_000, "0-10-seconds"), (20_000, "0-10-seconds")], id="never at 0"),
        pytest.param(["10-seconds"], 0, 10_000, [], id="the end is not included"),
        pytest.param(["10-seconds"], 0, 10_001, [(10_000, "0-10-seconds")], id="what is just before the end is"),
        pytest.param(["10-seconds"], 10_000, 20_000, [(10_000, "0-10-seconds")], id="a slot of that time comes first"),
        pytest.param(["10-seconds"], 10_001, 20_000, [], id="a slot that is later took its place"),
        pytest.param(["10-seconds"], 12_345, 30_001, [(20_000, "0-10-seconds"), (30_000, "0-10-seconds")], id="origin"),
        pytest.param(["1-second"], 300, 900, [], id="a short gap has none"),
        pytest.param(["1-second"], 900, 1300, [(1000, "0-1-second")], id="a short gap has one"),
        pytest.param(
            ["20-seconds", "10-seconds", "10-seconds"], 15_000, 30_000,
            [(20_000, "1-10-seconds"), (20_000, "2-10-seconds"), (20_000, "0-20-seconds")],
            id="the shortest first, then as the tags stand",
        ),
        pytest.param(["1-year"], 0, 400 * DAY, [(365 * DAY, "0-1-year")], id="a year"),
    ],
)  # fmt: skip
def test_ticks_between_two_places(
    intervals: list[str], since_ms: int, end_ms: int, expected: list[tuple[int, str]]
) -> None:
    assert ticks(timetable(*intervals), since_ms, end_ms, slot=7) == expected


def test_blocks_count_from_the_block_of_the_birth() -> None:
    found = list(timetable("2-blocks").behind(0, BORN_MS, before_ms=BORN_MS + HOUR))
    assert [block_height(mark.timestamp_ms) - HEIGHT for mark in found] == list(range(2, 31, 2))
    assert all(mark.timestamp_ms == block_time_ms(block_height(mark.timestamp_ms)) for mark in found)


def test_at_one_time_blocks_come_first() -> None:
    born = block_time_ms(HEIGHT)  # so that both fall together
    table = Timetable(crons_of(tags(("Cron-Interval", "1-minute"), ("Cron-Interval", "1-block"))), born, HEIGHT)
    found = [(mark.timestamp_ms - born, mark.cron) for mark in table.behind(0, born, before_ms=born + 121_000)]
    assert found == [(60_000, "0-1-minute"), (120_000, "1-1-block"), (120_000, "0-1-minute")]


def test_it_goes_on_in_the_middle_of_a_time() -> None:
    table = timetable("10-seconds", "5-blocks", "5-seconds", "10-seconds")
    whole = list(table.behind(3, BORN_MS + 1, before_ms=BORN_MS + HOUR))
    assert len(whole) > 1000
    for at in (0, 1, 2, 3, 500, 501, 502, 503, len(whole) - 1):
        assert list(table.behind(3, BORN_MS + 1, whole[at], BORN_MS + HOUR)) == whole[at + 1 :]


def test_a_long_sleep_costs_nothing() -> None:
    table = timetable("1-second")
    [mark] = islice(table.behind(5, BORN_MS + 10_000 * 365 * DAY), 1)
    assert mark == TickMark(5, 1, "0-1-second", BORN_MS + 10_000 * 365 * DAY)
    assert next(timetable("999999999999999-years").behind(0, BORN_MS)).timestamp_ms > 2**64


def test_slots_from_before_there_were_crons_have_no_ticks_behind_them() -> None:
    table = Timetable(crons_of(tags(("Cron-Interval", "1-second"))), BORN_MS, HEIGHT, first_slot=3)
    assert list(table.behind(2, BORN_MS, before_ms=BORN_MS + HOUR)) == []
    assert len(list(table.behind(3, BORN_MS, before_ms=BORN_MS + HOUR))) == 3599


def test_the_newest_tick_in_front_of_a_time() -> None:
    table = timetable("1-hour", "7-minutes", "3-blocks")
    marks = list(table.behind(0, BORN_MS, before_ms=BORN_MS + DAY))
    for at in (1, 7 * MINUTE, 7 * MINUTE + 1, HOUR, HOUR + 1, 5 * HOUR + 12_345, DAY):
        expected = max((mark.timestamp_ms for mark in marks if mark.timestamp_ms < BORN_MS + at), default=0)
        assert table.newest_ms(BORN_MS + at) == expected


_intervals = st.lists(
    st.sampled_from(["1-second", "3-seconds", "7-seconds", "10-seconds", "1-minute", "1-block", "2-blocks"]),
    min_size=1, max_size=4,
)  # fmt: skip


@given(_intervals, st.lists(st.integers(0, 10 * MINUTE), max_size=30))
def test_messages_neither_swallow_ticks_nor_move_or_double_them(intervals: list[str], moments: list[int]) -> None:
    table, end = timetable(*intervals), 10 * MINUTE + 1
    undisturbed = ticks(table, 0, end)
    places = sorted({0, *moments})
    gaps = pairwise((*places, end))
    assert [tick for slot, gap in enumerate(gaps) for tick in ticks(table, *gap, slot)] == undisturbed
    # What the network's rule says of each of them.
    for offset, cron in undisturbed:
        timestamp_ms = BORN_MS + offset
        count, unit = cron.split("-")[1:]
        if unit.startswith("block"):
            passed = block_height(timestamp_ms) - HEIGHT
        else:
            passed = timestamp_ms // 1000 - BORN_MS // 1000
        assert passed > 0
        assert passed % (int(count) * (60 if unit.startswith("minute") else 1)) == 0
