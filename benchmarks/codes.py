"""Institutions with their full history: from DUO's archive to an index, over what polars needs to read it.

The codes begin with 99, which no school has.
"""

import datetime as dt
import io
import random
import zipfile

from benchmarks.figure import Figure, cpu_ratio

RECORDS = 100_000
RECORDS_OF_A_CODE = 5
_NAMES = ("CODE_STAND_RECORD", "NAAM_VOLLEDIG", "NAAM_STRAAT_VEST", "NR_HUIS_VEST", "POSTCODE_VEST", "NAAM_PLAATS_VEST")


def _code(number: int) -> str:
    """A site that does not exist: ``99AA00`` and on."""
    letters, site = divmod(number, 100)
    return f"99{chr(65 + letters // 26 % 26)}{chr(65 + letters % 26)}{site:02}"


def archive(records: int = RECORDS) -> bytes:
    """A zip as DUO publishes it, with so many records of organisations and as many relations."""
    first = dt.date(1990, 8, 1)
    organisations = [f"NR_ADMINISTRATIE;DT_BEGIN_RECORD;DT_EINDE_RECORD;{';'.join(_NAMES)}"]
    relations = ["NR_ADMINISTRATIE;NR_ADMINISTRATIE_2;CODE_FUNCTIE;DT_BEGIN_RECORD;DT_EINDE_RECORD"]
    numbers = list(range(records))
    random.Random(1).shuffle(numbers)  # noqa: S311 - the same order each time
    for number in numbers:
        code, turn = _code(number // RECORDS_OF_A_CODE), number % RECORDS_OF_A_CODE
        begin = (first + dt.timedelta(days=2000 * turn + number % 365)).strftime("%d-%m-%Y")
        end = (first + dt.timedelta(days=2000 * (turn + 1) + number % 365)).strftime("%d-%m-%Y")
        end = "" if turn == RECORDS_OF_A_CODE - 1 else end
        organisations.append(
            f"{code};{begin};{end};H;School {number};Voorbeeldstraat;{number % 200};0000ZZ;Voorbeelddam"
        )
        relations.append(f"{code};{code[:4]};D;{begin};{end}")
    transitions = ["NR_ADMINISTRATIE_VAN;NR_ADMINISTRATIE_NAAR;IND_VOLLEDIG;DT_BEGIN_RECORD;DT_EINDE_RECORD"]
    files = {"ORGANISATIES": organisations, "RELATIES": relations, "OVERGANGEN": transitions}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, lines in files.items():
            made.writestr(f"{name}_20251101.csv", "\n".join(lines) + "\n")
    return packed.getvalue()


def index_over_polars() -> float:
    """CPU time from the archive to the index, over the time to unpack it and read its tables with polars."""
    import polars as pl

    from magister_connect.codes import Institutions

    content = archive()

    def read() -> object:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return [pl.read_csv(packed.read(name), separator=";", infer_schema=False) for name in packed.namelist()]

    return cpu_ratio(lambda: Institutions.read(content, inclusive_until=False), read, rounds=5)


FIGURES = (
    Figure("100,000 records of institutions to an index, over polars reading them", "at most 2", index_over_polars),
)
