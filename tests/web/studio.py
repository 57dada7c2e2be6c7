"""What both kinds of pictures need: a browser with the fonts of the pictures, and files that stay small."""

import contextlib
import io
import os
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from server import ROOT

PICTURES = ROOT / "docs/pictures"
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        fonts = {**os.environ, "FONTCONFIG_FILE": str(Path(__file__).with_name("fonts.conf"))}
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"], env=fonts)
        yield opened
        opened.close()


def open_page(opened, url, size, scheme="light"):
    page = opened.new_context(**size, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto(url)
    expect(page.locator("#prompts button")).not_to_have_count(0)
    return page


def shot(page):
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def save_png(picture, path):
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.relative_to(ROOT), path.stat().st_size, "bytes")
