"""What is said where an answer is missing or has to be taken with care, in Spanish and English; braces are filled in."""

from jobs.forecasting.ask_book import Caution, Reason
from jobs.forecasting.ask_words import Text

LACKS: dict[Reason, Text] = {
    "exclusion": {"es": "No entendí qué hay que dejar por fuera. Dilo con el código, el nombre o la categoría: «sin "
                        "contar la categoría …».",
                  "en": "I did not understand what has to be left out. Say its code, name or category: “without category …”."},
    "nothing_left": {"es": "Si dejo eso por fuera no queda ningún artículo.", "en": "With that left out, no article is left."},
    "average": {"es": "Promedios solo sé darlos de lo vendido, por día, por semana o por mes: «promedio mensual de ventas "
                      "de 2025».",
                "en": "I can only average what sells, per day, week or month: “average monthly sales of 2025”."},
    "by_period": {"es": "No doy cada período por separado. Pregunta por uno («ventas de marzo de 2026») o por el promedio "
                        "(«promedio mensual de ventas de 2026»).",
                  "en": "I do not list each period. Ask about one (“sales in March 2026”) or the average (“average "
                        "monthly sales of 2026”)."},
    "best_period": {"es": "No sé decir en qué día, mes o año se vende más o menos. Pregunta por uno, o compara dos.",
                    "en": "I cannot tell on which day, month or year most or least sells. Ask about one, or compare two."},
    "share": {"es": "No calculo porcentajes ni partes de un total. Pregunta por las unidades de cada parte.",
              "en": "I do not work out percentages or shares of a total. Ask about the units of each part."},
    "by_group": {"es": "No sé repartir esa respuesta por grupos; por categoría solo sé decir cuánto se vende.",
                 "en": "I cannot split that answer by groups; by category I can only say how much sells."},
    "tax": {"es": "De impuestos no sé nada: los precios son los que traen las ventas.",
            "en": "I know nothing of taxes: prices are those of the sales."},
    "number": {"es": "No entendí qué número de artículos quieres. Dilo así: «los 5 artículos más vendidos».",
               "en": "I did not understand how many articles you want. Say it like “the 5 best selling articles”."},
    "margin": {"es": "De márgenes y ganancias no sé responder: no calculo lo que costó lo vendido. Lo más parecido: «¿Cuánto "
                     "facturamos el año pasado?».",
               "en": "I cannot answer about margins and profits: I do not work out what the goods sold had cost. The nearest: "
                     "“What was our revenue last year?”"},
    "change": {"es": "Solo leo: no cambio ni borro datos.", "en": "I only read: I neither change nor delete data."},
    "supplier": {"es": "De proveedores no sé responder. Lo más parecido: «¿Qué debo comprar el próximo mes?».",
                 "en": "I cannot answer about suppliers. The nearest: “What should I buy next month?”"},
    "overstock": {"es": "Qué sobra no lo respondo aquí: lo marca la lista de compras, en su filtro «exceso».",
                  "en": "What is too much I do not answer here: the buy list marks it, by its filter “too much”."},
    "newcomer": {"es": "No sé decir qué artículos son nuevos. Lo más parecido: «¿Cuáles son los 5 más vendidos de este año?».",
                 "en": "I cannot tell which articles are new. The nearest: “What are the 5 best sellers of this year?”"},
    "invoice": {"es": "De facturas, deudas y pagos no sé nada.", "en": "I know nothing of invoices, debts and payments."},
    "bought": {"es": "Lo que ya se compró no lo sé: solo lo que se vendió. Lo más parecido: «¿Qué debo comprar el próximo mes?».",
               "en": "What was bought I do not know, only what was sold. The nearest: “What should I buy next month?”"},
    "price": {"es": "De precios y descuentos no sé responder.", "en": "I cannot answer about prices and discounts."},
    "customer": {"es": "De clientes no sé nada.", "en": "I know nothing of customers."},
    "returned": {"es": "De devoluciones no sé responder.", "en": "I cannot answer about returns."},
    "staff": {"es": "De quién vende o compra no sé nada.", "en": "I know nothing of who sells or buys."},
    "place": {"es": "De tiendas, sucursales y ciudades no sé nada.", "en": "I know nothing of stores, branches and cities."},
    "why": {"es": "No sé por qué pasa algo: solo cuánto.", "en": "I do not know why something happens: only how much."},
    "no_whole_month": {"es": "En {span} no hay ningún mes completo conocido, así que no hay promedio mensual.",
                       "en": "There is no whole known month in {span}, so there is no monthly average."},
    "no_sales": {"es": "Todavía no hay ventas para responder. Sube un archivo de ventas y vuelve a preguntar.",
                 "en": "There are no sales to answer from yet. Upload a sales file and ask again."},
    "no_model": {"es": "Para mirar al futuro falta entrenar el modelo {model}. Entrénalo primero y vuelve a preguntar.",
                 "en": "To look ahead, the model {model} has to be trained. Train it first and ask again."},
    "regressors": {"es": "El modelo necesita saber el futuro de {regressors}. Sube un archivo con el artículo, la fecha y esas "
                         "columnas (tipo «Conocido de antemano») y vuelve a preguntar.",
                   "en": "The model needs the future of {regressors}. Upload a file with the article, the date and these "
                         "columns (type “Known in advance”) and ask again."},
    "future_short": {"es": "El modelo necesita saber el futuro de {regressors} de cada artículo hasta el {last} y los días de "
                           "entrega, y "
                           "el archivo de lo conocido de antemano ({future}) no lo trae todo. Sube uno completo y vuelve a "
                           "preguntar.",
                     "en": "The model needs the future of {regressors} of every article up to {last} and the delivery time, "
                           "and the file of what is known in advance ({future}) does not have all of it. Upload a whole one "
                           "and ask again."},
    "blank": {"es": "No se sabe: la cantidad está en blanco ({span}).", "en": "Not known: the quantity is blank ({span})."},
    "no_price": {"es": "No sé a qué precio se vendió, así que no puedo ordenar por dinero. Agrega el precio de cada unidad a "
                       "las ventas, o pregunta por unidades.",
                 "en": "I do not know at what price it sold, so I cannot rank by money. Add the price of a unit to the sales, "
                       "or ask by units."},
    "two_groups": {"es": "Solo comparo dos épocas, no artículos o categorías entre sí. Pregunta por cada uno: «¿Cuánto "
                         "vendimos de … en 2026?».",
                   "en": "I only compare two times, not articles or categories with each other. Ask about each: “How much of … "
                         "did we sell in 2026?”"},
    "which_many": {"es": "Hay {n} artículos que pueden ser «{words}». Dime el código o más del nombre, o di «todo "
                         "lo de {words}» para sumarlos. Los que más se venden: {candidates}.",
                   "en": "There are {n} articles that “{words}” may be. Tell me the code or more of the name, or say “all "
                         "{words}” to sum them up. Those that sell most: {candidates}."},
    "unknown_code": {"es": "No hay ningún artículo {words}. Parecidos: {candidates}.",
                     "en": "There is no article {words}. Similar: {candidates}."},
    "currency": {"es": "Solo conozco los precios en {currency}, y no sé cuánto vale otra moneda. Pregunta en {currency}.",
                 "en": "I know prices in {currency} only, and not what another currency is worth. Ask in {currency}."},
    "too_early": {"es": "Las ventas que conozco van del {first} al {last}; de antes no sé nada. Pregunta por esos días.",
                  "en": "The sales that I know go from {first} to {last}; I know nothing before. Ask about these days."},
    "too_far": {"es": "Eso queda demasiado lejos: puedo calcular hasta el {last}.",
                "en": "That is too far ahead: I can look up to {last}."},
    "gap": {"es": "El modelo aprendió de ventas hasta el {learned}, que son más nuevas que los datos de la empresa. Sube las "
                  "ventas nuevas o entrena otra vez.",
            "en": "The model learned from sales up to {learned}, which are newer than the company's data. Upload the new sales "
                  "or train again."},
    "period_sums": {"es": "Las ventas vienen sumadas por {sums}, así que no sé cuánto toca a una parte. Pregunta por períodos "
                          "completos.",
                    "en": "The sales come as sums by {sums}, so I do not know what falls on a part. Ask about whole ones."},
    "not_yet": {"es": "De {span} no hay ventas todavía: los datos llegan hasta el {last}. Sube las ventas nuevas y vuelve a "
                      "preguntar.",
                "en": "There are no sales of {span} yet: the data end on {last}. Upload the new sales and ask again."},
    "no_stock": {"es": "No sé cuánto hay en la bodega. Sube un archivo de inventario (tipo «Existencias») y vuelve a preguntar.",
                 "en": "I do not know what is in the warehouse. Upload a stock file (type “Stock”) and ask again."},
    "no_cost": {"es": "No sé cuánto cuesta ningún artículo, así que no puedo decir cuánto dinero es. Agrega el costo "
                      "de cada unidad a las ventas o al inventario.",
                "en": "I do not know what any article costs, so I cannot say how much money it is. Add the cost of a unit to "
                      "the sales or the stock."},
    "past_purchase": {"es": "{span} ya pasó, y solo puedo decir qué comprar de aquí en adelante.",
                      "en": "{span} is over, and I can only say what to buy from now on."},
    "unclear": {"es": "No entendí de qué días hablas («{words}»). Dilo por ejemplo así: «en marzo de 2027» o «del 1 al 15 de "
                      "diciembre».",
                "en": "I did not understand which days you mean (“{words}”). Say it like “in March 2027” or “from 1 to 15 "
                      "December”."},
    "two_periods": {"es": "Para comparar necesito dos épocas. Por ejemplo: «compara este mes con el mes pasado».",
                    "en": "To compare I need two times. For example: “compare this month with last month”."},
    "which": {"es": "No estoy seguro de qué artículo es «{words}». ¿Es uno de estos? {candidates}.",
              "en": "I am not sure which article “{words}” is. Is it one of these? {candidates}."},
    "unknown_item": {"es": "No conozco ningún artículo que se llame «{words}». Usa su código o su nombre como está en las "
                           "ventas.",
                     "en": "I know no article called “{words}”. Use its code, or its name as it stands in the sales."},
}

