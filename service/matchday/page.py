"""The page /matchday: tables pasted into a form, the planned day below it, and everything as a zip archive."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args
from urllib.parse import parse_qs, quote

from cachetools import LRUCache
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from indexer.sources.record import Kind
from search import PasserelleError, Searcher, StoreError

from ..live import Live
from ..pages.making import PageRoute, page_of
from ..pages.names import number
from ..security import Masked
from ..texts import LANGUAGES, preferred_language
from . import words
from .agenda import grid
from .extra import require_extra
from .options import Typed, day_of, invited_of
from .values import Participant, Plan, Wish

__all__ = ["Planner", "add_matchday"]

MAX_BUYERS, MAX_MEMBERS, MAX_SLOTS = 20, 500, 40
MAX_FIELDS = 60
WORK, SECONDS = 3.0, 15.0
"""Less than an answer may take, so that there is one."""
KEPT = 8
"""Planned days kept for their zip archives; any other is planned again."""
RETRY_AFTER_S = 10
KINDS = get_args(Kind)
USUAL = {
    "start": "09:00",
    "end": "17:00",
    "slot": "20",
    "breaks": "12:30-14:00",
    "timezone": "Europe/Paris",
    "per_member": "3",
    "kind": "startup;sme",
    "relevance": "0.2",
}
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """The outcome of a form: a plan, or what is wrong with it."""

    plan: Plan | None = None
    problem: str = ""


class Planner:
    """Plans one day at a time and keeps the latest."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._working = threading.Lock()
        self._kept: LRUCache[object, Plan] = LRUCache(KEPT)

    def plan(self, fields: Fields, masked: bool) -> Shown | None:
        """The outcome, or None where another day is being planned. Raises StoreError."""
        if not self._working.acquire(blocking=False):
            return None
        try:
            searcher = self._live.searcher
            key = (searcher.manifest.snapshot, masked, tuple(sorted(fields.items())))
            if key not in self._kept:
                self._kept[key] = _planned(searcher, fields, masked)
            return Shown(self._kept[key])
        except StoreError:
            raise
        except PasserelleError as error:
            return Shown(problem=str(error))
        finally:
            self._working.release()


def add_matchday(app: FastAPI, live: Live) -> None:
    """Serve /matchday and /matchday/files."""
    pages = APIRouter(route_class=PageRoute, include_in_schema=False, default_response_class=HTMLResponse)
    planner = Planner(live)

    @pages.get("/matchday")
    def form(request: Request) -> Response:
        return _page(request, live, _usual())

    @pages.post("/matchday")
    async def planned(request: Request, masked: Masked) -> Response:
        fields = _fields(await request.body())
        shown = await run_in_threadpool(planner.plan, fields, masked)
        return await run_in_threadpool(_page, request, live, fields, shown, busy=shown is None)

    @pages.post("/matchday/files")
    async def files(request: Request, masked: Masked) -> Response:
        fields = _fields(await request.body())
        shown = await run_in_threadpool(planner.plan, fields, masked)
        if shown is None or shown.plan is None:
            return await run_in_threadpool(_page, request, live, fields, shown, busy=shown is None)
        return await run_in_threadpool(_zip, shown.plan, _ui(request))

    app.include_router(pages)


