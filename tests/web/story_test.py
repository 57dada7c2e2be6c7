"""Telling: the text, its end, its waiting, its copy."""

import re
import unittest

from playwright.sync_api import expect

from page_test_case import DESKTOP, PHONE, PageTest, slow_server_arguments
from server import BOARD, run

CONTEXT = 256 if BOARD else 1024  # tokens, of what tells slowly: a board is slow by itself


class StoryTest(PageTest):
    def test_the_text_is_that_of_thimble_run(self):
        for size in (PHONE, DESKTOP):
            page = self.open(size)
            for prompt, seed in (("A cat named Whiskers", 7), ("Once upon a time", 2**53 - 1), ("", 3)):
                with self.subTest(size=size["viewport"], prompt=prompt):
                    self.tell(page, prompt, seed)
                    self.assertEqual(self.text_of(page), prompt + run(prompt, seed))
                    self.assertIn(f"seed {seed}.", page.locator("#colophon").text_content())

    def test_the_prompt_stands_out(self):
        page = self.open()
        self.tell(page, "A cat named Tom", 1)
        self.assertEqual("".join(page.locator("#text .prompt").all_text_contents()), "A cat named Tom")
        colours = page.evaluate("['prompt', 'tale'].map((c) => getComputedStyle(document.querySelector('#text .' + c)).color)")
        self.assertNotEqual(*colours)

    def test_another_seed_for_each_story(self):
        page = self.open()
        for _ in range(2):
            self.tell(page, "One day")
        first, second = self.requests()
        self.assertNotEqual(first["seed"], second["seed"])

    def test_an_example_is_told_at_a_touch(self):
        page = self.open()
        page.locator("#prompts button").first.click()
        expect(page.locator("#ending")).to_be_visible()
        self.assertEqual(self.requests()[0]["prompt"], "Once upon a time")
        expect(page.locator("#prompt")).to_have_value("Once upon a time")
        page.click("#another")
        expect(page.locator("#prompts button")).not_to_have_count(0)
        expect(page.locator("#prompt")).to_be_focused()
        expect(page.locator("#prompt")).to_have_value("")

    def test_lines_of_the_prompt(self):
        page = self.open()
        page.fill("#seed", "5")
        page.press("#prompt", "T")
        page.press("#prompt", "Shift+Enter")
        page.keyboard.type("Once")
        page.press("#prompt", "Enter")
        expect(page.locator("#ending")).to_be_visible()
        self.assertEqual(self.requests()[0]["prompt"], "T\nOnce")
        self.assertEqual(self.text_of(page), "T\nOnce" + run("T\nOnce", 5))

    def test_markup_stays_text(self):
        page = self.open()
        prompt = "<img src=x onerror=alert(1)> & <b>Tom</b>"
        self.tell(page, prompt, 1)
        self.assertEqual(self.text_of(page), prompt + run(prompt, 1))
        self.assertEqual(page.locator("main img, main b, #history-list img, #history-list b").count(), 0)
        self.assertTrue(page.locator("#history-list .open span").text_content().startswith("<img src=x"))

    def test_copy(self):
        for has_clipboard in (True, False):  # pages without a certificate have none
            with self.subTest(has_clipboard=has_clipboard):
                page = self.open()
                if has_clipboard:
                    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
                else:
                    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
                self.tell(page, "A cat named Tom", 1)
                page.click("#copy")
                expect(page.locator("#copy")).to_have_text("Copied")
                expect(page.locator("#copy")).to_be_focused()
                page.fill("#prompt", "")
                page.press("#prompt", "Control+V")
                expect(page.locator("#prompt")).to_have_value("A cat named Tom" + run("A cat named Tom", 1))

    def test_what_screen_readers_hear(self):
        page = self.open()
        page.evaluate("""() => {
          window.sayings = [];
          new MutationObserver(() => sayings.push(document.getElementById('narrator').textContent))
            .observe(document.getElementById('narrator'), { childList: true, characterData: true, subtree: true });
        }""")
        self.tell(page, "A cat named Tom", 1)
        sayings = [saying for saying in page.evaluate("sayings") if saying]
        self.assertEqual("".join(sayings), run("A cat named Tom", 1))
        self.assertLessEqual(len(sayings), 3)  # a saying every four seconds, not every token


