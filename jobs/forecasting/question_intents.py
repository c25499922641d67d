"""What a question wants to know, by the words that give it away; what is none of it stays unknown."""

import re

from jobs.forecasting.ask_kinds import Intent
from jobs.forecasting.question_manner import asks_on_hand
from jobs.forecasting.question_parts import CHANGING, EARNED
from jobs.forecasting.question_unsold import asks_for_unsold, sells_badly


def _any(*parts: str) -> str:
    """One pattern for any of several; parts are written over several lines and may hold `|` themselves."""
    return "(?:" + "|".join(parts) + ")"


def _search(*parts: str) -> re.Pattern[str]:
    """Any of the parts as whole words."""
    return re.compile(rf"(?<!\w){_any(*parts)}(?!\w)")


_BUY = _any(
    r"compr(?:ar|a|as|o|amos|aremos|aria|arle|arles|arme|arnos|e|emos)", r"ped(?:ir|irle|irles|imos|ido|idos|iremos|ire)",
    r"pid(?:o|e|as|amos)", r"repon(?:er|go|emos)", r"reposicion(?:es)?", r"(?:re)?abastec\w+", r"surt\w+", "resurtir",
    "encarg(?:ar|o|amos)", r"aprovision\w+", "orden(?:es)? de compra", "ordenar", "ordeno", "adquirir", "traer", "traigo", "buy",
    "buying", r"purchas\w+", "orders?", "ordering", r"reorder\w*", "re order", "(?:should|to) (?:i |we )?(?:be )?get(?:ting)?",
    r"restock\w*", r"replenish\w*", r"procure\w*",
    "stock(?:ing)? up",
    "how (?:much|many) (?:\\S+ ){1,6}?(?:to|should (?:i|we)|must (?:i|we)|do (?:i|we) need to) (?:stock|have|keep|hold|carry)",
    (r"cuant[oa]s? (?:\S+ ){1,6}?(?:conviene|debo|debemos|deberia|deberiamos|hay que|toca|necesito|necesitamos) "
     "(?:tener|dejar|guardar)"),
    "(?:to|should (?:i|we)|must (?:i|we)) bring in", "shopping list", "sugerid[oa]")
_SELL = _any(
    "vend(?:er|o|e|en|emos|era|eran|ere|eremos|eria|i|io|imos|ieron|iendo|ido|ida|idos|idas|an)", "ventas?", "sells?", "selling",
    "sold", "sales?")
_FLOW = _any(
    _SELL, "sellers?", "mueven?", r"mov\w+", "rotan?", "rotando", "rotacion", "salidas?", "salen?", "salio", "salieron",
    "salir", "saldran?", "rotar(?:an?)?", r"demand\w*", "pedid[oa]s", "move[sd]?", r"popular\w*", r"consum\w+")
_ASKED = "(?:que|cual|cuales|which|what)"
_ARTICLES = "(?:articulos?|productos?|referencias?)"
_THE_BEST = "(?:el |los |la |las |the )?(?:mejor(?:es)? |peor(?:es)? |best |worst )?"
_SOME = "(?:(?:el|la|los|las|lo|the|that|those|of|de|del|al|a|en|in|on|for|durante|during) )*"
_OTHER_TIME = r"(?:⟨p⟩|mism|same|anterior|pasad|previo|previous|last(?: one)?$|year before|antes\b|before\b|usual|siempre)"

