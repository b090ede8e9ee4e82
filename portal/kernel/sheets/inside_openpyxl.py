"""Inside the jail: the second reader for workbooks, slow and frugal, used when the first one crashed on a file."""

from __future__ import annotations

import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal.kernel.sheets.archive import inspect
from portal.kernel.sheets.inside import Refusal, Request, answer
from portal.kernel.sheets.inside_xlsx import cells, table_of, unknown_sheet

_BROKEN = "文件的内部结构坏了"
_SAVE_AGAIN = "用 Excel 或 WPS 打开，另存为新的 .xlsx，再上传"
_ERRORS = (
    InvalidFileException,
    ParseError,
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
)


def read(request: Request) -> dict[str, Any]:
    """Read one sheet row by row, with caps of its own (the declared dimension is not believed)."""
    inspect(request.file, request.limits)
    try:
        workbook = load_workbook(request.file, read_only=True, data_only=True)
        names = workbook.sheetnames
        wanted = request.sheet
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            wanted = names[wanted - 1]
        if wanted not in names:
            raise unknown_sheet(request.sheet, names)
        sheet = workbook[wanted]
        sheet.reset_dimensions()
        rows, held = [], 0
        for row in sheet.iter_rows(values_only=True):
            texts = cells(row)
            while texts and texts[-1] is None:
                texts.pop()
            rows.append(texts)
            held += len(texts) + 1
            if len(texts) > request.limits.columns or held > request.limits.cells:
                raise Refusal("表格大得不正常", "删除下面和右边多余的行列，另存后再上传", row=len(rows))
    except _ERRORS:
        raise Refusal(_BROKEN, _SAVE_AGAIN) from None
    while rows and not rows[-1]:
        rows.pop()
    width = max(map(len, rows), default=0)
    return table_of(iter(rows), width, (), request, (str(wanted), names))


def main() -> None:
    """Entry of the child process."""
    answer(read)
