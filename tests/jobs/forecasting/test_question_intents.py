"""What is asked, by the words that give it away; the whole set of questions is read in test_question.py."""

import pytest

from jobs.forecasting.question_intents import intent_of, is_comparison, is_done, is_foreign, looks_back


@pytest.mark.parametrize(("sentence", "intent"), [
    ("que debo comprar ⟨p⟩", "purchase_list"), ("what should i reorder", "purchase_list"), ("cuanto debo invertir ⟨p⟩", "investment_total"),
    ("how much money do i need to restock", "investment_total"), ("que se va a agotar", "stockout_risk"), ("what will run out ⟨p⟩", "stockout_risk"),
    ("los ⟨n⟩ mas vendidos", "top_sellers"), ("bottom ⟨n⟩", "worst_sellers"), ("que no se vende", "worst_sellers"),
    ("cuanto ⟦3⟧ se vendera ⟨p⟩", "demand"), ("how many ⟦3⟧ ⟨p⟩", "demand"), ("hola", "unknown"), ("que hora es", "unknown")])
def test_the_words_decide_what_is_asked(sentence, intent):
    assert intent_of(sentence, comparing=False, budget=False) == intent


@pytest.mark.parametrize(("sentence", "intent"), [
    ("hazme el pedido de ⟦⟧", "purchase_list"), ("se acaba antes de que llegue el pedido", "stockout_risk"),
    ("que me falta pedir", "purchase_list"), ("cuanto necesito para comprar la mercancia ⟨p⟩", "investment_total"),
    ("budget for purchases ⟨p⟩", "investment_total"), ("will the ⟦⟧ last ⟨p⟩", "stockout_risk"), ("what is low in stock", "stockout_risk"),
    ("how did ⟦⟧ do ⟨p⟩", "demand"), ("como le fue al ⟦⟧ ⟨p⟩", "demand"), ("what is selling well", "top_sellers"),
    ("que productos llevan ⟨p⟩ sin venderse", "worst_sellers"), ("cuanto cuesta la ⟦⟧", "unknown"), ("how much is the ⟦⟧", "unknown"),
    ("cuanto cuesta el pedido ⟨p⟩", "investment_total"), ("a cuanto me sale el pedido ⟨p⟩", "investment_total"),
    ("a cuanto me deja el proveedor la ⟦⟧", "unknown"), ("what does bosch charge for ⟦⟧", "unknown"), ("how much money is tied up in stock", "unknown"),
    ("cuanto nos cuesta la ⟦⟧", "unknown"), ("cuanto costaria cubrir la demanda ⟨p⟩", "investment_total"), ("como estamos de inventario", "stockout_risk"),
    ("cual seria el pedido ideal ⟨p⟩", "purchase_list"), ("cuanto ⟦⟧ conviene tener ⟨p⟩", "purchase_list"), ("what do we have to bring in ⟨p⟩", "purchase_list"),
    ("en cuanto puedo vender la ⟦⟧", "unknown"), ("how well did ⟦⟧ do ⟨p⟩", "demand"),
    ("how much will the orders ⟨p⟩ set us back", "investment_total"),
    ("que es lo que mas va a salir ⟨p⟩", "top_sellers"), ("how is ⟨p⟩ looking for ⟦⟧", "demand"), ("como pinta la ⟦⟧ ⟨p⟩", "demand"),
    ("how many ⟦⟧ should i put in the next order", "purchase_list"), ("which lines will be short ⟨p⟩", "stockout_risk")])
def test_the_words_around_a_word_decide_too(sentence, intent):
    assert intent_of(sentence, comparing=False, budget=False) == intent


def test_what_to_buy_outweighs_a_ranking_and_what_comes_first_outweighs_the_rest():
    assert intent_of("top ⟨n⟩ items to buy", comparing=False, budget=False) == "purchase_list"
    assert intent_of("what should i buy before it runs out", comparing=False, budget=False) == "purchase_list"
    assert intent_of("what will run out if i do not buy", comparing=False, budget=False) == "stockout_risk"


def test_whether_money_is_enough_is_a_question_of_money():
    assert intent_of("me alcanzan ⟨m⟩ para las compras ⟨p⟩", comparing=False, budget=True) == "investment_total"
    assert intent_of("me alcanza el ⟦⟧", comparing=False, budget=False) == "stockout_risk"


@pytest.mark.parametrize("sentence", ["cuantas ⟦⟧ me alcanza para pedir", "how many ⟦⟧ can we buy", "cuanto ⟦⟧ alcanzo a comprar"])
def test_how_many_the_money_buys_is_a_question_of_what_to_buy(sentence):
    assert intent_of(sentence, comparing=False, budget=True) == "purchase_list"


@pytest.mark.parametrize("sentence", ["which parts hardly sold anything ⟨p⟩", "what barely moved", "que cosas apenas se venden", "lo que se vende muy poco"])
def test_what_hardly_sells_is_what_sells_worst(sentence):
    assert intent_of(sentence, comparing=False, budget=False) == "worst_sellers"


def test_money_to_spend_makes_a_question_of_what_to_buy():
    assert intent_of("tengo ⟨m⟩ que hago", comparing=False, budget=True) == "purchase_list"
    assert intent_of("what budget do i need for purchases", comparing=False, budget=False) == "investment_total"


@pytest.mark.parametrize("sentence", [
    "quien es nuestro mejor cliente", "what is our profit margin", "por que bajaron las ventas", "which supplier is the cheapest",
    "que dia vendemos mas", "borra las ventas", "what did we buy ⟨p⟩", "cuanto le deben a rosa"])
def test_other_matters_are_foreign(sentence):
    assert is_foreign(sentence)
    assert intent_of(sentence, comparing=False, budget=False) == "unknown"


@pytest.mark.parametrize(("marked", "so"), [
    ("compara ⟨p⟩ con ⟨p⟩", True), ("⟨p⟩ vs ⟨p⟩", True), ("vendimos mas ⟨p⟩ que ⟨p⟩", True), ("are sales up on ⟨p⟩", True),
    ("ha crecido la venta respecto al ⟨p⟩", True), ("mas de ⟨m⟩ unidades ⟨p⟩", False), ("ventas ⟨p⟩", False), ("sales from ⟨p⟩", False)])
def test_two_times_are_set_against_each_other_by_their_words(marked, so):
    assert is_comparison(marked) is so


def test_a_question_looks_back_by_its_verbs_else_by_what_it_asks():
    assert looks_back("cuanto vendimos en marzo", "demand")
    assert looks_back("ventas de marzo", "demand")
    assert not looks_back("cuanto venderemos en marzo", "demand")
    assert not looks_back("demanda de marzo", "demand")
    assert looks_back("top de marzo", "top_sellers")
    assert not looks_back("comprar en marzo lo que se vendio", "purchase_list")


@pytest.mark.parametrize(("sentence", "back"), [
    ("como pinta la venta de leche en febrero", False), ("what do sales look like in may", False), ("how are sales looking for may", False),
    ("how did sales look in may", True), ("como se ven las ventas del mes pasado", True), ("como se ven las ventas desde mayo", True)])
def test_how_a_time_looks_is_asked_of_what_comes_unless_it_is_over(sentence, back):
    assert looks_back(sentence, "demand") is back


def test_two_times_that_look_better_or_worse_have_both_been():
    assert looks_back("how does may look against april", "compare_periods")


def test_only_what_has_happened_is_done():
    assert is_done("how much have we sold")
    assert not is_done("ventas de este mes")
    assert not is_done("lo vendido y lo que se va a vender")
