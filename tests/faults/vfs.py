"""SQLite's own file layer with calls that fail: the n-th read, write, sync, truncate, lock, open or delete.

SQLite lets a program put a layer of its own (a "VFS") between the library and the files (sqlite.org/vfs.html), which is
how SQLite tests itself. This one is made with ``ctypes`` around the layer that is there, in the very library that
Python's ``sqlite3`` uses, and becomes the default of this process. Disarmed it passes everything on.

It can also cut the power: what was written but not synced is then taken back, as a disk with a cache would lose it.
"""

import _sqlite3
import ctypes
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, Structure, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

OK, BUSY, FULL, CANTOPEN = 0, 5, 13, 14
IOERR = 10
FAILS = {
    "read": IOERR | 1 << 8,
    "write": IOERR | 3 << 8,
    "sync": IOERR | 4 << 8,
    "truncate": IOERR | 6 << 8,
    "lock": IOERR | 15 << 8,
    "delete": IOERR | 10 << 8,
    "map": IOERR | 21 << 8,
    "open": CANTOPEN,
}
"""What a call answers when the device fails (sqlite.org/rescode.html)."""
_OPEN_WAL, _OPEN_KINDS = 0x80000, 0x100 | 0x800 | 0x80000
"""Main database, its journal, its write-ahead log: nothing else is counted."""

_READ = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_SIZED = CFUNCTYPE(c_int, c_void_p, c_int64)
_FLAG = CFUNCTYPE(c_int, c_void_p, c_int)
_SHM_MAP = CFUNCTYPE(c_int, c_void_p, c_int, c_int, c_int, c_void_p)
_SHM_LOCK = CFUNCTYPE(c_int, c_void_p, c_int, c_int, c_int)
_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, c_void_p)
_DELETE = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)


class _Methods(Structure):
    _fields_ = [
        ("iVersion", c_int),
        *((name, c_void_p) for name in (
            "xClose", "xRead", "xWrite", "xTruncate", "xSync", "xFileSize", "xLock", "xUnlock", "xCheckReservedLock",
            "xFileControl", "xSectorSize", "xDeviceCharacteristics", "xShmMap", "xShmLock", "xShmBarrier", "xShmUnmap",
            "xFetch", "xUnfetch",
        )),
    ]  # fmt: skip


class _Vfs(Structure):
    _fields_ = [
        ("iVersion", c_int), ("szOsFile", c_int), ("mxPathname", c_int), ("pNext", c_void_p), ("zName", c_char_p),
        ("pAppData", c_void_p),
        *((name, c_void_p) for name in (
            "xOpen", "xDelete", "xAccess", "xFullPathname", "xDlOpen", "xDlError", "xDlSym", "xDlClose", "xRandomness",
            "xSleep", "xCurrentTime", "xGetLastError", "xCurrentTimeInt64", "xSetSystemCall", "xGetSystemCall",
            "xNextSystemCall",
        )),
    ]  # fmt: skip


@dataclass
class Plan:
    """Which call fails, and how. Calls are counted from 1 while the plan is in force."""

    at: int = 0
    sticky: bool = False
    """Every call from then on, and not only one."""
    only: frozenset[str] = frozenset(FAILS)
    """Kinds of calls that are counted."""
    full: bool = False
    """Writes answer "disk full" and not "input/output error"."""
    torn: bool = False
    """Half of a failed write is on the disk all the same."""
    counted: int = 0
    hit: list[str] = field(default_factory=list)

    def fails(self, call: str) -> bool:
        if call not in self.only:
            return False
        self.counted += 1
        if self.counted == self.at or (self.sticky and 0 < self.at < self.counted):
            self.hit.append(call)
            return True
        return False

    def answer(self, call: str) -> int:
        return FULL if self.full and call in {"write", "truncate"} else FAILS[call]


