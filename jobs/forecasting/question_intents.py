"""What a question wants to know, by the words that give it away; what is none of it stays unknown."""

import re

from jobs.forecasting.ask_kinds import Intent

_BUY = (r"(?:compr(?:ar|a|as|o|amos|aremos|aria|arle|arles|arme|arnos|e|emos)|ped(?:ir|irle|irles|imos|ido|idos|iremos|ire)|pid(?:o|e|as|amos)|"
        r"repon(?:er|go|emos)|reposicion(?:es)?|reabastec\w+|abastec\w+|surt\w+|resurtir|encarg(?:ar|o|amos)|aprovision\w+|"
        r"orden(?:es)? de compra|ordenar|ordeno|adquirir|traer|traigo|buy|buying|purchas\w+|order|orders|ordering|reorder\w*|re order|restock\w*|"
        r"replenish\w*|procure\w*|stock up|shopping list|stocking up|sugerido|sugerida)")
_SELL = r"(?:vend(?:er|o|e|en|era|eran|ere|eremos|eria|i|io|imos|ieron|iendo|ido|ida|idos|idas|an)|venta|ventas|sell|sells|selling|sold|sales|sale)"
_FLOW = (rf"(?:{_SELL}|mueve[n]?|mov\w+|rota[n]?|rotacion|salida|salidas|sale[n]?|salio|salieron|demand\w*|pedid[oa]s|move[sd]?|moving|"
         r"demanded|popular\w*|consum\w+)")

# What is asked of a forecasting system but is none of its questions; these words outweigh all others.
_FOREIGN = re.compile("|".join((
    r"\bclientes?\b", r"\bcustomers?\b", r"\bclients?\b", r"\bempleados?\b", r"\bemployees?\b", r"\bstaff\b", r"\bvendedor(?:es)?\b",
    r"\bsalesperson\b", r"\bsalespeople\b", r"\bmargen(?:es)?\b", r"\bmargins?\b", r"\bprofit\w*\b", r"\bganancias?\b", r"\butilidad(?:es)?\b",
    r"\brentab\w+\b", r"\bprecios?\b", r"\bprices?\b", r"\bpricing\b", r"\bfacturas?\b", r"\binvoices?\b", r"\bdeudas?\b", r"\bdebts?\b", r"\bowe\b",
    r"\bdevoluci\w+\b", r"\breturns\b", r"\brefunds?\b", r"\bdescuentos?\b", r"\bdiscounts?\b", r"\bsucursal(?:es)?\b", r"\bbranch(?:es)?\b",
    r"\bpagar\b", r"\bpagos?\b", r"\bclima\b", r"\bweather\b", r"\blluvia\b", r"\btiempo (?:hara|hace)\b", r"\bchiste\b", r"\bjokes?\b",
    r"\bpelicula\b", r"\bmovies?\b", r"\bcorreo\b", r"\be ?mails?\b", r"\busuarios?\b", r"\busers?\b", r"\bpasswords?\b", r"\bcontrasena\b",
    r"\bbitcoin\w*\b", r"\bcripto\w*\b", r"\bcrypto\w*\b", r"\bacciones\b", r"\bshares\b", r"\bbolsa de valores\b", r"\bdolar hoy\b",
    r"\b(?:borr|elimin)\w+", r"\bdelete\b", r"\bremove\b", r"\bcancel\w*\b", r"\bupdate\b", r"\bactualiza\w*\b",
    r"^(?:y )?por ?que\b", r"^why\b", r"\b(?:le|les) deb\w+ a\b", r"\bdebemos al?\b",
    r"\b(?:que|cual|cuales|which|what) (?:son |es |is |are )?(?:el |los |la |las |the )?(?:mejor(?:es)? |peor(?:es)? |best |worst )?"
    r"(?:proveedor(?:es)?|suppliers?|vendors?|tiendas?|stores?|shops?|dias?|days?|horas?|hours?|ciudad(?:es)?|city|cities)\b",
    r"\b(?:mejor(?:es)?|peor(?:es)?|best|worst|cheapest) (?:proveedor(?:es)?|suppliers?|vendors?|tiendas?|stores?|shops?|dias?|days?)\b",
    r"\b(?:cuantos|cuantas|how many) (?:pedidos|ordenes|orders|proveedores|suppliers|tiendas|stores|personas|people|gente)\b",
    r"\b(?:where|donde)\b", r"\bwho\b", r"\bquien(?:es)?\b")))
