"""A consortium, a check and a profile, as the documentation of the API shows them; a test checks that they fit what is served."""

from typing import Any

from pydantic.config import JsonDict

from ..examples import EVIDENCE, MEMBER, SNAPSHOT

__all__ = ["CHECK", "CHECKED", "CONSORTIUM", "PROFILES", "REQUEST"]

REQUEST: JsonDict = {
    "needs": [
        {"text": "accelerometers for bridges"},
        {"text": "a battery that lasts ten years outdoors", "weight": 2},
    ],
    "size": 5,
    "filters": {"country": ["FR", "AT", "IE", "NL"]},
    "sme_at_least": 1,
    "profile": "horizon-europe",
}
CHECK: JsonDict = {"members": ["acme", "lumen"], "profile": "eurostars"}

SAYS: dict[str, Any] = {"en": "At least 1 SME", "fr": "Au moins 1 PME"}
QUESTION: dict[str, Any] = {
    "en": "Are the participants independent of one another?",
    "fr": "Les participants sont-ils indépendants les uns des autres ?",
}
RULE: dict[str, Any] = {"id": "sme-at-least", "says": SAYS, "at_least": 1, "at_most": None}
OUTCOME: dict[str, Any] = {**RULE, "status": "holds", "found": 1, "possible": 1, "members": ["acme"], "unknown": []}
TWO_COUNTRIES: dict[str, Any] = {
    "id": "two-countries",
    "says": {
        "en": "Members from at least two different Eurostars countries",
        "fr": "Des membres d'au moins deux pays Eurostars différents",
    },
    "at_least": 2,
    "at_most": None,
}
LUMEN: dict[str, Any] = {**MEMBER, "id": "lumen", "name": "Lumen", "country": "AT", "city": "Graz"}

CONSORTIUM: dict[str, Any] = {
    "snapshot": SNAPSHOT,
    "took_ms": 280.4,
    "coverage": 0.2433,
    "of_ours": 0.0,
    "threshold": 0.4,
    "size": 5,
    "considered": 38,
    "total": 360,
    "needs": [
        {
            "text": "accelerometers for bridges",
            "weight": 1.0,
            "language": "en",
            "status": "covered",
            "relevance": 0.73,
            "members": ["acme"],
            "nearest": {"id": "lumen", "name": "Lumen", "relevance": 0.52},
        },
        {
            "text": "a battery that lasts ten years outdoors",
            "weight": 2.0,
            "language": "en",
            "status": "nobody",
            "relevance": 0.0,
            "members": [],
            "nearest": {"id": "lumen", "name": "Lumen", "relevance": 0.21},
        },
    ],
    "seats": [
        {
            "member": MEMBER,
            "origin": "chosen",
            "gain": 0.2433,
            "rules": ["sme-at-least"],
            "roles": [{"need": 0, "relevance": 0.73, "leads": True, "evidence": EVIDENCE}],
            "alternates": [
                {
                    "member": LUMEN,
                    "coverage": 0.1733,
                    "roles": [{"need": 0, "relevance": 0.52, "leads": True, "evidence": EVIDENCE}],
                }
            ],
        }
    ],
    "rules": [OUTCOME],
    "obstacles": [],
    "questions": [QUESTION],
}

CHECKED: dict[str, Any] = {
    "profile": "eurostars",
    "status": "unclear",
    "rules": [
        {
            **TWO_COUNTRIES,
            "status": "unclear",
            "found": 1,
            "possible": 2,
            "members": ["acme"],
            "unknown": ["lumen"],
        }
    ],
    "questions": [QUESTION],
}

PROFILES: dict[str, Any] = {
    "profiles": [
        {
            "name": "eurostars",
            "title": {"en": "Eurostars", "fr": "Eurostars"},
            "source": "Eureka, Eurostars eligibility criteria, https://www.eurekanetwork.org/programmes/eurostars/",
            "date": "2024-09-01",
            "rules": [TWO_COUNTRIES],
            "questions": [QUESTION],
            "groups": [
                {
                    "name": "eurostars",
                    "title": {"en": "Eurostars countries", "fr": "Pays Eurostars"},
                    "source": "https://www.eurekanetwork.org/programmes/eurostars/",
                    "date": "2024-09-01",
                    "codes": ["AT", "BE", "FR"],
                }
            ],
        }
    ]
}