def _planned(searcher: Searcher, fields: Fields, masked: bool) -> Plan:
    """The day that a form describes. Raises PasserelleError."""
    require_extra()
    from .hours import slots_of
    from .planning import plan_day
    from .problem import Effort
    from .tables import read_needs, read_participants, read_wishes

    day = day_of(_typed(fields))
    if len(slots_of(day)) > MAX_SLOTS:
        raise PasserelleError(
            f"the day has {len(slots_of(day))} slots, {MAX_SLOTS} at most can be planned here; make slots longer"
        )
    if day.tables is not None and day.tables > MAX_BUYERS:
        raise PasserelleError(f"tables: {day.tables}; {MAX_BUYERS} at most can be planned here")
    invited = invited_of(
        _several(fields, "kind"),
        _several(fields, "clusters"),
        _several(fields, "countries"),
        "registered_only" in fields,
        _share(fields, "relevance"),
    )
    wishes: tuple[Wish, ...] = ()
    participants: tuple[Participant, ...] = ()
    with TemporaryDirectory() as folder:
        needs = read_needs(_pasted(folder, "needs", fields), "needs").rows
        if fields.get("wishes", "").strip():
            wishes = read_wishes(_pasted(folder, "wishes", fields), "wishes").rows
        if fields.get("participants", "").strip():
            participants = read_participants(_pasted(folder, "participants", fields), "participants").rows
    if (buyers := len({need.buyer for need in needs})) > MAX_BUYERS:
        raise PasserelleError(
            f"{buyers} buyers are too many to be planned here; {MAX_BUYERS} at most, the command line takes more"
        )
    return plan_day(
        searcher, needs, day, invited, wishes, participants, effort=Effort(0, WORK, SECONDS), masked=masked, max_members=MAX_MEMBERS
    )  # fmt: skip


def _pasted(folder: str, name: str, fields: Fields) -> Path:
    path = Path(folder) / f"{name}.csv"
    path.write_text(fields.get(name, "").strip() + "\n", encoding="utf-8", errors="replace", newline="")
    return path


def _typed(fields: Fields) -> Typed:
    return Typed(
        date=fields.get("date", ""),
        start=fields.get("start", ""),
        end=fields.get("end", ""),
        slot_minutes=_whole(fields, "slot") or 20,
        breaks=(fields.get("breaks", ""),),
        tables=_whole(fields, "tables"),
        timezone=fields.get("timezone", "") or "Europe/Paris",
        per_member=_whole(fields, "per_member") or 3,
        per_buyer=_whole(fields, "per_buyer"),
    )


def _whole(fields: Fields, name: str) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= 480):
        raise PasserelleError(f"{name}: {text[:40]!r} is no number from 1 to 480")
    return int(text[:6])


def _share(fields: Fields, name: str) -> float:
    text = fields.get(name, "0").strip().replace(",", ".")
    if not re.fullmatch(r"0(\.\d{1,6})?|1(\.0{1,6})?", text):
        raise PasserelleError(f"{name}: {text[:40]!r} is no number from 0 to 1; write 0.2")
    return float(text)


def _several(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in fields.get(name, "").split(";") if part.strip())


def _fields(body: bytes) -> dict[str, str]:
    """What a form sent, values of one name joined. One with more fields than there are sends none."""
    try:
        sent = parse_qs(body.decode("ascii", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return {name: ";".join(values).replace("\r\n", "\n") for name, values in sent.items()}


def _usual() -> dict[str, str]:
    return {**USUAL, "date": (date.today() + timedelta(days=30)).isoformat()}


def _ui(request: Request) -> str:
    chosen = request.query_params.get("ui", "")
    return chosen if chosen in LANGUAGES else preferred_language(request.headers.get("accept-language", ""))


def _page(request: Request, live: Live, fields: Fields, shown: Shown | None = None, *, busy: bool = False) -> Response:
    plan = shown.plan if shown else None
    problem = shown.problem if shown else ""
    try:
        require_extra()
        is_able = True
    except PasserelleError:
        is_able = False
    links = {} if plan is None else {f"member {m.member.id}": f"/members/{quote(m.member.id)}" for m in plan.meetings}
    answer = page_of(
        request,
        "matchday.html",
        503 if busy else 422 if problem else 200,
        manifest=live.searcher.manifest,
        fields=fields,
        kinds=KINDS,
        chosen_kinds=_several(fields, "kind"),
        is_able=is_able,
        is_busy=busy,
        problem=problem,
        plan=plan,
        rows=grid(plan) if plan else (),
        links=links,
        number=number,
        **{name: getattr(words, name) for name in words.__all__},
    )
    if busy:
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _zip(plan: Plan, ui: str) -> Response:
    from .files import files_of, zipped

    name = f"matchday-{plan.day.date.isoformat()}"
    content = zipped(files_of(plan, ui, datetime.now(UTC)), name)
    return Response(
        content, media_type="application/zip", headers={"Content-Disposition": f'attachment; filename="{name}.zip"'}
    )
