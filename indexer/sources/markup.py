"""HTML in descriptions becomes text."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from html import unescape

__all__ = ["text_of_html"]

_BLOCKS = "address|article|aside|blockquote|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|main|nav|ol|p|pre|section|table|tbody|tfoot|thead|tr|ul"
_INLINE = "a|abbr|b|big|body|center|cite|code|em|font|head|html|i|img|label|mark|meta|o:p|q|s|small|span|strike|strong|sub|sup|td|th|title|tt|u|wbr"
_TAG = re.compile(
    rf"""<(?P<close>/?)(?P<name>script|style|br|li|{_BLOCKS}|{_INLINE})(?=[\s/>])(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>|<!--""",
    re.IGNORECASE,
)
_LAYOUT = re.compile(rf"br|li|{_BLOCKS}", re.IGNORECASE)
_SCRIPT_END = re.compile(r"</(script|style)\s*>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")


def text_of_html(text: str) -> str:
    """The text of an HTML fragment: paragraphs apart by a blank line, items of lists on lines of their own.

    What holds no HTML is returned as it is, and `<` that begins no tag of HTML stays.
    """
    if "<" not in text and "&" not in text:
        return text
    tags = list(_visible_tags(text))
    if not tags:
        return _REFERENCE.sub(lambda found: unescape(found.group()), text)
    laid_out = any(_LAYOUT.fullmatch(name) for _, _, name, _ in tags)
    parts: list[str] = []
    place = 0
    for start, end, name, closes in tags:
        parts += [_words(text[place:start], laid_out), _break(name, closes)]
        place = end
    parts.append(_words(text[place:], laid_out))
    plain = unescape("".join(parts)).replace("\xa0", " ")
    plain = re.sub(r"[ \t]*+\n[ \t]*+", "\n", re.sub(r" {2,}", " ", plain))
    return re.sub(r"\n{3,}", "\n\n", plain).strip()


def _visible_tags(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """Start, end and name of each tag, and whether it closes; a comment, script or style counts as one tag, content included."""
    ends = {"": [found.end() for found in re.finditer("-->", text)]}
    for found in _SCRIPT_END.finditer(text):
        ends.setdefault(found.group(1).lower(), []).append(found.end())
    place = 0
    while tag := _TAG.search(text, place):
        name, closes = (tag.group("name") or "").lower(), bool(tag.group("close"))
        place = tag.end()
        if name in ("", "script", "style") and not closes:
            following = ends.get(name, [])
            after = bisect_right(following, place)
            place = following[after] if after < len(following) else place
        yield tag.start(), place, name, closes


def _words(text: str, laid_out: bool) -> str:
    return re.sub(r"\s+", " ", text) if laid_out else text


def _break(name: str, closes: bool) -> str:
    if name == "br":
        return "\n"
    if name == "li":
        return "" if closes else "\n- "
    if name in ("td", "th"):
        return " "
    return "\n\n" if re.fullmatch(_BLOCKS, name) else ""
