"""One search and its answer, as the documentation of the API shows them; a test checks that they fit what is served."""

from typing import Any

__all__ = ["ANSWER", "CSV", "EVIDENCE", "MEMBER", "METRICS", "READINESS", "SNAPSHOT", "TEXT"]

TEXT = "We design low-power accelerometers for bridges and dams."
SNAPSHOT = "20261123T053150730543Z-cef6b11e"

MEMBER: dict[str, Any] = {
    "id": "acme",
    "name": "Acme Sensors",
    "clusters": ["Minalogic"],
    "country": "FR",
    "city": "Grenoble",
    "kind": "sme",
    "employees": 40,
    "website": "https://acme.example",
    "sectors": ["sensors"],
    "languages": ["en"],
    "descriptions": {"en": TEXT},
    "updated": "2026-11-01",
    "extra": {"stand": "B12"},
    "stand": "B12",
}

EVIDENCE: dict[str, Any] = {
    "text": TEXT,
    "language": "en",
    "score": 4.2,
    "description": "en",
    "start": 0,
    "end": len(TEXT),
    "marks": [[20, 34]],
}

ANSWER: dict[str, Any] = {
    "topic": "accéléromètres pour ponts",
    "language": "fr",
    "snapshot": SNAPSHOT,
    "took_ms": 11.4,
    "total": 1,
    "answerable": True,
    "matches": [
        {
            "rank": 1,
            "score": 4.2,
            "relevance": 0.73,
            "member": MEMBER,
            "evidence": [EVIDENCE],
            "needs": [],
        }
    ],
    "facets": {
        "country": {"FR": 1},
        "cluster": {"Minalogic": 1},
        "kind": {"sme": 1},
        "sector": {"sensors": 1},
        "language": {"en": 1},
    },
    "needs": [],
}

READINESS: dict[str, Any] = {"status": "ready", "snapshot": SNAPSHOT, "members": 360, "refused": None}

CSV = f"""topic,accéléromètres pour ponts,snapshot,{SNAPSHOT},1 members ranked,answered
rank,relevance,name,country,city,kind,clusters,sectors,website,id,language,evidence,more evidence
1,0.73,Acme Sensors,FR,Grenoble,sme,Minalogic,sensors,https://acme.example,acme,en,{TEXT},
"""

METRICS = "passerelle_snapshot_members 360.0"
