"""Stories of the past."""

import unittest

from playwright.sync_api import expect

from page_test_case import PHONE, PageTest
from server import run


class HistoryTest(PageTest):
    def titles(self, page):
        return [title[:9] for title in page.locator("#history-list .open span").all_text_contents()]

    def test_reopened_with_its_settings(self):
        page = self.open()
        page.press("#temperature", "Home")
        self.tell(page, "A cat named Tom", 5)
        page.click("#reset")
        self.tell(page, "One day", 6)
        self.load(page)
        self.assertEqual([t[:5] for t in self.titles(page)], ["One d", "A cat"])

        page.locator("#history-list .open").nth(1).click()
        text = "A cat named Tom" + run("A cat named Tom", 5, "--temp", "0")
        self.assertEqual(self.text_of(page), text)
        expect(page.locator("#prompt")).to_have_value("A cat named Tom")
        expect(page.locator("#seed")).to_have_value("5")
        expect(page.locator("output[for=temperature]")).to_have_text("0.00")
        expect(page.locator("#colophon")).to_contain_text("seed 5.")

        page.press("#prompt", "Enter")  # the same again
        expect(page.locator("#history-list li")).to_have_count(3)
        self.assertEqual(self.text_of(page), text)

    def test_deletion_can_be_taken_back(self):
        page = self.open()
        for prompt in ("One day", "A cat", "A dog"):
            self.tell(page, prompt, 1)
        expect(page.locator("#history-list li")).to_have_count(3)

        page.locator("#history-list .remove").nth(1).click()
        expect(page.locator("#history-list li")).to_have_count(2)
        self.assertEqual([t[:5] for t in self.titles(page)], ["A dog", "One d"])
        expect(page.locator("#history-undo")).to_be_focused()
        page.click("#history-undo")
        self.assertEqual([t[:5] for t in self.titles(page)], ["A dog", "A cat", "One d"])

        page.click("#history-clear")
        expect(page.locator("#history-empty")).to_be_visible()
        page.click("#history-undo")
        expect(page.locator("#history-list li")).to_have_count(3)
        page.click("#history-clear")
        self.load(page)
        expect(page.locator("#history-empty")).to_be_visible()

    def test_on_a_phone_it_is_a_sheet(self):
        page = self.open(PHONE)
        self.tell(page, "One day", 1)
        expect(page.locator("#history")).to_be_hidden()
        page.tap(".for-history")
        expect(page.locator("#history")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#history")).to_be_hidden()
        page.tap(".for-history")
        page.locator("#history-list .open").first.tap()
        expect(page.locator("#history")).to_be_hidden()
        self.assertEqual(self.text_of(page), "One day" + run("One day", 1))

    def test_windows_share_it(self):
        page = self.open()
        other = page.context.new_page()
        self.load(other)
        self.tell(page, "One day", 1)
        expect(other.locator("#history-list li")).to_have_count(1)

    def test_no_more_than_fifty(self):
        page = self.open()
        page.evaluate("""localStorage.setItem('thimble.history', JSON.stringify(
          Array.from({ length: 50 }, (_, i) => ({ time: 1e12, prompt: 'Old ' + i, text: '.', settings: {}, seed: i,
            model: 'm', board: 'b', tokens: 1 }))))""")
        self.load(page)
        self.tell(page, "One day", 1)
        expect(page.locator("#history-list li")).to_have_count(50)
        self.assertEqual(self.titles(page)[-1], "Old 48.")


if __name__ == "__main__":
    unittest.main()
