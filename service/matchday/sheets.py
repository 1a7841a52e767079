"""Pages to print: the whole day, and one sheet a participant. Each is one file that needs no other."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from ..pages import names
from ..pages.views import bank, website
from ..texts import texts_for
from . import words
from .agenda import Attendee, entries, grid
from .values import Plan

__all__ = ["overview_page", "participant_sheet"]

_TEMPLATES = Path(__file__).parents[1] / "templates"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update({name: getattr(names, name) for name in names.__all__})
    environment.globals.update(bank=bank, website=website, **{name: getattr(words, name) for name in words.__all__})
    style = (_TEMPLATES / "matchday.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals.update(style=Markup(style), style_digest=digest)  # noqa: S704
    return environment


def participant_sheet(attendee: Attendee, plan: Plan) -> str:
    """The day of one participant, in its language."""
    template = _environment().get_template("matchday_sheet.html")
    texts = texts_for(attendee.language)
    return template.render(
        t=texts, ui=attendee.language, attendee=attendee, entries=entries(attendee, plan.day), plan=plan
    )


def overview_page(plan: Plan, ui: str, links: Mapping[str, str]) -> str:
    """The grid of the day and all there is to say of it. `links` lead from names of buyers and ids of members to their sheets."""
    template = _environment().get_template("matchday_day.html")
    return template.render(t=texts_for(ui), ui=ui, plan=plan, rows=grid(plan), links=links)
