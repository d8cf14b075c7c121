"""Lighthouse on every page of the built book, served compressed from this machine.

    python benchmarks/lighthouse.py [--runs 3] [PAGE ...]

needs Node, which fetches Lighthouse itself, and Chromium. The book must have been built, with
`LABCODE_SITE` or `GITHUB_REPOSITORY` set, because a canonical address is part of the score. Each
number is the median of the runs. Performance depends on the machine and on what else it does; the
bytes and requests don't.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

SITE = Path(__file__).parents[1] / "_build" / "html"
VERSION = "12.8.2"
FORMS = {"desktop": ["--preset=desktop"], "mobile": []}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = {
    "FCP s": ("first-contentful-paint", 1e-3),
    "LCP s": ("largest-contentful-paint", 1e-3),
    "TBT ms": ("total-blocking-time", 1),
    "CLS": ("cumulative-layout-shift", 1),
    "kB": ("total-byte-weight", 1e-3),
}
COMPRESSED = {".html", ".css", ".js", ".svg", ".json", ".xml", ".txt"}


class Compressing(SimpleHTTPRequestHandler):
    """Serves files as hosts of static sites do: text compressed, everything cacheable."""

    def send_head(self) -> Any:
        """Answer with a compressed copy of a text file; others as they are."""
        file = Path(self.translate_path(self.path))
        if file.suffix not in COMPRESSED or not file.is_file():
            return super().send_head()
        body = compressed(file, file.stat().st_mtime)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return BytesIO(body)

    def end_headers(self) -> None:
        """Let browsers keep what they got."""
        self.send_header("Cache-Control", "public, max-age=31536000")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@cache
def compressed(file: Path, changed: float) -> bytes:
    """A file's content, compressed once."""
    return gzip.compress(file.read_bytes(), 9)


def measured(address: str, form: str, chromium: str) -> dict[str, float]:
    """Scores of 0 to 100, metrics, and the names of failed audits, of one visit."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run(
            [
                "npx", "--yes", f"lighthouse@{VERSION}", address, "--quiet", "--output=json",
                f"--output-path={report}", f"--only-categories={','.join(CATEGORIES)}",
                "--chrome-flags=--headless=new --no-sandbox --disable-gpu", *FORMS[form],
            ],
            check=True,
            env=os.environ | {"CHROME_PATH": chromium},
        )  # fmt: skip
        found = json.loads(report.read_text())
    audits = found["audits"]
    result = {name: 100 * found["categories"][name]["score"] for name in CATEGORIES}
    result |= {
        name: scale * audits[audit]["numericValue"] for name, (audit, scale) in METRICS.items()
    }
    result["requests"] = len(audits["network-requests"]["details"]["items"])
    for category in CATEGORIES[1:]:
        for reference in found["categories"][category]["auditRefs"]:
            audit = audits[reference["id"]]
            if audit["score"] is not None and audit["score"] < 1 and reference["weight"]:
                print(f"  {address}: {category}: {audit['title']}")
    return result


def main() -> None:
    """Print one table for each form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="such as book/data.html; all by default")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=list(FORMS))
    asked = parser.parse_args()
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None or shutil.which("npx") is None:
        raise SystemExit("Chromium and Node are needed, and one of them is not on this machine.")
    written = (SITE / "book").glob("[!0-9]*.html")  # the others only lead to one of these
    pages = asked.pages or sorted(f"book/{file.name}" for file in written)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressing, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for form in asked.forms:
        names = [*CATEGORIES, *METRICS, "requests"]
        print(f"\n{form}\n| page | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}", flush=True)
        for page in pages:
            address = f"http://127.0.0.1:{server.server_port}/{page}"
            visits = [measured(address, form, chromium) for _ in range(asked.runs)]
            medians = [statistics.median(visit[name] for visit in visits) for name in names]
            numbers = " | ".join(f"{value:.3g}" for value in medians)
            print(f"| {page} | {numbers} |", flush=True)
    server.shutdown()


if __name__ == "__main__":
    main()
