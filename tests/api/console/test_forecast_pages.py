"""The pages of forecasts, without a browser."""

import io
from typing import Any

import pytest

from storage.models import Models, Version
from tests.api.conftest import Api
from tests.api.console.conftest import OWN, PAGE, sign_in

COMPANY = {"id": "shop", "nit": "900123456", "name": "My <shop>", "country": "CO", "currency": "COP"}
SALES = b"date,item,quantity\n2024-01-01,a,1\n2024-02-01,a,2\n2024-03-01,a,3\n"
HTMX = {**OWN, "HX-Request": "true"}
SCORES = {"mae": 1.0, "rmse": 2.0, "r2": None, "wape": 0.25, "mase": None, "bias": -0.05, "level": "item"}


@pytest.fixture
def shop(api: Api) -> Api:
    """An application with a company."""
    assert api.client.post("/forecasts", data=COMPANY, headers=OWN).status_code == 303
    return api


def send(api: Api, content: bytes = SALES, headers: dict[str, str] = OWN, **fields: str) -> Any:
    data = {"type": "sales", "file": (io.BytesIO(content), "sales.csv"), **fields}
    return api.client.post("/forecasts/shop/data", data=data, headers=headers)


def promote(api: Api, regressors: tuple[str, ...] = (), job_id: str = "0" * 24) -> None:
    """A champion as a training leaves it, without the job that made it unless that is named."""
    metadata = {"chosen": "theta", "combination": {"members": ["theta"], "weight": 0.0}, "metrics": {"theta": SCORES}, "series": 1,
                "coverage": {"80": 0.81}, "frequency": "month", "horizon": 3, "first_period": "2024-01-01", "last_period": "2024-03-01",
                "regressors": regressors}
    Models(api.objects, api.jobs).publish(Version("empresa_900123456", 1, "forecasting", job_id, 1, metadata), promote=True)


def test_a_company_is_what_the_contract_says_it_is(shop: Api) -> None:
    made = shop.client.get("/v1/companies/shop").json

    assert {name: made[name] for name in COMPANY} == COMPANY
    assert made["timezone"] == "America/Bogota"
    assert "My &lt;shop&gt;" in shop.client.get("/forecasts", headers=PAGE).text


def test_faults_of_a_company_are_those_of_the_contract_and_stand_at_their_fields(api: Api) -> None:
    bad = {**COMPANY, "nit": "9-1-1", "currency": ""}
    told = {e["field"]: e["message"] for e in api.client.put("/v1/companies/shop", json={
        name: text for name, text in bad.items() if name != "id" and text}).json["errors"]}

    page = api.client.post("/forecasts", data=bad, headers=OWN)

    assert page.status_code == 422
    assert set(told) == {"nit", "currency"}
    for field, message in told.items():
        assert f'id="company-{field}-fault" class="fault">{message.replace(chr(39), "&#39;")}<' in page.text
    assert 'value="9-1-1"' in page.text


def test_all_wrong_fields_of_a_company_are_marked_at_once(shop: Api) -> None:
    bad = {**COMPANY, "nit": "none", "country": "XX"}

    unusable, taken = (shop.client.post("/forecasts", data={**bad, "id": id_}, headers=OWN).text for id_ in ("The shop!", "shop"))

    for page in (unusable, taken):
        assert [field for field in ("name", "id", "nit", "country") if f'id="company-{field}-fault"' in page] == ["id", "nit", "country"]
    assert "A company&#39;s id has 1 to 64 of the characters" in unusable
    assert "There is a company with this id already." in taken


def test_a_tax_number_is_taken_as_it_is_printed(api: Api) -> None:
    assert api.client.post("/forecasts", data={**COMPANY, "nit": "900.123.456-7"}, headers=OWN).status_code == 303
    assert api.client.get("/v1/companies/shop").json["nit"] == "9001234567"


def test_of_a_tax_number_with_a_letter_help_and_refusal_say_to_leave_it_out(api: Api) -> None:
    page = api.client.post("/forecasts", data={**COMPANY, "nit": "B-12345678"}, headers=OWN).text

    help_, fault = (page.partition(f'id="company-nit-{part}')[2].partition("</small>")[0] for part in ("help\">", "fault"))
    assert "leave letters out" in help_
    assert fault.endswith("has to be digits only, 1 to 20 of them: leave letters and signs out")
    assert api.client.post("/forecasts", data={**COMPANY, "nit": "12.345.678"}, headers=OWN).status_code == 303