# What people ask of a shop's system but is none of these questions; it outweighs all other words.
_FOREIGN = _search(
    "clientes?", "customers?", "clients?", "empleados?", "employees?", "staff", "vendedor(?:es)?", "salesperson", "salespeople",
    "margen(?:es)?", "margins?", r"profit\w*", "ganancias?", "utilidad(?:es)?", r"rentab\w+", "precios?", "prices?", "pricing",
    "facturas?", "invoices?", "deudas?", "debts?", "owe", r"devoluci\w+", "returns", "refunds?", "descuentos?", "discounts?",
    "sucursal(?:es)?", "branch(?:es)?", "pagar", "pagos?", "pay", "pays", "clima", "weather", "lluvia", "tiempo (?:hara|hace)",
    "chiste", "jokes?", "pelicula", "movies?", "correo", "e ?mails?", "usuarios?", "users?", "passwords?", "contrasena",
    r"bitcoin\w*", r"cripto\w*", r"crypto\w*", "acciones", "shares", "bolsa de valores", "dolar hoy", r"(?:borr|elimin)\w+",
    rf"cuanto (?:(?:me|nos|le|les|te) )?(?:cuestan?|valen?|cost(?:o|aba|aban)|esta costando) {_SOME}(?:un |una |cada )?⟦⟧",
    r"how much (?:does|do|is|are) (?:the |an? )?⟦⟧(?: costs?| worth|$)",
    r"how much (?:does|do|did) .* sells? .*for$",
    r"(?:en|por) cuanto (?:(?!tiempo|dias?|semanas?|mes(?:es)?)\S+ ){0,2}?vend\w+",
    (r"a (?:como|cuanto) (?:\S+ ){0,2}?(?:vend\w+|esta|estan|salen?|tienen?)"
     r"(?! (?:(?:el|la|las|los|mi|un|una) )?(?:compras?|pedidos?))"),
    (r"(?:a|en|por) (?:como|cuanto) (?:(?:me|nos|se|te|le|les|lo|la|los|las) )*(?:dej(?:an?|aron|o)|dan?|dieron|dara|daran|"
     r"ofrec\w+|cons[ei]g\w+|ponen)"),
    "cobr(?:an?|ar|aron|ara|aran|o|aria|ando)", r"cotiz\w+",
    r"(?:how much|what) (?:do|does|did|will|would|is|are) (?:\S+ ){1,6}?(?:charge|charging|quote|quoting)",
    r"(?:quote|quoted|quotes) (?:for|us|me|from)|(?:supplier|suppliers|vendor|their) quotes?",
    r"(?:tengo|tenemos|hay|esta|have|ve|got|is|are) (?:\S+ ){0,4}?(?:tied up|metid[oa]s?|invertid[oa]s?) (?:in|en)",
    CHANGING, EARNED,
    "delete", "remove", "drop table", r"cancel\w*", r"update(?! (?:me|us))", r"actualiza\w*", r"les? deb\w+ al?", "debemos al?",
    "where", "donde", "who", "quien(?:es)?",
    rf"{_ASKED} (?:son |es |is |are )?{_THE_BEST}(?:proveedor(?:es)?|suppliers?|vendors?|tiendas?|stores?|shops?|dias?|days?|"
    rf"horas?|hours?|"
    r"ciudad(?:es)?|city|cities)",
    (r"(?:mejor(?:es)?|peor(?:es)?|best|worst|cheapest) (?:proveedor(?:es)?|suppliers?|vendors?|tiendas?|stores?|shops?|dias?|"
     r"days?)"),
    r"(?:cuant[oa]s|how many) (?:pedidos|ordenes|orders|proveedores|suppliers|tiendas|stores|personas|people|gente)")
_REASON = re.compile(r"^(?:(?:y|and) )?(?:por ?que|why)\b")
_BOUGHT = re.compile(
    r"\b(?:que|cuant[oa]s?|what|which|how (?:much|many))\b.*\b(?:compre el|compramos el|compraron|compro el|bought|ordered|"
    r"did (?:we|i|you) (?:buy|order|purchase))\b")

_COMPARE = _search(
    r"compar\w+", "versus", "vs", "⟨p⟩ (?:o|or|bs|v) (?:en |in |el |la |the )*⟨p⟩", "diferencias?", "difference", "variacion",
    "growing", "shrinking", "creciendo", "subiendo", "bajando", "cayendo", "aumentando", "disminuyendo", "rising", "falling",
    "dropping", "declining", "increasing", "decreasing",
    "⟨p⟩ (?:beats?|outs[eo]ll?[sd]?|outperform(?:ed|s)?|super(?:o|aron|amos|a)) (?:a |al |el |la |the )?⟨p⟩",
    "variaron", "relative to")
