"""Whatever a test of this room makes the library print or log holds no personal number."""

from collections.abc import Iterator

import pytest

from magister_connect.secrets import redact


@pytest.fixture(autouse=True)
def _nothing_personal_is_printed(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    for text in (*capfd.readouterr(), caplog.text):
        assert redact(text) == text, "a personal number was printed or logged"
