"""The simulated school: a school system with its services, on loopback and with people who do not exist.

>>> with Sandbox() as school:  # doctest: +SKIP
...     school.medius_url, school.medius_username, school.medius_password

``school.school`` holds the data, ``school.clock`` the time, ``school.faults`` injects faults. A service
is started on a loopback port of its own when its address is first asked for, and stopped when the context is left.

**How a service is written.** One module per service in this package offers

- ``application(state, switches) -> ASGI application``: ``state`` is a :class:`SandboxState` (school, clock, accounts);
  the application keeps what else it needs itself;
- ``...Switches``: a frozen attrs class with a default for everything that nobody knows about the real service, so that
  tests can take each position of each switch.

:class:`Sandbox` takes the switches by the name of the service, starts the application behind ``Faults.around``, and
has a property for its address. A service reads its data from ``state.school`` at each request and asks ``state.clock``
for the time, so that both can change meanwhile; it writes through ``School.replace``. No service reads the clock of
the machine.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("sandbox", "starlette", "uvicorn", "cryptography", "python_multipart")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