_UP_ON = _search(r"(?:up|down|ahead|behind) (?:on|from|of|over|against|vs) (?:the )?(?:⟨p⟩|last|same|previous)",
                 r"⟨p⟩ (?:\S+ ){0,6}?que (?:en )?(?:el|la) otr[oa]$",
                 r"(?:por encima|por debajo|arriba|abajo) del? (?:el )?(?:⟨p⟩|mism)")
_AGAINST = re.compile(
    rf"(?:\b(?:contra|frente al?|respecto (?:al?|del?)|against|from)|⟨p⟩ con|⟨p⟩ with) {_SOME}(?:⟨p⟩|mism|same|anterior|pasad|"
    rf"previo|"
    r"previous|last|year before)")
_SIDE_BY_SIDE = re.compile(rf"⟨p⟩ (?:con|with|vs|versus|contra|against) {_SOME}⟨p⟩")
_THAN = re.compile(
    r"\b(?:mas|menos|mejor(?:es)?|peor(?:es)?|mayor(?:es)?|menor(?:es)?|igual|more|less|fewer|better|worse|higher|lower|"
    r"faster|slower|stronger|weaker|bigger|smaller|busier|quieter)\b.{0,80}?"
    rf"\b(?:que|than) {_SOME}{_OTHER_TIME}")
_GROWTH = _search(
    r"crec\w+", "growth", "grow", "grew", "grown", r"subi\w+", r"aument\w+", "increased?", "risen", "rose", "baj(?:aron|ado)",
    "cayeron", "caido", "cayo", r"decreas\w+", r"declin\w+", "dropped", "fell", "fallen", r"cambi\w+", "changed?",
    r"evolucion\w*", "variacion")

_MONEY = _search(
    r"inver\w+", r"invest\w*", "plata", "dinero", "lana", "pasta", "efectivo", "presupuestos?", "budgets?", "capital", "money",
    "cash", "funds", "fondos", r"gast\w+", r"spend\w*", "cost(?:ar|aria|ara|o|os|e|s|ing)?", "cuestan?", "outlay",
    r"desembols\w+", "monto", "valor", "amount", "value", "set (?:me|us) back")
_INVEST = _search(
    "inver(?:sion|siones|tir|timos|tire|tiremos)", "investments?", "invest", "investing", "outlay", r"desembols\w+")
_SPEND = _search(
    "gast(?:ar|arme|arnos|are|aremos|aria|ariamos|o)", "spend", "spending", "(?:set|put) aside", "allocate", "earmark",
    "reserv(?:ar|o|e)", "(?:separ(?:ar|o)|apart(?:ar|o))", "guard(?:ar|o)", "destin(?:ar|o)")
_BUDGET_OF = _search(
    "presupuestos? (?:de|para) (?:las? |los? |el |mis )?(?:compras?|comprar|pedidos?|inventario|mercancia)",
    "(?:purchas(?:e|es|ing)|buying|stock|inventory|ordering) budget",
    r"budget for (?:the |our )?(?:purchas\w+|buying|stock\w*|orders?|ordering)",
    rf"(?:costs?|costo|coste|valor) (?:of|de) (?:the |la |el |los |las )?{_BUY}")
_HOW_MUCH = _search(
    "cuant[oa]s?", "how much", "how big", "total", "que", "what", "which", "dime", "tell me", "valor", "monto", "amount",
    r"calcula\w*")
