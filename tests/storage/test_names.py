import re

import pytest

from storage import names


@pytest.mark.parametrize(("given", "expected"), [
    ("Ventas 2024.csv", "Ventas-2024.csv"), ("../../etc/passwd", "etc-passwd"), ("ñandú", "and"), ("", "unnamed"), ("...", "unnamed"),
    ("a" * 200, "a" * 64), ("ok_name-1.0", "ok_name-1.0"),
])
def test_a_name_is_made_safe_from_any_text(given: str, expected: str) -> None:
    made = names.safe_name(given)
    assert made == expected
    assert names.NAME.fullmatch(made)


def test_numbers_in_names_sort_as_numbers() -> None:
    made = [names.model_version("m", n, "version.json") for n in (1, 2, 10, 100)]
    assert made == sorted(made)
    assert all(re.fullmatch(r"models/m/\d{6}/version\.json", name) for name in made)


def test_a_name_is_never_a_folder_of_the_file_system() -> None:
    assert [bool(names.NAME.fullmatch(name)) for name in (".", "..", "...", ".a", "a.", "a..b")] == [False, False, True, True, True, True]


def test_a_probe_is_no_document_of_anything() -> None:
    assert names.probe("ab12") == "probes/ab12"
