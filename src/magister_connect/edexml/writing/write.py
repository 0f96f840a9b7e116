"""Write documents and streams. The result is valid, and a file is written completely or not at all.

The result is valid by the schema of its version, extended with the block types in ``blocks``. Blocks of other types are
refused, unless you ask to keep them or to leave them out.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, Literal, Protocol

import attrs

from magister_connect.core.boundary import file_boundary
from magister_connect.edexml.model import records
from magister_connect.edexml.model.blocks import BLOCKS, BlockTypes, Blok, OnbekendBlok
from magister_connect.edexml.model.kinds import KIND_OF, Kind
from magister_connect.edexml.model.records import Item
from magister_connect.edexml.model.versions import VERSIONS, Model, model
from magister_connect.edexml.reading.builder import UnknownBlocks
from magister_connect.edexml.reading.identity import Identities
from magister_connect.edexml.writing.convert import Adapter, Loss
from magister_connect.edexml.writing.render import IN_ATTRIBUTES, Renderer, Unwritable, escaped
from magister_connect.errors import DocumentInvalid, Responsible, UsageError


class Population(Protocol):
    """Data that can be written: a :class:`Document`, a stream that is being read, or a :class:`StreamedDocument`."""

    @property
    def school(self) -> records.School:
        """The school."""
        ...

    @property
    def vestigingen(self) -> Iterable[records.Vestiging]:
        """The locations."""
        ...

    @property
    def groepen(self) -> Iterable[records.Groep]:
        """The groups."""
        ...

    @property
    def samengestelde_groepen(self) -> Iterable[records.SamengesteldeGroep]:
        """The groups across groups."""
        ...

    @property
    def leerlingen(self) -> Iterable[records.Leerling]:
        """The pupils, possibly one by one."""
        ...

    @property
    def leerkrachten(self) -> Iterable[records.Leerkracht]:
        """The staff, possibly one by one, after the pupils."""
        ...


@attrs.frozen(repr=False)
class StreamedDocument:
    """A document with pupils and staff from iterables that can be read once."""

    school: records.School
    leerlingen: Iterable[records.Leerling]
    leerkrachten: Iterable[records.Leerkracht] = ()
    vestigingen: Iterable[records.Vestiging] = ()
    groepen: Iterable[records.Groep] = ()
    samengestelde_groepen: Iterable[records.SamengesteldeGroep] = ()

    def __repr__(self) -> str:
        return f"<StreamedDocument of {self.school.schooljaar}>"


def groups_in_order(document: Population) -> Iterable[records.Groep | records.SamengesteldeGroep]:
    """Return groups of both kinds, in their common order if it is known."""
    groups: list[records.Groep | records.SamengesteldeGroep] = [*document.groepen, *document.samengestelde_groepen]
    order: tuple[str, ...] = getattr(document, "group_order", ())
    places = {key: place for place, key in enumerate(order)}
    return sorted(groups, key=lambda group: places.get(group.key, len(places)))


_BATCH: Final = 256 * 1024
_XSI: Final = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@attrs.frozen
class Written:
    """What was written, and what the version could not hold."""

    version: str
    leerlingen: int
    leerkrachten: int
    losses: tuple[Loss, ...] = ()


@file_boundary.around
def write(
    document: Population,
    target: str | os.PathLike[str] | BinaryIO,
    *,
    version: str | None = None,
    loss: Literal["error", "report"] = "error",
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
    indent: bool = True,
) -> Written:
    """Write a document to a path or a binary file object, in ``version`` or else in the version that it was read as.

    Nothing is written unless the whole document is valid. A path is replaced in one step at the end; a file object
    receives its bytes at the end. Only the owner can read a new file; a replaced file keeps its mode.

    Pupils and staff may come one by one. Memory grows with the 64-bit hashes of keys and ECK iDs, some 170 bytes for
    each pupil. They are needed to refuse a key that is used twice.

    A block of an unknown type is invalid by every official schema, and raises
    :class:`~magister_connect.errors.DocumentInvalid`. ``unknown_blocks="keep"`` writes it as it was read, for a
    receiver that knows it. ``"strip"`` leaves it out and reports it in ``losses``.

    Data that the version cannot hold raises :class:`~magister_connect.errors.DocumentInvalid`. With ``loss="report"``
    it is left out and reported in ``losses``, if the rest stays valid. What the schema forbids always raises: a
    document without pupils, a key that is used twice, a reference to a missing record.
    """
    wanted = version or _version_of(document)
    model(wanted)
    if isinstance(target, (str, os.PathLike)):
        return _replace(
            Path(target), lambda file: _Writing(document, wanted, loss, blocks, unknown_blocks, indent=indent).to(file)
        )
    with tempfile.SpooledTemporaryFile(max_size=2**24) as kept:
        writing = _Writing(document, wanted, loss, blocks, unknown_blocks, indent=indent)
        written = writing.to(kept)  # type: ignore[arg-type] # a file all the same
        kept.seek(0)
        shutil.copyfileobj(kept, target)
    return written


@file_boundary.around
def to_bytes(
    document: Population,
    *,
    version: str | None = None,
    loss: Literal["error", "report"] = "error",
    blocks: BlockTypes = BLOCKS,
    unknown_blocks: UnknownBlocks = "error",
    indent: bool = True,
) -> bytes:
    """Return the document as bytes, as :func:`write` writes it."""
    kept = io.BytesIO()
    _Writing(document, version or _version_of(document), loss, blocks, unknown_blocks, indent=indent).to(kept)
    return kept.getvalue()


def pieces_of(
    document: Population, *, version: str, blocks: BlockTypes = BLOCKS, unknown_blocks: UnknownBlocks = "error"
) -> Iterator[bytes]:
    """Yield the root element of the document in pieces of bytes, without a declaration."""
    return _Writing(document, version, "error", blocks, unknown_blocks, indent=False).batches()


def _version_of(document: Population) -> str:
    if not hasattr(document, "leerlingen"):
        advice = "Pass a Document, a stream that is open, or a StreamedDocument."
        raise UsageError(f"This cannot be written: {type(document).__name__}", where="document", advice=advice)
    found = getattr(document, "version", VERSIONS[-1])
    return found if isinstance(found, str) else VERSIONS[-1]


def _replace(path: Path, write_to: Callable[[BinaryIO], Written]) -> Written:
    """Write to a temporary file beside the target, and replace the target when it is complete."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            written = write_to(file)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, name)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    return written


