"""The web interface of the simulated school, subject by subject; ``application`` puts them together.

A module with a class (``Agenda``, ``Grades``, ``Messages`` ...) answers for one subject, under the paths of its
``routes``. ``access`` decides who may ask for what, ``answers`` has the envelopes of both generations, ``files`` the
files. ``people.records`` and ``agenda.appointments`` spell records; what nobody knows is a switch in ``switches``.
"""
