"""What a user keeps, as the documentation of the API shows it; a test checks that it fits what is served."""

from typing import Any

from ..examples import SNAPSHOT, TEXT

__all__ = [
    "FEED",
    "FINDINGS",
    "FORGOTTEN",
    "INTRODUCTION",
    "INTRODUCTIONS",
    "INTRODUCTION_SENT",
    "JUDGED",
    "JUDGMENT",
    "JUDGMENTS",
    "JUDGMENT_SENT",
    "MEMORY",
    "NOTE_SENT",
    "SHORTLIST",
    "SHORTLISTS",
    "SHORTLIST_CHANGE",
    "SHORTLIST_SENT",
    "STEP_SENT",
    "TOPIC",
    "TOPICS",
    "TOPIC_SENT",
]

Example = dict[str, Any]

MOMENT = "2026-11-23T09:30:00Z"
TOPIC_TEXT = "accéléromètres pour ponts"
NOTE = "Met at the cluster day; ask for the 200 mm line."
STANDING: Example = {"state": "here", "id": "acme", "name": "Acme Sensors"}

SHORTLIST_SENT: Example = {
    "title": "MEMS for bridges",
    "topic": TOPIC_TEXT,
    "members": [{"member_id": "acme", "note": NOTE}],
}
SHORTLIST_CHANGE: Example = {**SHORTLIST_SENT, "version": 1}
SUMMARY: Example = {
    "id": "4a5c6a8e-5a2b-4f0c-9a53-0c6f3f1f7b11",
    "title": "MEMS for bridges",
    "topic": TOPIC_TEXT,
    "size": 1,
    "version": 1,
    "created": MOMENT,
    "updated": MOMENT,
}
SHORTLIST: Example = {**SUMMARY, "members": [{"member_id": "acme", "note": NOTE, "member": STANDING}]}
SHORTLISTS: Example = {"shortlists": [SUMMARY]}

INTRODUCTION_SENT: Example = {"member_id": "acme", "topic": TOPIC_TEXT, "note": NOTE, "day": "2026-11-20"}
STEP_SENT: Example = {"state": "accepted", "day": "2026-11-22", "version": 1}
NOTE_SENT: Example = {"note": "They answer by phone only.", "version": 2}
INTRODUCTION: Example = {
    "id": "0b9d6f0c-7d1e-4f38-8b0a-2f6a8c1d9e22",
    "member_id": "acme",
    "member": STANDING,
    "topic": TOPIC_TEXT,
    "note": NOTE,
    "state": "accepted",
    "steps": [{"state": "proposed", "day": "2026-11-20"}, {"state": "accepted", "day": "2026-11-22"}],
    "next": ["met"],
    "version": 2,
    "created": MOMENT,
    "updated": MOMENT,
}
INTRODUCTIONS: Example = {"introductions": [INTRODUCTION]}

JUDGMENT_SENT: Example = {"topic": TOPIC_TEXT, "member_id": "acme", "verdict": "good_match"}
JUDGMENT: Example = {
    "id": "c3f1b2a4-6e5d-4c7b-8a90-1d2e3f405162",
    "topic": TOPIC_TEXT,
    "language": "fr",
    "member_id": "acme",
    "member": STANDING,
    "verdict": "good_match",
    "snapshot": SNAPSHOT,
    "updated": MOMENT,
}
JUDGMENTS: Example = {"judgments": [JUDGMENT]}
JUDGED = f'{{"id": "6c8f3e6c0f5b9a1d-fr", "lang": "fr", "text": "{TOPIC_TEXT}", "relevant": {{"acme": 2}}}}\n'

TOPIC_SENT: Example = {"topic": TOPIC_TEXT, "filters": {"country": ["FR", "BE"]}, "min_relevance": 0.35}
TOPIC: Example = {
    "id": "7e0d1c2b-3a49-4586-9c77-5b6a79880f33",
    "topic": TOPIC_TEXT,
    "language": "fr",
    "filters": {"country": ["FR", "BE"]},
    "min_relevance": 0.35,
    "created": MOMENT,
    "asked": MOMENT,
    "snapshot": SNAPSHOT,
    "answering": 4,
    "failure": "",
    "feed": "/feeds/7e0d1c2b-3a49-4586-9c77-5b6a79880f33?token=SECRET",
}
TOPICS: Example = {"topics": [TOPIC]}
FOUND: Example = {
    "id": "d9a8b7c6-1f2e-4d3c-8b5a-697887a6b544",
    "member_id": "acme",
    "relevance": 0.73,
    "reason": "new_member",
    "evidence": TEXT,
    "snapshot": SNAPSHOT,
    "found": MOMENT,
}
FINDINGS: Example = {"topic_id": TOPIC["id"], "findings": [{**FOUND, "member": STANDING}]}
FEED = f"""<?xml version='1.0' encoding='utf-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
  <id>urn:uuid:{TOPIC["id"]}</id>
  <title>Passerelle : {TOPIC_TEXT}</title>
  <updated>2026-11-23T09:30:00.000+00:00</updated>
  <author><name>Passerelle</name></author>
  <entry>
    <id>urn:uuid:{FOUND["id"]}</id>
    <title>Acme Sensors</title>
    <updated>2026-11-23T09:30:00.000+00:00</updated>
    <link href="https://partners.example/members/acme" rel="alternate" type="text/html" />
    <summary type="text">Nouveau dans l'annuaire. {TEXT}</summary>
  </entry>
</feed>
"""

MEMORY: Example = {
    "user": "key:minalogic",
    "created": "2026-11-23T09:30:00+00:00",
    "shortlists": [],
    "introductions": [],
    "judgments": [
        {
            "id": JUDGMENT["id"],
            "topic": TOPIC_TEXT,
            "language": "fr",
            "member_id": "acme",
            "name": "Acme Sensors",
            "verdict": "good_match",
            "snapshot": SNAPSHOT,
            "updated": "2026-11-23T09:30:00+00:00",
        }
    ],
    "topics": [],
}
FORGOTTEN: Example = {"shortlists": 1, "introductions": 3, "judgments": 12, "topics": 2}
