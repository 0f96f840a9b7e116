"""How the tables of this folder are written: what is called, what goes out for it, and the documented answer."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen

JsonItem = Mapping[str, Any]
OLD_LINKS: Final = [{"Rel": "Self", "Href": "/api/zelf"}, {"Rel": "Contents", "Href": "/api/inhoud"}]
NEW_LINKS: Final = {"self": {"href": "/api/zelf"}, "volgende": None}
MOMENT: Final = "2025-05-31T11:50:35.0000000Z"  # UTC with seven digits (several clients)
DAY: Final = "2025-05-31"


@frozen
class Asked:
    """One method: its arguments, the line that goes out, and an answer with every key that is documented.

    The line has the query behind a question mark, in the order of its names. ``body`` is what is written.
    """

    name: str
    arguments: tuple[Any, ...]
    line: str
    answer: Any = None
    named: Mapping[str, Any] = field(factory=dict)
    body: Any = None

    @property
    def items(self) -> list[JsonItem]:
        """What the answer holds, without its envelope."""
        if isinstance(self.answer, list):
            return self.answer
        envelopes = ("items", "Items", "lockersDetails")
        return next((self.answer[name] for name in envelopes if name in self.answer), [self.answer])


def old(*items: JsonItem) -> JsonItem:
    """The envelope of the older generation (several clients)."""
    return {"Items": list(items), "TotalCount": len(items), "Links": []}


def new(*items: JsonItem) -> JsonItem:
    """The envelope of the newer generation (several clients)."""
    return {"items": list(items), "totalCount": len(items), "links": {"self": {"href": "/api/x"}, "next": None}}
