"""Write the bill of materials and the list of licences of everything that a user installs, extras included.

``python requirements/sbom.py FOLDER`` reads the metadata of what is installed, follows the dependencies of
magister-connect with all its extras, and writes ``sbom.cdx.json`` (CycloneDX 1.6) and ``licences.md``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT: Final = "magister-connect"
LONGEST_EXPRESSION: Final = 60  # longer ones are the text of a licence rather than its name
# What the classifiers of packages say that name no SPDX expression.
CLASSIFIERS: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
SPELLINGS: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License 2.0": "Apache-2.0",
    "Apache v2": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
}


def licence_of(installed: Distribution) -> str:
    """The SPDX expression of a package, or ``unknown``: its expression, else its short text, else its classifier."""
    named = next(iter(_said(installed, "License-Expression") or _said(installed, "License")), "")
    if 0 < len(named) <= LONGEST_EXPRESSION and "\n" not in named:
        return SPELLINGS.get(named, named)
    classified = [each.rpartition(" :: ")[2] for each in _said(installed, "Classifier") if each.startswith("License ")]
    return next((CLASSIFIERS[each] for each in classified if each in CLASSIFIERS), "unknown")


def _said(installed: Distribution, field: str) -> list[str]:
    return installed.metadata.get_all(field) or []


def requirements_of(installed: Distribution, extras: frozenset[str]) -> Iterator[Requirement]:
    """What a package needs on this machine, with some of its extras."""
    for line in installed.requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield wanted


def gather(name: str, extras: frozenset[str], found: dict[str, set[str]]) -> None:
    """Follow dependencies from a package: ``found`` is filled with what each one needs directly."""
    needs = found.setdefault(canonicalize_name(name), set())
    for wanted in requirements_of(distribution(name), extras):
        key = canonicalize_name(wanted.name)
        new = key not in found
        needs.add(key)
        if new or wanted.extras:
            gather(wanted.name, frozenset(wanted.extras), found)


def component_of(name: str) -> Component:
    """A package as the bill lists it."""
    installed = distribution(name)
    licence = licence_of(installed)
    return Component(
        name=installed.name,
        version=installed.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", None, name, installed.version),
        bom_ref=f"{name}=={installed.version}",
        licenses=() if licence == "unknown" else [LicenseFactory().make_from_string(licence)],
    )


def bill(found: dict[str, set[str]]) -> Bom:
    """The bill of materials: the project, and what it needs."""
    components = {name: component_of(name) for name in sorted(found)}
    made = Bom(components=[each for name, each in components.items() if name != PROJECT])
    made.metadata.component = components[PROJECT]
    for name, needs in sorted(found.items()):
        made.register_dependency(components[name], [components[each] for each in sorted(needs)])
    return made


def licence_list(found: dict[str, set[str]]) -> str:
    """The licences as a table for people."""
    rows = [f"| {each.name} | {each.version} | {licence_of(each)} |" for each in map(distribution, sorted(found))]
    return "\n".join(["| package | version | licence |", "| --- | --- | --- |", *rows, ""])


def main(folder: Path) -> None:
    """Write both files."""
    found: dict[str, set[str]] = {}
    try:
        gather(PROJECT, frozenset({"all"}), found)
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: the bill tells what is there")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.cdx.json").write_text(JsonV1Dot6(bill(found)).output_as_string(indent=2), encoding="utf-8")
    (folder / "licences.md").write_text(licence_list(found), encoding="utf-8")
    print(f"{len(found)} packages: {folder / 'sbom.cdx.json'}, {folder / 'licences.md'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