class SlowStoryTest(PageTest):
    server_arguments = property(lambda self: slow_server_arguments())
    also_on_boards = True

    def begin(self, page, prompt="a"):
        page.fill("#seed", "1")
        page.fill("#prompt", prompt)
        page.press("#prompt", "Enter")
        expect(page.locator("#text .tale").first).not_to_be_empty()
        expect(page.locator("#tell")).to_have_text("Stop")

    def test_stop(self):
        page = self.open()
        for way in (lambda: page.click("#tell"), lambda: page.press("#prompt", "Escape")):
            self.begin(page)
            page.press("#prompt", "Enter")  # an Enter too many is no wish to stop
            way()
            expect(page.locator("#state")).to_have_text("Stopped.")
            self.assertEqual(self.received[-1]["finish_reason"], "cancelled")
            told = self.received[-1]["tokens"]
            self.assertLess(told, CONTEXT * 7 // 8)
            self.assertIn(f" {told} token", page.locator("#colophon").text_content())
        self.assertEqual([m["type"] for m in self.sent], ["generate", "stop"] * 2)

    def test_figures_while_it_tells(self):
        page = self.open()
        self.begin(page)
        expect(page.locator("#speed")).to_contain_text("tok/s")
        expect(page.locator("#context")).to_have_text(re.compile(rf"^([2-9]\d|\d{{3}}) of {CONTEXT:,}$"))
        page.press("#prompt", "Escape")
        expect(page.locator("#state")).to_have_text("Stopped.")
        self.assertGreater(sum(message["type"] == "token" for message in self.received), 1)  # as it comes, not at once
        last = self.received[-1]
        share = page.evaluate("parseFloat(document.getElementById('context-bar').style.width)")
        self.assertAlmostEqual(share, 100 * last["context_used"] / CONTEXT, places=3)

    def test_waiting_for_others(self):
        first, second = self.open(), self.open()
        self.begin(first)
        second.fill("#seed", "1")
        second.fill("#prompt", "b")
        second.press("#prompt", "Enter")
        expect(second.locator("#state")).to_have_text("Waiting: one story is told before yours.")
        first.press("#prompt", "Escape")
        expect(second.locator("#text .tale").first).not_to_be_empty()
        second.press("#prompt", "Escape")
        expect(second.locator("#state")).to_have_text("Stopped.")

    def test_a_wait_can_be_given_up(self):
        first, second = self.open(), self.open()
        self.begin(first)
        second.fill("#prompt", "b")
        second.press("#prompt", "Enter")
        expect(second.locator("#state")).to_contain_text("Waiting")
        second.press("#prompt", "Escape")
        expect(second.locator("#state")).to_have_text("Stopped.")
        expect(second.locator("#empty")).to_be_visible()

    def test_a_long_prompt_is_read_and_can_be_stopped(self):
        page = self.open()
        page.fill("#prompt", "a b " * (CONTEXT * 2 // 5))
        page.press("#prompt", "Enter")
        expect(page.locator("#state")).to_have_text("Reading the beginning …")
        page.press("#prompt", "Escape")
        expect(page.locator("#state")).to_have_text("Stopped.")
        expect(page.locator("#empty")).to_be_visible()

    def test_a_long_prompt_is_refused_in_words(self):
        page = self.open()
        page.fill("#prompt", "a b " * CONTEXT)
        page.press("#prompt", "Enter")
        expect(page.locator("#state")).to_have_class("fault")
        expect(page.locator("#state")).to_contain_text(str(CONTEXT))
        expect(page.locator("#tell")).to_have_text("Tell")


if __name__ == "__main__":
    unittest.main()
