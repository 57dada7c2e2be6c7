"""For every eye, ear and hand: axe's rules, the order of focus, sizes to touch, stillness where it is wanted."""

import unittest

from playwright.sync_api import expect

from page_test_case import DESKTOP, PHONE, PageTest, slow_server_arguments

SMALLEST = {"viewport": {"width": 320, "height": 568}, "is_mobile": True, "has_touch": True}
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True}

FOCUSED = """() => {
  const e = document.activeElement;
  return e === document.body ? 'page' : e.id || e.getAttribute('aria-label') || e.textContent.trim();
}"""

TOO_SMALL = """() => [...document.querySelectorAll('button, input, textarea')].filter((e) => {
  const { width, height } = e.getBoundingClientRect();
  return e.checkVisibility() && (width < 44 || height < 44);
}).map((e) => e.outerHTML.slice(0, 80))"""


class AccessTest(PageTest):
    def test_axe_and_sizes(self):
        for size in (SMALLEST, PHONE, TABLET, DESKTOP):
            for scheme in ("light", "dark"):
                with self.subTest(size=size["viewport"], scheme=scheme):
                    page = self.open(size, color_scheme=scheme)
                    self.assert_fits(page)
                    self.tell(page, "A cat named Tom", 1)
                    self.assert_fits(page)
                    for name in ("history", "settings"):
                        if page.locator(f".for-{name}").is_visible():
                            page.click(f".for-{name}")
                            self.assert_fits(page)
                            page.click(f"#{name} .close")

    def assert_fits(self, page):
        self.assert_accessible(page)
        self.assertEqual(page.evaluate(TOO_SMALL), [])
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0)

    def order(self, page, last):
        """What Tab goes through, from the top."""
        found = []
        while not found or found[-1] != last:
            page.keyboard.press("Tab")
            found.append(page.evaluate(FOCUSED))
            self.assertLess(len(found), 40)
        return found

    def test_order_of_focus(self):
        page = self.open(DESKTOP)
        self.assertEqual(self.order(page, "lock"), [
            "Skip to the beginning of a story", "theme", "Once upon a time", "One day", "The little robot", "prompt",
            "tell", "temperature", "top_p", "top_k", "max_tokens", "seed", "draw", "lock",
        ])
        self.tell(page, "A cat", 1)
        page.evaluate("document.activeElement.blur()")
        self.load(page)
        self.assertEqual(self.order(page, "Once upon a time")[:4], [
            "Skip to the beginning of a story", "theme", page.evaluate(
                "document.querySelector('#history-list .open').textContent.trim()"),
            page.get_attribute("#history-list .remove", "aria-label"),
        ])

    def test_order_of_focus_on_a_phone(self):
        page = self.open(PHONE)
        self.assertEqual(self.order(page, "tell"), [
            "Skip to the beginning of a story", "History", "Settings and device", "theme", "Once upon a time", "One day",
            "The little robot", "prompt", "tell",
        ])
        page.focus(".for-settings")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        self.assertEqual(page.evaluate(FOCUSED), "Close the settings")
        page.keyboard.press("Escape")
        self.assertEqual(page.evaluate(FOCUSED), "Settings and device")

    def test_skip(self):
        page = self.open()
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#prompt")).to_be_focused()

    def test_focus_is_seen(self):
        page = self.open()
        for name in ("theme", "tell", "temperature", "seed", "draw"):
            page.focus("body")
            page.locator(f"#{name}").focus()
            page.keyboard.press("Shift")
            style = page.evaluate(f"getComputedStyle(document.getElementById('{name}')).outlineStyle")
            self.assertEqual(style, "solid", name)


class MovementTest(PageTest):
    server_arguments = property(lambda self: slow_server_arguments())

    def test_nothing_moves_where_stillness_is_wanted(self):
        for wanted, moves in (("reduce", 0), ("no-preference", 1)):
            page = self.open(reduced_motion=wanted)
            page.fill("#seed", "1")
            page.fill("#prompt", "a")
            page.press("#prompt", "Enter")
            expect(page.locator("#text .tale").first).not_to_be_empty()
            expect(page.locator("html")).to_have_class("telling")
            moving = page.evaluate("document.getAnimations().filter((a) => a.animationName === 'blink').length")
            self.assertEqual(moving, moves, wanted)
            page.press("#prompt", "Escape")
            expect(page.locator("#state")).to_have_text("Stopped.")


if __name__ == "__main__":
    unittest.main()