def test_a_company_that_is_there_is_not_changed_by_the_form(shop: Api) -> None:
    page = shop.client.post("/forecasts", data={**COMPANY, "name": "Another"}, headers=OWN)

    assert page.status_code == 422
    assert "There is a company with this id already." in page.text
    assert shop.client.get("/v1/companies/shop").json["name"] == COMPANY["name"]


def test_a_tax_number_that_another_company_has_is_said_at_its_field(shop: Api) -> None:
    page = shop.client.post("/forecasts", data={**COMPANY, "id": "two"}, headers=OWN)

    assert page.status_code == 422
    assert 'id="company-nit-fault"' in page.text


def test_an_upload_is_a_data_set_of_the_contract(shop: Api) -> None:
    answer = send(shop, headers=HTMX)

    target = answer.headers["HX-Redirect"]
    assert answer.status_code == 204
    (known,) = shop.client.get("/v1/datasets").json["datasets"]
    assert (known["company"], known["type"], known["rows"]) == ("shop", "sales", 3)
    assert target == f"/forecasts/shop?dataset={known['id']}"
    page = shop.client.get(target, headers=PAGE).text
    assert "sales.csv is here: 3 rows." in page
    assert known["profile"]["notes"][0] in page
    assert "data-bars=" in page


def test_the_same_file_under_another_name_is_shown_by_the_newest_one(shop: Api) -> None:
    send(shop)
    target = send(shop, headers=HTMX, file=(io.BytesIO(SALES), "november.csv")).headers["HX-Redirect"]

    assert "november.csv is here: 3 rows." in shop.client.get(target, headers=PAGE).text


def test_sums_by_month_are_from_a_month_to_a_month(shop: Api) -> None:
    for day, shown in ((b"01", "January 2026 – October 2026"), (b"09", "Jan 9, 2026 – Oct 9, 2026")):
        send(shop, b"date,item,quantity\n" + b"".join(b"2026-%02d-%s,a,3\n" % (month, day) for month in range(1, 11)))

        assert shown in shop.client.get("/forecasts/shop", headers=PAGE).text


def test_what_a_file_lacks_beside_the_one_before_is_a_warning(shop: Api) -> None:
    send(shop)
    send(shop, SALES.replace(b"2024-01-01,a,1\n", b"").replace(b"a,3", b"a,4"))

    (warning,) = shop.client.get("/v1/datasets").json["datasets"][0]["profile"]["warnings"]
    assert warning.replace("'", "&#39;") in shop.client.get("/forecasts/shop", headers=PAGE).text


def test_stock_with_codes_that_are_none_of_the_sales_is_told_at_its_upload_with_one_that_lost_its_zeros(shop: Api) -> None:
    send(shop, b"".join([b"date,item,quantity\n", *(b"2024-%02d-01,00%d,1\n" % (month, item) for month in (1, 2, 3) for item in (11, 12, 13))]))

    def told(*items: str, accept: str = "en") -> str:
        stock = "item,on_hand\n" + "".join(f"{item},1\n" for item in items)
        target = send(shop, stock.encode(), headers={**HTMX, "Accept-Language": accept}, type="stock").headers["HX-Redirect"]
        return str(shop.client.get(target, headers={**PAGE, "Accept-Language": accept}).text)

    zeros = told("0011", "12", "new")
    assert "Codes that are not in the sales: 2 of 3 that were compared; what there is of them does not count." in zeros
    assert "Only zeros in front, capitals or spaces differ in 1 of them: the stock has “12”, the sales have “0012”." in zeros
    assert "in Excel, format their column as text." in zeros
    others = told("<b>")
    assert "Codes that are not in the sales: 1 of 1 that were compared" in others
    assert "Only zeros" not in others
    assert "las existencias traen «12»; las ventas, «0012»." in told("0011", "12", accept="es")
    for fits in (["0011", "0012"], ["0011", "0012", "new"]):
        assert "not in the sales" not in told(*fits)


def test_a_file_with_other_columns_is_refused_with_them_and_taken_with_a_mapping(shop: Api) -> None:
    odd = SALES.replace(b"quantity", b"how <many>")

    page = send(shop, odd)

    assert page.status_code == 422
    assert "The file has no column for quantity" in page.text
    assert '<select id="mapping-quantity" name="mapping.quantity">' in page.text
    assert "<option>how &lt;many&gt;</option>" in page.text
    assert send(shop, odd, **{"mapping.quantity": "how <many>"}).status_code == 303
    assert shop.client.get("/v1/datasets").json["datasets"][0]["mapping"] == {"quantity": "how <many>"}


