"""Draws docs/pictures/page-*.png: the page, as a browser shows it after real stories.

build/web/venv/bin/python tests/web/pictures.py, with the packages fonts-inter and fonts-urw-base35. With THIMBLE_BOARD, of the board
at that address alone: page-chip.png."""

from playwright.sync_api import expect

from server import BOARD, PATIENCE, Server
from studio import DESKTOP, PHONE, PICTURES, browser, open_page, save_png, shot

STORIES = (("The little robot", 11), ("One day", 11), ("Once upon a time", 42), ("A cat named Whiskers", 8))  # the last is shown


def tell(page, prompt, seed):
    page.evaluate(
        """(seed) => {
          document.getElementById('seed').value = seed;
          document.getElementById('seed').dispatchEvent(new Event('input'));
        }""",
        str(seed),
    )
    page.fill("#prompt", prompt)
    page.press("#prompt", "Enter")
    expect(page.locator("#colophon")).to_contain_text(f"seed {seed}.")
    expect(page.locator("#ending")).to_be_visible()


def draw_board():
    expect.set_options(timeout=1000 * PATIENCE)
    with browser() as opened:
        page = open_page(opened, BOARD, DESKTOP, "light")
        for prompt, seed in STORIES:
            tell(page, prompt, seed)
        page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        save_png(shot(page), PICTURES / "page-chip.png")


def main():
    if BOARD:
        return draw_board()
    server = Server()
    with browser() as opened:
        for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
            for scheme in ("light", "dark"):
                page = open_page(opened, server.url, size, scheme)
                for prompt, seed in STORIES:
                    tell(page, prompt, seed)
                page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
                save_png(shot(page), PICTURES / f"page-{name}-{scheme}.png")
    server.close()


main()
