"""The words that questions are made of, without accents: what can be understood, and what a misspelt word is set right to.

A word that is in neither language is taken to belong to an article's name.
"""

import unicodedata


def fold(text: str) -> str:
    """`text` in lower case without accents (`Artículo` → `articulo`)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def words(*texts: str) -> frozenset[str]:
    """The words of texts with spaces between them."""
    return frozenset(word for text in texts for word in text.split())


MONTHS: dict[str, int] = {
    name: number for number, names in enumerate((
        "enero january ene jan", "febrero february feb", "marzo march mar", "abril april abr apr", "mayo may", "junio june jun",
        "julio july jul", "agosto august ago aug", "septiembre setiembre september sep sept", "octubre october oct",
        "noviembre november nov", "diciembre december dic dec"), start=1)
    for name in names.split()}

WEEKDAYS: dict[str, int] = {
    name: number for number, names in enumerate((
        "lunes monday", "martes tuesday", "miercoles wednesday", "jueves thursday", "viernes friday", "sabado saturday",
        "domingo sunday")) for name in names.split()}

# What a misspelt word after "how many", "cuántos" and the like may have been meant as; anything else there is the name of what is
# counted, such as `rice`, which is no misspelt `rise`.
COUNTING = words("many much cuanta cuantas cuantos")
COUNTED = words(
    "unidad unidades pieza piezas caja cajas articulo articulos item items producto productos referencia referencias plata",
    "dinero pesos dolares euros dias semanas meses trimestres anos veces hay vendi vendo vendemos vendimos vendio vendieron",
    "venderemos vendere voy vamos va van debo debemos necesito necesitamos tengo tenemos compro compre compramos",
    "unit units piece pieces product products article articles thing things stuff stock money cash days weeks months quarters",
    "customer customers client clients cliente clientes",
    "years times did do does will would should can could shall is are was were has have had of we i to more less")

# A word after `ventas de`, `demand for`, `enough` and the like, or a short one right before `sales`, is the name of what is sold
# unless it was meant as one of ASIDE (below): `the rice sales`, `sales of coats`.
FLOWS = words(
    "venta ventas vendi vendio vendimos vender vendera venderemos demanda pronostico prevision proyeccion consumo salida salidas",
    "existencias inventario stock unidades sales sell sold demand forecast projection inventory out units bought")
LINKS = words("de of for")
ENOUGH = words("enough suficiente suficientes")
DETERMINERS = words("el la los las un una nuestro nuestra nuestros nuestras the our my a")

# Common goods that are a letter away from a word of questions (`shoes` from `shows`, `huevos` from `huesos`).
GOODS = words(
    "balon balones camas cerdo cocos estante estantes huevo huevos libro libros mani medias mesas moras ollas papas pilas pollo",
    "ventanas vestidos vinos cestas copa copas gato gatos cola colas dado dados vaso vasos hilo hilos lanas",
    "shock shocks spare beer books butter coats dolls flour hat hats honey limes locks pans pants pears "
    "plants plugs rice seeds shoes sock socks",
    "beaker beakers charger chargers cobre cobres costume costumes stone tiles tyres ham plums rakes ties tie")

# Kinds of shops and of all their goods: where one is no word of the articles, it is the shop that is asked about.
SHOPS = words(
    "ferreteria farmacia drogueria papeleria panaderia supermercado minimercado restaurante taller libreria",
    "repuesto repuestos refaccion refacciones autoparte autopartes parts spares",
    "pharmacy drugstore supermarket grocery bakery bookshop restaurant workshop")

# Written out before anything else is read.
SHORT_FORMS: dict[str, str] = {
    "bst": "best", "bearly": "barely", "thru": "through", "mor": "more",
    "wich": "which", "q": "que", "k": "que", "ke": "que", "qe": "que", "hwo": "how", "mch": "much", "mny": "many",
    "ba": "va", "ban": "van", "ay": "hay",
    "xq": "por que", "pq": "por que", "x": "por", "pa": "para", "pal": "para el",
    "d": "de", "vta": "venta", "vtas": "ventas", "prox": "proximo", "sig": "siguiente", "trim": "trimestre",
    "art": "articulo", "arts": "articulos", "prod": "producto", "prods": "productos", "cto": "cuanto", "ms": "mes",
    "nxt": "next", "nex": "next", "lst": "last", "ths": "this", "dis": "this", "mth": "month", "mths": "months", "wk": "week",
    "wks": "weeks", "yr": "year", "yrs": "years", "qtr": "quarter", "sel": "sell", "wil": "will", "wat": "what",
    "wot": "what", "wht": "what", "shud": "should", "shd": "should", "u": "you", "r": "are", "hw": "how", "pls": "please",
    "plz": "please", "plis": "please", "gonna": "going to", "gotta": "have to", "wanna": "want to", "ytd": "year to date",
    "mtd": "month to date", "vrs": "vs", "v": "vs", "owt": "out", "meny": "many", "wel": "well", "lat": "last", "anio": "ano",
    "anios": "anos", "yer": "year", "weak": "week", "weaks": "weeks", "yera": "year", "eom": "end of month",
    "eoy": "end of year", "tmrw": "tomorrow", "tmr": "tomorrow", "yaer": "year", "shld": "should", "cld": "could", "wld": "would",
    "bs": "vs", "compair": "compare", "abt": "about", "finde": "fin de semana", "xfa": "por favor", "xa": "para",
    "tdo": "todo", "tdos": "todos",
    "knto": "cuanto", "qnto": "cuanto", "kntos": "cuantos", "vndimos": "vendimos", "dl": "del", "tb": "tambien",
}

_TIME_ES = """
enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre ene feb mar abr jun jul ago
sep sept oct nov dic lunes martes miercoles jueves viernes sabado domingo dia dias semana semanas quincena quincenas mes meses
bimestre bimestres trimestre trimestres semestre semestres ano anos anual mensual semanal diario diaria fecha fechas proximo
proxima proximos proximas siguiente siguientes entrante entrantes viene vienen venidero venidera pasado pasada pasados pasadas
ultimo ultima ultimos ultimas anterior anteriores antepasado antepasada actual actuales corriente presente curso corrido hoy
manana ayer anteayer antier antes despues desde hasta dentro durante entre inicio inicios principio principios comienzo final
finales fin resto restante queda quedan primer primero primera segundo segunda tercer tercero tercera cuarto cuarta mismo
misma mismos periodo periodos temporada hace aqui luego ahora adelante va lleva llevamos proximamente plazo mitad
historico historica historicos historicas historicamente historia tiempos
"""
_TIME_EN = """
january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct
nov dec monday tuesday wednesday thursday friday saturday sunday day days daily week weeks weekly weekend weekends fortnight
fortnights month months monthly quarter quarters quarterly half halves year years yearly annual date dates next coming
following upcoming last past previous prior preceding current this today tomorrow yesterday before after since until till til
through throughout within during between start beginning end ending rest remainder left first second third fourth same period
periods season ago now later to from by so far over trailing ahead time early late running
historical historically lifetime history
"""
_NUMBERS_ES = """
cero un uno una dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho
diecinueve veinte veintiun veintiuno veintidos veintitres veinticuatro veinticinco veintiseis veintisiete veintiocho
veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa cien ciento cientos doscientos doscientas trescientos
trescientas cuatrocientos cuatrocientas quinientos quinientas seiscientos seiscientas setecientos setecientas ochocientos
ochocientas novecientos novecientas mil miles millon millones medio media docena docenas par billon billones luca lucas palo
palos
"""
_NUMBERS_EN = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands million millions billion
billions dozen dozens couple grand half
"""
_MONEY_ES = """
peso pesos euro euros dolar dolares sol soles plata dinero lana pasta efectivo capital caja presupuesto presupuestos fondos
monto inversion inversiones invertir invierto invertimos invertiremos invertire inviertes gastar gasto gastos gastarme
gastarnos gastare gastaremos gastaria gastariamos costar costaria costara costo costos coste cuesta cuestan valor valdria vale
desembolsar desembolso cop usd eur mxn
"""
_MONEY_EN = """
peso pesos euro euros dollar dollars pound pounds quid buck bucks money cash budget budgets funds capital invest investment
investments investing spend spending spent cost costs costing price outlay worth usd eur gbp cop afford amount
"""
_DEEDS_ES = """
comprar compra compras compro compramos compraremos compraria comprarle comprarles comprarme comprarnos compre compremos pedir
pide pido pidas pedimos pedido pedidos pediremos pedire pedirle pedirles pidamos reponer repongo reponemos reposicion
reposiciones reabastecer reabastecimiento reabastezco abastecer abastecimiento surtir surto surtido surtimos surta resurtir
encargar encargo encargamos orden ordenes ordenar ordeno adquirir aprovisionar aprovisionamiento traer traigo lista listado
listas sugerido sugerida sugeridos sugerencia sugerencias sugiere sugiereme recomiendas recomienda recomiendame recomendacion
recomendaciones recomendado vender vendo vende venden vendera venderan vendere venderemos venderia vendi vendio vendimos
vendieron vendiendo vendido vendida vendidos vendidas vendia vendian vendiamos vendan venda venta ventas demanda demandas
demandado demandada demandados demandadas pronostico pronosticos pronostica pronosticar proyeccion proyecciones proyectado
proyectada proyecta prevision previsiones prevista previstas previsto previstos estimacion estimado estimada estimar esperada
esperadas esperado esperados espera esperamos salida salidas sale salen salio salieron consumo despacho rotacion rota rotando
rotan roto rotaron mueve mueven movio movieron moviendo moviendose mover movera movimiento facturacion facturamos popular
populares estrella lider lideres exitosos favoritos mejor mejores peor peores mas menos mayor mayores menor menores baja bajo
bajos alta alto altos lento lentos lenta lentas flojo flojos quedados quieto quietos hueso huesos estancado estancados parado
parados agotar agota agotan agotara agotaran agotarse agotarme agotado agotados agotando acabar acaba acaban acabara acabaran
acabarse acabarme acabando acabo terminar termina terminan terminara terminaran quedar quedare quedara quedaremos quedaran
quedarme quedarnos quedarse quedo quiebre quiebres rotura roturas desabastecimiento desabastecer faltante faltantes falta
faltar faltara faltaran faltan existencia existencias inventario inventarios stock
alcanza alcanzo alcanzamos alcanzan alcanzara alcanzaran nuevo dura
duran durara duraran durar cobertura riesgo suficiente suficientes corto cortos bodega comparar compara comparame comparado
comparada comparados comparacion comparativo comparativa comparando contra versus vs frente respecto diferencia diferencias
variacion variaron crecio crecieron crecido crecimiento crecer crecimos subio subieron subido bajaron bajado aumento
aumentaron aumentado cayo cayeron caido cambio cambiaron comparemos previo volumen evolucion rotaran tuvieron punto apunto
cobra cobran ofrece ofrecen compraron llevaron
"""
_DEEDS_EN = """
buy buying purchase purchases purchasing order orders ordering reorder reordered reordering restock restocking replenish
replenishment replenishing procure procurement shopping list lists stock stocking acquire get suggest suggested suggestion
suggestions recommend recommended recommendation recommendations sell sells selling sold sale sales seller sellers bestseller
bestsellers bestselling demand demanded forecast forecasts forecasted forecasting predict predicted prediction projection
projected project expect expected anticipated estimate estimated shift shifted shifting volume volumes move moved moves moving
mover movers movement movements single arent opened remain remains remained remaining
consumption usage revenue turnover best worst top bottom most least fewest highest lowest flew flies fast faster
fastest slow slower slowest poor poorest popular perform performing performed performance hottest hot leading biggest weakest
strongest dead hardly barely scarcely rarely seldom dust gathering flying shelves shelf
unsold run runs out short low risk stockout stockouts outage outages
shortage shortages available availability enough sufficient lasting cover coverage deplete depleted inventory hand likely
danger warehouse compare compared compares comparing comparison versus vs against than difference differ change changed growth
grow grew grown increase increased decrease decreased decline declined drop dropped rise risen rose fell fallen better worse
higher lower stronger weaker relative value
"""
_THINGS_ES = """
articulo articulos producto productos referencia referencias item items sku skus codigo codigos unidad unidades material
materiales mercancia mercaderia cosa cosas linea lineas genero insumo insumos pieza piezas total totales categoria categorias
grupo grupos familia familias cantidad cantidades ranking informe reporte resumen datos tienda almacen local negocio empresa
compania proveedor proveedores cliente clientes precio precios margen margenes ganancia ganancias utilidad rentable rentables
rentabilidad empleado empleados vendedor vendedores factura facturas sucursal sucursales ciudad devolucion devoluciones
descuento descuentos promocion promociones deuda deudas debemos pagar pago pagos tiempo clima lluvia chiste pelicula correo
usuario usuarios tiendas personas gente hora horas borra borrar elimina eliminar cancela cancelar contrasena
"""
_PACKS = """
bulto bultos caja cajas paquete paquetes bolsa bolsas saco sacos litro litros kilo kilos kg gramos metro metros botella
botellas lata latas galon galones tonelada toneladas estiba estibas pallet pallets box boxes pack packs bag bags sack sacks
bottle bottles can cans litre litres liter liters pound pounds ton tons carton cartons case cases tin tins pair pairs rollo
rollos roll rolls
"""
_THINGS_EN = """
item items product products article articles unit units sku skus code codes thing things line lines good goods piece pieces
reference references total totals category categories group groups family families quantity quantities ranking report summary
data store shop business company supplier suppliers vendor vendors customer customers client clients price prices margin
margins profit profits profitable employee employees staff invoice invoices branch branches city return returns refund refunds
discount discounts promotion promotions debt weather movie movies joke email emails user users salesperson salespeople cheapest
debts delete remove update cancel password passwords people hour hours shops stores jokes pay pays stuff bought times sitting
"""
_COMMON_ES = """
a al algo algun alguna algunas algunos ante aquel aquella asi aun aunque bien buen buena buenas bueno buenos cada casi como con
cual cuales cualquier cuando cuanta cuantas cuanto cuantos cuidado da dale dame dan dar das de debe deben debemos deber deberia
deberiamos debo debere debia debio decir deja del demas di dice digame dime dinos donde e el ella ellas ellos en era es esa
esas ese eso esos esta estaba estamos estan estar estara estaran este esto estos estas estoy estuvo fue fueron fuera gracias ha
haber habra habria hacer hacia hago haga hagamos haras hara haremos hare hasta hay haz hazme han hemos he hizo hola iba igual
ir iran ira ire iremos ya jefe la las le les lo los mande me mi mis mostrar muestra muestrame mucho muchos muy nada necesario
necesaria necesita necesitamos necesitare necesitaremos necesitara necesitaria necesito necesitan ni ningun ninguna no nos
nosotros nuestra nuestras nuestro nuestros o oye otra otras otro otros para parce parte per pero podemos podria poder por porfa
porque puede pueden puedes puedo pues puso quiero quisiera quien quienes que realmente saber sabes se sea sean segun ser sera
seran seria si sido siendo sin sino sobre solo solamente somos son su sus tal tambien tampoco tan tanto te tendra tendran
tendremos tenemos tener tenga tengo tenia ti tiene tienen toca tocara tocaria toda todas todavia todo todos tras tu tus un una
unas uno unos usar usted van vamos vas ver veo vez vos voy y favor ayuda ayudame cuenta cuentame arma armame armar genera
generame generar prepara preparame saca sacame pasame hacemos haciendo maximo minimo tope limite disponible disponibles
aproximadamente hace falta conviene comparto exactamente actualmente amigo total debido via puesto dicen digan hubo habia tuvo
tuvimos tuve realizar hacerme tenerlo hacerlo ahi alli alla frente cerca lejos medio numero pronto urgente urgentes prioridad
abajo anda andan vendemos veces llevan venderse venderlo venderlos moverse rotar salir mandame enviame necesitar requerir
requiere requerimos requerido alerta alertas estuvieron estuvimos estado ultimamente normalmente generalmente usualmente suele
suelen solemos solia promedio aproximado aprox rapido rapidamente mismo propio vaya vayan ponga poner pongo calcula calcular
calculame explica explicame analiza analisis detalle detallado grafica graficame mostrarme decirme darme enviarme recomendarme
sugerirme dijiste digas indica indicame favorcito amable ayudarme ayudas quisieramos queremos quieren gustaria deseo deseamos
creo crees piensas seguro ojala apenas incluso ademas entonces mientras aproximada cerrar empezar empieza arranca comienza
llegar llega llegue llegaran llegada alcanzan cubrir cubre cubra prioritarios primeros primeras importa importante importantes
excepto exceptuando excepcion salvo excluir excluye excluyendo excluido excluida excluidos excluidas quitando descontando aparte
incluir incluyendo incluya considerar considerando contar contando distinto distinta distintos distintas diferente diferentes sean
dejando ignora ignorando omitiendo omite porcentaje porcentajes participacion proporcion fraccion promedios mensuales semanales
diarios diarias mensualmente diariamente semanalmente pasar pasarte pasarme pasarse pasarnos exceder superar
"""
_COMMON_EN = """
a about across actually all also am an and any anything are around as at back be because been being below above but can cannot
cant could day did didnt do does doesnt doing dont done down each either else ever every everything fair few for forward from
further general generate get gets getting give given go goes going good got had has hasnt have havent having he hello help her
here hey hi him his how however i id if ill im in instead into is isnt it its ive just keep kind know less let like likely list
ll look looking lot made main make makes making many max maximum me mean might min minimum more much must my myself need needed
needs never no not nothing of off ok okay on once only onto or other others our ours out own part per perhaps please plus
possible pretty pull put quick quickly quite really right roughly s same say see send set shall she should show shows side so
some something soon still such sure take tell tells than thank thanks that the their them then there these they theyre thing
think those though to together too try under up upon us use used using ve very via want wanted wants was wasnt way we well went
were werent what whats when where which while who whom whose why will with without wont would wouldnt yes yet you your youre
draw whatever gonna mate guys team boss hand average approximately exactly currently available urgent urgently priority long
looks prepare usually normally typically generally lately often always sometimes alert alerts warning warnings average overview
breakdown detail details explain analysis analyse analyze calculate compute numbers wondering wonder curious shall maybe anyway
nobody anybody someone anyone become became came comes gone goes give otherwise nor nowhere none neither somewhat whether
within without yourself itself themselves ourselves hers theirs mine interested looking find found show showing seem seems
seemed add added keeps kept stay stays left ready required require requires requirement requirements needs plan plans planning
planned ahead sure worry worried arrive arrives arrived delivery deliveries meet meets again almost already although among
another both due etc even everyone except excepting exclude excludes excluded excluding exclusion apart aside besides minus
leaving leave counting
count including include included outside skip skipping ignore ignoring omit omitting exception percentage percent share proportion
fraction exceed exceeding mostly rather several towards whole
"""