def test_stock_that_is_sent_as_sales_is_called_stock_without_columns_to_choose(shop: Api) -> None:
    stock = b"articulo_codigo,existencias,costo_unitario\n1,5,100\n"

    page = send(shop, stock, headers={**OWN, "Accept-Language": "es"})
    answer = shop.client.post("/v1/datasets", data={"type": "sales", "company": "shop", "file": (io.BytesIO(stock), "stock.csv")})

    assert page.status_code == answer.status_code == 422
    assert "Parecen existencias: hay una columna &#39;existencias&#39; y ninguna con lo que se vendió." in page.text
    assert "existencias, no ventas" not in page.text  # the sentence says it already
    assert '<select id="mapping-' not in page.text
    assert answer.json["detail"].startswith("These look like stock: there is a column 'existencias'")
    assert answer.json["errors"][0]["field"] == "type"


def test_of_several_faults_each_names_its_row_and_column_as_the_page_does_and_a_single_one_is_told_once(shop: Api) -> None:
    one, two = (f"date,item,quantity\n2024-01-01,A,5\n2024-01-02,A,x\n{more}".encode() for more in ("", "2024-01-03,A,y\n"))

    single, several = (send(shop, file, headers={**OWN, "Accept-Language": "es"}).text for file in (one, two))

    assert "la primera en la fila 3: Cantidad vendida: " in single
    assert "fila 3, Cantidad vendida" not in single
    assert "<strong>fila 3, Cantidad vendida</strong>" in several
    assert "<strong>fila 4, Cantidad vendida</strong>" in several


@pytest.mark.parametrize(("fields", "said"), [
    ({"type": "nonsense"}, "There is no data set type"), ({"file": ""}, "Choose a file first."),
    ({"mapping.quantity": "gone"}, "The mapping names columns that the file does not have")])
def test_what_is_wrong_with_an_upload_is_said_in_its_form(shop: Api, fields: dict[str, str], said: str) -> None:
    page = shop.client.post("/forecasts/shop/data", headers=OWN, data={
        "type": "sales", "file": (io.BytesIO(SALES), "sales.csv"), **fields})

    assert page.status_code == 422
    assert said in page.text


def test_a_company_that_is_not_there_is_not_found(api: Api) -> None:
    assert api.client.get("/forecasts/none", headers=PAGE).status_code == 404


def test_train_starts_the_job_of_the_contract_once(shop: Api) -> None:
    send(shop)
    data = {"key": "one-form", "params.frequency": "", "params.horizon": "2", "params.regressors": ["a", "b"]}

    for _ in range(2):
        assert shop.client.post("/forecasts/shop/train", data=data, headers=OWN).status_code == 303

    (job,) = shop.jobs.page().jobs
    assert (job.kind, job.params["company"], job.params["horizon"], job.params["regressors"]) == ("forecasting.train", "shop", 2, ["a", "b"])
    page = shop.client.get("/forecasts/shop", headers=PAGE).text
    assert "The model is being trained" in page
    assert "No worker serves queue cpu now" in page
    assert f'href="/jobs/{job.id}"' in page.partition("A training is under way.")[2]
    assert '<button disabled aria-describedby="training">Train</button>' in page
    shop.end(job.id, "canceled")
    assert "<button>Train</button>" in shop.client.get("/forecasts/shop", headers=PAGE).text


def test_the_form_to_train_again_has_the_choices_of_the_model_in_use(shop: Api) -> None:
    send(shop, b"date,item,quantity,promo\n2024-01-01,a,1,0\n2024-02-01,a,2,1\n2024-03-01,a,3,0\n")
    chosen = {"params.frequency": "day", "params.horizon": "14", "params.regressors": ["promo"]}
    assert shop.client.post("/forecasts/shop/train", data=chosen, headers=OWN).status_code == 303
    job = shop.jobs.page().jobs[0].id
    shop.end(job)
    promote(shop, ("promo",), job)

    form = shop.client.get("/forecasts/shop", headers=PAGE).text.partition('<form id="train"')[2]

    assert '<option value="day" selected>' in form
    assert 'name="params.horizon" type="number" min="1" max="730" step="1" value="14"' in form
    assert '<input type="checkbox" name="params.regressors" value="promo" checked>' in form


def test_of_a_model_whose_training_is_forgotten_the_form_keeps_what_the_model_tells(shop: Api) -> None:
    send(shop)
    promote(shop)

    form = shop.client.get("/forecasts/shop", headers=PAGE).text.partition('<form id="train"')[2]

    assert '<option value="month" selected>' in form


