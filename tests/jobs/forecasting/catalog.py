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