_BOUGHT = re.compile(r"\b(?:que|cuanto|cuantos|cuantas|lo que|what|which|how (?:much|many))\b.*\b(?:compre el|compramos el|compraron|compro el|bought|ordered|"
                     r"did (?:we|i|you) (?:buy|order|purchase))\b")

_COMPARE = re.compile(r"\b(?:compar\w+|versus|vs|diferencias?|difference|variacion|variaron|relative to)\b")
_AGAINST = re.compile(r"(?:\b(?:contra|frente al?|respecto (?:al?|del?)|against|from)|⟨p⟩ con|⟨p⟩ with) (?:(?:el|la|los|las|lo|the|that|those|of|de|del|al|a|en|in) )*(?:⟨p⟩|mism|same|anterior|pasad|previo|previous|last|year before)")
_THAN = re.compile(r"\b(?:mas|menos|mejor(?:es)?|peor(?:es)?|mayor(?:es)?|menor(?:es)?|igual|more|less|fewer|better|worse|higher|lower|faster)\b.{0,80}?\b(?:que|than)"
                   r" (?:(?:en|in|el|la|los|las|lo|the|that|those|of|de|del|durante|during|for|on) )*(?:⟨p⟩|mism|same|anterior|pasad|previo|previous|last(?: one)?$|year before)")
_UP_ON = re.compile(r"\b(?:up|down|ahead|behind) (?:on|from|of|over|against|vs) (?:the )?(?:⟨p⟩|last|same|previous)|\b(?:por encima|por debajo|arriba|abajo) del? (?:el )?(?:⟨p⟩|mism)")
_GROWTH = re.compile(r"\b(?:crec\w+|growth|grow|grew|grown|subi\w+|subido|aument\w+|increase[d]?|risen|rose|bajaron|bajado|cayeron|caido|cayo|decreas\w+|declin\w+|"
                     r"dropped|fell|fallen|cambi\w+|changed?|evolucion\w*|variacion)\b")

_MONEY = re.compile(r"\b(?:inver\w+|invest\w*|plata|dinero|lana|pasta|efectivo|presupuestos?|budgets?|capital|money|cash|funds|fondos|gast\w+|spend\w*|"
                    r"cost(?:ar|aria|ara|o|os|e)?|cuestan?|costs?|costing|outlay|desembols\w+|monto|valor|amount|value)\b")
_INVEST = re.compile(r"\b(?:inver(?:sion|siones|tir|timos|tire|tiremos)|investments?|invest|investing|outlay|desembols\w+)\b")
_SPEND = re.compile(r"\b(?:gast(?:ar|arme|arnos|are|aremos|o)|spend|spending)\b")
_HOW_MUCH = re.compile(r"\b(?:cuant[oa]s?|how much|total|que|what|which|dime|tell me|valor|monto|amount|calcula\w*)\b")
_BUYING = re.compile(rf"\b(?:{_BUY}|compras|pedido|inventario|inventory|stock|mercancia)\b")
_STOCKOUT = re.compile(
    r"\b(?:agot\w+|acab(?:a|an|ar|ara|aran|arse|arme|ando|o|e)|quiebres?|roturas?|desabast\w+|faltantes?|(?:va a|van a|ir a|me|nos|va|que) falt(?:ar|a|an|ara|aran)|faltaran?|"
    r"(?:qued\w+|sin|poco|pocas|pocos|bajo de|bajos de|cortos? de) (?:sin |de |en )?(?:stock|existencias?|inventario|producto|mercancia|unidades)|"
    r"qued(?:ar|are|ara|aremos|arme|arnos|arse|aran|o|a|an) sin|alcanz(?:a|an|ara|aran)|(?:cuanto|hasta cuando) (?:me |nos )?dura\w*|dura(?:n|ra|ran)?|cobertura|riesgo|"
    r"(?:qued\w+|nos|me) (?:muy )?cort[oa]s?|enough|suficientes?|run(?:s|ning)? (?:out|low|short)|out of stock|stock ?outs?|stock outs?|(?:sell|sells|sold) out|shortages?|low (?:on )?(?:stock|inventory)|"
    r"days of (?:cover|stock|inventory)|deplet\w+|(?:stock|inventory|it|they) last|"
    r"bajo stock|stock bajo|inventario bajo|bajo inventario|termin(?:a|an|ara|aran|arse)\b(?= el stock|n? las existencias)|se (?:nos |me )?(?:va a |van a )?terminar?)\b")
