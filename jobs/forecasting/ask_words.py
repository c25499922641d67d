"""The sentences of an answer, in Spanish and English, short enough for a child to follow; braces are filled in."""

from jobs.forecasting.ask_book import Caution, Reason
from jobs.forecasting.ask_kinds import Intent, Language

Text = dict[Language, str]

UNDERSTOOD: dict[Intent, Text] = {
    "purchase_list": {"es": "qué conviene comprar", "en": "what you should buy"},
    "investment_total": {"es": "cuánto dinero hace falta para las compras", "en": "how much money the purchases need"},
    "stockout_risk": {"es": "qué se puede acabar", "en": "what may run out"},
    "top_sellers": {"es": "qué es lo que más se vende", "en": "what sells the most"},
    "worst_sellers": {"es": "qué es lo que menos se vende", "en": "what sells the least"},
    "compare_periods": {"es": "cómo va una época frente a otra", "en": "how one time compares with another"},
    "demand": {"es": "cuánto se vende", "en": "how much sells"},
}

SAID: dict[str, Text] = {
    "understood": {"es": "Entendí que quieres saber {what}{details}.",
                   "en": "I understood that you want to know {what}{details}."},
    "of": {"es": "de {items}", "en": "of {items}"},
    "without": {"es": "sin contar {items}", "en": "leaving out {items}"},
    "per": {"es": "en promedio por {per}", "en": "on average per {per}"},
    "by_category": {"es": "por categoría", "en": "by category"},
    "no_category": {"es": "(sin categoría)", "en": "(no category)"},
    "average": {"es": "En promedio se vendieron {mean} unidades por {per} ({span}; en total {total}).",
                "en": "On average {mean} units were sold per {per} ({span}; {total} in all)."},
    "average_ahead": {"es": "En promedio calculo unas {mean} unidades por {per} ({span}; en total unas {total}).",
                      "en": "On average I expect about {mean} units per {per} ({span}; about {total} in all)."},
    "top_category": {"es": "Las categorías, de la que más {verb} a la que menos ({span}): {rows}.",
                     "en": "The categories, from what {verb} the most to the least ({span}): {rows}."},
    "worst_category": {"es": "Las categorías, de la que menos {verb} a la que más ({span}): {rows}.",
                       "en": "The categories, from what {verb} the least to the most ({span}): {rows}."},
    "unknown_part": {"es": "{part} Puedes preguntarme, por ejemplo: {examples}.", "en": "{part} You can ask me, for "
                                                                                        "example: {examples}."},
    "when": {"es": "{span}", "en": "{span}"},
    "against": {"es": "{first} frente a {second}", "en": "{first} against {second}"},
    "budget": {"es": "con {money} como máximo", "en": "with {money} at the most"},
    "limit": {"es": "solo los primeros {n}", "en": "only the first {n}"},
    "more_units": {"es": "solo más de {n} unidades", "en": "only more than {n} units"},
    "less_units": {"es": "solo menos de {n} unidades", "en": "only fewer than {n} units"},
    "more_money": {"es": "solo más de {money}", "en": "only more than {money}"},
    "less_money": {"es": "solo menos de {money}", "en": "only less than {money}"},
    "chosen": {"es": "No dijiste cuándo, así que miré {span}.", "en": "You did not say when, so I looked at {span}."},
    "sold": {"es": "Se vendieron {n} unidades ({span}).", "en": "{n} units were sold ({span})."},
    "will_sell": {"es": "Calculo que se venderán unas {n} unidades ({span}).",
                  "en": "I expect about {n} units to be sold ({span})."},
    "partly": {"es": "Hasta el {last} ya se vendieron {sold} unidades; para los días que faltan calculo unas {forecast}. En "
                     "total: unas {n} unidades ({span}).",
               "en": "Up to {last}, {sold} units have been sold; for the days that are left I expect about {forecast}. In all: "
                     "about {n} units ({span})."},
    "band": {"es": "Puede ser menos o más: 8 de cada 10 veces queda entre {low} y {high}.",
             "en": "It may be less or more: 8 times out of 10 it lies between {low} and {high}."},
    "revenue": {"es": "Lo vendido vale {money}.", "en": "What was sold is worth {money}."},
    "shared": {"es": "El modelo calcula períodos completos; tomé la parte que corresponde a esos días.",
               "en": "The model forecasts whole periods; I took the part that falls on these days."},
    "how": {"es": "Para calcularlo miré cuánto se vendió antes y cómo se repite.",
            "en": "To work it out I looked at how much was sold before and how that repeats."},
    "top": {"es": "Lo que más {verb} ({span}): {rows}.", "en": "What {verb} the most ({span}): {rows}."},
    "worst": {"es": "Lo que menos {verb} ({span}): {rows}.", "en": "What {verb} the least ({span}): {rows}."},
    "unsold": {"es": "{n} artículos no vendieron nada.", "en": "{n} articles sold nothing at all."},
    "row": {"es": "{name}, {n} unidades", "en": "{name}, {n} units"},
    "nothing": {"es": "No hay ningún artículo así.", "en": "There is no such article."},
    "unused": {"es": "No usé estas palabras, porque no las conozco: {words}.",
               "en": "I did not use these words, as I do not know them: {words}."},
    "compared": {"es": "{first}: {one} unidades; {second}: {two} unidades.",
                 "en": "{first}: {one} units; {second}: {two} units."},
    "more": {"es": "Son {n} más, un {percent} más.", "en": "That is {n} more, {percent} more."},
    "less": {"es": "Son {n} menos, un {percent} menos.", "en": "That is {n} fewer, {percent} less."},
    "from_nothing": {"es": "Son {n} más; antes no se vendió nada.", "en": "That is {n} more; nothing was sold before."},
    "same": {"es": "Es lo mismo.", "en": "It is the same."},
    "equal_parts": {"es": "Como una de las dos no ha terminado o aún no se conoce entera, comparé partes iguales: {first} y "
                          "{second}.",
                    "en": "As one of them is not over, or not known to its end, I compared equal parts: {first} and {second}."},
    "part_forecast": {"es": "Lo que aún no ha pasado es un cálculo.", "en": "What has not happened yet is a forecast."},
    "buy": {"es": "Conviene comprar {count} artículos, {covers}: {rows}.",
            "en": "You should buy {count} articles, {covers}: {rows}."},
    "buy_part": {"es": "Con {money} puedes comprar {count} artículos: {rows}.",
                 "en": "With {money} you can buy {count} articles: {rows}."},
    "covers": {"es": "para que alcance {days}{lead}", "en": "to last {days}{lead}"},
    "lead": {"es": ", más {n} días de entrega", "en": ", plus {n} days of delivery"},
    "leads": {"es": ", más los días de entrega de cada uno", "en": ", plus the delivery time of each"},
    "buy_none": {"es": "No hace falta comprar nada {covers}: con lo que hay alcanza.",
                 "en": "Nothing has to be bought {covers}: what is there is enough."},
    "buy_no_demand": {"es": "No hace falta comprar nada {covers}: no se espera vender.",
                      "en": "Nothing has to be bought {covers}: no sales are expected."},
    "buy_costless": {"es": "Harían falta {n} artículos, {covers}, pero no sé el costo de ninguno, así que no sé qué cabe en "
                           "{money}. Agrega el costo de cada unidad a las ventas o al inventario.",
                     "en": "{n} articles would be needed, {covers}, but I know the cost of none, so I do not know what fits "
                           "{money}. Add the cost of a unit to the sales or the stock."},
    "buy_nothing": {"es": "Harían falta {n} artículos por {cost}, {covers}, pero con {money} no alcanza para el pedido de "
                          "ninguno.",
                    "en": "{n} articles for {cost} would be needed, {covers}, but {money} does not pay for an order of any of "
                          "them."},
    "left_out": {"es": "Alcanza solo para una parte: {n} artículos quedaron por fuera, del todo o en parte, por {money}. Todo "
                       "eso haría falta {covers}.",
                 "en": "That covers only a part: {n} articles were left out, wholly or partly, for {money}. All of it is needed "
                       "{covers}."},
    "bare": {"es": "El dinero no alcanza para nada de {count} artículos agotados o que se agotan antes de una entrega: {names}.",
             "en": "Nothing is left for {count} articles that have run out, or will before a delivery: {names}."},
    "not_bought": {"es": "De {n} artículos no sé el costo, así que no entraron en la lista.",
                   "en": "The cost of {n} articles is not known, so they are not in the list."},
    "unsold_list": {"es": "{count} artículos no vendieron nada ({span}): {rows}.",
                    "en": "{count} articles sold nothing ({span}): {rows}."},
    "unsold_ahead": {"es": "No se espera vender nada de {count} artículos ({span}): {rows}.",
                     "en": "No sales are expected of {count} articles ({span}): {rows}."},
    "known_to": {"es": "Las ventas que conozco llegan hasta el {last}.", "en": "The sales that I know go up to {last}."},
    "unsold_none": {"es": "Todos los artículos vendieron algo ({span}).", "en": "Every article sold something ({span})."},
    "unsold_none_ahead": {"es": "De todos los artículos se espera vender algo ({span}).",
                          "en": "Of every article some sales are expected ({span})."},
    "money_row": {"es": "{name}, {money}", "en": "{name}, {money}"},
    "money_past": {"es": "En dinero solo sé lo que ya se vendió.", "en": "In money I only know what has been sold."},
    "empty": {"es": "Ya están agotados {count} artículos: {rows}.", "en": "{count} articles are already empty: {rows}."},
    "soon": {"es": "Antes de que llegue un pedido hecho hoy se pueden acabar {count}: {rows}.",
             "en": "{count} may run out before a delivery ordered today arrives: {rows}."},
    "later": {"es": "Después, hasta el {end}, se pueden acabar {count}: {rows}.",
              "en": "Later, by {end}, {count} may run out: {rows}."},
    "urgent": {"es": "A {n} lo más probable es que les falten unidades antes de que llegue un pedido hecho hoy: la lista de "
                     "compras los marca «se agota».",
               "en": "{n} will most likely lack units before a delivery ordered today arrives: the buy list marks them “will run "
                     "out”."},
    "others": {"es": "A los demás no los marca: {why}.", "en": "It does not mark the others: {why}."},
    "unmarked": {"es": "La lista de compras no marca ninguno «se agota»: {why}.",
                 "en": "The buy list marks none “will run out”: {why}."},
    "coming": {"es": "a {n} lo más probable es que les alcance hasta entonces con lo que viene en camino",
               "en": "for {n}, what is on order is most likely enough until then"},
    "there": {"es": "a {n} lo más probable es que les alcance hasta entonces con lo que hay",
              "en": "for {n}, what is there is most likely enough until then"},
    "rare": {"es": "{n} se venden tan poco que lo más probable es que hasta entonces no se pida nada",
             "en": "{n} sell so little that most likely none is asked for until then"},
    "by_loss": {"es": "Primero va lo que más venta pierde.", "en": "What loses the most sales comes first."},
    "empty_row": {"es": "{name} ({m} en camino)", "en": "{name} ({m} on order)"},
    "is_empty": {"es": "Ya está agotado: {name}.", "en": "Already empty: {name}."},
    "on_hand": {"es": "De {name} hay {n} unidades en la bodega y vienen {m} en camino.",
                "en": "There are {n} units of {name} in the warehouse, and {m} are on order."},
    "days_left": {"es": "Alcanzan para unos {n} días, hasta cerca del {day}.",
                  "en": "They last for about {n} days, until around {day}."},
    "days_long": {"es": "Alcanzan más allá del {day}.", "en": "They last beyond {day}."},
    "not_in_stock": {"es": "{name} no está en el inventario que subiste.", "en": "{name} is not in the stock file."},
    "on_hand_all": {"es": "En la bodega hay {n} unidades de {count} artículos, y vienen {m} en camino. Lo que más hay: {rows}.",
                    "en": "There are {n} units of {count} articles in the warehouse, and {m} are on order. The most: {rows}."},
    "group": {"es": "la categoría {name} ({n} artículos)", "en": "the category {name} ({n} articles)"},
    "no_band": {"es": "De una suma de solo algunos artículos no sé el margen; pregunta por uno solo o por todos y te lo digo.",
                "en": "For a sum of only some articles I know no margin; ask about a single one, or about all."},
    "untested": {"es": "Tan lejos no sé el margen.", "en": "So far ahead I do not know the margin."},
    "no_margin": {"es": "El margen no lo sé: la prueba del modelo no lo muestra.",
                  "en": "I do not know the margin: the model's test does not show it."},
    "rose": {"es": "De {earlier} a {later} subió {n}, un {percent} más.",
             "en": "From {earlier} to {later} it rose by {n}, {percent} more."},
    "fell": {"es": "De {earlier} a {later} bajó {n}, un {percent} menos.",
             "en": "From {earlier} to {later} it fell by {n}, {percent} less."},
    "buy_row": {"es": "{n} de {name}", "en": "{n} of {name}"},
    "and_more": {"es": "Hay {n} artículos más para comprar.", "en": "There are {n} more articles to buy."},
    "costs": {"es": "Todo cuesta {money}.", "en": "All of it costs {money}."},
    "needs": {"es": "Hacen falta {money} para comprar {count} artículos, {covers}.",
              "en": "You need {money} to buy {count} articles, {covers}."},
    "in_budget": {"es": "Cabe en tu presupuesto de {money}.", "en": "It fits your budget of {money}."},
    "over_budget": {"es": "Eso pasa de tu presupuesto de {money} por {over}.",
                    "en": "That is {over} over your budget of {money}."},
    "priceless": {"es": "De {n} artículos no sé el costo, así que no están en la suma.",
                  "en": "The cost of {n} articles is not known, so they are not in the sum."},
    "no_stock_known": {"es": "No sé cuánto hay en la bodega, así que conté cero; si subes el inventario, la lista será más "
                             "corta.",
                       "en": "I do not know what is in the warehouse, so I counted none; upload the stock and the list will be "
                             "shorter."},
    "sum": {"es": "De cada artículo tomé lo que se espera vender y una reserva por si se vende más, y resté lo que hay y lo que "
                  "viene.",
            "en": "For each article I took what is expected to sell and a reserve in case more sells, and took off what is "
                  "there and coming."},
    "out": {"es": "Hasta el {end} faltan o se pueden acabar {count} artículos.",
            "en": "{count} articles are out or may run out by {end}."},
    "out_none": {"es": "Nada se acaba hasta el {end}, si se vende lo que se espera.",
                 "en": "Nothing runs out by {end}, if sales go as expected."},
    "unlisted": {"es": "No sé cuánto hay de {count} artículos que no están en el inventario que subiste: {rows}.",
                 "en": "I do not know what is there of {count} articles that are not in the stock file: {rows}."},
    "out_row": {"es": "{name} (hacia el {day})", "en": "{name} (around {day})"},
    "lasts": {"es": "{name} alcanza hasta cerca del {day}.", "en": "{name} lasts until around {day}."},
    "lasts_long": {"es": "{name} alcanza más allá del {day}.", "en": "{name} lasts beyond {day}."},
    "unknown": {"es": "No entendí qué quieres saber, o no es algo que yo sepa responder. Puedes preguntarme, por ejemplo: "
                      "{examples}.",
                "en": "I did not understand what you want to know, or it is nothing that I can answer. You can ask me, for "
                      "example: {examples}."},
    "unread": {"es": "No entendí estas palabras: {words}.", "en": "I did not understand these words: {words}."},
    "nearest": {"es": "Lo más parecido que sé responder es {example}.", "en": "The nearest that I can answer is {example}."},
    "so_far": {"es": "Hasta el {last} se vendieron {n} unidades ({span}).", "en": "Up to {last}, {n} units were sold ({span})."},
    "mixed": {"es": "Hasta el {last} son ventas; lo que sigue es un cálculo.",
              "en": "Up to {last} these are sales; what comes after is a forecast."},
    "rows": {"es": "{rows} y {n} más", "en": "{rows} and {n} more"},
}