class _Writing:
    """One document that is being written."""

    def __init__(
        self,
        document: Population,
        version: str,
        loss: Literal["error", "report"],
        blocks: BlockTypes,
        unknown_blocks: UnknownBlocks,
        *,
        indent: bool,
    ) -> None:
        if loss not in {"error", "report"}:
            raise UsageError("This value of loss does not exist", advice="Pass 'error' or 'report'.")
        if unknown_blocks not in {"error", "keep", "strip"}:
            raise UsageError("This value of unknown_blocks does not exist", advice="Pass 'error', 'keep' or 'strip'.")
        self._unknown_blocks = unknown_blocks
        self._document = document
        self._model: Model = model(version)
        self._adapter = Adapter(version, strict=loss == "error")
        self._renderer = Renderer(version, blocks, *(("\n", "  ") if indent else ("", "")))
        self._identities = Identities(everyone=True)
        self._count: dict[str, int] = {}
        self._stripped_blocks = 0

    def to(self, file: BinaryIO) -> Written:
        file.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
        file.writelines(self.batches())
        count = self._count
        losses = self._adapter.losses()
        if self._stripped_blocks:
            losses += (Loss("toevoegingen", "a block of an unknown type was left out", self._stripped_blocks),)
        return Written(self._model.version, count.get("leerling", 0), count.get("leerkracht", 0), losses)

    def batches(self) -> Iterator[bytes]:
        """Yield the root element in larger pieces."""
        batch: list[str] = []
        size = 0
        for piece in self._pieces():
            batch.append(piece)
            size += len(piece)
            if size > _BATCH:
                yield "".join(batch).encode()
                batch, size = [], 0
        yield "".join(batch).encode()

    def _pieces(self) -> Iterator[str]:
        document, newline = self._document, self._renderer.newline
        yield self._opening()
        has = self._model.root.by_name
        yield from self._parts([document.school], None)
        if "groepen" in has:
            yield from self._parts(document.vestigingen, "vestigingen")
            yield from self._parts(groups_in_order(document), "groepen")
        if "leerlingen" in has:
            yield from self._parts(document.leerlingen, "leerlingen")
            if not self._count.get("leerling"):
                raise _refusal("A document without pupils may not be written", self._model.root_name)
        if "leerkrachten" in has:
            yield from self._parts(document.leerkrachten, "leerkrachten")
        yield f"{newline}</{self._model.root_name}>\n"

    def _opening(self) -> str:
        name, namespace = self._model.root_name, self._model.namespace
        if namespace is not None:
            return f'<{name} xmlns="{namespace}" {_XSI}>'
        location = getattr(self._document, "schema_location", "EDEXML.structuur.xsd")
        place = f' xsi:noNamespaceSchemaLocation="{escaped(location, "EDEX", IN_ATTRIBUTES)}"' if location else ""
        return f"<{name} {_XSI}{place}>"

    def _parts(self, items: Iterable[Item], container: str | None) -> Iterator[str]:
        """Yield a list with its items, or nothing if there are none, because a list may not be empty."""
        line = self._renderer.newline + self._renderer.indent
        begun = False
        for item in items:
            adapted = self._adapter.adapt(self._stripped(item))
            if adapted is None:
                continue
            if container is not None and not begun:
                begun = True
                yield f"{line}<{container}>"
            yield self._item(adapted, container)
        if begun:
            yield f"{line}</{container}>"

    def _stripped(self, item: Item) -> Item:
        """Leave out blocks of unknown types, or refuse them, as the caller chose."""
        blocks: tuple[Blok, ...] = getattr(item, "toevoegingen", ())
        if self._unknown_blocks == "keep" or not any(isinstance(one, OnbekendBlok) for one in blocks):
            return item
        if self._unknown_blocks == "error":
            what = "The record contains a block of an unknown type, which no official schema accepts"
            advice = (
                "Write it with unknown_blocks='keep' if the receiver knows the type, or with 'strip' to leave it out."
            )
            name = KIND_OF[type(item)].name
            raise DocumentInvalid(what, where=f"{name}/toevoegingen", responsible=Responsible.YOU, advice=advice)
        self._stripped_blocks += sum(isinstance(one, OnbekendBlok) for one in blocks)
        kept = tuple(one for one in blocks if not isinstance(one, OnbekendBlok))
        return attrs.evolve(item, toevoegingen=kept)  # type: ignore[arg-type] # it has the field, as was just seen

    def _item(self, item: Item, container: str | None) -> str:
        kind = KIND_OF[type(item)]
        name = kind.name
        self._count[name] = self._count.get(name, 0) + 1
        place = name if container is None else f"{container}/{name}[{self._count[name]}]"
        place = f"{self._model.root_name}/{place}"
        rendered = self._rendered(item, kind, place)
        for violation in self._identities.see(item):
            if violation.is_outside and not self._model.references:
                continue
            raise _refusal(violation.words, f"{place}/{violation.field}")
        return rendered

    def _rendered(self, item: Item, kind: Kind, place: str) -> str:
        name, of = kind.name, self._model.type_of(kind)
        assert of is not None  # noqa: S101 - the adapter lets only those pass that the version has
        try:
            return self._renderer.element(name, of, item, 1 if kind.container is None else 2)
        except Unwritable as unwritable:
            problem = unwritable
        below = problem.path.removeprefix(name).removeprefix("/")
        raise _refusal(problem.words, place + (f"/{below}" if below else ""))


def _refusal(words: str, where: str) -> DocumentInvalid:
    advice = "Correct the record, or write another version; nothing was written."
    return DocumentInvalid(words, where=where, responsible=Responsible.YOU, advice=advice)