_NEEDED = _search(
    "(?:cash|money|funds|budget|capital) (?:needed|required|necessary)",
    "(?:dinero|plata|capital|presupuesto|efectivo) (?:necesari[oa]|requerid[oa])",
    rf"cuanto (?:\w+ ){{0,2}}?(?:va|ira|iria|sale|saldra|saldria|vale|valdra|valdria) (?:\w+ ){{0,3}}?(?:{_BUY}|compras?|pedido)",
    r"a cuanto (?:\w+ ){0,3}?(?:asciend\w+|sum\w+|lleg\w+|sale|salen|salir|saldra|saldria) (?:\w+ ){0,2}?(?:compras?|pedidos?)",
    rf"cuanto (?:\w+ ){{0,2}}?(?:necesit\w+|ocup(?:o|amos)|hace falta|requier\w+) para (?:el |las? )?(?:{_BUY}|compras?|pedido)",
    "cost (?:me |us )?to (?:cover|meet|serve|satisfy|supply|fulfil|fulfill)",
    r"how much (?:money |cash )?(?:will|would|does) (?:re)?(?:stocking|ordering|buying|purchasing|plenishing) (?:\S+ ){1,4}?"
    r"(?:take|require)\b",
    r"(?:cost(?:ar|aria|ara)|cuesta|sal(?:ir|dria|dra)|val(?:dria|dra)) (?:cubrir|atender|satisfacer|suplir|cumplir)",
    r"(?:cuantos|how many) (?:pesos|dolares|euros|soles|dollars|bucks|quid|pounds) (?:(?!of|de)\S+ ){0,4}?(?:necesit\w+|ocup\w+|"
    r"need|gast\w+|spend|cost)")
_BUYING = _search(
    _BUY, "compras", "pedido", "inventario", "inventory", "stock", "mercancia")
_THINGS = "(?:stock|existencias?|inventario|inventory|producto|mercancia|unidades|cover|cobertura)"
_TIMES = "(?:dias|semanas|meses|days|weeks|months)"
_HAVE = f"(?:hay|tengo|tenemos|quedan?|have|got|left|sitting|{_THINGS})"
_STOCKOUT = _search(
    r"agot\w+", "acab(?:a|an|ar|ara|aran|arse|arme|ando|o|e)", "quiebres?", "roturas?", r"desabast\w+", "faltantes?",
    "(?:va a|van a|ir a|me|nos|va|que) falt(?:ar|a|an|ara|aran)(?! (?:por )?(?:pedir|comprar|encargar))", "faltaran?",
    rf"(?:qued\w+|sin|poco|pocas|pocos|bajos? de|cortos? de) (?:sin |de |en )?{_THINGS}",
    r"qued(?:ar|are|ara|aremos|arme|arnos|arse|aran|o|a|an|ando) sin(?! (?:vend|rot|mov|sal)\w+\b(?! por))",
    r"(?:qued\w+|nos|me) (?:muy )?cort[oa]s?",
    "alcanz(?:a|an|ara|aran)", r"(?:cuanto|hasta cuando) (?:me |nos )?dura\w*", "dura(?:n|ra|ran)?", "cobertura", "riesgo",
    "aguant(?:a|an|ara|aran)", "(?:rinden?|rendiran?)", f"hasta cuando (?:\\S+ ){{0,3}}?{_HAVE}",
    "(?:be|is|are|am) (?:all )?out of",
    rf"(?:para )?(?:cuant[oa]s|how many) {_TIMES} (?:\S+ ){{0,8}}?{_HAVE}",
    rf"(?:menos de|less than|under|solo|only) ⟨p⟩ (?:(?:of|de|worth|s|left|on) )*{_THINGS}",
    "enough", "suficientes?", "run(?:s|ning)? (?:out|low|short)", "out of stock", "stock ?outs?", "(?:sells?|sold) out",
    "shortages?", "low (?:on |in )?(?:stock|inventory)",
    r"(?:am|are|is|be|get|gets|getting|we|i|it) (?:\w+ )?(?:low|short)(?: on| of| by| before| soon| ⟨p⟩|$)",
    r"(?:estoy|estamos|ando|andamos|anda|esta|estan) (?:\w+ )?(?:cort|baj|escas)[oa]s?",
    "days of (?:cover|stock|inventory)", r"deplet\w+",
    r"how long (?:\S+ ){1,8}last", "(?:stock|inventory|it|they|⟦⟧) last",
    "como (?:vamos|estamos|andamos|voy|estoy|ando) de (?:stock|inventario|existencias|mercancia)",
    "hows? (?:is |are )?(?:the |our |my )?(?:stock|inventory)(?: levels?)? (?:doing|looking)",
    "bajo (?:stock|inventario)", "(?:stock|inventario) bajo",
    "termin(?:a|an|ara|aran|arse)", "(?:va|van) a terminar")
