"""Catalogues in from CSV and out again, by code. A wrong file changes nothing and says which row and column."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _t
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader
from tablib import Dataset

from fundmgmt.models.catalogues import GlossaryTerm, Indicator, Place, PracticeTag, RubricItem, StandardItem

if TYPE_CHECKING:
    from import_export.results import Result

DATA = Path(__file__).parent / "data"


class CatalogueError(Exception):
    """A file that was refused whole. `lines` are sentences that name the file, the row and the column."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class ListWidget(widgets.Widget):
    """`a|b|c` in the file, a list of texts in the row."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> list[str]:
        """Split; empty parts fall away."""
        return [part.strip() for part in str(value or "").split("|") if part.strip()]

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Join again."""
        return "|".join(value or [])


class YesNoWidget(widgets.Widget):
    """`yes` or `no`, nothing else."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> bool:
        """Refuse what is neither."""
        word = str(value or "").strip().lower()
        if word not in {"yes", "no"}:
            raise ValueError(_t("write yes or no"))
        return word == "yes"

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """The word."""
        return "yes" if value else "no"


class WholeNumberWidget(widgets.Widget):
    """Digits only; empty is None."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        """Refuse 12.5 and 1e3 as well as words."""
        text = str(value if value is not None else "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit()):
            raise ValueError(_t("write a whole number, digits only"))
        return int(text)


class CatalogueResource(resources.ModelResource):
    """Upsert by code. The header must hold exactly the columns of the catalogue; each row is checked as a whole."""

    class Meta:
        abstract = True
        import_id_fields = ("code",)
        exclude = ("id", "position")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True
        instance_loader_class = CachedInstanceLoader

    LISTS: tuple[str, ...] = ()

    def columns(self) -> list[str]:
        """Names of the columns of the file."""
        return [field.column_name for field in self.get_import_fields()]

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Refuse a file with other columns, or with one code twice, before any row is read."""
        headers = [str(name).strip() for name in dataset.headers or []]
        wanted, wrong = self.columns(), []
        if missing := [name for name in wanted if name not in headers]:
            wrong.append(_t("the column %(names)s is missing") % {"names": ", ".join(missing)})
        if extra := [name for name in headers if name not in wanted]:
            wrong.append(_t("there is no column %(names)s in this catalogue") % {"names": ", ".join(extra)})
        key = self.fields["code"].column_name
        codes = [code.strip() for code in dataset[key]] if key in headers else []
        if twice := sorted({code for code in codes if codes.count(code) > 1}):
            wrong.append(_t("%(codes)s stands there twice") % {"codes": ", ".join(twice)})
        if wrong:
            raise ValidationError(wrong)

    def before_import_row(self, row: Any, row_number: int | None = None, **kwargs: Any) -> None:
        """Trim each cell; codes and words carry no blanks around them."""
        for name, value in row.items():
            row[name] = value.strip() if isinstance(value, str) else value
        self.row_number = row_number or 0

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        """A new row takes its place at the end, in the order of the file."""
        if new:
            instance.position = self.row_number


class IndicatorResource(CatalogueResource):
    """indicators.csv."""

    disaggregation = fields.Field("disaggregation", "disaggregation", ListWidget())
    means_of_verification = fields.Field("means_of_verification", "means_of_verification", ListWidget())
    public = fields.Field("public", "public", YesNoWidget())
    min_cell = fields.Field("min_cell", "min_cell", WholeNumberWidget())

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = Indicator


class RubricResource(CatalogueResource):
    """rubric.csv. Every point of a scale longer than yes/no needs its words."""

    weight = fields.Field("weight", "weight", WholeNumberWidget())
    scale_min = fields.Field("scale_min", "scale_min", WholeNumberWidget())
    scale_max = fields.Field("scale_max", "scale_max", WholeNumberWidget())

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = RubricItem


class PracticeTagResource(CatalogueResource):
    """practice_tags.csv."""

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = PracticeTag


class StandardResource(CatalogueResource):
    """standards.csv, whose code column is called id."""

    code = fields.Field("code", "id")
    applies_to = fields.Field("applies_to", "applies_to", ListWidget())
    evidence = fields.Field("evidence", "evidence", ListWidget())
    answer_scale = fields.Field("answer_scale", "answer_scale", ListWidget())
    maps_to = fields.Field("maps_to", "maps_to", ListWidget())

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = StandardItem


class GlossaryResource(CatalogueResource):
    """glossary.csv, whose code is made from the English word."""

    name_en = fields.Field("name_en", "en")
    name_fr = fields.Field("name_fr", "fr")
    name_sw = fields.Field("name_sw", "sw")

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = GlossaryTerm

    def columns(self) -> list[str]:
        """The three languages."""
        return ["en", "fr", "sw"]

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        """Add the codes once the columns are known to be right."""
        super().before_import(dataset, **kwargs)
        dataset.append_col([slugify(word)[:64] for word in dataset["en"]], header="code")


class PlaceResource(CatalogueResource):
    """places.csv: a parent stands above its parts."""

    parent = fields.Field("parent", "parent", widgets.ForeignKeyWidget(Place, "code"))

    class Meta(CatalogueResource.Meta):
        abstract = False
        model = Place


CATALOGUES: dict[str, type[CatalogueResource]] = {
    "indicators.csv": IndicatorResource,
    "rubric.csv": RubricResource,
    "practice_tags.csv": PracticeTagResource,
    "standards.csv": StandardResource,
    "glossary.csv": GlossaryResource,
    "places.csv": PlaceResource,
}


def load_catalogues(folder: Path = DATA) -> dict[str, int]:
    """Bring every catalogue in `folder` up to date in one transaction; how many rows are new or changed in each.

    Raises CatalogueError, and nothing at all was changed then. A file that is absent is left out.
    """
    changed, wrong = {}, []
    with transaction.atomic():
        for name, resource in CATALOGUES.items():
            if not (folder / name).exists():
                continue
            result, lines = _load(resource(), folder / name)
            wrong += lines
            if result is not None:
                changed[name] = result.totals["new"] + result.totals["update"]
        if wrong:
            raise CatalogueError(wrong)
    return changed


def _load(resource: CatalogueResource, path: Path) -> tuple[Result | None, list[str]]:
    try:
        dataset = Dataset().load(path.read_text(encoding="utf-8-sig"), format="csv")
    except (UnicodeDecodeError, ValueError) as error:
        return None, [_t("%(file)s cannot be read: %(why)s") % {"file": path.name, "why": type(error).__name__}]
    except Exception as error:  # noqa: BLE001 -- tablib raises its own errors for rows of uneven length
        return None, [_t("%(file)s cannot be read: %(why)s") % {"file": path.name, "why": type(error).__name__}]
    result = resource.import_data(dataset, raise_errors=False, rollback_on_validation_errors=True)
    return result, [f"{path.name}: {line}" for line in _complaints(resource, result)]


def _complaints(resource: CatalogueResource, result: Result) -> list[str]:
    """What is wrong, as sentences; the header is row 1, as a spreadsheet shows it."""
    lines: list[str] = []
    for found in result.base_errors:
        lines += getattr(found.error, "messages", [str(found.error)])
    for number, errors in result.row_errors():
        lines += [_t("row %(row)s: %(why)s") % {"row": number + 1, "why": found.error} for found in errors]
    columns = {field.attribute: field.column_name for field in resource.fields.values()}
    for row in result.invalid_rows:
        for name, messages in row.error_dict.items():
            place = _t("row %(row)s, column %(column)s") % {"row": row.number + 1, "column": columns.get(name, name)}
            lines += [f"{place}: {message}" for message in messages]
    return lines
