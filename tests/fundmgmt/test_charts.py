from collections.abc import Callable
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from fundmgmt import charts

Draw = Callable[..., charts.Chart]
SVG = "{http://www.w3.org/2000/svg}"
DATA = [("Kambove <1>", 420), ("Kolwezi & Likasi", 260), ("Fungurume", 0)]


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - our own text


@pytest.mark.parametrize("draw", [charts.bars, charts.share, charts.line])
def test_a_picture_is_well_formed_named_and_has_its_table(draw: Draw) -> None:
    chart = draw("Most children <came> from Kambove", DATA)
    root = parsed(chart.svg)
    assert root.attrib["aria-label"] == "Most children <came> from Kambove"
    assert root.attrib["role"] == "img"
    assert [row[0] for row in chart.rows] == [label for label, _value in DATA]
    assert "style=" not in chart.svg


@pytest.mark.parametrize("draw", [charts.bars, charts.share, charts.line, charts.timeline])
@pytest.mark.parametrize("title", ["Nothing yet"])
def test_no_data_is_no_accident(draw: Draw, title: str) -> None:
    chart = draw(title, [])
    parsed(chart.svg)
    assert chart.rows == ()


def test_bars_are_as_long_as_their_values() -> None:
    root = parsed(charts.bars("t", [("a", 100), ("b", 50), ("c", 0)]).svg)
    widths = [int(one.attrib["width"]) for one in root.iter(f"{SVG}rect")]
    assert widths[0] == 2 * widths[1]
    assert widths[2] == 2


def test_shares_fill_the_whole_and_say_their_part() -> None:
    with translation.override("en"):
        chart = charts.share("t", [("paid", 66), ("free", 34)])
    assert [row[2] for row in chart.rows] == ["66\u00a0%", "34\u00a0%"]
    assert "paid · 66\u00a0%" in chart.svg


def test_numbers_are_written_for_the_reader() -> None:
    with translation.override("fr"):
        assert "1\u202f234,5\u00a0%" in charts.bars("t", [("a", Decimal("1234.5"))], unit="%").svg


def test_a_line_with_many_points_thins_its_labels_but_not_its_table() -> None:
    data = [(f"M{n}", n) for n in range(24)]
    chart = charts.line("t", data)
    said = [text.text for text in parsed(chart.svg).iter(f"{SVG}text") if text.text]
    assert len(said) == 12
    assert len(chart.rows) == 24


def test_a_timeline_stands_in_the_order_of_days() -> None:
    chart = charts.timeline("t", [("later", date(2026, 5, 1), "ahead"), ("first", date(2025, 5, 1), "done")])
    assert [row[0] for row in chart.rows] == ["first", "later"]
    assert chart.rows[0][1] == date(2025, 5, 1)
