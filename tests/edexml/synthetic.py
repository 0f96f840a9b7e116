"""A made-up school in every version: no real person, and identifiers from the documented test numbers only."""

from __future__ import annotations

import textwrap
from typing import Final

VERSIONS: Final = ("1.03", "2.0", "2.1")

_OPENING: Final = """<?xml version="1.0" encoding="UTF-8"?>
<EDEX xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="EDEXML.structuur.xsd">
"""
_REMARK: Final = (
    '<toevoegingen><blok xsi:type="OpmerkingGegevensType">'
    "<code>A</code><opmerking>let op</opmerking></blok></toevoegingen>"
)


def document(version: str) -> bytes:
    """A small school in which every kind of element of the version occurs."""
    return (_OPENING + textwrap.dedent(_PARTS[version]) + "</EDEX>\n").encode()


def minimal(
    version: str = "2.1", *, school: str = "", pupil: str = "<roepnaam>Fenna</roepnaam>", rest: str = ""
) -> bytes:
    """The smallest document: a school year and one pupil, with more of each where asked."""
    year = "<schooljaar>2014-2015</schooljaar>"
    parts = f"<school>{year}{school}</school>{rest}<leerlingen><leerling key='1'>{pupil}</leerling></leerlingen>"
    return (_OPENING + parts + "</EDEX>\n").encode()