_PURCHASE = _search(
    _BUY, r"(?:need|necesit(?:o|amos)|hacen? falta) (?:any |some |more |mas )*⟦⟧",
    "⟦⟧ (?:is |are )?(?:needed|required|necesari[oa]s?)")
_MAKE_ORDER = _search(
    "(?:ha(?:z|zme|cer|go|cemos|gamos|ciendo)|arm(?:a|ame|ar|o|amos|ando)|prepar(?:a|ame|ar|o|amos|ando)|gener(?:a|ame|ar)|dame|"
    "saca|sacame|mak(?:e|ing)|prepar(?:e|ing)|put(?:ting)? together|draft(?:ing)?|generate|plac(?:e|ing)|"
    "give me) (?:el|un|the|an) (?:proximo |next )?(?:pedido|order)",
    "(?:put|add|include) (?:\\S+ ){0,2}?(?:in|on|into|to) (?:the |my |our )?(?:next )?order",
    "(?:mejor )?(?:pedido|compra) (?:ideal|optim[oa]|recomendad[oa])|(?:ideal|optimal|best|right|recommended) (?:order|purchase)")
_NOUN_ORDER = _search("in order", "out of order", "el pedido", "the order", "next order", "proximo pedido")

_TOP = _search(
    "top", r"best ?sell\w*", r"bestsell\w*", "ranking", rf"mejor (?:se |me |nos )?{_FLOW}", "mejores",
    "mejor (?:venta|producto|articulo)", "best (?:items?|products?|lines?|sold|performing)", "lider(?:es)?", "estrella",
    "favoritos", "leading", "hottest", "hot", r"fast(?:est)? (?:mov\w+|sell\w+)", "flying", "(?:flew|flies|fly) off",
    rf"{_ASKED} (?:[^⟦\s]+ ){{0,4}}(?:{_FLOW}) (?:so |very |muy )?(?:well|bien)", "most popular", "populares",
    "alta rotacion", "exitosos", rf"mas (?:se )?{_FLOW}", rf"{_FLOW} (?:se )?mas",
    rf"(?:mayor(?:es)?|highest|biggest|greatest|strongest|mas) (?:\w+ )?(?:{_FLOW}|volumen|volume)",
    rf"(?:que|cual|cuales|{_ARTICLES}) mas (?:se |nos |me )?(?:\w+ ){{0,4}}?{_FLOW}",
    rf"{_FLOW}(?: \w+){{0,3}} (?:the )?(?:most|best)", rf"most {_FLOW}", rf"mas (?:se )?(?:va|van) a {_FLOW}",
    rf"{_ASKED} (?:\S+ ){{0,3}}?{_FLOW} (?:better|mejor)(?! (?:than|que))",
    "(?:mas|more|menos|less|fewer) ⟦⟧ (?:que|than|o|or) (?:mas |more )?(?:de )?⟦⟧")