# Words that are known as they stand, but that no misspelt word is set right to: they are too near to the names of goods.
_PLAIN_ES = """
aca acerca acumulada acumuladas acumulado acumulados agotandose agradeceria agradezco aguanta aguantan aguantara aguantaran
ahorita ahoritica alcanzaria alguno ambas ambos amiga amigos andamos ando anota
anotar apartar aparto arrancando arriba asciende ascienden
aumentando ayudeme bajando bastante bien brindame brindar bruto brutos calculas calculo casi cayendo checa checar chequea
cierre cifra cifras clasifica clasificados comprados comprando comprarlo comprarlos comprarse compren comprobar confirma
confirmame confirmar conseguir consigo contamos convendria corre corresponde corresponden correspondiente correspondientes
corto creciendo cuadrar cualquiera cuan cuento debajo demasiada demasiado descartando desglose despachada despachadas
despachado despachados despachamos despacharon despacho
frasco frascos libra libras tarro tarros canasta canastas destinar destino digamos disculpa disculpe disminuyendo disponemos
dispongo doctor doctora domingos don
duda embargo encima entiendo entra entran epoca equivale equivalen escasa escasas escasea escasean escaso escasos estimada
estimado estimame estoy evoluciona evolucionado evolucionaron exceda excedan facilitame facilitar facilitarme facturado
facturan facture facturo fijate fines fueron gana
ganamos ganan ganar ganaremos ganaron gane gano gastado gastados gastamos gastaron generales global globales guardar guardo
habiles haya hayan haciamos hermano hice hicieron hicimos ibamos iban indicar informar informarme informe informen
iva impuesto impuestos ingeniera
ingeniero ingresos jamas jefa juntas junto juntos justo justos lanzar lapso llamada llamado llegando llevaba llevaban llevo
logramos mal mandar mando manejamos manejar mediados mediana metemos meto mira moveremos necesaria necesario necesidad necesidades
necesitaran negocio neto netos ningunos numeros nunca ocupamos ocupan ocuparia ocupo oiga oigan ordena ordenadas ordenado
ordenados parcero partir pasa pasaron pase pasen paso patron pedirlo pedirlos pedirse peor perdon pidan pidiendo poca pocas
poco pocos porfavor porfis previa principales profe proporcioname proporcionar quedado quedaria quedarian rara rebase rebasen
recaudo referente regalame regaleme registra registran registraron registro sola abrimos empezamos comenzamos
relacion relacionado relacionados remitir rendira rendiran reponerse reportes
requerida requerido requerimiento requerimientos requiero requisicion reservar reservo resta revisa revisar rinde rinden
sabados sabe saben sabria saldo saldra saldria salen salieran senor senora separar separo siempre sigue siguen sobra sobran
sobrepase solicitar solicito subiendo suma sumado sumados suman suministrar supera superamos superaron supere superen supero
pinta pintan luce lucen panorama perspectiva perspectivas compran compraran comprara compraba compraban comprando
llevar llevarse llevando llevado llevaran pidieron piden pidio pediran adquirieron compradores consumidores clientela
cobrar cobraron cotiza cotizacion dejan meter meterle meterles poner ponerle ponerles echar echarle echarles inyectar
inyectarle pongo ponemos surtiendo tantas tantos tendencia tendencias tendido tenida tenido tiempito tomar traemos traiga traigan
transcurrido trimestral tuvieran uds vaciar vacio vacios valdra vecino vendiendose venia venian yendo
"""
_PLAIN_EN = """
accumulated advise afforded allocate allocated altogether aren badly ballpark beat beats began begin begins behind big bring
bringing brought busier busy called carry carrying check checked checking cheers cities combined commencing compile compiled
concerning confirm couldn country cumulative declining decreasing didn different doesn dropping earlier earmark earn earned
earning earnings emptied empty emptying ended ends er erm evolve evolved evolving falling few fewer figures finish finished
finishes fridays getting going tax taxes vat
gotten greater greatest growing happen happened happening hasn hed heres hmm hoping hows idea income increasing inform
informing isn itll keeping kindly loads lots median mid middle mondays nearly necessary normal number ordered ought outperform
outperformed outsell outsells outsold owe poorly present provide provided putting purchased buyers shoppers consumers charge
charges quote quotes quoted outlook quickest quiet quieter recently reckon regarding requisition reserve reserved
respect rising rough saturdays scarce seen sees sensibly separately setting shrinking sort started starting starts stayed strong
shipped dispatched jar jars crate crates sundays taken taking takings thats theres thru thursdays took totally trend
trending trends tried trying tuesdays turn turned uh um usual wanting wasn wed wednesdays weekdays went weve wisely worked
working works wouldn youve
"""

