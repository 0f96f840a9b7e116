"""The variable and unknown properties of the web interface of the simulated school."""

from __future__ import annotations

from typing import Literal

from attrs import frozen


@frozen(kw_only=True)
class PublicApiSwitches:
    """The variable and unknown properties.

    These have forms that older clients were written for; each default is what was recorded in 2026:

    - ``days``: how days are written.
    - ``subjects``, ``grades``: the fields of either.
    - ``overview``: whether the old overview is nearly empty for the current year.
    - ``files_at_school``: whether files are on the school's own host.
    - ``ordinary_status``: the status of a lesson as planned.
    - ``attachments_in_lists``: whether lists of appointments contain the files.
    - ``message_files``: where a file of a message is.
    - ``absence_times``: whether an absence has midnight of its day or the times of its lesson.
    - ``page``: the page size, if the request states none. ``page_cap``: the largest page size.
    - ``link_behind_end``: whether a whole list of the older generation links to a page after its end, which is empty.

    Access:

    - ``limit``: so many requests within ``window`` seconds of the sandbox's clock are answered. Later ones get 429 with
      the remaining seconds, in the form of ``spelling`` and, with ``retry_after``, in a header too.
    - ``expired_as_text``: an expired token is refused in plain text or in JSON.
    - ``consent_body``: the answer to a call without consent.
    - ``locked``: the school has closed its Magister for the holidays.
    - ``services_beside``: what the services for calendar, attendance and lockers require of a token: no more than the
      school's own interface (``"open"``), one of their scopes (``"scope"``), or more than any token has (``"closed"``).
      They refuse it like a token of another service.

    Lists and records:

    - ``next_links``: whether pages link to the next one.
    - ``pupils_with_photo``: pupils whose number is divisible by it have a photo.
    - ``active_shows_cancelled``: whether an agenda of active lessons shows cancelled ones. One client of 2026 treats
      lessons that are missing as cancelled.
    - ``created``: whether something new is answered with its address, with its contents, or without a body.
    - ``absence_period_end``: the name of the end of a period of absence.
    - ``months``: whether the record of absence by month is a plain list or a list of months.
    - ``notices_valid``: whether notices of absence are accepted or found invalid.
    - ``unread_for``: whether forms of the log book wait only for the mentor of the pupil, or for all staff.
    - ``draft_list``: whether drafts are listed where they are saved, or as the messages of a folder.
    - ``undo_absence``: whether the registration of an absence can be removed by its link.
    - ``upload_reply``: where the reply to an uploaded file has its id.
    """

    days: Literal["amsterdam", "utc", "date"] = "amsterdam"
    subjects: Literal["2026", "2024"] = "2026"
    grades: Literal["2026", "2024"] = "2026"
    overview: Literal["emptied", "full"] = "emptied"
    files_at_school: bool = False
    ordinary_status: Literal[7, 2] = 7
    attachments_in_lists: bool = False
    message_files: Literal["download", "message"] = "download"
    absence_times: Literal["day", "lesson"] = "day"
    page_cap: int = 250
    link_behind_end: bool = True
    limit: int | None = None
    window: float = 25.0
    spelling: str = "secondsLeft"
    retry_after: bool = False
    expired_as_text: bool = True
    consent_body: str = '{"Fouttype": "GeenToegang", "Message": "Geen toegang."}'
    locked: bool = False
    next_links: bool = True
    page: int = 20
    pupils_with_photo: int = 2
    services_beside: Literal["open", "scope", "closed"] = "open"
    active_shows_cancelled: bool = True
    created: Literal["uri", "record", "nothing"] = "uri"
    absence_period_end: Literal["Eind", "Einde"] = "Eind"
    months: Literal["flat", "grouped"] = "flat"
    notices_valid: bool = True
    unread_for: Literal["mentor", "staff"] = "mentor"
    draft_list: Literal["saved", "map"] = "saved"
    undo_absence: bool = True
    upload_reply: Literal["body", "location"] = "body"
