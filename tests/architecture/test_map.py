"""The map of docs/architecture.md leads to what is there, and leaves nothing out."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, files, read

DOCUMENT = Path("docs/architecture.md")
LIBRARY = Path("shared/seriatim")
WHOLE = (LIBRARY / "application", LIBRARY / "domain/decider")
"""Folders of so many modules that each of them has its place in the map."""
NAMED = re.compile(r"`([\w/]+(?:\.py|/))`")


def rows() -> list[str]:
    section = read(DOCUMENT).split("## Where to change what")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def places(row: str) -> Iterator[Path]:
    """The files and folders that a row names; a name that leads nowhere, as it is."""
    folder = LIBRARY
    for name in NAMED.findall(row):
        candidates = [folder / name, LIBRARY / name, Path(name)]
        place = next((one for one in candidates if (ROOT / one).exists()), Path(name))
        folder = place if name.endswith("/") else place.parent
        yield place


def test_the_map_leads_to_what_is_there() -> None:
    named = [place for row in rows() for place in places(row)]
    assert len(named) > len(rows()), "the map is read as it is written"
    assert [str(place) for place in named if not (ROOT / place).exists()] == []


def test_every_module_of_a_large_folder_is_in_the_map() -> None:
    """A new module gets its name into the row of what it is about."""
    named = {place for row in rows() for place in places(row)}
    modules = {path for path in files("*.py") if path.parent in WHOLE and path.stem != "__init__"}
    assert sorted(str(path) for path in modules - named) == []


def test_a_fake_has_the_name_of_its_port() -> None:
    ports = {path.stem for path in files("*.py") if path.parent == LIBRARY / "ports"}
    fakes = {path.stem for path in files("*.py") if path.parent == Path("tests/fakes")}
    assert sorted(fakes - ports) == []


def test_the_schemas_of_a_resource_have_the_name_of_its_routes() -> None:
    """The others serve several: bodies, problems, what all schemas are made of, all together."""
    routes = {path.stem for path in files("*.py") if path.parent == Path("functions/api/routes")}
    schemas = {path.stem for path in files("*.py") if path.parent == Path("functions/api/schemas")}
    assert sorted(schemas - routes) == ["bodies", "documents", "problems", "shown"]


def test_every_tier_of_tests_is_told_of() -> None:
    told = set(re.findall(r"^\| `tests/(\w+)` \|", read(Path("CONTRIBUTING.md")), re.MULTILINE))
    tiers = {path.parts[1] for path in files("*.py") if path.parts[0] == "tests" and path.parts[2:]}
    assert told == tiers - {"fakes"}


def test_modules_that_documents_name_are_there() -> None:
    """A path is looked for at the root and in the library, a bare name anywhere."""
    modules = {str(path) for path in files("*.py")}
    known = modules | {path.removeprefix(f"{LIBRARY}/") for path in modules}
    known |= {Path(path).name for path in modules}
    named = {
        (str(document), name)
        for document in files("*.md")
        if document != Path("CHANGELOG.md")
        for name in re.findall(r"`([\w/]+\.py)`", read(document))
    }
    assert sorted(one for one in named if one[1] not in known) == []
