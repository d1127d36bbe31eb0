"""The import contract of architecture.md: which app may import which, and which of its modules.

Read from the source with ast, so imports inside functions count as well.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

SMS = Path(settings.BASE_DIR) / "sms"

# Imports go up this list only; apps on one line do not import each other. `config` imports everything.
ORDER = [
    {"core"},
    {"audit"},
    {"accounts"},
    {"authorization"},
    {"programme"},
    {"mentoring"},
    {"points"},
    {"attendance", "assignments"},
    {"risk"},
    {"outreach"},
    {"data_exchange"},
    {"developer"},
    {"dashboards"},
    {"demo"},
]
LEVEL = {app: level for level, apps in enumerate(ORDER) for app in apps}

OPEN_MODULES = {"models", "choices", "queries", "actions"}

# Further modules that other apps may import, each with the reason.
OFFERED = {
    "authorization.roles": "the keys of the built-in roles are words of the domain",
    "authorization.approving": "the registry of where students can be put when they are approved",
    "authorization.grants": "the one door to guardian",
    "accounts.tasks": "to invite somebody is to enqueue a task",
    "accounts.forms": "the fields for a name and a phone number, which authorization's form of a person shares",
    "audit.devices": "what a browser is called in words, for the list of one's own sessions",
    "programme.calendar": "the registry of days that the calendar of a batch marks",
    "programme.copying": "the registry of what is copied with a batch",
    "programme.filters": "every list leaves out archived batches by the same rule",
    "programme.leaving": "the registry of what follows when students leave a mission",
    "points.sources": "the registry of where points come from",
    "assignments.gradebook": "an import locks assignments before their submissions, in the order of whoever grades",
    "attendance.windows": "pure functions over dates: the demo asks them when a day was open",
    "risk.tables": "the columns of a student's standing, which the lists of students on the home pages share",
    "risk.filters": "the call list takes whom the filters of “Falling behind” show, by the same filters",
}

# Inside an app: each module imports only those of lower layers. Modules that are not named are free.
LAYERS = [{"choices"}, {"models"}, {"queries"}, {"actions"}, {"forms", "tables", "filters"}, {"views"}, {"urls"}]
LAYER = {module: level for level, modules in enumerate(LAYERS) for module in modules}

GUARDIAN_IS_FOR = {"authorization/grants.py"}


@dataclass(frozen=True)
class Import:
    """`module` is what is imported, as far down as it goes: sms.points.queries.points_of."""

    path: str
    line: int
    module: str

    @property
    def where(self) -> str:
        return f"sms/{self.path}:{self.line} imports {self.module}"

    @property
    def importer(self) -> tuple[str, str]:
        """(app, module) that imports."""
        app, _slash, rest = self.path.partition("/")
        return app, rest.removesuffix(".py").split("/")[0]

    @property
    def imported(self) -> tuple[str, str] | None:
        """(app, module) that is imported, or None for a package from outside."""
        parts = self.module.split(".")
        return (parts[1], parts[2] if len(parts) > 2 else "") if parts[0] == "sms" and len(parts) > 1 else None


def imports_of(source: str, path: str) -> Iterator[Import]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(path, node.lineno, f"{node.module}.{alias.name}")


def all_imports() -> list[Import]:
    return [
        found
        for file in sorted(SMS.rglob("*.py"))
        if "migrations" not in file.parts
        for found in imports_of(file.read_text(), file.relative_to(SMS).as_posix())
    ]


def breaches_of_order(imports: list[Import]) -> list[str]:
    breaches = []
    for found in imports:
        importer, imported = found.importer[0], found.imported
        if imported is None or importer in ("config", imported[0]):
            continue
        if imported[0] not in LEVEL or LEVEL[importer] <= LEVEL[imported[0]]:
            breaches.append(
                f"{found.where}. {imported[0]} does not lie beneath {importer}: have {importer} offer a registry that"
                f" {imported[0]} fills in its apps.py, or move the code up."
            )
    return breaches


def breaches_of_modules(imports: list[Import]) -> list[str]:
    breaches = []
    for found in imports:
        importer, imported = found.importer[0], found.imported
        if imported is None or importer in ("config", imported[0]) or imported[0] == "core":
            continue
        if imported[1] not in OPEN_MODULES and ".".join(imported) not in OFFERED:
            breaches.append(
                f"{found.where}. Across apps only {', '.join(sorted(OPEN_MODULES))} may be imported: move what is"
                f" needed into one of those of {imported[0]}, or add the module to OFFERED with a reason."
            )
    return breaches


def breaches_of_layers(imports: list[Import]) -> list[str]:
    breaches = []
    for found in imports:
        (app, module), imported = found.importer, found.imported
        if imported is None or imported[0] != app or module == imported[1]:
            continue
        if module in LAYER and imported[1] in LAYER and LAYER[module] <= LAYER[imported[1]]:
            breaches.append(
                f"{found.where}. Inside an app it goes choices, models, queries, actions, forms and tables, views:"
                f" move what {module} needs down to a layer beneath it."
            )
    return breaches


def breaches_of_guardian(imports: list[Import]) -> list[str]:
    return [
        f"{found.where}. Only sms/authorization/grants.py speaks with guardian: ask it for what you need."
        for found in imports
        if found.module.split(".")[0] == "guardian" and found.path not in GUARDIAN_IS_FOR
    ]


@pytest.mark.parametrize("rule", [breaches_of_order, breaches_of_modules, breaches_of_layers, breaches_of_guardian])
def test_contract(rule) -> None:
    breaches = rule(all_imports())
    assert not breaches, "\n".join(breaches)


def test_every_app_has_a_place() -> None:
    apps = {folder.name for folder in SMS.iterdir() if (folder / "__init__.py").exists()} - {"config"}
    assert apps == set(LEVEL), "Give each app its place in ORDER, and take out those that are gone."


def test_every_offered_module_is_still_needed() -> None:
    used = {
        ".".join(found.imported) for found in all_imports() if found.imported and found.importer[0] != found.imported[0]
    }
    assert OFFERED.keys() <= used, f"Nobody imports {sorted(OFFERED.keys() - used)}: take it out of OFFERED."


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (breaches_of_order, "programme/queries.py", "from sms.risk import queries"),
        (breaches_of_order, "attendance/actions.py", "from sms.assignments.models import Assignment"),
        (breaches_of_order, "core/list_page.py", "def page():\n    from sms.programme.models import Batch"),
        (breaches_of_order, "points/tasks.py", "import sms.attendance.models"),
        (breaches_of_modules, "dashboards/views.py", "from sms.risk.views import low_performers"),
        (breaches_of_modules, "risk/queries.py", "from sms.attendance import tasks"),
        (breaches_of_layers, "risk/queries.py", "from sms.risk.filters import LowPerformerFilter"),
        (breaches_of_layers, "points/models.py", "from sms.points import actions"),
        (breaches_of_layers, "points/tables.py", "from sms.points.forms import RulesForm"),
        (breaches_of_guardian, "mentoring/actions.py", "from guardian.shortcuts import assign_perm"),
        (breaches_of_guardian, "programme/queries.py", "import guardian"),
    ],
)
def test_the_guard_sees_a_breach(rule, path: str, source: str) -> None:
    assert len(rule(list(imports_of(source, path)))) == 1


@pytest.mark.parametrize("rule", [breaches_of_order, breaches_of_modules, breaches_of_layers, breaches_of_guardian])
def test_the_guard_lets_good_imports_pass(rule) -> None:
    good = [
        *imports_of("from sms.programme import queries\nfrom sms.core import clock\nimport datetime", "risk/views.py"),
        *imports_of("from sms.risk import queries\nfrom sms.risk.filters import LowPerformerFilter", "risk/views.py"),
        *imports_of("from guardian.models import UserObjectPermissionBase", "authorization/grants.py"),
        *imports_of("from sms.developer.views import healthz", "config/urls.py"),
    ]
    assert rule(good) == []
