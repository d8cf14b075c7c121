"""The explorer's script, data and picture as files of their own, so that its page shows sooner.

In a notebook the explorer is one piece of HTML. On the site that piece would come before the
chapter's first word; there its script, which has the data, is fetched when the reader comes near.
"""

import base64
import hashlib
import re
from pathlib import Path, PurePosixPath

from sphinx.application import Sphinx

EXPLORER = re.compile(
    r'(?P<start><div class="latent-explorer") data-payload="(?P<payload>[^"]*)"(?P<style>.*?)'
    r'<img src="data:image/png;base64,(?P<still>[^"]*)"(?P<rest>.*?)'
    r"<script>(?P<script>.*?)</script>",
    re.DOTALL,
)
FETCH = """<script>
(() => {{
  const explorer = document.currentScript.parentElement;
  new IntersectionObserver(([{{ isIntersecting }}], watcher) => {{
    if (!isIntersecting) return;
    watcher.disconnect();
    explorer.append(Object.assign(document.createElement("script"), {{ src: "{address}" }}));
  }}, {{ rootMargin: "200%" }}).observe(explorer);
}})();
</script>"""
SCRIPT = """for (const explorer of document.querySelectorAll(".latent-explorer")) {{
explorer.dataset.payload = "{payload}";
}}
{script}"""


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect to the end of a build."""
    app.connect("build-finished", move_explorers, priority=400)  # then site_pages sizes the picture
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def move_explorers(app: Sphinx, problem: Exception | None) -> None:
    """Take the explorer out of each page that has one and was written in this build."""
    if problem or app.builder.name != "html":
        return
    out = Path(app.outdir)
    for page in sorted(app.env.found_docs):
        file = out / f"{page}.html"
        text = file.read_text("utf-8")
        if found := EXPLORER.search(text):
            text = text[: found.start()] + moved(found, out, page) + text[found.end() :]
            file.write_text(text, "utf-8")


def moved(found: re.Match[str], out: Path, page: str) -> str:
    """Write the files of a page's explorer; what stays on the page."""
    name = f"explorer-{PurePosixPath(page).name}"
    script, still = out / "_static" / f"{name}.js", out / "_images" / f"{name}.png"
    script.write_text(SCRIPT.format(**found.groupdict()), "utf-8")
    still.write_bytes(base64.b64decode(found["still"]))
    to_root = "../" * page.count("/")
    return (
        f"{found['start']}{found['style']}"
        f'<img src="{to_root}_images/{still.name}"'
        f"{found['rest']}"
        + FETCH.format(address=f"{to_root}_static/{script.name}?v={digest(script)}")
    )


def digest(file: Path) -> str:
    """A few letters that change with a file's content, so that no old copy is taken for it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
