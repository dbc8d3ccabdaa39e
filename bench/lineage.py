"""How much of what leaves is seen, and by which way: python bench/lineage.py [--pairwise].

Plays the matrix of transfer tools, forms and kinds of file in the lab with the daemon beside it,
and prints recall, the spread of confidence and each failing cell. A cell that could not be played
counts as failed. Needs root.
"""

import argparse
import sys

from strandwatch.lab.matrix import Cell, all_cells, pairwise
from strandwatch.lab.measure import measure
from strandwatch.lab.recall import report


def main() -> None:
    """Play, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairwise", action="store_true", help="a small choice of cells")
    parser.add_argument("--tool", action="append", help="only this tool (may be repeated)")
    parser.add_argument("--form", action="append", help="only this form (may be repeated)")
    parser.add_argument("--kind", action="append", help="only this kind (may be repeated)")
    options = parser.parse_args()
    cells = tuple(
        cell
        for cell in (pairwise(all_cells()) if options.pairwise else all_cells())
        if (not options.tool or cell.tool.name in options.tool)
        and (not options.form or cell.form.name in options.form)
        and (not options.kind or cell.kind in options.kind)
    )

    def tell(number: int, cell: Cell) -> None:
        print(f"\r{number + 1}/{len(cells)} {cell.name:60}", end="", file=sys.stderr, flush=True)

    print(report(measure(cells, tell)))


if __name__ == "__main__":
    main()
