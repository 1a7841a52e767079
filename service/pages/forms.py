"""What the forms of pages send."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

from ..security.callers import is_foreign

__all__ = ["form_of"]

MAX_FIELDS = 10


async def form_of(request: Request) -> Mapping[str, str]:
    """The fields of a form of ours, the last of each name. Raises HTTPException where another site sent it, or it has too many."""
    if is_foreign(request):
        raise HTTPException(403, "this form was sent by another site; open the page itself")
    try:
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise HTTPException(422, "this form has too many fields; open the page itself") from error
    return {name: values[-1] for name, values in fields.items()}