_WORST = _search(
    "bottom", "worst", "peor(?:es)?", "least", "slow(?:est)?", "dead", "dust", "gathering", "sitting", "unsold",
    r"poor(?:est)? (?:sell\w*|perform\w*)", "weakest", rf"lowest {_FLOW}", "fewest", "baja rotacion", "huesos?", "quedados",
    "quietos?", r"estancad\w+", r"parad\w+", "flojos?", rf"menos (?:se )?{_FLOW}", rf"menos (?:se )?(?:va|van) a {_FLOW}",
    rf"{_FLOW} (?:se )?menos", rf"menor(?:es)? (?:\w+ )?(?:{_FLOW}|volumen)",
    rf"(?:que|cual|cuales|{_ARTICLES}) menos (?:se |nos |me )?(?:\w+ ){{0,4}}?{_FLOW}",
    rf"no (?:se |me |nos |ha(?:n|yan?)? |estan? )*{_FLOW}", f"sin {_FLOW}", "sin (?:vender|mover|rotar|salir)(?:se|lo|los)?",
    rf"(?:hardly|barely|scarcely|rarely|seldom|almost never|hardly ever)(?: \w+)? (?:{_SELL}|mov(?:ing|ed?s?))",
    rf"(?:apenas|rara vez|casi nunca) (?:se |las |los )?{_FLOW}", rf"{_FLOW} (?:muy |very |so |quite )?(?:poco|mal|badly|poorly)",
    "sin movimiento", "lent[oa]s?", f"poca {_FLOW}",
    rf"(?:not|isnt|arent|dont|doesnt|didnt|havent|hasnt|without|no|never) (?:\w+ )?(?:{_SELL}|mov(?:ing|e|ed)|shift(?:ing|ed)?)")
_DEMAND = _search(
    _SELL, r"demand\w*", r"pronostic\w+", r"proyec\w+", "prevision(?:es)?", "previst[oa]s?", r"estimad\w+", "estimacion",
    r"esperad\w+", r"forecast\w*", r"predict\w*", r"projec\w+", "shift(?:ed|ing)?", "shipped", "dispatched", "consumo",
    "salidas?",
    "sal(?:io|ieron|dra|dran|e|en)", r"despach\w+", "factur(?:amos|acion|e)", "turnover", "revenue", "takings",
    "turn(?:ed)? over", "moved?", "movimos", "movio",
    "moveremos", "units? (?:go|went|will go) out(?! of)",
    r"how (?:well |badly )?(?:did|do|does|is|are|was|were|has|have|will) (?:\S+ ){0,2}⟦⟧ "
    r"(?:\S+ ){0,2}(?:do|doing|done|perform\w*|go|going|look(?:ing)?)",
    r"what (?:did|do|does|is|are|was|were|will) (?:\S+ ){0,2}(?:⟦⟧|⟨p⟩) (?:\S+ ){0,2}?look(?:ing)? like",
    (r"hows? (?:(?:do|does|did|is|are|will) )?(?:things |business )?(?:in |for )?(?:⟨p⟩ )?(?:be|looks?|looking)"
     r"(?=$| (?:like )?(?:for|in|⟨p⟩))"),
    (r"como (?:(?:le|les|nos|se) )?(?:fue|va|van|anda|andan|estuvo|ira|iran|estan|pintan?|ven?|vienen?|vendran?) (?:\S+ ){0,3}"
     r"⟦⟧"),
    (r"como (?:(?:se|nos|me) )?(?:pintan?|ven?|vienen?|vendra|ira|estara)(?: (?:(?:la|las|el|los|en|para) )*(?:cosas? )?"
     r"(?:para )?⟨p⟩|$)"),
    "se gast(?:an?|o|aron)", r"how (?:did|are|were|was) (?:we|i|things|business|it) (?:do|doing|go|going)\b",
    "how (?:was|were) (?:business|⟨p⟩)",
    r"como (?:me|nos) (?:fue|va|ira|ha ido|estuvo)\b", r"como (?:vamos|voy|estuv\w+)\b",
    "⟨p⟩ (?:s )?(?:numbers|figures|numeros|cifras)", "(?:numbers|figures|numeros|cifras) (?:(?:of|for|from|in|de|del|en) )*⟨p⟩",
    "(?:units?|unidades) (?:(?:of|de|del|in|en|for|para|el|the) )*(?:⟨p⟩|⟦)")
_MOST_MONEY = _search(
    r"(?:mas|most|highest|biggest|greatest)(?: \w+){0,2}? (?:plata|dinero|ingresos|money|revenue|income|turnover|facturacion)",
    r"(?:que|cuales|cual) (?:\w+ ){0,3}mas factur\w+|mas (?:se )?facturan|facturan mas")