_PURCHASE = re.compile(rf"\b(?:{_BUY})\b")
_NOUN_ORDER = re.compile(r"\b(?:in order|out of order|el pedido|the order|next order|proximo pedido)\b")

_TOP = re.compile(
    rf"\b(?:top|best ?sell\w*|bestsell\w*|best seller|ranking|mejor (?:se |me |nos )?(?:{_FLOW})|mejores|mejor (?:vend\w+|venta|producto|articulo)|best (?:items?|products?|lines?|sold|performing)|"
    rf"lider(?:es)?|estrella|favoritos|leading|hottest|hot|fast(?:est)? (?:mov\w+|sell\w+)|flying|most popular|populares|alta rotacion|exitosos|"
    rf"mas (?:se )?(?:{_FLOW})|(?:{_FLOW}) (?:se )?mas|(?:mayor(?:es)?|highest|biggest|greatest|strongest|mas) (?:\w+ )?(?:{_FLOW}|volumen|volume)|"
    rf"(?:que|cual|cuales|articulos?|productos?|referencias?) mas (?:se |nos |me )?(?:\w+ ){{0,4}}?(?:{_FLOW})|"
    rf"(?:{_FLOW})(?: \w+){{0,3}} (?:the )?(?:most|best)|most (?:{_FLOW})|mas (?:se )?(?:va|van) a (?:{_FLOW}))\b")
_WORST = re.compile(
    rf"\b(?:bottom|worst|peor(?:es)?|least|slow(?:est)?|slowest|dead|dust|gathering|unsold|poor(?:est)? (?:sell\w*|perform\w*)|weakest|"
    rf"lowest (?:{_FLOW})|lowest (?:demand|sales)|fewest|baja rotacion|huesos?|quedados|quietos?|estancad\w+|parad\w+|flojos?|"
    rf"menos (?:se )?(?:{_FLOW})|menos (?:se )?(?:va|van) a (?:{_FLOW})|(?:{_FLOW}) (?:se )?menos|menor(?:es)? (?:\w+ )?(?:{_FLOW}|volumen)|"
    rf"(?:que|cual|cuales|articulos?|productos?|referencias?) menos (?:se |nos |me )?(?:\w+ ){{0,4}}?(?:{_FLOW})|"
    rf"no (?:se |me |nos |han |ha |estan |esta )*(?:{_FLOW})|sin (?:{_FLOW}|movimiento)|lent[oa]s?|poca (?:{_FLOW})|"
    rf"(?:not|isnt|arent|dont|doesnt|didnt|havent|hasnt|without|no|never) (?:\w+ )?(?:{_SELL}|moving|move|moved))\b")
_DEMAND = re.compile(
    rf"\b(?:{_SELL}|demand\w*|pronostic\w+|proyec\w+|prevision(?:es)?|previst[oa]s?|estimad\w+|estimacion|esperad\w+|forecast\w*|"
    r"predict\w*|projec\w+|shift(?:ed|ing)?|consumo|salida|salidas|sal(?:io|ieron|dra|dran|e|en)|despach\w+|factur(?:amos|acion|e)|turnover|revenue|sales volume|"
    r"(?:necesit(?:o|amos|are|aremos|ara)|need)(?= (?:\w+ )*(?:⟨p⟩|[|]))|move(?:d)?|movimos|movio|moveremos)\b")

_FUTURE = re.compile(
    r"\b(?:vend(?:ere|era|eran|eremos|eria)|(?:voy|va|vas|vamos|van) a|ire|iremos|will|ll|going to|shall|forecast\w*|predict\w*|projec\w+|pronostic\w+|"
    r"proyec\w+|prevision(?:es)?|previst[oa]s?|esperad\w+|expect\w*|estimad\w+|estimacion|tendra\w*|sera|seran|habra|necesitar\w+|upcoming|demanda|demand|"
    r"agotara\w*|acabara\w*|moveremos|compraremos|next|proxim[oa]s?|viene|entrante)\b")
