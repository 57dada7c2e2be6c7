"""What the tests of the page share: a browser, a server, and no tolerance for what the browser complains about."""

import atexit
import json
import os
import shutil
import tempfile
import unittest
from functools import cache
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

import slow_model
from server import BOARD, PATIENCE, Board, Server

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
expect.set_options(timeout=1000 * PATIENCE)


@cache
def browser():
    """One for all tests."""
    playwright = sync_playwright().start()
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
    atexit.register(playwright.stop)
    return opened


@cache
def slow_server_arguments():
    folder = tempfile.TemporaryDirectory()
    slow_server_arguments.folder = folder  # until the end
    return slow_model.write(Path(folder.name) / "slow.bin")


class PageTest(unittest.TestCase):
    server_arguments = ()
    also_on_boards = False  # where server_arguments are not the usual ones
    allowed_complaints = ()  # parts of what the browser may say on its console

    def setUp(self):
        self.complaints = []
        self.sent = []      # messages to the service
        self.received = []  # and from it
        self.contexts = []
        if BOARD and type(self).server_arguments and not self.also_on_boards:
            self.skipTest("it needs a server of its own")
        self.server = Board() if BOARD else Server(*self.server_arguments)
        self.addCleanup(self.server.close)

    def tearDown(self):
        unexpected = [c for c in self.complaints if not any(part in c for part in self.allowed_complaints)]
        self.assertEqual(unexpected, [])

    def open(self, size=DESKTOP, **options):
        """A window of its own, with the page in it and connected."""
        context = browser().new_context(**{**size, "color_scheme": "light", "reduced_motion": "reduce", **options})
        context.set_default_timeout(1000 * PATIENCE)
        self.addCleanup(context.close)
        self.contexts.append(context)
        if BOARD and len(self.contexts) > 3:  # a board has room for six pages, and this is the first one of an earlier look
            self.contexts.pop(0).close()
        page = context.new_page()
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._check_request)
        page.on("websocket", self._watch)
        self.load(page)
        return page

    def load(self, page):
        page.goto(self.server.url)
        expect(page.locator("#link")).to_have_attribute("data-state", "open")
        expect(page.locator("#facts div")).not_to_have_count(0)

    def _note(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _check_request(self, request):
        if not request.url.startswith(self.server.url):
            self.complaints.append(f"a request to {request.url}")

    def _watch(self, socket):
        socket.on("framesent", lambda frame: self.sent.append(json.loads(frame)))
        socket.on("framereceived", lambda frame: self.received.append(json.loads(frame)))

    # --- what a user does

    def tell(self, page, prompt, seed=None):
        """Asks by the keyboard, and waits for the end."""
        if seed is not None:
            self.with_settings(page, lambda: page.fill("#seed", str(seed)))
        page.fill("#prompt", prompt)
        page.press("#prompt", "Enter")
        expect(page.locator("#tell")).to_have_text("Tell")
        expect(page.locator("#ending")).to_be_visible()

    def with_settings(self, page, action):
        """Does something to the settings, which are behind a button where the page is narrow."""
        narrow = page.locator(".for-settings").is_visible()
        if narrow:
            page.click(".for-settings")
        action()
        if narrow:
            page.click("#settings .close")

    # --- what is to be seen

    def text_of(self, page):
        return page.locator("#text").text_content()

    def requests(self):
        return [message for message in self.sent if message["type"] == "generate"]

    def assert_accessible(self, page):
        results = Axe().run(page)
        self.assertEqual(results.violations_count, 0, results.generate_report())
