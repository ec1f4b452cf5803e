"""Schemas of uploads, and of the bodies that an upload may stand for."""

from typing import Any, Final

from pydantic import BaseModel

from functions.api.schemas.shown import Shown


class Upload(Shown):
    """Where to `PUT` a document, and the id that stands for it then."""

    upload_id: str
    url: str


class UploadReference(Shown):
    """Stands for the document that was put to the upload's `url`."""

    upload_id: str


UPLOADABLE: Final = ("NewSequence", "SequencePatch", "NewTemplate", "TemplatePatch")


MODELS: Final[tuple[type[BaseModel], ...]] = (
    Upload,
    UploadReference,
)


def add_upload_schemas(named: dict[str, Any]) -> None:
    """Add, for each document that may be uploaded, the body that has it or stands for it."""
    for name in UPLOADABLE:
        either = [{"$ref": f"#/components/schemas/{each}"} for each in (name, "UploadReference")]
        named[f"{name}OrUpload"] = {"title": f"{name}OrUpload", "anyOf": either}
