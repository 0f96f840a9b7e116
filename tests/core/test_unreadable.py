"""Records that cannot be read raise, or are kept apart with a warning, and never show a value."""

import copy
import pickle
import warnings

import pytest

from magister_connect.core.records.unreadable import (
    Unreadable,
    UnreadableRecords,
    UnreadableRecordWarning,
    unreadable_keys,
)
from magister_connect.errors import FieldInvalid, UsageError

RAW = {"stamnr_str": "10001", "geb_datum_str": "Zwanenburg"}


def misfit() -> FieldInvalid:
    return FieldInvalid("A date was expected", where="column geb_datum_str", advice="Have it corrected.")


def kept(**fields: object) -> Unreadable:
    records = UnreadableRecords("keep")
    with pytest.warns(UnreadableRecordWarning):
        records.add(misfit(), place="Leerlingen, row 3", raw=RAW, fields=fields)
    return records.kept[0]


def test_the_first_record_raises_and_its_error_names_the_way_on() -> None:
    with pytest.raises(FieldInvalid, match='on_unreadable="keep"') as caught:
        UnreadableRecords().add(misfit(), place="Leerlingen, row 3", raw=RAW)
    assert caught.value.where == "Leerlingen, row 3/column geb_datum_str"
    assert "Have it corrected." in str(caught.value)
    assert "Zwanenburg" not in str(caught.value)


def test_kept_records_have_place_path_and_reason_and_warn_once_each() -> None:
    records = UnreadableRecords("keep")
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for row in (3, 9):
            records.add(misfit(), place=f"Leerlingen, row {row}", raw=RAW)
    assert [str(each) for each in records.kept] == [
        "Leerlingen, row 3, column geb_datum_str: A date was expected",
        "Leerlingen, row 9, column geb_datum_str: A date was expected",
    ]
    assert [str(each.message).count("row 3") for each in seen] == [1, 0]
    assert not [each for each in seen if "Zwanenburg" in str(each.message)]
    raw = records.kept[0].raw
    assert raw is not None
    assert "Zwanenburg" in raw.reveal()


def test_nothing_of_the_record_shows_or_travels_in_clear_text_of_the_raw_value() -> None:
    record = kept(stamnummer="10001")
    copied: Unreadable = pickle.loads(pickle.dumps(record))  # noqa: S301 - our own bytes
    assert (copied.place, copied.raw, copied.fields) == (record.place, None, {"stamnummer": "10001"})
    assert b"Zwanenburg" not in pickle.dumps(record)
    assert "10001" not in repr(record) + str(record) + str(record.to_dict())
    assert str(copy.deepcopy(record)) == str(Unreadable.from_dict(record.to_dict())) == str(record)


@pytest.mark.parametrize("policy", ["skip", "", None, True])
def test_another_policy_is_refused(policy: object) -> None:
    with pytest.raises(UsageError, match=r"on_unreadable.*\"raise\" or on_unreadable=\"keep\""):
        UnreadableRecords(policy)  # type: ignore[arg-type]  # a caller without types


class Listed(list[object]):
    def __init__(self, *unreadable: Unreadable) -> None:
        super().__init__()
        self.unreadable = unreadable


def test_whoever_could_not_be_read_is_not_absent() -> None:
    assert unreadable_keys(Listed(kept(stamnummer="10001")), "stamnummer") == {"10001"}
    assert unreadable_keys([1, 2], "stamnummer") == frozenset()
    for fields in ({}, {"stamnummer": ""}, {"stamnummer": None}):
        with pytest.raises(UsageError, match=r"1 records could not be read and show no stamnummer.*row 3") as caught:
            unreadable_keys(Listed(kept(**fields)), "stamnummer")
        assert "at their source" in str(caught.value)
