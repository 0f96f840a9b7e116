"""UWLR 1.0: an answer that its official schema accepts becomes the records of today."""

from pathlib import Path

import pytest
from lxml import etree

from magister_connect.edexml import Document, Geslacht, Jaargroep, Rol
from magister_connect.errors import DocumentInvalid, FieldInvalid
from magister_connect.uwlr import NoData, NothingChanged, read_version_1

SPACE = "http://www.edustandaard.nl/leerresultaten/1/leerlinggegevens"
DATA = """<leerlinggegevens><school><schooljaar>2012-2013</schooljaar><brincode>00AA</brincode>
<aanmaakdatum>2012-11-12T10:00:00</aanmaakdatum><xsdversie>1.0</xsdversie></school>
<groepen><groep key="g1"><naam>1a</naam></groep></groepen>
<subgroepen><subgroep key="s1"><naam>wiskunde</naam></subgroep></subgroepen>
<leerlingen><leerling key="l1"><achternaam>Achternaam</achternaam><roepnaam>Roep</roepnaam>
<geboortedatum>2000-01-02</geboortedatum><geslacht>3</geslacht><jaargroep>11</jaargroep><groep key="g1"/>
<subgroepen><groep key="s1"/></subgroepen></leerling>
<leerling key="l2"><roepnaam>Twee</roepnaam><geboortedatum>2000-01-03</geboortedatum><geslacht>2</geslacht>
<jaargroep>brugklas</jaargroep></leerling></leerlingen>
<leerkrachten><leerkracht key="d1"><achternaam>Docent</achternaam><roepnaam>D</roepnaam>
<ictcoordinator>J</ictcoordinator><groepen><groep key="g1"/></groepen></leerkracht></leerkrachten></leerlinggegevens>"""


def answer(inner: str) -> bytes:
    return f'<leerlinggegevensantwoord xmlns="{SPACE}">{inner}</leerlinggegevensantwoord>'.encode()


def test_an_answer_becomes_the_records_of_today(shared_data: Path) -> None:
    official = etree.XMLSchema(etree.parse(shared_data / "uwlr" / "1.0" / "UWLR_Leerlinggegevens_v1p0.xsd"))
    assert official.validate(etree.fromstring(answer(DATA))), official.error_log
    found = read_version_1(answer(DATA))
    assert isinstance(found, Document)
    first, second = found.leerlingen
    assert (first.geslacht, second.geslacht) == (Geslacht.ONBEKEND, Geslacht.VROUW)
    assert (first.jaargroep, second.jaargroep) == (Jaargroep.LEERJAAR_1, None)
    assert (first.groep, first.samengestelde_groepen, second.extra) == ("g1", ("s1",), (("jaargroep", "brugklas"),))
    assert found.leerkrachten[0].rollen == (Rol.ICT_COORDINATOR,)
    assert [each.key for each in found.leerkrachten[0].groepen] == ["g1"]
    assert (found.groepen[0].naam, found.samengestelde_groepen[0].naam) == ("1a", "wiskunde")


def test_an_answer_without_data_and_what_is_no_answer() -> None:
    assert read_version_1(answer("<geengegevens/>")) == NoData()
    assert read_version_1(answer("<geenwijzigingen/>")) == NothingChanged(None)
    with pytest.raises(DocumentInvalid, match=r"not an answer of UWLR 1\.0"):
        read_version_1(answer(DATA).replace(b"/1/", b"/2/"))
    with pytest.raises(FieldInvalid) as raised:
        read_version_1(answer(DATA.replace(' key="l2"', "")))
    assert raised.value.where == "leerlingen/leerling[2]/@key"
    with pytest.raises(FieldInvalid):
        read_version_1(answer(DATA.replace("<geslacht>3<", "<geslacht>9<")))
