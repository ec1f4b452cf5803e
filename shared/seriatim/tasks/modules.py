"""Which functions a ``python`` task may name: built-ins, those of the named modules, and what else
the process has imported.
"""

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from threading import RLock
from typing import Final

from seriatim.tasks.builtin import BUILTINS
from seriatim.tasks.registry import Registry, TaskFunction, collecting, registered


class TaskModuleError(Exception):
    """A module of tasks cannot be imported, or two of its tasks have one name."""


_importing: Final = RLock()
_imported: dict[str, tuple[TaskFunction, ...]] = {}
"""By dotted name or real path: what was registered while that module was imported."""


class TaskFunctions:
    """The functions that a ``python`` task may name. ``modules`` are dotted names, or paths of
    ``.py`` files; each is imported once in a process, when first needed.
    """

    def __init__(self, modules: Iterable[str] = ()) -> None:
        self._modules = tuple(modules)
        self._own: Registry | None = None

    def load(self) -> None:
        """Import the modules now. Raises ``TaskModuleError``, which names the module."""
        with _importing:
            if self._own is not None:
                return
            own = Registry()
            for module in self._modules:
                for function in functions_of(module):
                    _add(own, function)
            self._own = own

    def find(self, name: str) -> TaskFunction | None:
        """The function of that name. Raises ``TaskModuleError``."""
        found = BUILTINS.find(name)
        if found is not None:
            return found
        self.load()
        assert self._own is not None
        return self._own.find(name) or registered.find(name)

    @property
    def names(self) -> tuple[str, ...]:
        """All names, in order."""
        registries = (BUILTINS, self._own or Registry(), registered)
        return tuple(sorted({f.name for registry in registries for f in registry.functions}))


def functions_of(module: str) -> tuple[TaskFunction, ...]:
    """The tasks of a module and of what it imports, importing it if this process has not yet.

    A module that was imported by other means counts as registered, and gives nothing here.

    Raises:
        TaskModuleError: there is no such module, or it failed; it is tried again next time.
    """
    is_path = module.endswith(".py") or "/" in module
    with _importing:
        key = str(Path(module).resolve()) if is_path else module
        if key not in _imported:
            with collecting() as found:
                try:
                    _import_file(Path(key)) if is_path else _import_name(module)
                except (Exception, SystemExit) as error:  # it may do anything at all
                    raise TaskModuleError(_what_failed(module, error)) from error
            _imported[key] = tuple(found)
        return _imported[key]


def _import_name(name: str) -> None:
    # A console script has its own directory on the path, not the one that the user stands in.
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    importlib.import_module(name)


def _import_file(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError("there is no such file")
    if str(path.parent) not in sys.path:  # what lies beside it can be imported, as in a script
        sys.path.append(str(path.parent))
    name = f"seriatim_task_file_{len(_imported)}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError("it is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _what_failed(module: str, error: BaseException) -> str:
    text = f"cannot import the task module {module!r}: {type(error).__name__}: {error}"
    traceback, lines = error.__traceback__, []
    while traceback is not None:
        lines.append((traceback.tb_frame.f_code.co_filename, traceback.tb_lineno))
        traceback = traceback.tb_next
    file, line = lines[-1]
    is_users = not file.startswith("<") and Path(file) != Path(__file__)
    return f"{text} ({Path(file).name}, line {line})" if is_users else text


def _add(own: Registry, function: TaskFunction) -> None:
    other = own.find(function.name)
    if other is not None and other.place != function.place:
        raise TaskModuleError(
            f"the task {function.name!r} is registered twice, by {other.place} and by"
            f" {function.place}; rename one"
        )
    own.add(function)
