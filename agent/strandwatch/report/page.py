"""The page frame: one HTML file that needs nothing else, for screen and paper."""

from collections.abc import Iterable, Sequence

from strandwatch.report.wording import text

_STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0 auto;padding:32px 24px 64px;max-width:1000px;background:#fff;color:#1b1f24;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:26px;line-height:1.25;margin:12px 0 4px}h2{font-size:18px;margin:36px 0 10px;
padding-top:14px;border-top:1px solid #d1d9e0}p{margin:6px 0}.soft{color:#59636e}
.badge{display:inline-block;padding:2px 10px;border-radius:3px;color:#fff;font-weight:600;
letter-spacing:.03em;text-transform:uppercase;font-size:13px;background:#59636e}
.critical,.high{background:#b42318}.medium{background:#9a6700}
table{border-collapse:collapse;width:100%;margin:8px 0;font-size:14px}
th{text-align:left;color:#59636e;font-weight:600}th,td{padding:6px 12px 6px 0;
border-bottom:1px solid #e6eaee;vertical-align:top;overflow-wrap:break-word}
.dense td{font:12px ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:180px 1fr;gap:4px 16px;margin:12px 0}dt{color:#59636e}
dd{margin:0;overflow-wrap:anywhere}svg{width:100%;height:auto;display:block;margin:8px 0;
font-family:inherit}
.note{background:#f6f8fa;border-left:3px solid #59636e;padding:8px 14px;margin:16px 0}
@media print{body{padding:0;max-width:none;font-size:11pt}h2{break-after:avoid}
svg,tr,.note{break-inside:avoid}.badge{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
@page{margin:18mm}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page(title: str, body: Iterable[str]) -> str:
    """Give a whole page."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def section(title: str, *parts: str) -> str:
    """Give a part of a page under its heading."""
    return f"<section><h2>{text(title)}</h2>{''.join(parts)}</section>"


def facts(rows: Iterable[tuple[str, object]]) -> str:
    """Give names and values below each other."""
    return "<dl>" + "".join(f"<dt>{text(a)}</dt><dd>{text(b)}</dd>" for a, b in rows) + "</dl>"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, dense: bool = False) -> str:
    """Give a table, dense for hashes; without rows it says so."""
    body = "".join(
        "<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    if not body:
        return '<p class="soft">None.</p>'
    head = "".join(f"<th>{text(one)}</th>" for one in heads)
    kind = ' class="dense"' if dense else ""
    return f"<table{kind}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def note(words: str) -> str:
    """Give a remark that must not be passed over."""
    return f'<p class="note">{text(words)}</p>'


def soft(words: str) -> str:
    """Give a remark."""
    return f'<p class="soft">{text(words)}</p>'
