"""The web interface of the simulated school, one module per subject. ``application`` combines them.

A module with a class (``Agenda``, ``Grades``, ``Messages`` ...) serves one subject, with the paths of its ``routes``.
``access`` decides who may read what, ``answers`` has the envelopes of both generations, ``files`` the files.
``people.records`` and ``agenda.appointments`` define how records are written. ``switches`` has the unknown properties.
"""
