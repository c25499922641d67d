"""Data sets over HTTP, parsed for real by the child process."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.storage.pictures import write_zip, yolo_files

CSV = b"fecha,articulo_codigo,cantidad\n" + b"".join(b"2024-%02d-01,A,%d\n" % (month, month) for month in range(1, 13))


def upload(api: Api, content: bytes = CSV, **fields: str) -> Any:
    return api.client.post("/v1/datasets", data={"type": "sales", "name": "Ventas 2024", "file": (io.BytesIO(content), "ventas.csv"), **fields})


def test_an_upload_answers_201_with_the_profile_and_then_200_for_the_same_bytes(api: Api) -> None:
    first, second = upload(api), upload(api, name="Another name")

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json["id"] == second.json["id"]
    assert first.headers["Location"] == f"/v1/datasets/{first.json['id']}"
    assert (first.json["type"], first.json["rows"], first.json["profile"]["series"]) == ("sales", 12, 1)
    assert api.client.get(first.headers["Location"]).json == first.json
    assert [d["id"] for d in api.client.get("/v1/datasets").json["datasets"]] == [first.json["id"]]


def test_a_mapping_tells_which_column_is_which(api: Api) -> None:
    content = CSV.replace(b"cantidad", b"bultos")

    answer = upload(api, content, mapping=json.dumps({"quantity": "bultos"}))

    assert (answer.status_code, answer.json["rows"]) == (201, 12)


def test_a_refused_file_says_why_again_when_it_is_asked_for(api: Api) -> None:
    answer = upload(api, b"date,item,quantity\nyesterday,A,1\n")
    again = upload(api, b"date,item,quantity\nyesterday,A,1\n")

    assert (answer.status_code, answer.json["code"]) == (422, "dataset_unusable")
    assert again.json["detail"] == answer.json["detail"]


def test_the_last_upload_for_a_company_becomes_its_data_set(api: Api) -> None:
    company = {"nit": "900123456", "name": "Acme", "country": "CO", "currency": "COP"}
    api.client.put("/v1/companies/acme", json=company)

    made = upload(api, company="acme")

    assert made.json["company"] == "acme"
    assert api.client.get("/v1/companies/acme").json["dataset"] == made.json["id"]


@pytest.mark.parametrize("part", ["file", "type"])
def test_a_field_that_comes_twice_is_refused(api: Api, part: str) -> None:
    files = [(io.BytesIO(CSV), "a.csv")] * (2 if part == "file" else 1)
    data = {"file": [(io.BytesIO(CSV), f"{n}.csv") for n, _ in enumerate(files)], "type": ["sales"] * (2 if part == "type" else 1)}

    answer = api.client.post("/v1/datasets", data=data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert [e["field"] for e in answer.json["errors"]] == [part]


def test_a_detection_data_set_goes_out_again_in_every_format(api: Api, tmp_path: Path) -> None:
    # Given a detection data set
    content = write_zip(tmp_path / "pets.zip", yolo_files(5)).read_bytes()
    made = upload(api, content, type="detection", name="pets")
    assert (made.status_code, made.json["profile"]["boxes"]) == (201, 8)
    for format_, part in {"yolo": "data.yaml", "coco": "annotations/instances_train.json", "voc": "ImageSets/Main/val.txt"}.items():
        # When it is exported
        answer = api.client.get(f"/v1/datasets/{made.json['id']}/export?format={format_}")
        # Then it is a ZIP with all its images
        assert (answer.status_code, answer.mimetype) == (200, "application/zip")
        assert f"pets-{format_}.zip" in answer.headers["Content-Disposition"]
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            assert part in archive.namelist()
            assert sum(name.endswith(".jpg") for name in archive.namelist()) == 5
        answer.close()
    assert list((tmp_path / "home" / "tmp").iterdir()) == []


def test_an_export_needs_a_known_format_and_a_detection_data_set(api: Api) -> None:
    sales = upload(api).json["id"]

    assert api.client.get(f"/v1/datasets/{sales}/export?format=voc").status_code == 409
    assert api.client.get(f"/v1/datasets/{sales}/export?format=../x").json["errors"][0]["field"] == "format"
    assert api.client.get("/v1/datasets/" + "0" * 24 + "/export?format=voc").status_code == 404


THOUSANDS = b"fecha,articulo_codigo,cantidad\n2024-01-01,A,1.500\n2024-02-01,A,2.750\n"


@pytest.mark.parametrize(("country", "units"), [("CO", 4250.0), ("US", None), (None, None)])
def test_thousands_points_are_read_as_the_companys_country_writes_them_and_refused_elsewhere(api: Api, country: str | None, units: float | None) -> None:
    fields = {}
    if country:
        api.client.put("/v1/companies/acme", json={"nit": "900123456", "name": "Acme", "country": country, "currency": "COP"})
        fields = {"company": "acme"}

    answer = upload(api, THOUSANDS, **fields)

    assert answer.status_code == (201 if units else 422)
    assert answer.json["profile"]["units_total"] == units if units else "'1.500', '2.750'" in answer.json["detail"]


def test_the_decimal_mark_can_be_said_and_makes_another_data_set(api: Api) -> None:
    answers = [upload(api, THOUSANDS, decimal=mark) for mark in ".,"]

    assert [answer.json["profile"]["units_total"] for answer in answers] == [4.25, 4250.0]
    assert answers[0].json["id"] != answers[1].json["id"]
    assert [f["field"] for f in upload(api, THOUSANDS, decimal="comma").json["errors"]] == ["decimal"]
