"""What a token may do beyond what was asked for is told."""

import datetime as dt
import warnings

import pytest

from magister_connect.login import ExcessScopesWarning
from magister_connect.login.tokens import TokenResponse

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def test_scopes_beyond_those_asked_for_are_named() -> None:
    told = {"access_token": "geheim", "scope": "openid grades absence"}
    response = TokenResponse.read(told, NOW, ("openid",), "token")
    assert not response.is_plain  # so that a rotated refresh token is saved before the warning
    with pytest.warns(ExcessScopesWarning, match="absence, grades") as caught:
        assert response.require_tokens().scopes == ("openid", "grades", "absence")
    assert "register of processing" in str(caught[0].message)
    assert "geheim" not in str(caught[0].message)


@pytest.mark.parametrize("scope", ["openid", "", None])
def test_fewer_scopes_or_none_named_are_no_excess(scope: str | None) -> None:
    told = {"access_token": "geheim"} if scope is None else {"access_token": "geheim", "scope": scope}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TokenResponse.read(told, NOW, ("openid", "grades"), "token").require_tokens()
