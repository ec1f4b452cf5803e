"""What a stranger's clone must hold: nothing of one machine, and documents that tell the truth."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, files, read

# In pieces, because this file is read too.
REGISTRY_HOSTS = [
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("maven", "org"),
        ("crates", "io"),
        ("golang", "org"),
        ("debian", "org"),
    )
]
MACHINE_PATH = re.compile(r"(?<![\w./:~-])/(?:work|root|home/\w+|Users/\w+)/\w")
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ANCHOR = re.compile(r"\]\(([^)\s#]*)#([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"^[`$ ]*make ([a-z][a-z-]*)", re.MULTILINE)
DOCUMENTS = files("*.md")


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    for path in files():
        for number, line in enumerate(read(path).splitlines(), start=1):
            if pattern.search(line):
                yield f"{path}:{number}: {line.strip()[:80]}"


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile("|".join(re.escape(host) for host in REGISTRY_HOSTS))
    assert list(lines_with(hosts)) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert list(lines_with(MACHINE_PATH)) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_lead_to_files_that_exist(document: Path) -> None:
    targets = [link for link in LINK.findall(read(document)) if "://" not in link]
    missing = [link for link in targets if not (ROOT / document.parent / link).exists()]
    assert missing == []


def anchors(document: Path) -> set[str]:
    """What GitHub makes of a document's headings."""
    headings = (re.sub(r"[^\w\- ]", "", text.lower()) for text in HEADING.findall(read(document)))
    return {heading.strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_links_into_documents_lead_to_headings_that_exist(document: Path) -> None:
    links = [link for link in ANCHOR.findall(read(document)) if "://" not in link[0]]
    targets = [((document.parent / path) if path else document, anchor) for path, anchor in links]
    missing = [f"{path}#{anchor}" for path, anchor in targets if anchor not in anchors(path)]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_make_commands_in_documents_exist(document: Path) -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", read(Path("Makefile")), re.MULTILINE)
    named = [name for code in CODE.findall(read(document)) for name in MAKE.findall(code)]
    assert [name for name in named if name not in targets] == []


def test_every_adr_has_a_row_in_their_list() -> None:
    listed = LINK.findall(read(Path("docs/adr/README.md")))
    pages = [path.name for path in files("docs/adr/0*.md")]
    assert listed == pages != []