CAUTIONS: dict[Caution, Text] = {
    "old_sales": {"es": "Ojo: tus ventas llegan hasta el {last}; lo que pasó después no lo sé.",
                  "en": "Mind: your sales end on {last}; what happened after that I do not know."},
    "old_model": {"es": "Ojo: el modelo aprendió de ventas hasta el {learned}, y ya hay hasta el {last}; entrénalo otra vez.",
                  "en": "Mind: the model learned from sales up to {learned}, and there are sales up to {last}; train it again."},
    "with_future": {"es": "Tomé lo que viene de {regressors} del archivo {future}.",
                    "en": "I took what is to come of {regressors} from the data set {future}."},
    "blanks": {"es": "Hay {n} líneas con la cantidad en blanco, que no están en la cuenta.",
               "en": "{n} lines have a blank quantity and are not counted."},
    "beyond": {"es": "Más allá del {last} el modelo no se ha puesto a prueba: tómalo como una idea, no como un dato.",
               "en": "Beyond {last} the model has not been tested: take it as a rough idea."},
    "strange_codes": {"es": "Ojo: códigos del inventario que no están en las ventas: {n} de {all}; lo que hay de ellos no lo "
                            "conté. Sube el inventario con los códigos como en las ventas; en Excel, dale a esa columna formato "
                            "de texto.",
                      "en": "Mind: codes of the stock file that are not in the sales: {n} of {all}; I did not count what is "
                            "there of them. Upload the stock with codes as in the sales; in Excel, format their column as text."},
    "alike_codes": {"es": "Ojo: códigos del inventario que no están en las ventas: {n} de {all}; lo que hay de ellos no lo "
                          "conté. En {alike} solo cambian ceros a la izquierda, mayúsculas o espacios: «{code}» es "
                          "«{article}» en las ventas. Sube el inventario con los códigos como en las ventas; en Excel, dale a "
                          "esa columna formato de texto.",
                    "en": "Mind: codes of the stock file that are not in the sales: {n} of {all}; I did not count what is there "
                          "of them. Only zeros in front, capitals or spaces differ in {alike}: “{code}” is “{article}” in the "
                          "sales. Upload the stock with codes as in the sales; in Excel, format their column as text."},
    "last_whole": {"es": "De {span} no hay ventas completas todavía: los datos llegan hasta el {last}. Comparo lo último "
                         "completo.",
                   "en": "There are no whole sales of {span} yet: the data end on {last}. I compare the last whole ones."},
}