_PAST = re.compile(
    r"\b(?:vend(?:i|io|imos|ieron|ido|ida|idos|idas|ia|ian|iamos)|ventas?|sold|did|didnt|was|were|has|have been|have we|hemos|ha|han|hubo|fue|fueron|movio|"
    r"movieron|movimos|salio|salieron|tuvo|tuvimos|tuvieron|sales|since|desde|hace|ago|moved|shifted|pasad[oa]s?|ultim[oa]s?|last|facturamos|facture|"
    r"compramos|went|been|crec\w+ido|grew|grown|fell)\b")
_PURE_FUTURE = re.compile(r"\b(?:vend(?:ere|era|eran|eremos)|(?:voy|va|vas|vamos|van) a|will|ll|going to|forecast\w*|pronostic\w+|proyec\w+|projec\w+|predict\w*|"
                          r"prevision(?:es)?|previst[oa]s?|esperad\w+|expect\w*|tendra\w*|seran?|habra|moveremos|estimad\w+)\b")


def is_foreign(sentence: str) -> bool:
    """Whether a question is about something else: customers, prices, profit, the weather, why something happened."""
    return _FOREIGN.search(sentence) is not None or _BOUGHT.search(sentence) is not None


def is_comparison(marked: str) -> bool:
    """Whether a sentence sets two periods against each other; its periods stand in it as `⟨p⟩`."""
    if _COMPARE.search(marked) or _THAN.search(marked):
        return True
    if _UP_ON.search(marked):
        return True
    against = _AGAINST.search(marked)
    if against and (not against.group().startswith("from") or _GROWTH.search(marked)):
        return True
    return bool(_GROWTH.search(marked)) and marked.count("⟨p⟩") >= 1 and not _PURE_FUTURE.search(marked)


def looks_back(sentence: str, intent: Intent) -> bool:
    """Whether a question is about the past; where its words say neither, sales are past, and purchases and demand are to come."""
    if intent in ("purchase_list", "investment_total", "stockout_risk"):
        return False
    if _PURE_FUTURE.search(sentence):
        return False
    if _PAST.search(sentence):
        return True
    return intent in ("top_sellers", "worst_sellers", "compare_periods") and not re.search(r"\b(?:next|proxim[oa]s?|entrante|que viene)\b", sentence)


def intent_of(marked: str, *, comparing: bool, budget: bool) -> Intent:
    """What a sentence asks for; its periods stand in it as `⟨p⟩`, its articles as `⟦n⟧`. budget: it names money to spend.

    What is to be bought, what it costs and what runs out come before rankings and comparisons, and plain demand comes last.
    """
    if is_foreign(marked):
        return "unknown"
    marked = marked.replace(" - ", " ")
    buying, running_out = _first(_PURCHASE, _NOUN_ORDER.sub("", marked)), _first(_STOCKOUT, marked)
    if _asks_for_money(marked) and not (budget and not re.search(r"\b(?:cuant[oa]s?|how much)\b", marked)):
        return "investment_total"
    if running_out is not None and (buying is None or running_out < buying):
        return "stockout_risk"
    if buying is not None:
        return "purchase_list"
    worst, top = _first(_WORST, marked), _first(_TOP, marked)
    if comparing and not (worst is not None and "menos vend" in marked):
        return "compare_periods"
    if worst is not None and (top is None or worst <= top or "top" in marked):
        return "worst_sellers"
    if top is not None:
        return "top_sellers"
    if budget and re.search(r"\b(?:que|what|how|como|tengo|have|lista|list|gast\w+|spend|invert\w+|inviert\w+|invest)\b", marked):
        return "purchase_list"
    if _DEMAND.search(marked) or ("⟦" in marked and re.search(r"\b(?:cuant[oa]s?|how (?:much|many))\b", marked)):
        return "demand"
    return "unknown"


def _asks_for_money(marked: str) -> bool:
    if not _MONEY.search(marked) or not _HOW_MUCH.search(marked):
        return False
    return bool(_INVEST.search(marked) or _SPEND.search(marked) or _BUYING.search(marked))


def _first(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return found.start() if found else None
