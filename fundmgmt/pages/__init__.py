"""The page shapes: every view is one of ListPage, DetailPage, EditPage, NewPage, StepPage, or a plain Page."""

from fundmgmt.pages.conflicts import ShowsConflict
from fundmgmt.pages.lists import Column, ListPage
from fundmgmt.pages.sections import Section, register_section, sections_for
from fundmgmt.pages.shapes import DetailPage, EditPage, Gone, NewPage, ObjectPage, Page, StepPage, StepSpec

__all__ = [
    "Column",
    "DetailPage",
    "EditPage",
    "Gone",
    "ListPage",
    "NewPage",
    "ObjectPage",
    "Page",
    "Section",
    "ShowsConflict",
    "StepPage",
    "StepSpec",
    "register_section",
    "sections_for",
]