# The same sentences where there is only one (the fact `n` or `count`).
ONE: dict[str, Text] = {
    "limit": {"es": "solo el primero", "en": "only the first one"},
    "sold": {"es": "Se vendió 1 unidad ({span}).", "en": "1 unit was sold ({span})."},
    "will_sell": {"es": "Calculo que se venderá más o menos 1 unidad ({span}).",
    "en": "I expect about 1 unit to be sold ({span})."},
    "so_far": {"es": "Hasta el {last} se vendió 1 unidad ({span}).", "en": "Up to {last}, 1 unit was sold ({span})."},
    "row": {"es": "{name}, 1 unidad", "en": "{name}, 1 unit"},
    "unsold": {"es": "1 artículo no vendió nada.", "en": "1 article sold nothing at all."},
    "urgent": {"es": "A 1 lo más probable es que le falten unidades antes de que llegue un pedido hecho hoy: la lista de compras "
                     "lo marca «se agota».",
               "en": "1 will most likely lack units before a delivery ordered today arrives: the buy list marks it “will run "
                     "out”."},
    "coming": {"es": "a 1 lo más probable es que le alcance hasta entonces con lo que viene en camino",
               "en": "for 1, what is on order is most likely enough until then"},
    "there": {"es": "a 1 lo más probable es que le alcance hasta entonces con lo que hay",
              "en": "for 1, what is there is most likely enough until then"},
    "rare": {"es": "1 se vende tan poco que lo más probable es que hasta entonces no se pida nada",
             "en": "1 sells so little that most likely none is asked for until then"},
    "more": {"es": "Es 1 más, un {percent} más.", "en": "That is 1 more, {percent} more."},
    "less": {"es": "Es 1 menos, un {percent} menos.", "en": "That is 1 fewer, {percent} less."},
    "from_nothing": {"es": "Es 1 más; antes no se vendió nada.", "en": "That is 1 more; nothing was sold before."},
    "buy": {"es": "Conviene comprar 1 artículo, {covers}: {rows}.", "en": "You should buy 1 article, {covers}: {rows}."},
    "buy_part": {"es": "Con {money} puedes comprar 1 artículo: {rows}.", "en": "With {money} you can buy 1 article: {rows}."},
    "lead": {"es": ", más 1 día de entrega", "en": ", plus 1 day of delivery"},
    "left_out": {"es": "Alcanza solo para una parte: 1 artículo quedó por fuera, del todo o en parte, por {money}. Todo eso "
                       "haría falta {covers}.",
                 "en": "That covers only a part: 1 article was left out, wholly or partly, for {money}. All of it is needed "
                       "{covers}."},
    "bare": {"es": "El dinero no alcanza para nada de un artículo agotado o que se agota antes de una entrega: {names}.",
             "en": "Nothing is left for an article that has run out, or will before a delivery: {names}."},
    "not_bought": {"es": "De 1 artículo no sé el costo, así que no entró en la lista.",
                   "en": "The cost of 1 article is not known, so it is not in the list."},
    "buy_costless": {"es": "Haría falta 1 artículo, {covers}, pero no sé su costo, así que no sé si cabe en {money}. Agrega el "
                           "costo de cada unidad a las ventas o al inventario.",
                     "en": "1 article would be needed, {covers}, but I do not know its cost, so I do not know whether it fits "
                           "{money}. Add the cost of a unit to the sales or the stock."},
    "buy_nothing": {"es": "Haría falta 1 artículo por {cost}, {covers}, pero con {money} no alcanza ni para el pedido más "
                          "pequeño.",
                    "en": "1 article for {cost} would be needed, {covers}, but {money} does not pay for the smallest order."},
    "unsold_list": {"es": "1 artículo no vendió nada ({span}): {rows}.", "en": "1 article sold nothing ({span}): {rows}."},
    "unsold_ahead": {"es": "No se espera vender nada de 1 artículo ({span}): {rows}.",
                     "en": "No sales are expected of 1 article ({span}): {rows}."},
    "empty": {"es": "Ya está agotado 1 artículo: {rows}.", "en": "1 article is already empty: {rows}."},
    "soon": {"es": "Antes de que llegue un pedido hecho hoy se puede acabar 1: {rows}.",
             "en": "1 may run out before a delivery ordered today arrives: {rows}."},
    "later": {"es": "Después, hasta el {end}, se puede acabar 1: {rows}.", "en": "Later, by {end}, 1 may run out: {rows}."},
    "on_hand": {"es": "De {name} hay 1 unidad en la bodega y vienen {m} en camino.",
                "en": "There is 1 unit of {name} in the warehouse, and {m} are on order."},
    "and_more": {"es": "Hay 1 artículo más para comprar.", "en": "There is 1 more article to buy."},
    "needs": {"es": "Hacen falta {money} para comprar 1 artículo, {covers}.",
              "en": "You need {money} to buy 1 article, {covers}."},
    "priceless": {"es": "De 1 artículo no sé el costo, así que no está en la suma.",
                  "en": "The cost of 1 article is not known, so it is not in the sum."},
    "unlisted": {"es": "No sé cuánto hay de 1 artículo que no está en el inventario que subiste: {rows}.",
                 "en": "I do not know what is there of 1 article that is not in the stock file: {rows}."},
    "out": {"es": "Hasta el {end} falta o se puede acabar 1 artículo.", "en": "1 article is out or may run out by {end}."},
}

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "es": ("«¿Qué debo comprar el próximo mes con 5 millones?»", "«¿Cuánto se venderá de un artículo en marzo?»",
           "«¿Cuáles son los 5 más vendidos de este año?»", "«¿Qué es lo que menos se vende?»", ("«Compara este mes con el mes "
                "pasado»"),
           "«¿Cuánto dinero necesito para las compras del próximo trimestre?»", "«¿Qué se va a acabar en dos semanas?»"),
    "en": ("“What should I buy next month with 5 million?”", "“How much of an article will sell in March?”",
           "“What are the 5 best sellers of this year?”", "“What sells the least?”", "“Compare this month with last month”",
           "“How much money do I need for next quarter's purchases?”", "“What will run out in two weeks?”"),
}

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
    "margin": {"es": "De márgenes y ganancias no sé nada: solo conozco lo que se vende, lo que hay y lo que cuesta comprar.",
               "en": "I know nothing of margins and profits: only what sells, what is there and what buying costs."},
    "supplier": {"es": "De proveedores no sé responder. Lo más parecido: «¿Qué debo comprar el próximo mes?».",
                 "en": "I cannot answer about suppliers. The nearest: “What should I buy next month?”"},
    "overstock": {"es": "No sé decir qué sobra. Lo más parecido: «¿Qué no se ha vendido este año?» o «¿Cuánto stock tengo?».",
                  "en": "I cannot tell what is too much. The nearest: “What has not sold this year?” or “How much stock do I "
                        "have?”"},
    "newcomer": {"es": "No sé decir qué artículos son nuevos. Lo más parecido: «¿Cuáles son los 5 más vendidos de este año?».",
                 "en": "I cannot tell which articles are new. The nearest: “What are the 5 best sellers of this year?”"},
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

PERIOD_NAMES: dict[str, Text] = {"day": {"es": "día", "en": "day"},
                                 "week": {"es": "semana", "en": "week"}, "month": {"es": "mes", "en": "month"},
                                 "quarter": {"es": "trimestre", "en": "quarter"}}
