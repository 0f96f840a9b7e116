"""Answers in XML: refusals before data, names in any order, nothing lost and nothing guessed."""

import pytest

from magister_connect.core.flow import Reply
from magister_connect.errors import (
    Maintenance,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    NotXml,
    Refused,
    ReplyInvalid,
    Responsible,
    ServiceError,
)
from magister_connect.medius.answers import Question, read_answer, read_table_answer

LIST = Question("Data.GetData, list kluisjes", "kluisjes", "platform", "kluisjes")
FUNCTION = Question("ADFuncties.GetLeerlingVakken", "ADFuncties.GetLeerlingVakken", "platform")
LOGIN = Question("Algemeen.Login", "Algemeen.Login", "platform")
ROWS = "<Table><Rijen><Rij><A>1</A><B>2</B></Rij><Rij><A>3</A><B/></Rij></Rijen></Table>"
NUMBER = (
    "<Table><Regels><Regel><{0}>{1}</{0}><Fout_omschrijving>geen recht</Fout_omschrijving></Regel></Regels></Table>"
)


def response(inside: str, status: int = 200, media_type: str = "text/xml") -> Reply:
    return Reply(status, (("Content-Type", media_type),), f"<Response>{inside}</Response>".encode())


@pytest.mark.parametrize(
    "body",
    [
        f"<Response><Result>True</Result>{ROWS}</Response>",
        f"<Response>{ROWS}<Result>True</Result></Response>",
        f"<Response>{ROWS}</Response>",
        f"<Response>{ROWS.replace('Table', 'Data')}<Result>true</Result></Response>",
        f'<?xml version="1.0" encoding="utf-8"?>{ROWS[7:-8]}',
        f"\ufeff<Response><Result> True </Result>{ROWS}</Response>",
        f'<r:Response xmlns:r="urn:x"><r:Result>1</r:Result>{ROWS}</r:Response>',
        f"<Response><!-- hello --><Result>True</Result>{ROWS}</Response>",
    ],
)
def test_a_table_is_found_in_every_form_that_was_seen(body: str) -> None:
    table = read_table_answer(Reply(200, (), body.encode()), LIST)
    assert table.columns == ("A", "B")
    assert [dict(row) for row in table] == [{"A": "1", "B": "2"}, {"A": "3", "B": ""}]


@pytest.mark.parametrize("inside", ["<Table><Rijen/></Table>", "<Table/>", "<Data></Data>"])
def test_no_rows_are_an_empty_table(inside: str) -> None:
    table = read_table_answer(response(f"<Result>True</Result>{inside}"), LIST)
    assert (len(table), table.columns) == (0, ())
    assert not read_table_answer(Reply(200, (), b"<Rijen/>"), LIST)


def test_an_answer_that_is_positive_and_holds_no_table_has_no_rows_and_says_so() -> None:
    table = read_table_answer(response("<Result>True</Result>"), LIST)
    assert (len(table), table.columns) == (0, ())
    assert "no table" in table.warnings[0]


def test_xml_that_is_declared_as_a_page_is_read_all_the_same() -> None:
    assert len(read_table_answer(response(f"<Result>True</Result>{ROWS}", media_type="text/html"), LIST)) == 2


