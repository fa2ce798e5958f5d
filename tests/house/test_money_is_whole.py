"""Money is whole numbers: no float is written, made or divided into being where amounts are handled."""

import ast
from pathlib import Path

import pytest

from fundmgmt.env import BASE_DIR
from tests.house.reading import files, place, tree

DOUBLES = BASE_DIR / "disbursements" / "gateway" / "doubles"  # others' services stood in for: their floats are seconds
MONEY = [path for path in files("disbursements") if DOUBLES not in path.parents] + [BASE_DIR / "fundmgmt" / "money.py"]
LAYOUT = {"pdf.py", "paper_order.py"}  # points on a page and parts of a path, no amounts: divisions only


def floats(parsed: ast.AST) -> list[tuple[ast.AST, str]]:
    """Every place where a float stands or comes to be."""
    found: list[tuple[ast.AST, str]] = []
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            found.append((node, f"the float {node.value}"))
        elif isinstance(node, ast.Name) and node.id in {"float", "FloatField"}:
            found.append((node, node.id))
        elif isinstance(node, ast.Attribute) and node.attr == "FloatField":
            found.append((node, node.attr))
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            found.append((node, "a true division"))
    return found


@pytest.mark.parametrize("path", MONEY, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_no_float_where_amounts_are(path: Path) -> None:
    wrong = [
        f"{place(path, node)}: {what}"
        for node, what in floats(tree(path))
        if not (path.name in LAYOUT and what == "a true division")
    ]
    assert not wrong, "\n".join(["", *wrong])


@pytest.mark.parametrize(
    "code", ["x = 0.8", "x = float(y)", "x = a / b", "x /= 2", "models.FloatField()", "def f() -> float: ...", "1j"]
)
def test_each_way_to_a_float_is_seen(code: str) -> None:
    assert floats(ast.parse(code))


@pytest.mark.parametrize("code", ["x = a // b", "x = a * 8 // 10", "x = Decimal('0.8')", "x = int(y)"])
def test_whole_numbers_and_decimals_are_left_alone(code: str) -> None:
    assert floats(ast.parse(code)) == []
