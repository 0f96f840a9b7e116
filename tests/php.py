"""PHP with its SOAP extension: a SOAP client and server that nobody here wrote."""

import shutil
import subprocess

import pytest

PHP = shutil.which("php")


def has_soap() -> bool:
    return PHP is not None and b"soap" in subprocess.run([PHP, "-m"], capture_output=True, check=False).stdout.split()


needs_php = pytest.mark.skipif(not has_soap(), reason="PHP with its SOAP extension is not installed: make programs")
