"""Tools can read the annotations of everything public: ``typing.get_type_hints`` finds each name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import magister_connect

NOT_FOUND = {
    "magister_connect.Sandbox.__init__": "ScimSwitches",  # of an extra
    "magister_connect.core.drivers.ClientSettings": "Timeouts",  # importing a client loads no driver
    "magister_connect.edexml.Tables": "DataFrame",  # of an extra
    "magister_connect.testing.Script.async_client": "AsyncHttp",  # the pytest plugin loads no driver
    "magister_connect.testing.Script.client": "SyncHttp",
    "magister_connect.testing.assert_no_personal_numbers": "pytest",
}
"""What stays unknown, and which name: each would load too much into programs that do not need it."""

LIST_FAILURES = """
import importlib, inspect, json, sys, typing

seen, members, failures = set(), [], {}

def members_of(name, found):
    if not str(getattr(found, "__module__", "")).startswith("magister_connect"):
        return
    if not inspect.isclass(found):
        if callable(found):
            yield name, found
        return
    yield name, found
    own_constructor = "__init__" in vars(found) and not hasattr(found, "__attrs_attrs__")  # attrs writes its own
    for each in (*(["__init__"] if own_constructor else []), *(each for each in dir(found) if each[0] != "_")):
        static = inspect.getattr_static(found, each)
        member = static.fget if isinstance(static, property) else getattr(found, each)
        member = getattr(member, "__func__", member)
        if callable(member) and not inspect.isclass(member):
            if str(getattr(member, "__module__", "")).startswith("magister_connect"):
                yield f"{name}.{each}", member

for package in sys.argv[1:]:
    module = importlib.import_module(package)
    for name in module.__all__:
        for member in members_of(f"{package}.{name}", getattr(module, name)):
            if id(member[1]) not in seen:
                seen.add(id(member[1]))
                members.append(member)

for name, member in sorted(members, key=lambda one: not inspect.isclass(one[1])):  # functions import names for classes
    try:
        typing.get_type_hints(member)
    except Exception as error:
        failures[name] = str(getattr(error, "name", error))
print(json.dumps([len(members), failures]))
"""


def test_type_hints_of_every_public_class_method_and_function_can_be_read() -> None:
    root = Path(magister_connect.__file__).parent
    packages = [".".join((root.name, *each.parent.relative_to(root).parts)) for each in root.rglob("__init__.pyi")]
    command = [sys.executable, "-c", LIST_FAILURES, *sorted(packages)]
    count, failures = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert count > 1000
    assert failures == NOT_FOUND
