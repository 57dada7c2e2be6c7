"""A server that goes away and comes back; one that asks for a key."""

import math
import re
import signal
import unittest

from playwright.sync_api import expect

from page_test_case import PHONE, PageTest, slow_server_arguments
from server import STORY, run


class ConnectionTest(PageTest):
    server_arguments = property(lambda self: slow_server_arguments())
    allowed_complaints = ("WebSocket connection to", "ERR_CONNECTION_REFUSED")

    def test_it_comes_back(self):
        page = self.open()
        page.fill("#prompt", "a")
        page.fill("#seed", "1")
        page.press("#prompt", "Enter")
        expect(page.locator("#text .tale").first).not_to_be_empty()
        self.server.stop(signal.SIGKILL)
        expect(page.locator("#state")).to_have_text("The connection broke here.")
        expect(page.locator("#link")).to_have_text("Offline")
        expect(page.locator("#offline")).to_contain_text("The device does not answer.")
        expect(page.locator("#ending")).to_be_visible()  # what was told is not lost
        expect(page.locator("#history-list li")).to_have_count(1)

        page.fill("#prompt", "words of mine")
        page.press("#prompt", "Enter")
        expect(page.locator("#state")).to_have_text("There is no connection yet; your words stay here.")
        expect(page.locator("#prompt")).to_have_value("words of mine")
        expect(page.locator("#offline")).to_contain_text("Next try in")

        self.server.start()  # and nobody touches the page
        expect(page.locator("#link")).to_have_text("Connected")
        expect(page.locator("#offline")).to_be_hidden()
        page.press("#prompt", "Enter")
        expect(page.locator("#text .tale").first).not_to_be_empty()
        page.press("#prompt", "Escape")
        expect(page.locator("#state")).to_have_text("Stopped.")

    def test_it_waits_longer_and_longer(self):
        page = self.open()
        page.clock.install()
        self.server.stop()
        for wait in (0.5, 1, 2, 4, 8, 15, 15):
            seconds = range(math.ceil(wait), math.ceil(1.25 * wait) + 1)
            words = re.compile(f"Next try in ({'|'.join(map(str, seconds))}) s")
            expect(page.locator("#offline-wait")).to_have_text(words)
            with page.expect_websocket():
                page.clock.run_for(1000 * seconds[-1])

    def test_try_now(self):
        page = self.open()
        self.server.stop()
        expect(page.locator("#offline")).to_be_visible()
        self.server.start()
        if page.locator("#try-now").is_visible():
            page.click("#try-now")
        expect(page.locator("#link")).to_have_text("Connected")


class KeyTest(PageTest):
    server_arguments = (STORY, "--api-key", "sesame")
    allowed_complaints = ("401 (Unauthorized)",)

    def load(self, page):
        page.goto(self.server.url)
        expect(page.locator("#link")).to_have_attribute("data-state", "open")

    def test_it_is_asked_for(self):
        page = self.open(PHONE)
        expect(page.locator("#introduction")).to_have_text("This device answers only those who have its key.")
        self.assert_accessible(page)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)
        page.fill("#key", "wrong")
        page.press("#key", "Enter")
        expect(page.locator("#introduction")).to_have_text("That is not the key of this device.")
        page.fill("#key", "sesame")
        page.press("#key", "Enter")
        expect(page.locator("#key-form")).to_be_hidden()
        self.tell(page, "One day", 1)
        self.assertEqual(self.text_of(page), "One day" + run("One day", 1))
        self.load(page)
        expect(page.locator("#facts div")).not_to_have_count(0)


if __name__ == "__main__":
    unittest.main()
