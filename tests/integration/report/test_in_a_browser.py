"""A browser opens the case file and looks at it."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from strandwatch.report.folder import case_files, write_folder
from support.cases import MADE_NS, a_case

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--virtual-time-budget=2000",
)  # fmt: skip

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs chromium to look at pages")


def look(folder: Path, *words: str) -> str:
    """Open the case file in a browser without a window."""
    assert BROWSER is not None
    profile = f"--user-data-dir={folder.parent / 'profile'}"
    page = (folder / "index.html").as_uri()
    run = subprocess.run(
        [BROWSER, *QUIET, profile, *words, page],
        capture_output=True, text=True, timeout=90, check=True,
    )  # fmt: skip
    return run.stdout


@pytest.mark.slow
def test_a_browser_shows_the_whole_page_and_prints_it(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    write_folder(folder, case_files(a_case()), made_ns=MADE_NS, version="0", sign=None)
    paper = tmp_path / "case.pdf"

    shown = look(folder, "--dump-dom")
    look(folder, f"--print-to-pdf={paper}")

    assert "Potential transfer of human genomic data to HK, CN" in shown
    assert len(re.findall("<svg", shown)) == 4
    assert paper.read_bytes().startswith(b"%PDF")
