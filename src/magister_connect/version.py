"""The version of the package; the build and the user agent read it here."""

from typing import Final

__version__: Final = "0.1.0"
