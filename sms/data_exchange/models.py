"""Imports: the file, what each of its rows would do, and what became of it.

What a person is shown before is what happens (domain.md, "Imports"): the plan is stored, row by row, and applied as
it stands, or not at all. An undo is a run of its own, planned from the rows of the run that it takes back, so it is
previewed, applied and listed like any other. What a bulk action on a list does is a run as well.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sms.data_exchange.choices import AT_WORK, Origin, RowStatus, RunState


def place_of(run: "ImportRun", name: str) -> str:
    """Files lie under a name of ours: what a person calls a file never becomes a path."""
    return f"imports/{run.kind}.{name.rpartition('.')[2].lower()[:5] or 'csv'}"


class ImportRun(models.Model):
    kind = models.CharField(_("kind"), max_length=30)
    origin = models.CharField(_("origin"), max_length=10, choices=Origin.choices, default=Origin.UPLOAD)
    state = models.CharField(_("state"), max_length=10, choices=RunState.choices, default=RunState.MAPPING)
    title = models.CharField(_("file"), max_length=200, help_text=_("The name of the file, or what the rows are."))
    file = models.FileField(upload_to=place_of, null=True, blank=True)
    # How the file is to be read: sheet, heading_row, mapping (target → column), orders (column → dmy or mdy).
    options = models.JSONField(default=dict)
    sentence = models.TextField(blank=True, help_text="Why it was refused or stopped.")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports", verbose_name=_("who"), null=True
    )
    # In whose name it is applied. What somebody had read, somebody with other rights may confirm.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("confirmed by"), null=True
    )
    undoes = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="undone_by")
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    removed = models.PositiveIntegerField(_("removed"), default=0)
    rejected = models.PositiveIntegerField(_("rejected"), default=0)
    kept = models.PositiveIntegerField(_("left as it is"), default=0)
    warned = models.PositiveIntegerField(_("with a warning"), default=0)
    # How many rows of the kind there were when it was planned: what a share of them is measured against.
    existing = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(_("started"))
    planned_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        default_permissions = ()
        permissions = [
            ("import_data", _("Import files, and take imports back")),
            ("view_all_imports", _("See the imports of everyone")),
            ("export_data", _("Export whole kinds of data")),
        ]
        ordering = ["-created_at", "-pk"]
        constraints = [
            # Two imports of one kind at once would each be planned on what the other is changing.
            models.UniqueConstraint(
                fields=["kind"], condition=Q(state=RunState.APPLYING), name="data_exchange_one_import_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["undoes"], condition=Q(state=RunState.APPLIED), name="data_exchange_undone_once"
            ),
            models.CheckConstraint(
                condition=Q(origin=Origin.UNDO, undoes__isnull=False) | (~Q(origin=Origin.UNDO) & Q(undoes=None)),
                name="data_exchange_undo_has_a_run",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("data_exchange:run", args=[self.pk])

    @property
    def counts(self) -> dict[str, int]:
        return {status.value: getattr(self, status.value) for status in RowStatus}

    @property
    def rows_read(self) -> int:
        return sum(self.counts.values())

    @property
    def writes(self) -> int:
        """How many rows an application would write."""
        return self.new + self.changed + self.removed

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK


class ImportRow(models.Model):
    """What the run does with one row. Values are canonical and JSON (kinds/base.py); only given columns stand in them."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows", db_index=False)
    line = models.PositiveIntegerField(_("line"))
    status = models.CharField(_("status"), max_length=10, choices=RowStatus.choices)
    is_warned = models.BooleanField(default=False)
    key = models.CharField(_("row"), max_length=400, help_text=_("The key, readable."))
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict)  # of a changed or removed row: what stood there
    cleaned = models.JSONField(default=dict)  # column → text of the file, where cleaning changed it
    messages = models.JSONField(default=list)  # [column, value, sentence, "fault" | "warning"]
    cells = models.JSONField(default=list)  # of a rejected row: the texts of the file

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["run", "line"], name="data_exchange_row_line"),
            models.Index(fields=["run", "status", "line"], name="data_exchange_row_status"),
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.key}"


class ImportProgress(models.Model):
    """How far the worker is. Written and read outside of the import's own transaction, hence a row of its own."""

    run = models.OneToOneField(ImportRun, on_delete=models.CASCADE, related_name="progress", primary_key=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"

    @property
    def percent(self) -> int:
        return min(100, 100 * self.done // self.total) if self.total else 0


class RememberedMapping(models.Model):
    """How a person matched the headings of a file of this shape; used for the next one."""

    kind = models.CharField(max_length=30)
    fingerprint = models.CharField(max_length=64)
    mapping = models.JSONField()  # target → heading
    remembered_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["kind", "fingerprint"], name="data_exchange_one_mapping")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.fingerprint[:8]}"