def test_what_is_wrong_with_a_training_is_said_in_its_form(shop: Api) -> None:
    send(shop)

    page = shop.client.post("/forecasts/shop/train", data={"params.horizon": "0"}, headers=OWN)

    assert page.status_code == 422
    assert "params.horizon: has to be 1 or more" in page.text


def test_a_forecast_takes_the_companys_future_where_the_model_needs_one(shop: Api) -> None:
    send(shop)
    assert shop.client.post("/forecasts/shop/predict", headers=OWN).status_code == 404
    promote(shop, ("promo",))
    future = send(shop, b"date,item,promo\n2024-04-01,a,1\n2024-05-01,a,0\n", headers=HTMX, type="future").headers["HX-Redirect"]

    assert shop.client.post("/forecasts/shop/predict", headers=OWN).status_code == 303

    (job,) = shop.jobs.page().jobs
    assert (job.params["model"], job.params["future"]) == ("empresa_900123456", future.rpartition("=")[2])
    assert "The forecast is being made" in shop.client.get("/forecasts/shop", headers=PAGE).text
    shop.end(job.id, "failed", error={"code": "invalid_input", "message": "Future values are missing.", "retryable": False})
    page = shop.client.get("/forecasts/shop", headers=PAGE).text
    assert "The last forecast failed.</strong> Future values are missing." in page


def test_accuracy_is_told_in_words_and_a_version_without_fans_says_what_to_do(shop: Api) -> None:
    send(shop)
    promote(shop)

    page = shop.client.get("/forecasts/shop", headers=PAGE).text

    assert "off by 25% of what was sold" in page
    assert "The band that promises 80 % held the truth 81% of the time." in page
    assert "The simple method was the best one here" in page
    assert "Train again, and they stand here" in page
    assert 'href="/forecasts/shop/buy"' in page
    assert "25%" in shop.client.get("/forecasts", headers=PAGE).text


def test_roles_decide_which_forms_there_are(keyed: tuple[Api, dict[str, str]]) -> None:
    api, secrets = keyed
    sign_in(api, secrets["submit"])
    assert api.client.post("/forecasts", data=COMPANY, headers=OWN).status_code == 303
    assert 'id="upload"' in api.client.get("/forecasts/shop", headers=PAGE).text
    sign_in(api, secrets["read"])

    assert 'id="upload"' not in api.client.get("/forecasts/shop", headers=PAGE).text
    assert 'id="create"' not in api.client.get("/forecasts", headers=PAGE).text
    assert send(api).status_code == 403


def test_a_file_whose_points_may_be_either_is_taken_with_its_decimal_mark(shop: Api) -> None:
    shop.client.put("/v1/companies/shop", json={"nit": "900123456", "name": "Shop", "country": "US", "currency": "USD"})
    either = SALES.replace(b"a,1", b"a,1.500").replace(b"a,2", b"a,2.500").replace(b"a,3", b"a,3.500")

    page = send(shop, either)

    assert page.status_code == 422
    assert "may mark thousands or decimals" in page.text
    assert '<select id="decimal" name="decimal">' in page.text
    assert send(shop, either, decimal=",").status_code == 303
    assert shop.client.get("/v1/datasets").json["datasets"][0]["profile"]["decimal_mark"] == "comma"


def test_a_buyer_who_reads_spanish_is_told_in_spanish_what_was_found_and_what_is_wrong(shop: Api) -> None:
    spanish = {**OWN, "Accept-Language": "es"}

    refused = send(shop, b"%PDF-1.7", headers=spanish)
    kept = shop.client.get(send(shop, headers=spanish).headers["Location"], headers=spanish)
    away = shop.client.get("/forecasts/none", headers=spanish)
    form = shop.client.post("/forecasts", data={**COMPANY, "id": "two", "nit": "NIT 900.123.456-7"}, headers=spanish)

    assert "El archivo es un documento PDF, no una tabla" in refused.text
    assert "las filas son sumas por mes, y así se quedan" in kept.text
    assert "No hay ninguna empresa &#39;none&#39;." in away.text
    assert "tiene que ser solo dígitos, de 1 a 20: quita letras y signos" in form.text


def test_a_currency_in_small_letters_is_taken(api: Api) -> None:
    assert api.client.post("/forecasts", data={**COMPANY, "currency": "cop"}, headers=OWN).status_code == 303
    assert api.client.get("/v1/companies/shop").json["currency"] == "COP"
