"""How many times a second the explorer decodes all three models, in headless Chromium.

Run with `python benchmarks/explorer_frame_rate.py` from the repository's root. It trains the
explorer's two networks if they are not on disk, moves a pointer over one plane for a few seconds,
and counts the frames that the page drew: one frame decodes and draws all three images.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from labcode.designs import profiles
from labcode.instruments import latent_explorer

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PAGE = """<!doctype html><html lang="en"><title>Explorer</title><script>
addEventListener("latent-explorer-ready", (event) => (window.explorer = event.detail), true)
</script><body style="max-width: 46rem">{}</body></html>"""
MEASURE = """async (seconds) => {
  const { panels } = explorer;
  const plane = panels[1].plane;
  const box = plane.getBoundingClientRect();
  const before = panels.map((panel) => panel.frames);
  const start = performance.now();
  let t = 0;
  while (t < 1000 * seconds) {
    const at = t / 700;
    plane.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + box.width * (0.5 + 0.4 * Math.cos(at)),
      clientY: box.top + box.height * (0.5 + 0.4 * Math.sin(1.7 * at)),
    }));
    await new Promise((done) => requestAnimationFrame(done));
    t = performance.now() - start;
  }
  const frames = panels.map((panel, k) => panel.frames - before[k]);
  const work = performance.now();
  for (let k = 0; k < 200; k++) {
    for (const { panel, show } of panels) show([panel.x[k], panel.y[k]]);
  }
  return { rate: Math.min(...frames) / (t / 1000), each: (performance.now() - work) / 200 };
}"""


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--chromium", default=shutil.which("chromium"))
    arguments = parser.parse_args()
    explorer = latent_explorer.explorer(profiles.PROFILES["book"])
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "explorer.html"
        file.write_text(PAGE.format(explorer._repr_html_()), encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=arguments.chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri())
        page.wait_for_function("window.explorer")
        measured = page.evaluate(MEASURE, arguments.seconds)
        print(
            f"{measured['rate']:.0f} frames a second with all three models decoded and drawn; "
            f"{measured['each']:.2f} ms of work a frame (Chromium {browser.version}, headless)"
        )
        browser.close()


if __name__ == "__main__":
    main()