_NEED = _search("necesit(?:o|amos|are|aremos|ara|aria)", "ocup(?:o|amos)", "need")
_ENOUGH = _search("alcanz(?:a|an|ara|aran)", "enough", "suficientes?", "bastan?")
_QUANTITY = _search(
    "cuant[oa]s?", "how (?:much|many)")
_HOW_MANY_OF = re.compile(r"\b(?:cuant[oa]s?|how (?:much|many)) (?:(?:unidades|cajas|units|boxes) )?(?:de |of )?⟦")
_SPENDABLE = _search(
    "que", "cual(?:es)?", "what", "which", "how", "como", "tengo", "have", "budget", "presupuesto",
    "lista", "list", r"gast\w+", "spend", r"inv[ie]+rt\w+", "invest")

_COMING = _search(
    "vend(?:ere|era|eran|eremos)", "(?:voy|va|vas|vamos|van) a", "will", "wont", "ll", "going to", r"forecast\w*",
    r"pronostic\w+", r"proyec\w+", r"projec\w+", r"predict\w*", "prevision(?:es)?", "previst[oa]s?", r"esperad\w+", r"expect\w*",
    "tendra", "tendran", "seran?", "habra", r"mov(?:era|eran|eremos)", r"sald(?:ra|ran)", "rotaran?", r"estimad\w+")
_DONE = _search(
    "vend(?:i|io|imos|ieron|ido|ida|idos|idas|ia|ian|iamos)", "sold", "did", "didnt", "was", "were", "has", "have been",
    "have we", "hemos", "han?", "hubo", "fue", "fueron", "movio", "movieron", "movimos", "salio", "salieron", "tuvo", "tuvimos",
    "tuvieron", "moved", "shifted", "shipped", "dispatched", "gast(?:o|aron)",
    "factur(?:e|amos|aron)", "despach(?:e|o|amos|aron)", "went", "been", "grew", "grown", "fell",
    "so far", "to date", "hasta (?:hoy|ahora|la fecha)", "que va", "llevamos", "corrido", "acumulad[oa]s?", "since")
_OUTLOOK = _search(
    r"como (?:(?:se|me|nos) )*(?:pintan?|ven?|vienen?|lucen?)", r"(?:hows?|whats?) (?:\S+ ){1,8}?look(?:s|ing)?", "outlook",
    "panorama", "perspectivas?")
_SALES = _search("ventas?", "sales", "facturacion", "revenue", "turnover", "takings")
_PAST = _search(
    "since", "desde", "hace", "ago", "pasad[oa]s?", "ultim[oa]s?", "last", "usually", "normally", "typically",
    "suelen?", "solemos", "(?:normal|usual|general)mente")
_AVERAGE = _search(r"promedi\w+", r"averag\w+", "(?:por|per|al?|a la|cada|each|every|an?) (?:dia|semana|mes|day|week|month)")
_MEAN_OF = _search(
    "(?:promedios?|average) (?:mensual|semanal|diari[oa]|(?:por|al?|per|a) (?:dia|semana|mes|day|week|month))",
    "(?:monthly|weekly|daily) (?:average|mean)", "(?:promedios?|average|media mensual) (?:de|del|of|for) ⟦")
_TOTAL_EVER = _search("(?:historical|all time|lifetime) total", "total historico", "historico total")
_NEXT = _search(
    "next", "proxim[oa]s?", "entrante", "que viene")


def is_foreign(sentence: str) -> bool:
    """Whether a question is about something else: customers, prices, profit, the weather, why something happened."""
    return any(pattern.search(sentence) for pattern in (_FOREIGN, _REASON, _BOUGHT))


def says_demand(sentence: str) -> bool:
    """Whether a sentence has words of demand, and not only `how many` of something."""
    return _DEMAND.search(sentence) is not None


