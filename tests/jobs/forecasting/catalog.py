"""The articles of a made-up shop that sells a bit of everything, in two languages, as the questions of tests name them."""

from jobs.forecasting.question_items import Article

ARTICLES = tuple(Article(*row) for row in (
    ("A-101", "Cemento gris 50 kg", "Construcción"), ("A-102", "Cemento blanco 25 kg", "Construcción"),
    ("A-103", "Arena de río bulto", "Construcción"), ("B-200", "Tornillo drywall 6x1", "Ferretería"),
    ("B-201", "Tornillo autoperforante 8x1", "Ferretería"), ("B-205", "Tuerca hexagonal 1/2", "Ferretería"),
    ("C-310", "Pintura blanca galón", "Pinturas"), ("C-311", "Pintura negra galón", "Pinturas"),
    ("C-315", "Brocha 3 pulgadas", "Pinturas"), ("D-400", "Aceite de motor 20W50", "Repuestos"),
    ("D-401", "Filtro de aceite", "Repuestos"), ("D-402", "Filtro de aire", "Repuestos"),
    ("D-403", "Pastillas de freno delanteras", "Repuestos"), ("E-500", "Café molido 500 g", "Alimentos"),
    ("E-501", "Panela redonda", "Alimentos"), ("E-502", "Arroz Diana 5 kg", "Alimentos"), ("E-503", "Chocolate de mesa", "Alimentos"),
    ("F-600", "Brake pad set", "Auto parts"), ("F-601", "Wiper blade 22 in", "Auto parts"), ("F-602", "Spark plug NGK", "Auto parts"),
    ("F-603", "Garden hose 15 m", "Garden"), ("F-604", "LED bulb 9W", "Lighting"), ("F-605", "Cordless drill 18V", "Tools"),
    ("F-606", "Paint roller", "Painting"), ("7702001", "Leche entera 1 L", "Lácteos"), ("7702002", "Leche deslactosada 1 L", "Lácteos"),
    ("90210", "Hand soap lavender", "Hygiene"), ("MAY-01", "Calendar 2027 wall", "Stationery"), ("12", "Bolsa de papel", "Empaques"),
))

# A grocer's and a garage's.
GROCERIES = tuple(Article(*row) for row in (
    ("BEB01", "Coca Cola 1.5 L", "Bebidas"), ("BEB02", "Agua Cristal 600 ml", "Bebidas"),
    ("BEB03", "Jugo Hit mango 1 L", "Bebidas"), ("BEB04", "Cerveza Águila lata 330", "Bebidas"),
    ("LAC01", "Leche entera Alpina 1 L", "Lácteos"), ("LAC02", "Yogur griego natural", "Lácteos"),
    ("LAC03", "Queso campesino 500 g", "Lácteos"), ("ASE01", "Detergente Ariel 1 kg", "Aseo"),
    ("ASE02", "Jabón Rey barra", "Aseo"), ("ASE03", "Papel higiénico Familia x12", "Aseo"),
    ("GRA01", "Arroz Diana 500 g", "Granos"), ("GRA02", "Lenteja 500 g", "Granos"),
    ("GRA03", "Frijol cargamanto 500 g", "Granos"), ("7702001", "Aceite Girasol 900 ml", "Abarrotes"),
    ("7702002", "Panela redonda 500 g", "Abarrotes"), ("7702003", "Azúcar Manuelita 1 kg", "Abarrotes"),
))
CAR_PARTS = tuple(Article(*row) for row in (
    ("TYR-185", "All season tyre 185/65 R15", "Tyres"), ("TYR-205", "Winter tyre 205/55 R16", "Tyres"),
    ("TYR-225", "Summer tyre 225/45 R17", "Tyres"), ("BAT-60", "Car battery 60 Ah", "Batteries"),
    ("BAT-74", "Car battery 74 Ah", "Batteries"), ("OIL-5W30", "Engine oil 5W30 4 L", "Oils"),
    ("OIL-10W40", "Engine oil 10W40 4 L", "Oils"), ("FLT-A1", "Air filter Corolla", "Filters"),
    ("FLT-O2", "Oil filter Civic", "Filters"), ("WIP-22", "Wiper blade 22 inch", "Wipers"),
    ("BRK-P1", "Brake pads front Golf", "Brakes"), ("BRK-D2", "Brake disc rear Golf", "Brakes"),
    ("CLN-01", "Windscreen washer fluid", "Car care"), ("CLN-02", "Car shampoo wax", "Car care"),
))
