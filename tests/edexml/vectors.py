"""What the official schemas accept, case by case: ``(name, document, versions that accept it)``."""

from __future__ import annotations

from typing import Final

from tests.edexml.synthetic import minimal

ALL: Final = ("1.03", "2.0", "2.1")
NEWER: Final = ("2.0", "2.1")
NEWEST: Final = ("2.1",)
NONE: Final = ()

NAME: Final = "<roepnaam>F</roepnaam>"
GROUP: Final = "<groep key='g'><naam>b1a</naam><jaargroep>1</jaargroep></groep>"
COMBINED: Final = "<samengestelde_groep key='s'><naam>ned1</naam></samengestelde_groep>"
REMARK: Final = "<blok xsi:type='OpmerkingGegevensType'><code>A</code><opmerking/></blok>"


def school(more: str) -> bytes:
    return minimal(school=more)


def pupil(more: str) -> bytes:
    return minimal(pupil=NAME + more)


def named(name: str) -> bytes:
    return minimal(pupil=f"<achternaam>{name}</achternaam>")


def keyed(key: str) -> bytes:
    return minimal().replace(b"key='1'", f"key='{key}'".encode())


def year(text: str) -> bytes:
    return minimal().replace(b"2014-2015", text.encode())


def grouped(membership: str, groups: str = GROUP) -> bytes:
    return minimal(pupil=NAME + membership, rest=f"<groepen>{groups}</groepen>")


def pupils(*starts: str) -> bytes:
    each = "".join(f"<leerling {start}>{NAME}</leerling>" for start in starts)
    return minimal().split(b"<leerling ")[0] + each.encode() + b"</leerlingen></EDEX>"


def staffed(staff: str, groups: str = "", *, first: bool = False) -> bytes:
    whole = minimal(rest=groups).decode()
    mark = "<leerlingen>" if first else "</EDEX>"
    return whole.replace(mark, f"<leerkrachten>{staff}</leerkrachten>{mark}").encode()


def dated(text: str) -> bytes:
    return pupil(f"<geboortedatum>{text}</geboortedatum>")


def changed(text: str) -> bytes:
    return pupil(f"<mutatiedatum>{text}</mutatiedatum>")


def extended(block: str) -> bytes:
    return pupil(f"<toevoegingen>{block}</toevoegingen>")


def teacher(more: str = "", attributes: str = "key='1'") -> str:
    return f"<leerkracht {attributes}>{NAME}{more}</leerkracht>"