SPANISH = words(_PACKS, _TIME_ES, _NUMBERS_ES, _MONEY_ES, _DEEDS_ES, _THINGS_ES, _COMMON_ES)
ENGLISH = words(_PACKS, _TIME_EN, _NUMBERS_EN, _MONEY_EN, _DEEDS_EN, _THINGS_EN, _COMMON_EN)
PLAIN_SPANISH = words(_PLAIN_ES) - SPANISH
PLAIN_ENGLISH = words(_PLAIN_EN) - ENGLISH
# A question in which one of these is left is about a time that was not understood.
LONG_TIMES = words("semestre semestres trimestre trimestres bimestre bimestres quincena quincenas quarter quarters fortnight",
                   *(name for name in (*MONTHS, *WEEKDAYS) if len(name) > 3 and name not in ("march", "sept")))
# Where a misspelt word may be one of several, one of these is the likeliest.
TIME = words(_TIME_ES, _TIME_EN)
ASIDE = COUNTED | TIME | FLOWS | words(_NUMBERS_ES, _NUMBERS_EN, _THINGS_ES, _THINGS_EN,
                                          "todo todos todas cada all every everything each")
BEFORE_SALES = ASIDE | words(_COMMON_EN, "best worst top")
# One spelling for what is spelt in two ways on the two sides of an ocean.
AMERICAN: dict[str, str] = {
    "tire": "tyre", "color": "colour", "gray": "grey", "aluminum": "aluminium", "fiber": "fibre", "center": "centre",
    "mold": "mould", "jewelry": "jewellery", "pajama": "pyjama", "yogurt": "yoghurt"}
