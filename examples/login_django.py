"""Inloggen met Magister in a Django project: three views to put into your ``urls.py``.

    pip install "magister-connect[public-api]" django      # in a checkout: pip install ".[public-api]" django

Settings of your project that the views read::

    MAGISTER_LOGIN = LoginSettings(
        client_id=..., client_secret=Secret(...), redirect_uri="https://.../magister/terug"
    )
    MAGISTER_TOKENS = SqlTokenStore(
        DATABASE_ADDRESS
    )  # from magister_connect.login.token_stores.sql

    urlpatterns = [path("magister/", include(login_django.urlpatterns))]

The pending login is as secret as the login itself. It is kept in the session, so use a
session engine that keeps its data on the server (the database or the cache), not
``signed_cookies``.
"""

# Django publishes no types, so pyright guesses them and guesses wrong.
# pyright: basic, reportAttributeAccessIssue=false, reportArgumentType=false, reportIndexIssue=false

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import path

from magister_connect.errors import CallbackInvalid, ConsentMissing, LoginRequired
from magister_connect.login import MagisterLogin, PendingLogin
from magister_connect.public_api import PublicApiClient


def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to Magister."""
    with MagisterLogin(settings.MAGISTER_LOGIN) as login:
        started = login.start(request.GET.get("school"))
    request.session["magister_pending"] = started.pending.to_text()
    return redirect(started.url)


def finish(request: HttpRequest) -> HttpResponse:
    """Handle the browser that comes back; a pending login works once."""
    kept = request.session.pop("magister_pending", None)
    if kept is None:
        return redirect("magister-start")
    with MagisterLogin(settings.MAGISTER_LOGIN) as login:
        try:
            tokens = login.finish(
                PendingLogin.from_text(kept), request.build_absolute_uri()
            )
        except LoginRequired:
            return redirect("magister-start")
        except ConsentMissing as missing:
            return HttpResponse(str(missing), status=403, content_type="text/plain")
        except (
            CallbackInvalid
        ) as invalid:  # another browser, or an old page: nobody is logged in
            return HttpResponse(str(invalid), status=400, content_type="text/plain")
        login.keep(tokens, settings.MAGISTER_TOKENS, str(tokens.subject))
        request.session.cycle_key()  # a new session for a person who has just logged in
        request.session["magister_person"] = str(tokens.subject)
        request.session["magister_api"] = login.api_address(tokens)
    return redirect("magister-grades")


def grades(request: HttpRequest) -> HttpResponse:
    """The latest grades of the person in this session."""
    person, base_url = (
        request.session.get("magister_person"),
        request.session.get("magister_api"),
    )
    if person is None or base_url is None:
        return redirect("magister-start")
    with MagisterLogin(settings.MAGISTER_LOGIN) as login:
        source = login.kept(settings.MAGISTER_TOKENS, person)
        with PublicApiClient(base_url, tokens=source) as api:
            try:
                person_id = api.account().persoon.id
                found = [
                    {"vak": each.vak.code, "cijfer": each.waarde}
                    for each in api.laatste_cijfers(person_id)
                ]
            except LoginRequired:  # the grant has ended
                return redirect("magister-start")
    return JsonResponse(found, safe=False)


urlpatterns = [
    path("login", start, name="magister-start"),
    path("terug", finish, name="magister-finish"),
    path("cijfers", grades, name="magister-grades"),
]