VECTORS: Final[tuple[tuple[str, bytes, tuple[str, ...]], ...]] = (
    ("minimal", minimal(), ALL),
    ("school year 2024-2025", year("2024-2025"), NEWER),
    ("school year 2025-2026", year("2025-2026"), NONE),
    ("school year 2012-2014", year("2012-2014"), NONE),
    ("no key", pupils(""), NONE),
    ("key twice", pupils("key='1'", "key='1'"), NONE),
    ("dangling group", pupil("<groep key='x'/>"), NONE),
    ("same key on pupil and teacher", staffed(teacher()), ALL),
    ("surname of 71", named("a" * 71), NEWER),
    ("surname of 200", named("a" * 200), NEWER),
    ("surname of 201", named("a" * 201), NONE),
    ("key of 65", keyed("k" * 65), NEWEST),
    ("key of 257", keyed("k" * 257), NONE),
    ("eckid empty", pupils("key='1' eckid=''"), NONE),
    ("eckid", pupils("key='1' eckid='e'"), NEWEST),
    ("eckid twice", pupils("key='1' eckid='e'", "key='2' eckid='e'"), NONE),
    (
        "eckid on pupil and teacher",
        staffed(teacher(attributes="key='1' eckid='e'")).replace(b"<leerling key='1'", b"<leerling key='1' eckid='e'"),
        NEWEST,
    ),
    ("year then group", grouped("<jaargroep>1</jaargroep><groep key='g'/>"), NEWER),
    ("group then year", grouped("<groep key='g'/><jaargroep>1</jaargroep>"), NONE),
    ("group without year", grouped("", "<groep key='g'><naam>b1a</naam></groep>"), NONE),
    (
        "wrong kind of group",
        grouped("<samengestelde_groepen><samengestelde_groep key='g'/></samengestelde_groepen>"),
        NONE,
    ),
    ("one key for both kinds", grouped("", GROUP + COMBINED.replace("'s'", "'g'")), NONE),
    ("two groups", grouped("<groep key='g'/><groep key='g'/>"), NONE),
    ("location without locations", pupil("<vestiging key='v'/>"), NONE),
    (
        "group twice at a teacher",
        staffed(teacher("<groepen><groep key='g'/><groep key='g'/></groepen>"), f"<groepen>{GROUP}</groepen>"),
        ALL,
    ),
    ("brin and instellingsnummer", school("<brincode>99ZZ</brincode><instellingsnummer>12</instellingsnummer>"), NONE),
    ("dependance without brin", school("<dependancecode>00</dependancecode>"), NONE),
    ("schoolkey alone", school("<schoolkey>k</schoolkey>"), ALL),
    ("empty groepen", minimal(rest="<groepen/>"), NONE),
    ("empty leerlingen", minimal().split(b"<leerlingen>")[0] + b"<leerlingen/></EDEX>", NONE),
    ("empty groepen of a teacher", staffed(teacher("<groepen/>")), NONE),
    *((f"geslacht {text!r}", pupil(f"<geslacht>{text}</geslacht>"), ALL) for text in ("01", "+1", "-0", " 1 ")),
    ("geslacht 3", pupil("<geslacht>3</geslacht>"), NONE),
    ("padded year group", pupil("<jaargroep> 4 </jaargroep>"), NONE),
    ("keys that differ in blanks", pupils("key='1'", "key=' 1 '"), ALL),
    ("gewicht_nieuw 0,3", pupil("<gewicht_nieuw>0,3</gewicht_nieuw>"), ALL),
    ("gewicht_nieuw 0.3", pupil("<gewicht_nieuw>0.3</gewicht_nieuw>"), NONE),
    ("aanmaakdatum with a date only", school("<aanmaakdatum>2012-12-30</aanmaakdatum>"), NONE),
    *(
        (f"moment {text}", changed(text), ALL)
        for text in ("2012-12-30T10:00:00.25", "2012-12-30T10:00:00+02:00", "2012-12-30T24:00:00")
    ),
    *(
        (f"moment {text}", changed(text), NONE)
        for text in ("2012-12-30T10:00", "2012-12-30T10:00:60", "2012-12-30T10:00:00+15:00")
    ),
    *((f"date {text}", dated(text), ALL) for text in ("2012-12-30Z", "12012-01-01", "-0001-01-01")),
    *((f"date {text}", dated(text), NONE) for text in ("0000-01-01", "2012-02-30", "30-12-2012", "")),
    ("padded date, as libxml2 has it", dated(" 2012-12-30"), NONE),
    ("date on a line of its own, as libxml2 has it", dated("2012-12-30\n"), NONE),
    ("postcode in small letters", pupil("<postcodenl>6971vb</postcodenl>"), NONE),
    ("postcode with a blank", pupil("<postcodenl>6971 VB</postcodenl>"), NONE),
    ("initials of 7", minimal(pupil="<achternaam>D</achternaam><voorletters-1>ABCDEFG</voorletters-1>"), NONE),
    ("initials without surname", pupil("<voorletters-1>A</voorletters-1>"), NONE),
    ("name of 3 blanks", minimal(pupil="<roepnaam>   </roepnaam>"), ALL),
    ("name of 64 emoji", minimal(pupil=f"<roepnaam>{chr(0x1F600) * 64}</roepnaam>"), ALL),
    ("name of 65 emoji", minimal(pupil=f"<roepnaam>{chr(0x1F600) * 65}</roepnaam>"), NONE),
    ("emailadres x", pupil("<emailadres>x</emailadres>"), NEWER),
    ("bsn that fails the check", pupil("<bsn>111111111</bsn>"), NEWER),
    ("bsn in other digits", pupil("<bsn>" + "".join(chr(0x660 + n) for n in range(9)) + "</bsn>"), NEWER),
    ("bsn and onderwijsnummer", pupil("<bsn>111222333</bsn><onderwijsnummer>101234565</onderwijsnummer>"), NONE),
    ("instellingsnummer 012", school("<instellingsnummer>012</instellingsnummer>"), NEWER),
    ("xsdversie banana", school("<xsdversie>banana</xsdversie>"), ALL),
    ("role TAL", staffed(teacher("<rol>TAL</rol>")), NEWEST),
    ("roles in any order", staffed(teacher("<rol>LRK</rol><rolomschrijving>x</rolomschrijving><rol>IB</rol>")), NEWER),
    ("empty voorvoegsel", minimal(pupil="<achternaam>D</achternaam><voorvoegsel/>"), NONE),
    ("nil", pupil("<geslacht xsi:nil='true'/>"), NONE),
    ("staff before pupils", staffed(teacher(), first=True), NONE),
    (
        "extensions after mutatiedatum",
        pupil(f"<mutatiedatum>2012-12-30T10:00:00</mutatiedatum><toevoegingen>{REMARK}</toevoegingen>"),
        NONE,
    ),
    ("remark", extended(REMARK), ALL),
    ("extensions of a school", school(f"<toevoegingen>{REMARK}</toevoegingen>"), NEWER),
    ("block of an unknown type", extended(REMARK.replace("Opmerking", "Kluis")), NONE),
    ("block without a type", extended("<blok><code>A</code></blok>"), NONE),
    ("empty extensions", extended(""), NONE),
    ("unknown attribute", pupils("key='1' kleur='x'"), NONE),
    ("language", pupils("key='1' xml:lang='nl'"), NONE),
    ("text between elements", pupil("tekst"), NONE),
    ("default namespace", minimal().replace(b"<EDEX", b"<EDEX xmlns='urn:x'"), NONE),
    (
        "comments and instructions",
        minimal(pupil="<!-- a -->" + NAME + "<?b c?>", rest="<!-- d -->").replace(b"</EDEX>", b"</EDEX><!-- e -->"),
        ALL,
    ),
    ("comment inside a text", minimal(pupil="<roepnaam>Fe<!-- a -->nna</roepnaam>"), ALL),
    ("brincode 01A2", school("<brincode>01A2</brincode>"), NONE),
    ("two roots of the list", minimal(rest="<groepen></groepen><groepen></groepen>"), NONE),
)
