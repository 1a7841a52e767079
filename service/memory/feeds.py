"""What a saved topic found, as an Atom feed (RFC 4287)."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as Xml

from ..security.emails import mask_emails
from ..texts import LANGUAGES, texts_for
from .models import Finding, SavedTopic

__all__ = ["ATOM", "atom_of", "feed_path"]

ATOM = "application/atom+xml"
NAMESPACE = "http://www.w3.org/2005/Atom"
MAX_TITLE = 120
MAX_LINKED = 500
"""Longer topics are not repeated in the links of a feed."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Xml.register_namespace("", NAMESPACE)


def feed_path(topic: SavedTopic) -> str:
    """Where a topic's feed is: whoever has this address may read it. The token stands in the query, which is not logged."""
    return f"/feeds/{topic.id}?{urlencode({'token': topic.feed_token})}"


def atom_of(topic: SavedTopic, findings: Sequence[Finding], base: str) -> bytes:
    """The feed of a topic's findings, the newest first, in the topic's language; e-mail addresses are masked.

    base: the service's address, without a slash at its end. Ids are those of the rows, so that a reader knows what it has seen.
    """
    language = topic.language if topic.language in LANGUAGES else LANGUAGES[0]
    texts = texts_for(language)
    feed = Xml.Element(f"{{{NAMESPACE}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    title = topic.topic if len(topic.topic) <= MAX_TITLE else topic.topic[: MAX_TITLE - 1] + "…"
    _add(feed, "id", topic.id.urn)
    _add(feed, "title", texts["feed_title"].format(topic=" ".join(title.split())))
    _add(feed, "updated", _time(findings[0].found if findings else topic.created))
    _add(feed, "link", href=f"{base}{feed_path(topic)}", rel="self", type=ATOM)
    asked = {"q": topic.topic} if len(topic.topic) <= MAX_LINKED else {}
    search = {**asked, **topic.filters} if asked else {}
    _add(feed, "link", href=f"{base}/?{urlencode(search, doseq=True)}", rel="alternate", type="text/html")
    _add(_add(feed, "author"), "name", "Passerelle")
    for finding in findings:
        entry = _add(feed, "entry")
        link = f"{base}/members/{quote(finding.member_id)}?{urlencode(asked)}"
        _add(entry, "id", finding.id.urn)
        _add(entry, "title", mask_emails(finding.name))
        for name in ("updated", "published"):
            _add(entry, name, _time(finding.found))
        _add(entry, "link", href=link, rel="alternate", type="text/html")
        _add(entry, "category", term=finding.reason, label=texts[f"reason_{finding.reason}"])
        _add(entry, "summary", f"{texts[f'reason_{finding.reason}']}. {mask_emails(finding.evidence)}", type="text")
    return bytes(Xml.tostring(feed, encoding="utf-8", xml_declaration=True))


def _add(parent: Xml.Element, name: str, text: str = "", **attributes: str) -> Xml.Element:
    plain = {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items()}
    child = Xml.SubElement(parent, f"{{{NAMESPACE}}}{name}", plain)
    child.text = _NOT_XML.sub("\ufffd", text) or None
    return child


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
