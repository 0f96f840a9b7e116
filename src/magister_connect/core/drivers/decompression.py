"""Decompress responses in pieces, so that a small one cannot fill the memory before its size is checked.

Drivers ask for and accept ``gzip`` and ``deflate``, also applied more than once (``gzip, gzip``). Each layer returns
pieces of limited size, and each piece counts towards the limit of the response.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from magister_connect.errors import ConnectionFailed, Responsible

ACCEPTED: Final = "gzip, deflate"
_PIECE: Final = 65_536
_MOST_LAYERS: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_BROKEN: Final = "The compressed response cannot be decompressed"


class Decompression:
    """The compression layers of one response, from its ``Content-Encoding``.

    ``spend`` is called with the size of each piece that a layer returns. It stops reading at the limit.
    """

    def __init__(self, encoding: str, where: str, spend: Callable[[int], None]) -> None:
        codings = [each.strip().lower() for each in encoding.split(",")]
        codings = [each for each in codings if each not in {"", "identity"}]
        if len(codings) > _MOST_LAYERS or not set(codings) <= {"gzip", "x-gzip", "deflate"}:
            raise ConnectionFailed(
                _BROKEN,
                where=where,
                responsible=Responsible.SUPPLIER,
                advice=f"Report that the service must compress with {ACCEPTED} only.",
            ).lasting()
        self._layers = [_Layer(coding.removeprefix("x-")) for coding in reversed(codings)]
        self._where = where
        self._spend = spend

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the decompressed pieces of a chunk. Raises :class:`ConnectionFailed` if the data are broken."""
        pieces: Iterable[bytes] = (chunk,)
        for layer in self._layers:
            pieces = self._through(layer, pieces)
        if not self._layers:
            self._spend(len(chunk))
        return iter(pieces)

    def finish(self) -> None:
        """Raise :class:`ConnectionFailed` if the response ended before its compressed data did."""
        if any(layer.is_open for layer in self._layers):
            raise ConnectionFailed("The compressed response ended too early", where=self._where)

    def _through(self, layer: _Layer, pieces: Iterable[bytes]) -> Iterator[bytes]:
        broken = False
        for piece in pieces:
            try:
                for each in layer.decompress(piece):
                    self._spend(len(each))
                    yield each
            except zlib.error:
                broken = True
            if broken:
                raise ConnectionFailed(_BROKEN, where=self._where)


class _Layer:
    """One compression layer.

    ``deflate`` officially has zlib's header. Some servers send it without one; like browsers, this class accepts both.
    """

    def __init__(self, coding: str) -> None:
        self._is_gzip = coding == "gzip"
        self._first = True
        self._object = zlib.decompressobj(_GZIP if self._is_gzip else zlib.MAX_WBITS)
        self.is_open = False

    def decompress(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._object.eof:
                if not self._is_gzip or not data.strip(b"\x00"):  # padding after the end
                    return
                self._object = zlib.decompressobj(_GZIP)  # a gzip body may have several members
            self.is_open = True
            piece = self._begin(data) if self._first else self._object.decompress(data, _PIECE)
            while piece:
                yield piece
                if len(piece) < _PIECE:
                    break
                piece = self._object.decompress(self._object.unconsumed_tail, _PIECE)
            data = self._object.unused_data if self._object.eof else self._object.unconsumed_tail
            self.is_open = not self._object.eof

    def _begin(self, data: bytes) -> bytes:
        self._first = False
        try:
            return self._object.decompress(data, _PIECE)
        except zlib.error:
            if self._is_gzip:
                raise
        self._object = zlib.decompressobj(-zlib.MAX_WBITS)
        return self._object.decompress(data, _PIECE)
