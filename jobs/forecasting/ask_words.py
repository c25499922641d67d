"""The sentences of an answer, in Spanish and English, short enough for a child to follow; braces are filled in."""

from jobs.forecasting.ask_book import Reason
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
    "buy": {"es": "Conviene comprar {count} artículos, que alcanzan para {span}: {rows}.",
            "en": "You should buy {count} articles, which last for {span}: {rows}."},
    "buy_none": {"es": "No hace falta comprar nada para {span}: con lo que hay alcanza.",
                 "en": "Nothing has to be bought for {span}: what is there is enough."},
    "buy_row": {"es": "{n} de {name}", "en": "{n} of {name}"},
    "and_more": {"es": "Hay {n} artículos más para comprar.", "en": "There are {n} more articles to buy."},
    "costs": {"es": "Todo cuesta {money}.", "en": "All of it costs {money}."},
    "needs": {"es": "Hacen falta {money} para comprar {count} artículos que alcanzan para {span}.",
              "en": "You need {money} to buy {count} articles that last for {span}."},
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
    "out": {"es": "Se pueden acabar {count} artículos hasta el {end}: {rows}.",
            "en": "{count} articles may run out by {end}: {rows}."},
    "out_none": {"es": "Nada se acaba hasta el {end}, si se vende lo que se espera.",
                 "en": "Nothing runs out by {end}, if sales go as expected."},
    "out_row": {"es": "{name} (hacia el {day})", "en": "{name} (around {day})"},
    "lasts": {"es": "{name} alcanza hasta cerca del {day}.", "en": "{name} lasts until around {day}."},
    "lasts_long": {"es": "{name} alcanza más allá del {day}.", "en": "{name} lasts beyond {day}."},
    "unknown": {"es": "No entendí qué quieres saber, o no es algo que yo sepa responder. Puedes preguntarme, por ejemplo: "
                      "{examples}.",
                "en": "I did not understand what you want to know, or it is nothing that I can answer. You can ask me, for "
                      "example: {examples}."},
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
    "more": {"es": "Es 1 más, un {percent} más.", "en": "That is 1 more, {percent} more."},
    "less": {"es": "Es 1 menos, un {percent} menos.", "en": "That is 1 fewer, {percent} less."},
    "from_nothing": {"es": "Es 1 más; antes no se vendió nada.", "en": "That is 1 more; nothing was sold before."},
    "buy": {"es": "Conviene comprar 1 artículo, que alcanza para {span}: {rows}.",
            "en": "You should buy 1 article, which lasts for {span}: {rows}."},
    "and_more": {"es": "Hay 1 artículo más para comprar.", "en": "There is 1 more article to buy."},
    "needs": {"es": "Hacen falta {money} para comprar 1 artículo que alcanza para {span}.",
              "en": "You need {money} to buy 1 article that lasts for {span}."},
    "priceless": {"es": "De 1 artículo no sé el costo, así que no está en la suma.",
                  "en": "The cost of 1 article is not known, so it is not in the sum."},
    "out": {"es": "Se puede acabar 1 artículo hasta el {end}: {rows}.", "en": "1 article may run out by {end}: {rows}."},
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
    "no_sales": {"es": "Todavía no hay ventas para responder. Sube un archivo de ventas y vuelve a preguntar.",
                 "en": "There are no sales to answer from yet. Upload a sales file and ask again."},
    "no_model": {"es": "Para mirar al futuro falta entrenar el modelo {model}. Entrénalo primero y vuelve a preguntar.",
                 "en": "To look ahead, the model {model} has to be trained. Train it first and ask again."},
    "regressors": {"es": "El modelo necesita saber el futuro de {regressors}, y una pregunta no lo trae. Pide el pronóstico con "
                         "un archivo de tipo «future».",
                   "en": "The model needs the future of {regressors}, and a question does not bring it. Ask for a forecast with "
                         "a `future` data set."},
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
    "no_stock": {"es": "No sé cuánto hay en la bodega. Sube un archivo de inventario (tipo «stock») y vuelve a preguntar.",
                 "en": "I do not know what is in the warehouse. Upload a stock file (type `stock`) and ask again."},
    "no_cost": {"es": "No sé cuánto cuesta ningún artículo, así que no puedo decir cuánto dinero es. Agrega el costo "
                      "(`unit_cost`) a las ventas o al inventario.",
                "en": "I do not know what any article costs, so I cannot say how much money it is. Add `unit_cost` to the sales "
                      "or the stock."},
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

PERIOD_NAMES: dict[str, Text] = {"week": {"es": "semana", "en": "week"}, "month": {"es": "mes", "en": "month"},
                                 "quarter": {"es": "trimestre", "en": "quarter"}}
