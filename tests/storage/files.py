"""Files of every kind that an upload may be, made by hand."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

SALES = b"date,item,quantity\n2024-01-01,0012,3\n2024-01-02,0012,4.5\n2024-01-03,0012,1\n"


def write_workbook(path: Path, rows: Sequence[Sequence[Any]], *, date_columns: Sequence[int] = (), first_row: int = 1,
                   empty_sheet_first: bool = False, before: Sequence[Sequence[Sequence[Any]]] = ()) -> Path:
    """A minimal .xlsx; numbers in `date_columns` (from 0) below the header get a date format. before: the rows of other sheets."""
    sheets = (["<sheetData/>"] if empty_sheet_first else []) + [_sheet(other, (), 1) for other in before]
    sheets.append(_sheet(rows, date_columns, first_row))
    main, relations = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{relations}/officeDocument" '
                       'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
                           + "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers) + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">' + "".join(
            f'<Relationship Id="r{n}" Type="{relations}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers)
            + f'<Relationship Id="s" Type="{relations}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    } | {f"xl/worksheets/sheet{n}.xml": f'<worksheet xmlns="{main}">{sheets[n - 1]}</worksheet>' for n in numbers}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return path


def _sheet(rows: Sequence[Sequence[Any]], date_columns: Sequence[int], first_row: int) -> str:
    lines = []
    for i, row in enumerate(rows):
        cells = []
        for j, value in enumerate(row):
            at = f"{chr(65 + j)}{first_row + i}"
            if isinstance(value, str):
                cells.append(f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>')
            elif value is not None:
                cells.append(f'<c r="{at}"{" s=" + chr(34) + "1" + chr(34) if j in date_columns else ""}><v>{value}</v></c>')
        lines.append(f'<row r="{first_row + i}">{"".join(cells)}</row>')
    return f"<sheetData>{''.join(lines)}</sheetData>"
