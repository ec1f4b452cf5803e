"""What is shipped is what the repository has, and the lock; the same inputs make the same bytes.

The packages of these tests are made here, and found in a directory: no index is asked.
"""

import hashlib
import zipfile
from pathlib import Path

import pytest

from infra.packaging import Layer, PackagingError, stage_code, stage_tasks

TAGS = {
    "arm64": "cp314-cp314-manylinux_2_17_aarch64",
    "x86_64": "cp314-cp314-manylinux_2_17_x86_64",
}
BOTH = ("arm64", "x86_64")


def wheel(directory: Path, name: str, tag: str, files: dict[str, str]) -> str:
    """Make a wheel; its hash, as a lock has it."""
    info = f"{name}-1.0.dist-info"
    content = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"])
    path = directory / f"{name}-1.0-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(inside, text)
    return f"--hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def lock(directory: Path, *lines: str) -> Path:
    path = directory / "lock.txt"
    path.write_text("\n".join(["--no-index", f"--find-links {directory}", *lines]) + "\n")
    return path


def native(directory: Path, name: str = "native", suffix: str = "{}") -> str:
    """A package with a binary for each architecture; its line in the lock."""
    hashes = [
        wheel(
            directory,
            name,
            TAGS[architecture],
            {
                f"{name}/__init__.py": "",
                f"{name}/core{suffix.format('-' + architecture)}.so": architecture,
            },
        )
        for architecture in BOTH
    ]
    return f"{name}==1.0 {' '.join(hashes)}"


def pure(directory: Path) -> str:
    """A package of Python alone; its line in the lock."""
    digest = wheel(directory, "pure", "py3-none-any", {"pure.py": "def main(): pass\n"})
    return f"pure==1.0 {digest}"


def content(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_a_layer_is_for_lambdas_architecture_whatever_the_machine(tmp_path: Path) -> None:
    requirements = lock(tmp_path, pure(tmp_path), native(tmp_path))
    layer = Layer(requirements=requirements, python="3.14", architectures=("arm64",))
    made = content(layer.build(tmp_path / "cache") / "python")
    assert made["native/core-arm64.so"] == b"arm64"
    assert made["pure.py"] == b"def main(): pass\n"
    assert "native/core-x86_64.so" not in made


def test_a_layer_may_carry_both_architectures(tmp_path: Path) -> None:
    requirements = lock(tmp_path, native(tmp_path))
    layer = Layer(requirements=requirements, python="3.14", architectures=BOTH)
    made = content(layer.build(tmp_path / "cache") / "python")
    assert {"native/core-arm64.so", "native/core-x86_64.so"} <= set(made)


def test_binaries_of_one_name_are_not_mixed(tmp_path: Path) -> None:
    requirements = lock(tmp_path, native(tmp_path, suffix=""))
    layer = Layer(requirements=requirements, python="3.14", architectures=BOTH)
    with pytest.raises(PackagingError, match=r"core\.so is another for each architecture"):
        layer.build(tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_same_lock_makes_the_same_bytes(tmp_path: Path) -> None:
    requirements = lock(tmp_path, pure(tmp_path), native(tmp_path))
    layer = Layer(requirements=requirements, python="3.14", architectures=BOTH)
    first = content(layer.build(tmp_path / "one"))
    assert first == content(layer.build(tmp_path / "two"))
    machine_made = [path for path in first if "/bin/" in path or path.endswith("RECORD")]
    assert machine_made == []


def test_a_layer_is_built_once(tmp_path: Path) -> None:
    requirements = lock(tmp_path, pure(tmp_path))
    layer = Layer(requirements=requirements, python="3.14", architectures=("arm64",))
    made = layer.build(tmp_path / "cache")
    (tmp_path / "pure-1.0-py3-none-any.whl").unlink()
    assert layer.build(tmp_path / "cache") == made


def test_another_lock_version_or_architecture_is_another_layer(tmp_path: Path) -> None:
    requirements = lock(tmp_path, pure(tmp_path))
    layer = Layer(requirements=requirements, python="3.14", architectures=("arm64",))
    digests = {
        layer.digest,
        Layer(requirements=requirements, python="3.13", architectures=("arm64",)).digest,
        Layer(requirements=requirements, python="3.14", architectures=BOTH).digest,
    }
    lock(tmp_path, native(tmp_path))
    assert len(digests | {layer.digest}) == 4


def test_a_package_with_other_bytes_than_the_lock_is_refused(tmp_path: Path) -> None:
    line = pure(tmp_path)
    requirements = lock(tmp_path, line)
    wheel(tmp_path, "pure", "py3-none-any", {"pure.py": "import evil\n"})
    layer = Layer(requirements=requirements, python="3.14", architectures=("arm64",))
    with pytest.raises(PackagingError, match=r"(?i)hash mismatch"):
        layer.build(tmp_path / "cache")


def test_a_package_without_a_hash_is_refused(tmp_path: Path) -> None:
    requirements = lock(tmp_path, pure(tmp_path).partition(" ")[0])
    layer = Layer(requirements=requirements, python="3.14", architectures=("arm64",))
    with pytest.raises(PackagingError, match="hash"):
        layer.build(tmp_path / "cache")


def test_code_is_shipped_without_what_only_a_developer_needs(tmp_path: Path) -> None:
    code = stage_code(tmp_path / "code")
    assert {path.name for path in code.iterdir()} == {"functions", "seriatim"}
    shipped = {path.name for path in (code / "seriatim").iterdir()}
    assert {"adapters", "application", "domain", "tasks"} <= shipped
    assert not shipped & {"cli", "console", "local", "testing"}
    assert not [path for path in code.rglob("*") if path.suffix == ".pyc"]


def test_a_users_tasks_are_shipped_where_lambda_looks(tmp_path: Path) -> None:
    (tmp_path / "tasks" / "orders" / "__pycache__").mkdir(parents=True)
    (tmp_path / "tasks" / "orders" / "tasks.py").write_text("READY = True\n")
    (tmp_path / "tasks" / "orders" / "__pycache__" / "tasks.cpython-311.pyc").write_bytes(b"")
    staged = stage_tasks(tmp_path / "tasks", tmp_path / "layer")
    assert list(content(staged)) == ["python/orders/tasks.py"]