_PARTS: Final = {
    "1.03": f"""\
      <school>
        <schooljaar>2011-2012</schooljaar>
        <brincode>99XX</brincode>
        <dependancecode>00</dependancecode>
        <aanmaakdatum>2012-01-09T08:15:00</aanmaakdatum>
        <auteur>administratie</auteur>
        <xsdversie>1.03</xsdversie>
        <commentaar/>
      </school>
      <groepen>
        <groep key="g1"><naam>Egels</naam><jaargroep>1</jaargroep></groep>
        <groep key="g2"><naam>5/6</naam><jaargroep>5</jaargroep><mutatiedatum>2011-09-01T00:00:00</mutatiedatum></groep>
      </groepen>
      <leerlingen>
        <leerling key="1">
          <achternaam>Dijkman</achternaam>
          <voorvoegsel>van</voorvoegsel>
          <voorletters-1>FA</voorletters-1>
          <roepnaam>Fenna</roepnaam>
          <geboortedatum>2006-05-04</geboortedatum>
          <geslacht>2</geslacht>
          <groep key="g1"/>
          <etniciteit>9</etniciteit>
          <land>NL</land>
          <land_vader>?</land_vader>
          <land_moeder>BE</land_moeder>
          <sofinummer>111222333</sofinummer>
          <gewicht_nieuw>0,3</gewicht_nieuw>
          <gewicht>0.25</gewicht>
          <postcodenl>9711AB</postcodenl>
          <instroomdatum>2010-08-16</instroomdatum>
          {_REMARK}
          <mutatiedatum>2011-09-01T10:11:12</mutatiedatum>
        </leerling>
        <leerling key="2">
          <roepnaam>Joep</roepnaam>
          <jaargroep>6</jaargroep>
          <onderwijsnummer>101234565</onderwijsnummer>
          <postcodeoverig>B-9000</postcodeoverig>
          <uitstroomdatum>2011-12-31</uitstroomdatum>
        </leerling>
      </leerlingen>
      <leerkrachten>
        <leerkracht key="1">
          <achternaam>Boersma</achternaam>
          <voorletters-1>T</voorletters-1>
          <groepen><groep key="g1"/><groep key="g2"/></groepen>
          <mutatiedatum>2011-09-01T10:11:12</mutatiedatum>
        </leerkracht>
        <leerkracht key="2"><roepnaam>Mees</roepnaam></leerkracht>
      </leerkrachten>
    """,
    "2.0": f"""\
      <school>
        <schooljaar>2023-2024</schooljaar>
        <peildatum>2023-10-01</peildatum>
        <brincode>99XX</brincode>
        <schoolkey>noord</schoolkey>
        <aanmaakdatum>2023-10-02T08:15:00.25+02:00</aanmaakdatum>
        <xsdversie>2.0</xsdversie>
        {_REMARK}
      </school>
      <vestigingen>
        <vestiging key="n"><naam>Noord</naam><omschrijving>hoofdgebouw</omschrijving></vestiging>
      </vestigingen>
      <groepen>
        <groep key="b1a"><naam>b1a</naam><jaargroep>11</jaargroep><omschrijving>brugklas</omschrijving>{_REMARK}</groep>
        <samengestelde_groep key="ned1"><naam>ned1</naam>{_REMARK}</samengestelde_groep>
        <groep key="mix"><naam>mix</naam><jaargroep>C</jaargroep></groep>
        <samengestelde_groep key="wis1"><naam>wis1</naam><omschrijving>wiskunde</omschrijving></samengestelde_groep>
      </groepen>
      <leerlingen>
        <leerling key="10">
          <achternaam>Dijkman</achternaam>
          <voornamen>Fenna Alida</voornamen>
          <geboortedatum>2011-05-04</geboortedatum>
          <start_ondw_jgr3>2017-08-21</start_ondw_jgr3>
          <jaargroep>11</jaargroep>
          <groep key="b1a"/>
          <samengestelde_groepen>
            <samengestelde_groep key="ned1"/>
            <samengestelde_groep key="wis1"/>
          </samengestelde_groepen>
          <vestiging key="n"/>
          <gebruikersnaam>10</gebruikersnaam>
          <emailadres>10@school.example</emailadres>
          <fotourl>https://school.example/10.jpg</fotourl>
          <bsn_ondwnr-4>0333</bsn_ondwnr-4>
          <postnummerbe>9000</postnummerbe>
          <mutatiedatum>2023-09-01T10:11:12Z</mutatiedatum>
        </leerling>
        <leerling key="11">
          <roepnaam>Joep</roepnaam>
          <jaargroep>V</jaargroep>
          <groep key="mix"/>
          <bsn>111222333</bsn>
        </leerling>
      </leerlingen>
      <leerkrachten>
        <leerkracht key="10">
          <achternaam>Boersma</achternaam>
          <gebruikersnaam>boe</gebruikersnaam>
          <emailadres>boe@school.example</emailadres>
          <rolomschrijving>duizendpoot</rolomschrijving>
          <rol>LRK</rol>
          <groepen>
            <samengestelde_groep key="wis1">
              <rol>VAK</rol>
              <rolomschrijving>vervanger</rolomschrijving>
            </samengestelde_groep>
            <groep key="b1a"/>
          </groepen>
          {_REMARK}
        </leerkracht>
      </leerkrachten>
    """,
    "2.1": f"""\
      <school>
        <schooljaar>2014-2015</schooljaar>
        <instellingsnummer>123</instellingsnummer>
        <xsdversie>2.1</xsdversie>
      </school>
      <groepen>
        <groep key="b1a"><naam>b1a</naam><jaargroep>16</jaargroep></groep>
      </groepen>
      <leerlingen>
        <leerling key="{"k" * 65}" eckid="https://ketenid.nl/pilot/{"a1" * 64}">
          <roepnaam>Fenna</roepnaam>
          <jaargroep>B</jaargroep>
          <groep key="b1a"/>
          <rijksregisternummer>00000000097</rijksregisternummer>
          <toevoegingen>
            <blok xsi:type="LVSGegevensType">
              <code>LVS</code>
              <omschrijving/>
              <rugzakleerling>true</rugzakleerling>
              <opleiding_ouders>4</opleiding_ouders>
              <adviesvo>22</adviesvo>
            </blok>
            <blok xsi:type="VolgsysteemVOType">
              <code>VO</code>
              <leerling><bsn_ondwnr-4>0333</bsn_ondwnr-4><toetsen><toets>1</toets></toetsen></leerling>
            </blok>
          </toevoegingen>
        </leerling>
      </leerlingen>
      <leerkrachten>
        <leerkracht key="10" eckid="https://ketenid.nl/pilot/{"a1" * 64}">
          <roepnaam>Mees</roepnaam>
          <rol>TAL</rol>
        </leerkracht>
      </leerkrachten>
    """,
}