REFUSALS = [
    ("<Exception>EMGeneralFailure</Exception><ExceptionMsg>niet gekoppeld</ExceptionMsg>", LIST, NotPermitted),
    ("<Exception>EMGeneralFailure</Exception><ExceptionMsg>Fout</ExceptionMsg>", FUNCTION, ServiceError),
    ("<Exception>EOther</Exception><ExceptionMsg>geen recht op functie</ExceptionMsg>", FUNCTION, NotPermitted),
    ("<Exception>EX</Exception><ExceptionMsg>sessie verlopen</ExceptionMsg>", FUNCTION, NotAuthenticated),
    ("<ExceptionMsg>Token expired</ExceptionMsg>", FUNCTION, NotAuthenticated),
    ("<ExceptionMsg>Uw aanmelding is verlopen</ExceptionMsg>", FUNCTION, NotAuthenticated),
    ("<ExceptionMsg>Session time-out</ExceptionMsg>", FUNCTION, NotAuthenticated),
    ("<Exception>EOleException</Exception><ExceptionMsg>Query timeout expired</ExceptionMsg>", LIST, ServiceError),
    ("<Exception>EMGeneralFailure</Exception><ExceptionMsg>Time-out verlopen</ExceptionMsg>", LIST, ServiceError),
    ("<Result>False</Result><ResultMessage>Timeout expired</ResultMessage>", LIST, Refused),
    ("<Exception/>", FUNCTION, ServiceError),
    (f"<Exception>EX</Exception><Result>True</Result>{ROWS}", LIST, ServiceError),
    (f"<Result>False</Result>{NUMBER.format('Foutcode', 10)}", LIST, NotPermitted),
    (f"<Result>False</Result>{NUMBER.format('Fout_nummer', 10)}", LIST, NotPermitted),
    (f"{NUMBER.format('Foutcode', 10)}<Result>False</Result>", LIST, NotPermitted),
    (NUMBER.format("Foutcode", 10), LIST, NotPermitted),
    (f"<Result>False</Result>{NUMBER.format('Foutcode', 77)}", LIST, Refused),
    (f"<Result>False</Result>{NUMBER.format('Foutcode', '')}", LIST, Refused),
    ("<Result>False</Result><ResultMessage>nee</ResultMessage>", LOGIN, NotAuthenticated),
    ("<Result>False</Result><ResultMessage>geen toegang</ResultMessage>", FUNCTION, NotPermitted),
    ("<Result>False</Result><ResultMessage>Onbekend</ResultMessage>", FUNCTION, Refused),
    ("<Result>False</Result>", FUNCTION, Refused),
    ("<Result>False</Result><ResultMessage>Onbekende loginnaam</ResultMessage>", FUNCTION, Refused),
    ("<Result>False</Result><ResultMessage>Gebruikersnaam bestaat al</ResultMessage>", FUNCTION, Refused),
    ("<Result>False</Result><ResultMessage>Wachtwoord is te kort</ResultMessage>", FUNCTION, Refused),
    ("<Result>False</Result><ResultMessage>Leerling is niet aangemeld</ResultMessage>", FUNCTION, Refused),
    ("<Result>False</Result><ResultMessage>U bent niet meer aangemeld</ResultMessage>", FUNCTION, NotAuthenticated),
    (
        "<Result>False</Result><ResultMessage>Onjuiste gebruikersnaam of wachtwoord</ResultMessage>",
        FUNCTION,
        NotAuthenticated,
    ),
    ("<Result/>", FUNCTION, Refused),
    (f"<Result>False</Result>{ROWS}<ResultMessage>Onbekend</ResultMessage>", LIST, Refused),
]


@pytest.mark.parametrize(("inside", "question", "kind"), REFUSALS)
def test_a_refusal_comes_before_any_data(inside: str, question: Question, kind: type[Refused]) -> None:
    with pytest.raises(Refused) as caught:
        read_answer(response(inside), question)
    assert type(caught.value) is kind
    assert (caught.value.where, caught.value.status) == (question.place, 200)


def test_number_ten_names_the_list_and_the_account() -> None:
    with pytest.raises(NotPermitted, match="platform has no right to the list kluisjes") as caught:
        read_answer(response(f"<Result>False</Result>{NUMBER.format('Foutcode', 10)}"), LIST)
    assert caught.value.code == "10"


def test_a_list_may_have_columns_that_are_called_like_those_of_an_error() -> None:
    inside = f"<Result>True</Result>{NUMBER.format('Foutcode', 10)}"
    assert read_table_answer(response(inside), LIST)[0]["Foutcode"] == "10"


@pytest.mark.parametrize(
    ("kind", "text", "question", "responsible", "advice"),
    [
        ("EOleException", "Query timeout expired", LIST, Responsible.YOU, "simplify"),
        ("EMGeneralFailure", "De time-out is\nverlopen", LIST, Responsible.YOU, "simplify"),
        ("EOleException", "Incorrect syntax near the keyword", LIST, Responsible.SCHOOL, "author of the list"),
        ("EMGeneralFailure", "Fout", LIST, Responsible.SCHOOL, "author of the list"),
        ("EMGeneralFailure", "Fout", FUNCTION, Responsible.SUPPLIER, "report it"),
        ("EAccessViolation", "Access violation", FUNCTION, Responsible.SUPPLIER, "report it"),
    ],
)
def test_an_exception_says_who_can_fix_it(
    kind: str, text: str, question: Question, responsible: Responsible, advice: str
) -> None:
    with pytest.raises(Refused) as caught:
        read_answer(response(f"<Exception>{kind}</Exception><ExceptionMsg>{text}</ExceptionMsg>"), question)
    assert caught.value.responsible is responsible
    assert advice in str(caught.value)


