"""Templates: create, change, instantiate.

A change is made from the record as it was read and written on condition that it still is so; where
somebody was faster, it is read and decided again.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from seriatim.application.changing import content, merged
from seriatim.application.definitions import Definitions, Stored
from seriatim.application.errors import Invalid, check_version, invalid_document
from seriatim.application.pages import listed
from seriatim.domain.definition.template import PLACE_KEY, Template, canonical_template
from seriatim.domain.times import to_iso
from seriatim.domain.validation.problems import Problem, ProblemCode, error, under
from seriatim.domain.validation.templates import (
    as_of_arguments,
    instantiate,
    parse_template_document,
    read_template,
)
from seriatim.ports.clock import Clock
from seriatim.ports.errors import Conflict
from seriatim.ports.ids import Ids
from seriatim.ports.templates import TemplateRecord, Templates

Document = dict[str, Any]

ATTEMPTS_MAX: Final = 5
"""How often a change is decided again because somebody else was faster."""

replace = msgspec.structs.replace


class Templating:
    """Use cases of templates. Errors: ``NotFound``, ``Invalid`` with all problems, ``MovedOn``."""

    def __init__(
        self, templates: Templates, definitions: Definitions, ids: Ids, clock: Clock
    ) -> None:
        self._templates = templates
        self._definitions = definitions
        self._ids = ids
        self._clock = clock

    def create(self, project_id: str, document: Mapping[str, Any]) -> Stored:
        """Store a template under a new id. Repeated, it makes another one."""
        template_id = self._ids.new("tpl")
        now = self._clock.now()
        stored = _parsed(document, template_id)
        record = TemplateRecord(
            project_id=project_id,
            id=template_id,
            name=stored["name"],
            document=stored,
            version=1,
            created_at=now,
            updated_at=now,
        )
        self._templates.create(record)
        return _stored(record)

    def get(self, project_id: str, template_id: str) -> Stored:
        """A template as it is now."""
        return _stored(self._templates.get(project_id, template_id))

    def list(
        self, project_id: str, *, name: str | None, limit: int, cursor: str | None
    ) -> Document:
        """One page of a project's templates."""
        return listed(
            lambda items: self._templates.list(project_id, name=name, limit=items, cursor=cursor),
            _listed_document,
            limit,
        )

    def change(
        self,
        project_id: str,
        template_id: str,
        changes: Mapping[str, Any],
        based_on: Collection[str] | None = None,
    ) -> Stored:
        """Merge ``metadata``, replace what else ``changes`` names. What changes nothing writes
        nothing. Sequences that it has made stay as they are.

        ``based_on``: only if the version is one of these (``MovedOn``).
        """
        for _ in range(ATTEMPTS_MAX):
            record = self._current(project_id, template_id, based_on)
            document = _parsed(_merged(record.document, changes), template_id)
            if content(document) == content(record.document):
                return _stored(record)
            changed = replace(
                record,
                name=document["name"],
                document=document,
                version=record.version + 1,
                updated_at=max(self._clock.now(), record.updated_at),
            )
            try:
                self._templates.update(changed, record.version)
            except Conflict:
                continue
            return _stored(changed)
        raise _contended(template_id)

    def delete(
        self, project_id: str, template_id: str, based_on: Collection[str] | None = None
    ) -> None:
        """Take it away. Sequences that it has made stay. Repeated: ``NotFound``.

        ``based_on``: only if the version is one of these (``MovedOn``).
        """
        for _ in range(ATTEMPTS_MAX):
            record = self._current(project_id, template_id, based_on)
            try:
                self._templates.delete(project_id, template_id, record.version)
            except Conflict:
                continue
            return
        raise _contended(template_id)

    def instantiate(
        self,
        project_id: str,
        template_id: str,
        arguments: Mapping[str, Any],
        name: str | None = None,
    ) -> Stored:
        """Make a draft sequence of a template. Repeated, it makes another one.

        ``name`` is the sequence's, the template's own unless given. Problems are the arguments'
        (``/arguments/…``) where they come from one, else the sequence's.
        """
        record = self._templates.get(project_id, template_id)
        template, problems = read_template(record.document, template_id=template_id)
        if template is None:
            # It was right when it was stored; the rules have become tighter since.
            raise invalid_document("InvalidTemplate", "template", problems)
        document, problems = instantiate(template, arguments)
        if document is None:
            wrong = under(problems, "arguments")
            raise invalid_document("InvalidArguments", "set of arguments", wrong)
        if name is not None:
            document["name"] = name
        return self._created(project_id, document, template, arguments)

    def _created(
        self,
        project_id: str,
        document: Document,
        template: Template,
        arguments: Mapping[str, Any],
    ) -> Stored:
        try:
            return self._definitions.create(project_id, document)
        except Invalid as refused:
            problems = as_of_arguments(template, arguments, refused.problems)
            what = "sequence that the template makes with these arguments"
            raise invalid_document(refused.code, what, problems) from refused

    def _current(
        self, project_id: str, template_id: str, based_on: Collection[str] | None
    ) -> TemplateRecord:
        record = self._templates.get(project_id, template_id)
        check_version(f"Template {template_id!r}", record.version, based_on)
        return record


def _parsed(document: Mapping[str, Any], template_id: str) -> Document:
    """The document in its stored form. Raises ``Invalid``."""
    problems: list[Problem] = []
    if "id" in document:
        message = "'id' is set by the service; leave it out."
        problems.append(error(ProblemCode.UNKNOWN_FIELD, message, "id"))
        document = {field: value for field, value in document.items() if field != "id"}
    template, wrong = parse_template_document(document, template_id=template_id)
    problems += wrong
    if template is None or problems:
        raise invalid_document("InvalidTemplate", "template", problems)
    return canonical_template(template)


def _merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """The author's part of a stored document, changed."""
    authors = {field: value for field, value in stored.items() if field != "id"}
    result = merged(authors, changes)
    for metadata in (authors.get("metadata"), changes.get("metadata")):
        if isinstance(metadata, Mapping) and PLACE_KEY in metadata and "metadata" in changes:
            # A place is no object to be merged into.
            result["metadata"] = changes["metadata"]
    return result


def _contended(template_id: str) -> Conflict:
    return Conflict(f"template {template_id!r} is being changed by others; try again")


def _stored(record: TemplateRecord) -> Stored:
    return Stored({**record.document, **_of_the_service(record)}, record.version)


def _listed_document(record: TemplateRecord) -> Document:
    """A template as lists show it: what it is called and said to be, as it was written."""
    own = {"description": "", "version": "", "metadata": {}}
    shown = {field: record.document.get(field, default) for field, default in own.items()}
    return {"name": record.name, **shown, **_of_the_service(record)}


def _of_the_service(record: TemplateRecord) -> Document:
    return {
        "id": record.id,
        "projectId": record.project_id,
        "createdAt": to_iso(record.created_at),
        "updatedAt": to_iso(record.updated_at),
    }
