"""The web interface of the simulated school, subject by subject; ``sandbox.public_api`` puts them together.

A module with a class (``Agenda``, ``Grades``, ``Messages`` ...) answers for one subject, under the paths of ``routes``.
``desk`` decides who may ask for what, ``answers`` has the envelopes of both generations, ``files`` the files. How
records are spelled stands in ``appointments``, ``marks`` and ``people``; what nobody knows, in ``switches``.
"""
