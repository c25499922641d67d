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

# A grocer's and a garage's, and below them an ironmonger's and a pharmacy's.
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
HARDWARE = tuple(Article(*row) for row in (
    ("MAR-16", "Martillo de uña 16 oz", "Herramienta manual"),
    ("DES-PH2", "Destornillador Phillips 6 pulgadas", "Herramienta manual"),
    ("ALI-08", "Alicate universal 8 pulgadas", "Herramienta manual"), ("CIN-05", "Cinta métrica 5 m", "Herramienta manual"),
    ("SER-20", "Serrucho 20 pulgadas", "Herramienta manual"),
    ("TAL-650", "Taladro percutor Bosch 650W", "Herramienta eléctrica"),
    ("PUL-412", "Pulidora 4 1/2 DeWalt", "Herramienta eléctrica"), ("CAL-01", "Caladora Makita", "Herramienta eléctrica"),
    ("BRO-06", "Broca para concreto 6 mm", "Accesorios"), ("BRO-08", "Broca para concreto 8 mm", "Accesorios"),
    ("DIS-412", "Disco de corte metal 4 1/2", "Accesorios"), ("TUB-12", "Tubo PVC 1/2 presión", "Plomería"),
    ("TUB-34", "Tubo PVC 3/4 presión", "Plomería"), ("COD-12", "Codo PVC 1/2", "Plomería"),
    ("LLA-12", "Llave de paso bronce 1/2", "Plomería"), ("TEF-01", "Cinta teflón industrial", "Plomería"),
    ("CAB-12", "Cable eléctrico número 12 rollo 100 m", "Eléctricos"), ("TOM-02", "Tomacorriente doble", "Eléctricos"),
    ("BOM-09", "Bombillo LED 9W luz blanca", "Eléctricos"), ("INT-01", "Interruptor sencillo", "Eléctricos"),
    ("VIN-GB", "Vinilo tipo 1 blanco galón", "Pinturas"), ("ESM-NG", "Esmalte negro cuarto", "Pinturas"),
    ("ROD-09", "Rodillo felpa 9 pulgadas", "Pinturas"), ("THI-01", "Thinner corriente galón", "Pinturas"),
))
PHARMACY = tuple(Article(*row) for row in (
    ("PAR-500", "Paracetamol 500 mg tablets", "Pain relief"), ("IBU-400", "Ibuprofen 400 mg capsules", "Pain relief"),
    ("ASP-100", "Aspirin 100 mg", "Pain relief"), ("DIC-GEL", "Diclofenac gel 50 g", "Pain relief"),
    ("AMX-500", "Amoxicillin 500 mg", "Antibiotics"), ("AZI-250", "Azithromycin 250 mg", "Antibiotics"),
    ("CEP-500", "Cephalexin 500 mg", "Antibiotics"), ("LOR-10", "Loratadine 10 mg", "Allergy and cold"),
    ("CET-10", "Cetirizine syrup 120 ml", "Allergy and cold"), ("COU-150", "Cough syrup honey lemon", "Allergy and cold"),
    ("NAS-20", "Nasal spray saline", "Allergy and cold"), ("VTC-1000", "Vitamin C 1000 mg effervescent", "Vitamins"),
    ("VTD-2000", "Vitamin D3 2000 IU", "Vitamins"), ("MUL-30", "Multivitamin adults 30 tablets", "Vitamins"),
    ("MAG-60", "Magnesium citrate 60 capsules", "Vitamins"), ("BAN-20", "Adhesive bandages box 20", "First aid"),
    ("GAU-10", "Sterile gauze pads 10 cm", "First aid"), ("THR-01", "Digital thermometer", "First aid"),
    ("ALC-70", "Rubbing alcohol 70%", "First aid"), ("MSK-50", "Surgical masks box of 50", "First aid"),
))
