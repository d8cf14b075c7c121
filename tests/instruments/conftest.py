"""Instruments opened in Chromium from a file, each in a page of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Instrument</title>
<meta name="viewport" content="width=device-width"><style>:root {{color-scheme: light dark}}</style>
<script>addEventListener("{kind}-ready", (event) => (window.ready = event.detail), true)</script>
</head><body><main><h1>Instrument</h1>{html}</main></body></html>"""


@pytest.fixture
def opened(browser, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Open an instrument's HTML; at the end, no error and no request may have occurred."""
    contexts, complaints = [], []

    def opening(kind: str, html: str, **options: Any) -> Any:
        file = tmp_path / f"{kind}.html"
        file.write_text(PAGE.format(kind=kind, html=html), encoding="utf-8")
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda m: m.type == "error" and complaints.append(m.text))
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", "data:", "blob:"))
                or complaints.append(request.url)
            ),
        )
        page.goto(file.as_uri())
        if options.get("java_script_enabled", True):
            page.wait_for_function("window.ready")
        return page

    yield opening
    for context in contexts:
        context.close()
    assert complaints == []