def test_what_the_service_says_is_told_without_what_it_quotes() -> None:
    text = "'12x' is not a valid integer value for jan@school.example, 123456782"
    with pytest.raises(ServiceError) as caught:
        read_answer(response(f"<Exception>EConvertError</Exception><ExceptionMsg>{text}</ExceptionMsg>"), FUNCTION)
    assert "is not a valid integer value" in str(caught.value)
    assert caught.value.responsible is Responsible.YOU
    assert "stray #" in str(caught.value)
    assert not [each for each in ("12x", "jan", "123456782") if each in str(caught.value)]


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html><body>Onderhoud</body></html>", NotXml, "HTML page"),
        (b'<tr><td class="x" id="ResultMessage">Sessie verlopen</td></tr>', NotAuthenticated, "Sessie verlopen"),
        (b"not xml at all", NotXml, "Plain text"),
        (b"", NotXml, "Nothing"),
        (b"<Response><Result>True</Result><Table><R><r><A>1</A></r><r><A>2", NotXml, "cut off"),
        (b"<!DOCTYPE x><Response/>", NotXml, "document type"),
        (b"<Response><Table><A/><B/></Table></Response>", ReplyInvalid, "more than one table"),
        (b"<Response><Table><A/></Table><Data><A/></Data></Response>", ReplyInvalid, "one table"),
        (b"<Response><Table><R><r><A><b>1</b></A></r></R></Table></Response>", ReplyInvalid, "elements instead"),
        (b"<Response></Response>", ReplyInvalid, "contains no table"),
        (b"<Response><SessionToken>x</SessionToken></Response>", ReplyInvalid, "contains no table"),
        (b"<?xml version='1.0' encoding='utf-8'?><Response><A>\xe9</A></Response>", NotXml, "encoding"),
    ],
)
def test_what_is_no_answer_is_told_as_what_it_is(body: bytes, kind: type[Exception], words: str) -> None:
    media_type = "text/html" if b"<td" in body else "text/xml"
    with pytest.raises(kind, match=words):
        read_table_answer(Reply(200, (("Content-Type", media_type),), body), LIST)


@pytest.mark.parametrize(
    ("status", "kind"), [(404, NotFound), (500, ServiceError), (503, Maintenance), (204, ServiceError)]
)
def test_a_status_is_an_error_of_its_own(status: int, kind: type[Refused]) -> None:
    with pytest.raises(kind):
        read_answer(Reply(status, (), b"x"), LIST)


def test_an_in_band_refusal_counts_with_status_500_too_but_data_do_not() -> None:
    with pytest.raises(NotPermitted):
        read_answer(response(f"<Result>False</Result>{NUMBER.format('Foutcode', 10)}", 500), LIST)
    with pytest.raises(ReplyInvalid, match="status 500"):
        read_answer(response(f"<Result>True</Result>{ROWS}", 500), LIST)


def test_rows_may_differ_in_their_columns() -> None:
    inside = "<Table><R><r><A>1</A></r><r><B>2</B><A>3</A></r><r><A>4</A></r><r/></R></Table>"
    table = read_table_answer(response(inside), LIST)
    assert table.columns == ("A", "B")
    assert [tuple(row.values()) for row in table] == [("1", ""), ("3", "2"), ("4", ""), ("", "")]


def test_two_columns_of_one_name_are_both_kept() -> None:
    inside = "<Table><R><r><email>a</email><email>b</email><email_1>c</email_1></r></R></Table>"
    table = read_table_answer(response(inside), LIST)
    assert dict(table[0]) == {"email": "a", "email_2": "b", "email_1": "c"}
    assert "email occurs more than once" in table.warnings[0]


def test_one_cell_may_be_large_only_when_it_is_asked_for() -> None:
    body = response(f"<Table><R><r><A>{'x' * 40_000_000}</A></r></R></Table>")
    with pytest.raises(NotXml, match="too large"):
        read_table_answer(body, LIST)
    assert len(read_table_answer(body, LIST, huge_text=True)[0]["A"]) == 40_000_000
