#!/usr/bin/env python3
"""Makes a folder to put on a web server: one image per chip, a manifest for ESP Web Tools, and a page that flashes a
board from the browser.

    scripts/release_web.py --version 0.1.0 --out FOLDER [--esp-web-tools FOLDER] BUILD...

Each BUILD is a build folder of ESP-IDF, for another chip each. --esp-web-tools is the folder dist/web of the package
esp-web-tools, which is copied, so that the page needs no other server; without it the page loads it from unpkg.com.
Browsers let a page reach a serial port only over https or from localhost: python3 -m http.server, to try it."""

import argparse
import hashlib
import json
import shutil
import sys
from pathlib import Path

from flash_image import Build, Refused

ROOT = Path(__file__).resolve().parents[1]
NAME = "Thimble storyteller"
CDN = "https://unpkg.com/esp-web-tools@10/dist/web/install-button.js?module"
COPIED = "esp-web-tools/install-button.js"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name} {version}</title>
<style>body {{ font: 1.1em/1.5 sans-serif; max-width: 40em; margin: 2em auto; padding: 0 1em; }}</style>
<script type="module" src="{script}"></script>
<h1>{name} {version}</h1>
<p>A language model that tells stories on a microcontroller, without a network. Plug in the board by a cable that carries
data, and choose its port. For: {chips}.</p>
<esp-web-install-button manifest="manifest.json">
  <span slot="unsupported">This browser cannot reach serial ports; Chrome and Edge can.</span>
  <span slot="not-allowed">Browsers allow this only on pages that come over https, or from localhost.</span>
</esp-web-install-button>
<p>Then open the console (115200 baud), and type how a story begins, or /help. When flashing does not start: hold BOOT
while you tap EN or RST, then try again.</p>
<p>No board has run this by our hands yet. /bench prints one line: please report it.</p>
</html>
"""


def chip_families() -> dict[str, str]:
    """As ESP Web Tools spells the chips."""
    return {path.stem: json.loads(path.read_text())["name"] for path in (ROOT / "boards/chips").glob("*.json")}


def release(builds: list[Path], version: str, out: Path, tools: Path | None) -> None:
    families = chip_families()
    images: dict[str, bytes] = {}
    for folder in builds:
        build = Build(folder)
        if build.chip not in families:
            raise Refused(f"{folder}: boards/chips knows no {build.chip}")
        if build.chip in images:
            raise Refused(f"{folder}: a second build for {build.chip}")
        images[build.chip] = build.merged()

    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise Refused(f"{out}: is not empty; choose a new folder")
    names = {chip: f"storyteller-{chip}-{version}.bin" for chip in images}
    for chip, image in images.items():
        (out / names[chip]).write_bytes(image)
    manifest = {
        "name": NAME,
        "version": version,
        "new_install_prompt_erase": True,
        "builds": [{"chipFamily": families[c], "parts": [{"path": names[c], "offset": 0}]} for c in images],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    if tools:
        shutil.copytree(tools, out / Path(COPIED).parent)
    chips = ", ".join(families[chip] for chip in images)
    page = PAGE.format(name=NAME, version=version, script=COPIED if tools else CDN, chips=chips)
    (out / "index.html").write_text(page, encoding="utf-8")
    sums = [f"{hashlib.sha256(image).hexdigest()}  {names[chip]}\n" for chip, image in images.items()]
    (out / "SHA256SUMS").write_text("".join(sums))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("builds", nargs="+", type=Path, metavar="BUILD")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--esp-web-tools", type=Path)
    arguments = parser.parse_args()
    if arguments.esp_web_tools and not (arguments.esp_web_tools / Path(COPIED).name).exists():
        sys.exit(f"{arguments.esp_web_tools}: has no {Path(COPIED).name}; name the folder dist/web of the package")
    try:
        release(arguments.builds, arguments.version, arguments.out, arguments.esp_web_tools)
    except (Refused, OSError, KeyError, ValueError) as fault:
        sys.exit(f"release_web: {fault}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