class Shim:
    """The layer, registered as the process's default; ``plan`` is in force until it is replaced by None."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.plan: Plan | None = None
        self._undo: list[tuple[Path, int, bytes, int]] | None = None
        """Path, offset, bytes before, size before of every write that was not synced; None: not kept."""
        self._paths: dict[int, Path] = {}
        self._reads: dict[int, Any] = {}
        self._kept: list[Any] = []
        self._wrapped: dict[int, _Methods] = {}
        self._library = library
        library.sqlite3_vfs_find.restype = c_void_p
        self._base = _Vfs.from_address(library.sqlite3_vfs_find(None))
        self._vfs = _Vfs.from_buffer_copy(self._base)
        self._vfs.zName, self._vfs.pNext = b"faults", None
        self._open, self._delete = _OPEN(self._base.xOpen), _DELETE(self._base.xDelete)
        self._vfs.xOpen = self._keep(_OPEN(self._on_open))
        self._vfs.xDelete = self._keep(_DELETE(self._on_delete))

    def register(self) -> None:
        self._library.sqlite3_vfs_register(ctypes.byref(self._vfs), 1)

    def unregister(self) -> None:
        self._library.sqlite3_vfs_unregister(ctypes.byref(self._vfs))
        self._library.sqlite3_vfs_register(ctypes.byref(self._base), 1)

    def _keep(self, function: Any) -> int:
        """Hold on to a callback: C has only its address."""
        self._kept.append(function)
        return int(ctypes.cast(function, c_void_p).value or 0)

    def _on_open(self, vfs: int, name: int, file: int, flags: int, out: int) -> int:
        ours = bool(flags & _OPEN_KINDS)
        if ours and self.plan is not None and self.plan.fails("open"):
            c_void_p.from_address(file).value = None
            return FAILS["open"]
        code = self._open(vfs, name, file, flags, out)
        slot = c_void_p.from_address(file)
        if code == OK and ours and slot.value:
            self._reads[file] = _READ(_Methods.from_address(slot.value).xRead)
            slot.value = ctypes.addressof(self._methods(slot.value))
            self._paths[file] = Path(ctypes.string_at(name).decode())
        return int(code)

    def _on_delete(self, vfs: int, name: bytes, sync: int) -> int:
        if self.plan is not None and self.plan.fails("delete"):
            return FAILS["delete"]
        return int(self._delete(vfs, name, sync))

    def _methods(self, address: int) -> _Methods:
        """Give the file's own methods with ours in front, made once for each kind of file."""
        if address in self._wrapped:
            return self._wrapped[address]
        base = _Methods.from_address(address)
        mine = _Methods.from_buffer_copy(base)
        read, write, truncate = _READ(base.xRead), _READ(base.xWrite), _SIZED(base.xTruncate)
        mine.xRead = self._keep(_READ(lambda f, *a: self._call("read", lambda: read(f, *a))))
        mine.xWrite = self._keep(_READ(lambda f, *a: self._on_write(write, f, *a)))
        mine.xTruncate = self._keep(_SIZED(lambda f, size: self._on_truncate(truncate, f, size)))
        mine.xSync = self._keep(_FLAG(self._syncing(_FLAG(base.xSync))))
        mine.xLock = self._keep(_FLAG(self._flagged("lock", _FLAG(base.xLock))))
        if base.xShmMap and base.xShmLock:
            shm_map, shm_lock = _SHM_MAP(base.xShmMap), _SHM_LOCK(base.xShmLock)
            mine.xShmMap = self._keep(_SHM_MAP(lambda f, *a: self._call("map", lambda: shm_map(f, *a))))
            mine.xShmLock = self._keep(_SHM_LOCK(lambda f, o, n, flags: self._on_shm_lock(shm_lock, f, o, n, flags)))
        self._wrapped[address] = mine
        return mine

    def _call(self, kind: str, go_on: Callable[[], int]) -> int:
        if self.plan is not None and self.plan.fails(kind):
            return self.plan.answer(kind)
        return int(go_on())

    def _flagged(self, kind: str, base: Any) -> Callable[[int, int], int]:
        return lambda file, flag: self._call(kind, lambda: base(file, flag))

    def _on_shm_lock(self, base: Any, file: int, offset: int, n: int, flags: int) -> int:
        # Taking only: SQLite ignores what letting go answers, as it may.
        if flags & 2:
            return self._call("lock", lambda: base(file, offset, n, flags))
        return int(base(file, offset, n, flags))

    def _syncing(self, base: Any) -> Callable[[int, int], int]:
        def sync(file: int, flags: int) -> int:
            code = self._call("sync", lambda: base(file, flags))
            if code == OK and self._undo is not None:
                self._undo = [entry for entry in self._undo if entry[0] != self._paths[file]]
            return code

        return sync

    def _on_write(self, base: Any, file: int, data: int, size: int, offset: int) -> int:
        self._remember(file, offset, size)
        if self.plan is None or not self.plan.fails("write"):
            return int(base(file, data, size, offset))
        if self.plan.torn:
            base(file, data, size // 2, offset)
        return self.plan.answer("write")

    def _on_truncate(self, base: Any, file: int, size: int) -> int:
        self._remember(file, size, max(self._paths[file].stat().st_size - size, 0))
        return self._call("truncate", lambda: base(file, size))

    def _remember(self, file: int, offset: int, size: int) -> None:
        if self._undo is None:
            return
        # Through the layer itself: opening and closing the file here would let go of the process's locks on it.
        before = ctypes.create_string_buffer(size)
        self._reads[file](file, ctypes.addressof(before), size, offset)
        path = self._paths[file]
        self._undo.append((path, offset, before.raw, path.stat().st_size))

    @contextmanager
    def forgetful(self) -> Iterator[Callable[[Path, Path], None]]:
        """Give a function that copies a log as a power cut leaves it now: without what no sync covered."""
        self._undo = []
        try:
            yield self._image
        finally:
            self._undo = None

    def _image(self, path: Path, folder: Path) -> None:
        # The index of the write-ahead log is memory, so it is not copied; another process copies, for the locks' sake.
        there = [file for file in path.parent.glob(f"{path.name}*") if not file.name.endswith("-shm")]
        subprocess.run(["cp", *map(str, there), str(folder)], check=True)
        for written, offset, before, size in reversed(self._undo or []):
            copy = folder / written.name
            if copy.exists():
                with copy.open("r+b") as disk:
                    disk.seek(offset)
                    disk.write(before)
                    disk.truncate(size)


@cache
def shim() -> Shim | None:
    """Give this process's one layer, so that no connection outlives it; None where SQLite cannot be reached."""
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        library.sqlite3_vfs_find, library.sqlite3_vfs_register  # noqa: B018 - AttributeError is the answer
    except (AttributeError, OSError):  # SQLite is linked into this Python without its names
        return None
    return Shim(library)
