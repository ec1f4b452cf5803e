"""The use cases of authors, and of what projects choose for themselves: on ports alone."""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

from typing import TYPE_CHECKING

from functions.building import built_once
from functions.event_wiring import EventWiring

if TYPE_CHECKING:
    from seriatim.application.choices import Choices
    from seriatim.application.definitions import Definitions
    from seriatim.application.global_variables import ProjectVariables
    from seriatim.application.project_settings import Configuring
    from seriatim.application.quotas import Quotas
    from seriatim.application.revisions import Revisions
    from seriatim.application.templates import Templating
    from seriatim.application.uploads import Uploading


class AuthoringWiring(EventWiring):
    """Definitions, templates, uploads, settings and global variables."""

    @built_once
    def choices(self) -> "Choices":
        """What projects have chosen."""
        from seriatim.application.choices import Choices

        return Choices(self.project_settings, self.clock)

    @built_once
    def quotas(self) -> "Quotas":
        """What projects may ask for in a minute, and use on a day."""
        from seriatim.application.quotas import Quotas

        return Quotas(self.choices, self.start_counts, self.day_counts, self.clock)

    @built_once
    def definitions(self) -> "Definitions":
        """What authors do with sequences and task definitions."""
        # The worker never gets here, and so never imports pydantic.
        from seriatim.application.definitions import Definitions

        return Definitions(
            self.sequences, self.task_definitions, self.ledgers, self.ids, self.clock
        )

    @built_once
    def templating(self) -> "Templating":
        """What authors do with templates."""
        from seriatim.application.templates import Templating

        return Templating(self.templates, self.definitions, self.ids, self.clock)

    @built_once
    def uploading(self) -> "Uploading":
        """What callers do with uploads."""
        from seriatim.application.uploads import Uploading

        return Uploading(self.uploads, self.ids)

    @built_once
    def configuring(self) -> "Configuring":
        """What callers do with the settings of projects."""
        from seriatim.application.project_settings import Configuring

        return Configuring(self.project_settings, self.clock)

    @built_once
    def project_variables(self) -> "ProjectVariables":
        """What callers do with global variables."""
        from seriatim.application.global_variables import ProjectVariables

        return ProjectVariables(self.global_variables)

    @built_once
    def revisions(self) -> "Revisions":
        """The revisions of sequences."""
        from seriatim.application.revisions import Revisions

        return Revisions(self.sequences)
