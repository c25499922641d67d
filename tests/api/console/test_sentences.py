"""What the system says in English, in the language of the page."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.support import Translations

from api.bodies import MESSAGES, PATTERNS
from api.console.forms import form_fields
from api.console.language import FOLDER, gettext_in
from api.console.sentences import constants, lines, said_in
from jobs.catalog import kinds
from jobs.vision.steps import STEPS
from storage.companies import CompanyIn

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [path for room in ("api", "jobs", "storage") for path in sorted((ROOT / room).rglob("*.py"))]
FORMAT = re.compile(r"\{[^{}]*\}")


def literals(path: Path) -> Iterator[str]:
    """The texts of a module, each f-string whole with a NUL in the place of each value; no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    passed |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "\0" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            yield FORMAT.sub("\0", node.value)


def stages() -> set[str]:
    """What jobs call their stages, where they are named on the spot."""
    found = set()
    for path in sorted((ROOT / "jobs").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "progress":
                found |= {a.value for a in node.args[1:2] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_every_sentence_is_one_that_the_system_says() -> None:
    pieces = "\0".join(text for path in SOURCES for text in literals(path))

    strange = [line for line in lines() if not all(part.strip() in pieces for part in constants(line))]

    assert strange == []


def test_every_word_of_the_forms_of_every_kind_is_known() -> None:
    catalog = Translations.load(FOLDER, ["es"], domain="console")._catalog  # type: ignore[attr-defined]  # babel's own
    own = [kind for kind in kinds().values() if kind.name.partition(".")[0] != "test"]
    texts = {kind.summary for kind in own} | {
        text for kind in own for field in form_fields(kind) for text in (field.name, field.unit, field.description) if text}

    assert texts - catalog.keys() == set()


def test_every_stage_of_a_job_is_known() -> None:
    found = stages() | {f"{number} {name}" for number, name in enumerate(STEPS, 1)}

    assert len(found) > 20
    assert [stage for stage in found if said_in("es", stage) == stage] == []


def test_every_row_of_health_is_known() -> None:
    said = {text.replace("\0", "7").strip() for text in literals(ROOT / "api/doctor.py") if re.search(r" \w*[a-z]{4}", text)}
    names = {"queue cpu", "storage", "disk", "clocks", "leases", "kind vision.train", "spool of w1, w2"}

    assert [text for text in said | names if said_in("es", text) == text] == []


def test_every_fault_of_a_field_is_known() -> None:
    faults = {FORMAT.sub("7", message) for message in (*MESSAGES.values(), *PATTERNS.values())}

    assert [fault for fault in faults if said_in("es", fault) == fault] == []


def test_every_pattern_that_a_client_has_to_meet_is_said_in_words() -> None:
    models = [CompanyIn, *(kind.params for kind in kinds().values() if kind.name.partition(".")[0] != "test")]
    patterns = {found for model in models for found in re.findall(r"'pattern': '([^']*)'", str(model.model_json_schema()))}

    assert patterns
    assert {pattern.replace("\\\\", "\\") for pattern in patterns} - PATTERNS.keys() == set()


@pytest.mark.parametrize(("english", "spanish"), [
    ("The file is empty.", "El archivo está vacío."),
    ("The file is a PDF document, not a table; send CSV, CSV.gz, XLSX or Parquet.",
     "El archivo es un documento PDF, no una tabla; envía CSV, CSV.gz, XLSX o Parquet."),
    ("1,868 rows repeat the item and date of another; their quantities are added up.",
     "1.868 filas: repiten el artículo y la fecha de otra; sus cantidades se suman."),
    ("on_hand: 3 rows have fewer than 0 units (rows 2, 5, 9); they count as owed to customers, and are bought on top.",
     ("Unidades disponibles: 3 filas traen menos de 0 unidades (filas 2, 5, 9); cuentan como unidades que se les deben a los clientes, y se "
     "compran además.")),
    (("Left out: 2 rows dated after the day of the upload. The first is row 57 (item A-1, 2062-11-26): is the year right? Mend it and upload "
      "again."),
     ("Quedaron por fuera: 2 filas con fecha posterior al día de la subida. La primera es la fila 57 (artículo A-1, 2062-11-26): ¿está bien el "
      "año? Corrígelo y sube el archivo de nuevo.")),
    (("The quantity in row 57 (item A-1) is 8412345678905, more than 1,000 times the next largest: it counts as it is. If it is wrong, mend "
      "it and upload again."),
     ("La cantidad de la fila 57 (artículo A-1) es 8412345678905, más de 1.000 veces la que le sigue: cuenta tal cual. Si está mal, corrígela "
      "y sube el archivo de nuevo.")),
    ("This file begins 2025-01-01; the one before it began 2024-01-01. This file has 12 items; the one before it had 80.",
     "Este archivo empieza el 2025-01-01; el anterior empezaba el 2024-01-01. Este archivo trae 12 artículos; el anterior traía 80."),
    ("Better: on the old images mAP50 went from 0.812 to 0.830, no class was lost.",
     "Mejor: en las imágenes viejas el mAP50 pasó de 0,812 a 0,830, no se perdió ninguna clase."),
    (("the mean of xgboost_relative and theta, since nothing else was clearly better (RMSE 12.5; the best simple member, "
     "seasonal_naive: 14)"),
     ("la media de árboles de decisión según el nivel (xgboost_relative) y theta, porque nada más fue claramente mejor (RMSE 12,5; el "
     "mejor método simple, lo mismo que la temporada anterior (seasonal_naive): 14)")),
    ("params.horizon: has to be 1 or more; params.end: has to be a date such as 2024-05-03.",
     "params.horizon: tiene que ser 1 o más; params.end: tiene que ser una fecha como 2024-05-03."),
    (("Codes of the stock that are not in the sales that the model knows: 40 of 40; what is there of them does not count. Only zeros in "
      "front, capitals or spaces differ in 40 of them: the stock has '1', the sales have '00001'. Upload the stock with codes as in the "
      "sales; in Excel, format their column as text."),
     ("Códigos de las existencias que no están en las ventas que el modelo conoce: 40 de 40; lo que hay de ellos no cuenta. En 40 de ellos "
      "solo cambian ceros a la izquierda, mayúsculas o espacios: las existencias traen '1', las ventas '00001'. Sube las existencias con "
      "los códigos como en las ventas; en Excel, dale a esa columna formato de texto.")),
    ("fold 2 of 3, tree 100 of 400", "prueba 2 de 3, árbol 100 de 400"),
    ("w1; 2 waiting, the longest for 5 min; 1 running", "w1; 2 en espera, el que más hace 5 min; 1 en curso"),
])
def test_a_sentence_keeps_its_values(english: str, spanish: str) -> None:
    assert said_in("es", english) == spanish
    assert said_in("en", english) == english


@pytest.mark.parametrize("code", ["en", "es"])
def test_a_note_on_the_period_names_the_control_of_the_page(code: str) -> None:
    note = next(text for text in literals(ROOT / "storage/profile.py") if text.startswith("The rows are dated sale lines"))
    shown = said_in(code, note)

    assert all(gettext_in(code, control) in shown for control in ("Forecast by", "Choices"))
    assert "frequency" in shown


@pytest.mark.parametrize("unknown", ["", " ", "Nobody has ever said this.", "x" * 5000, "{n} {+one}", "a; " * 500])
def test_what_is_not_known_is_shown_as_it_was_said(unknown: str) -> None:
    assert said_in("es", unknown) == unknown


def test_words_of_others_inside_a_sentence_are_not_translated() -> None:
    assert said_in("es", "There is no model 'the file is empty.'.") == "No hay ningún modelo 'the file is empty.'."
