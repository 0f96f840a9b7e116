"""The month of a supplier: pupils come, change, are compared, approved and kept; results go back; killed on the way."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import pytest

from magister_connect import edexml
from magister_connect.errors import SnapshotStopped
from magister_connect.sandbox import Sandbox, UwlrSwitches
from magister_connect.sandbox.uwlr import Way
from magister_connect.store import Store
from magister_connect.uwlr import NoData, NothingChanged, Pulled, PupilData
from tests.uwlr.test_las import KINDS, WAYS, YEAR, Kind, ask, of_school
from tests.uwlr.test_nightly import Killed, _Dying, delivering


class Platform:
    """What a supplier does with a night: whoever looks approves every proposal. It dies at the first try of a night."""

    def __init__(self) -> None:
        self.document: edexml.Document | None = None
        self.dies = False
        self.approved = 0

    def __call__(self, pulled: Pulled) -> None:
        if self.dies:
            self.dies = False
            raise Killed
        assert isinstance(pulled.answer, PupilData)
        if pulled.diff is None or self.document is None:
            self.document = pulled.answer.document
            return
        self.approved += len(pulled.proposals)
        self.document = edexml.apply(self.document, pulled.proposals, most_left=None)


def by_key(document: edexml.Document) -> dict[str, dict[str, object]]:
    """The records of a document by kind and key; a moment of change is no change."""
    return {
        name: {each.key: attrs.evolve(each, mutatiedatum=None) for each in getattr(document, name)}
        for name in ("groepen", "samengestelde_groepen", "leerlingen", "leerkrachten")
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_month_of_a_supplier(kind: Kind, way: Way, tmp_path: Path) -> None:
    version, begin = "2.3" if way == "magister" else "2.2", dt.datetime(2026, 1, 15, 2)
    with (
        Sandbox(pupils=20, staff=8, now=begin, uwlr=UwlrSwitches(way=way)) as school,
        Store(f"sqlite:///{tmp_path / 'store.db'}", key=Store.generate_key()) as store,
    ):
        platform, brin = Platform(), school.school.brin

        def night(year: str = YEAR) -> Any:
            call = partial(_pull, store=store, school=brin, year=year, apply=platform)
            return ask(kind, school, call, version=version)

        night()
        pupils = [pupil for pupil, _ in school.school.pupils_on(school.clock.today())]
        for week, pupil in enumerate(pupils[:2], 1):
            school.clock.advance(days=7)
            school.school.replace(pupil, roepnaam=f"Week {week}")
            platform.dies = True
            with pytest.raises(Killed):
                night()
            pulled = night()
            assert f"Week {week}" in {each.proposed for each in pulled.proposals}
            assert isinstance(night().answer, NothingChanged)
        for pupil in pupils[2:14]:
            del school.school.leerlingen[pupil.stamnummer]
        school.clock.advance(days=1)
        with pytest.raises(SnapshotStopped) as stopped:
            night()
        store.snapshots.approve(stopped.value.where or "", stopped.value.approval, by="beheerder")
        assert len(night().diff.left["leerling"]) == 12
        assert night("2031-2032").answer == NoData()

        truth = ask(kind, school, lambda uwlr: uwlr.pupils(brin, YEAR), version=version)
        assert platform.document is not None
        assert platform.approved >= 14
        assert by_key(platform.document) == by_key(truth.document)

        told = of_school(school, 1, 2, 3, 4, 5)
        for place in (3, 1):
            log = _Dying(store.deliveries, place)
            with pytest.raises(Killed):
                ask(kind, school, delivering(log, told, most=2))
        ask(kind, school, lambda uwlr: uwlr.deliver(store.deliveries, told, most=2))
        assert [each.result.score for each in school.uwlr.results.values()] == [1, 2, 3, 4, 5]
        assert ask(kind, school, lambda uwlr: uwlr.deliver(store.deliveries, told)).sent == 0


def _pull(uwlr: Any, *, store: Store, school: str, year: str, apply: Platform) -> Any:
    return uwlr.pull(store.snapshots, school, year, apply=apply)