def is_comparison(marked: str) -> bool:
    """Whether a sentence sets two periods against each other; its periods stand in it as `⟨p⟩`."""
    if _COMPARE.search(marked) or _THAN.search(marked) or _UP_ON.search(marked):
        return True
    against = _AGAINST.search(marked)
    if against and (not against.group().startswith("from") or _GROWTH.search(marked)):
        return True
    return bool(_GROWTH.search(marked)) and "⟨p⟩" in marked and not _COMING.search(marked)


def looks_back(sentence: str, intent: Intent) -> bool:
    """Whether a question is about the past; where its words say neither, sales are past, and purchases and demand are to come."""
    if intent in ("purchase_list", "investment_total", "stockout_risk") or _COMING.search(sentence):
        return False
    if _DONE.search(sentence) or _PAST.search(sentence):
        return True
    if intent != "compare_periods" and _OUTLOOK.search(sentence):
        return False
    if _SALES.search(sentence):
        return True
    usual = intent in ("top_sellers", "worst_sellers", "compare_periods") or _AVERAGE.search(sentence) is not None
    return usual and not _NEXT.search(sentence)


def is_done(sentence: str) -> bool:
    """Whether a question asks for what has happened only (`how much have we sold this month`), not for what is left of it."""
    return _DONE.search(sentence) is not None and not _COMING.search(sentence)


def intent_of(marked: str, *, comparing: bool, budget: bool) -> Intent:
    """What a sentence asks for; its periods stand in it as `⟨p⟩`, its articles as `⟦n⟧`. budget: it names money to spend.

    What is to be bought, what it costs and what runs out come before rankings and comparisons, and plain demand comes last.
    """
    if is_foreign(marked):
        return "unknown"
    marked = marked.replace(" - ", " ")
    if comparing and _SIDE_BY_SIDE.search(marked):
        return "compare_periods"
    buying, running_out = _first(_MAKE_ORDER, marked), _first(_STOCKOUT, marked)
    buying = _first(_PURCHASE, _NOUN_ORDER.sub("", marked)) if buying is None else buying
    if _asks_for_money(marked) and not (budget and not _QUANTITY.search(marked)):
        return "investment_total"
    if budget and buying is not None and _HOW_MANY_OF.search(marked):
        return "purchase_list"
    if not budget and _BUDGET_OF.search(marked):
        return "investment_total"
    if budget and _ENOUGH.search(marked) and _BUYING.search(marked):
        return "investment_total"
    if running_out is not None and (buying is None or running_out < buying):
        return "stockout_risk"
    if buying is not None:
        return "purchase_list"
    if asks_on_hand(marked) and not comparing:
        return "stockout_risk"
    ranked = _ranking(marked)
    if comparing and not (ranked == "worst_sellers" and "menos vend" in marked):
        return "compare_periods"
    if ranked:
        return ranked
    if _MOST_MONEY.search(marked):
        return "top_sellers"
    if budget and _SPENDABLE.search(marked):
        return "purchase_list"
    counted = _QUANTITY.search(marked) and ("⟦" in marked or _NEED.search(marked))
    averaged = _MEAN_OF.search(marked) and not _MONEY.search(marked)  # `promedio mensual de A-101`: of its sales
    return "demand" if _DEMAND.search(marked) or counted or averaged or _TOTAL_EVER.search(marked) else "unknown"


def _ranking(marked: str) -> Intent | None:
    worst, top = _first(_WORST, marked), _first(_TOP, marked)
    if worst is not None and (top is None or worst <= top or "top" in marked):
        return "worst_sellers"
    if sells_badly(marked) or (top is None and asks_for_unsold(marked)):
        return "worst_sellers"
    return "top_sellers" if top is not None else None


def _asks_for_money(marked: str) -> bool:
    if _NEEDED.search(marked):
        return True
    if not _MONEY.search(marked) or not _HOW_MUCH.search(marked):
        return False
    return any(pattern.search(marked) for pattern in (_INVEST, _SPEND, _BUYING, _NEED))


def _first(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return found.start() if found else None
