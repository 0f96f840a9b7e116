"""A simulated school: a school system with its services, on loopback and with people who do not exist.

>>> with Sandbox() as school:  # doctest: +SKIP
...     school.medius_url, school.medius_username, school.medius_password

``school.school`` holds the data, ``school.clock`` is the time, and ``school.faults`` injects faults. Each service
starts on its own loopback
port when its address is first read, and stops when the context ends.

**How a service is written.** Each service is one module in this package, with:

- ``application(state, switches) -> ASGI application``. ``state`` is a :class:`SandboxState` (school, clock, accounts).
  The application keeps its other data itself.
- ``...Switches``: a frozen attrs class. It has a default for everything that is unknown about the real service, so that
  tests can use each position of each switch.

:class:`Sandbox` takes the switches by the name of the service, starts the application behind ``Faults.around``, and has
a property for its
address. A service reads ``state.school`` and ``state.clock`` at each request, because both can change. It writes
through
``School.replace``. No service reads the clock of the machine.
"""

import lazy_loader

from magister_connect.core.extras import require_extra

require_extra("sandbox", "starlette", "uvicorn", "cryptography", "python_multipart")

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
