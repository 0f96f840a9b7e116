"""What to do about each finding: a sentence for the person at the school, or for whoever reads a file leniently.

Whose move it is follows from the rule. A broken form (most of ``X``) comes from the export, so that the supplier of
the administration system has to mend it; wrong or missing data are the school's own to correct. The sentences are
ours; the rules are documented (schema and handbook).
"""

from __future__ import annotations

from typing import Final

_TELL: Final = "Tell the supplier of the administration system"
_CORRECT: Final = "Look it up in the administration, and correct it there."

REMEDIES: Final = {
    "X00": f"Export the file again, as EDEXML. If it comes out the same: {_TELL.lower()}.",
    "X01": f"{_TELL}: its export writes an element that this version of EDEXML does not have.",
    "X02": f"{_TELL}: its export writes elements in another order, or more of them than may be.",
    "X03": f"Fill it in in the administration. If it is filled in there: {_TELL.lower()}.",
    "X04": "Correct it in the administration: the receiver takes other values only, and may refuse the whole file.",
    "X05": f"Fill it in in the administration. If it may be empty: {_TELL.lower()}, whose export must leave it out.",
    "X06": f"{_TELL}: its export leaves out an attribute that must be there.",
    "X07": f"{_TELL}: its export writes an attribute that this version of EDEXML does not have.",
    "X08": f"{_TELL}: its export writes text where only elements may stand.",
    "X10": f"Is one record there twice? Take one out. If not: {_TELL.lower()}, whose export must not use a key twice.",
    "X11": "Let the export hold all groups and locations that pupils and staff are in, or take them out of it.",
    "X12": "Two people cannot have one ECK iD: find out whose it is, and have the other one fetched anew.",
    "X13": "Ask the receiver whether this extension may be there. If not: leave it out of the export.",
    "X14": f"{_TELL}: EDEXML has no namespace.",
    "X16": "Nothing is wrong with the school year: the list of the schema has ended. Is the receiver that strict?",
    "X20": _CORRECT,
    "S01": f"Match people by ECK iD, not by this key. {_TELL} that lasting keys are needed.",
    "S02": f"{_TELL}: its export must write keys without blanks, and tell records apart by more than those.",
    "S04": "Fill in the jaargroep of the pupil in the administration.",
    "S05": "Fill in the jaargroep of the pupil in the administration: the group does not tell it.",
    "S06": "Is the pupil in the right group? It may be right as it is.",
    "S10": "Take the blanks out of the name in the administration; a voorvoegsel has a field of its own.",
    "S11": "Write the name in the administration with a hyphen and no blanks around it.",
    "S12": "Write the initials in the administration as capitals without points.",
    "S14": "Leave it out of the export, unless the receiver needs it and the law allows it.",
    "S15": _CORRECT,
    "S16": _CORRECT,
    "S17": _CORRECT,
    "S18": "Export again with a peildatum in the school year, or export the right school year.",
    "S19": "Leave former pupils out of the export, unless the receiver wants to know who left.",
    "S21": "Fill in the BRIN of the school, and its location, in the administration or in the settings of the export.",
    "S22": "Fill in the number of the school without zeros in front.",
    "S23": "Does the receiver know this schoolkey? If not: fill in the BRIN of the school.",
    "S24": f"{_TELL}: the xsdversie must be the version of EDEXML that the file is written in.",
    "S27": "Have the ECK iD fetched anew from Nummervoorziening.",
    "S29": f"It may be right as it is. {_CORRECT}",
    "S30": "Are they the parts of a combination group? Tell the receiver. If not: give each group a name of its own.",
    "L01": f"{_TELL}: its export writes elements in another order than the standard's.",
    "L02": f"{_TELL}: its export uses a name of before EDEXML 1.0.",
    "L03": f"{_TELL}: EDEXML has no namespace.",
    "L04": f"{_TELL}: its export must leave out what is empty.",
    "L06": f"{_TELL}: its export writes blanks around values.",
    "L07": f"{_TELL}: its export writes dates or school years in a form of its own.",
    "L09": "Look at it by hand: the value stands in the field extra of the record.",
    "L10": f"{_TELL}: the xsdversie must be the version of EDEXML that the file is written in.",
    "L11": f"{_TELL}: every record needs a key. This one was not read.",
    "L12": f"{_TELL}: the xsdversie must be the version of EDEXML that the file is written in.",
    "L13": "Nothing, if the people of this source are known by their ECK iD.",
    "L14": f"{_TELL}: its export must begin with the XML declaration.",
}
