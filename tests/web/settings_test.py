"""The sliders, the seed, the theme, and what a reload keeps of them."""

import json
import unittest

from playwright.sync_api import expect

from page_test_case import DESKTOP, PHONE, PageTest
from server import run


class SettingsTest(PageTest):
    def slide(self, page, name, share):
        """By the mouse, to a share of the way."""
        slider = page.locator(f"#{name}")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 11 + (box["width"] - 22) * share, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()

    def last_request(self):
        request = dict(self.requests()[-1])
        for name in ("type", "prompt", "seed"):
            del request[name]
        return request

    def test_what_nobody_touched_is_left_to_the_service(self):
        page = self.open()
        expect(page.locator("output[for=temperature]")).to_have_text("0.80")
        expect(page.locator("output[for=top_p]")).to_have_text("0.95")
        expect(page.locator("output[for=max_tokens]")).to_have_text("256 tokens")
        self.tell(page, "One day", 1)
        self.assertEqual(self.last_request(), {})

    def test_by_mouse(self):
        for size in (PHONE, DESKTOP):
            with self.subTest(size=size["viewport"]):
                page = self.open({**size, "is_mobile": False})

                def move():
                    for name, share in (("temperature", 0.25), ("top_p", 0.5), ("top_k", 0.25), ("max_tokens", 0.1)):
                        self.slide(page, name, share)

                self.with_settings(page, move)
                self.tell(page, "One day", 4)
                request = self.last_request()
                for name, wanted, within in (
                    ("temperature", 0.5, 0.05),
                    ("top_p", 0.5, 0.02),
                    ("top_k", 64, 2),
                    ("max_tokens", 26, 2),
                ):
                    self.assertAlmostEqual(request[name], wanted, delta=within)
                    shown = page.locator(f"output[for={name}]").text_content().split()[0]
                    self.assertAlmostEqual(float(shown), request[name])
                options = [
                    part
                    for name, flag in (("temperature", "--temp"), ("top_p", "--top-p"), ("top_k", "--top-k"), ("max_tokens", "-n"))
                    for part in (flag, str(request[name]))
                ]
                self.assertEqual(self.text_of(page), "One day" + run("One day", 4, *options))

    def test_by_keyboard(self):
        page = self.open()
        page.press("#temperature", "ArrowRight")
        page.press("#top_p", "ArrowLeft")
        page.press("#top_k", "PageUp")
        page.press("#max_tokens", "Home")
        page.press("#max_tokens", "ArrowUp")
        self.tell(page, "One day", 1)
        request = self.last_request()
        self.assertAlmostEqual(request["temperature"], 0.85)
        self.assertAlmostEqual(request["top_p"], 0.94)
        self.assertGreater(request["top_k"], 1)
        self.assertEqual(request["max_tokens"], 2)
        self.assertEqual(page.get_attribute("#max_tokens", "aria-valuetext"), "2 tokens")
        expect(page.locator("#state")).to_have_text("The length is used up.")

    def test_a_reload_keeps_them(self):
        page = self.open()
        page.press("#temperature", "ArrowRight")
        page.press("#top_k", "End")
        page.fill("#seed", "77")
        self.load(page)
        self.tell(page, "One day")
        self.assertEqual(self.last_request(), {"temperature": 0.85, "top_k": 256})
        self.assertEqual(self.requests()[-1]["seed"], 77)
        expect(page.locator("#lock")).to_have_attribute("aria-pressed", "true")

    def test_reset(self):
        page = self.open()
        expect(page.locator("#reset")).to_be_hidden()
        page.press("#temperature", "End")
        page.fill("#seed", "77")
        page.click("#reset")
        expect(page.locator("#reset")).to_be_hidden()
        expect(page.locator("output[for=temperature]")).to_have_text("0.80")
        self.load(page)
        self.tell(page, "One day")
        self.assertEqual(self.last_request(), {})
        self.assertNotEqual(self.requests()[-1]["seed"], 77)

    def test_seed(self):
        page = self.open()
        seed, lock = page.locator("#seed"), page.locator("#lock")
        expect(lock).to_have_attribute("aria-pressed", "false")

        self.tell(page, "One day")
        lock.click()  # keeps the one just used
        expect(seed).to_have_value(str(self.requests()[0]["seed"]))
        self.tell(page, "One day")
        self.assertEqual(self.requests()[1]["seed"], self.requests()[0]["seed"])

        page.click("#draw")
        expect(seed).not_to_have_value(str(self.requests()[0]["seed"]))
        expect(lock).to_have_attribute("aria-pressed", "true")
        lock.click()
        expect(seed).to_have_value("")

        for wrong in ("12a", "9007199254740992", "-1"):
            page.fill("#seed", wrong)
            page.press("#prompt", "Enter")
            expect(page.locator("#seed-fault")).to_have_text("A whole number, at most 9,007,199,254,740,991.")
            expect(seed).to_be_focused()
        self.assertEqual(len(self.requests()), 2)
        seed.fill("12")
        expect(page.locator("#seed-fault")).to_be_hidden()

    def test_a_refusal_is_said_where_it_belongs(self):
        page = self.open(PHONE)
        page.route_web_socket("**/ws", lambda socket: socket.on_message(lambda _: socket.send(json.dumps(
            {"type": "error", "code": 400, "field": "temperature", "message": "temperature: expected a number, 0 or more"}
        ))))
        self.load(page)
        page.fill("#prompt", "One day")
        page.press("#prompt", "Enter")
        expect(page.locator("#temperature-fault")).to_have_text("temperature: expected a number, 0 or more")
        expect(page.locator("#temperature-fault")).to_be_visible()
        expect(page.locator("#temperature")).to_be_focused()
        expect(page.locator("#state")).to_have_text("Temperature was refused: see there.")


class ThemeTest(PageTest):
    def paper(self, page):
        return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    def test_the_switch_and_the_system(self):
        page = self.open(color_scheme="light")
        light = self.paper(page)
        page.click("#theme")
        dark = self.paper(page)
        self.assertNotEqual(light, dark)
        expect(page.locator("#theme")).to_have_attribute("aria-pressed", "true")
        self.load(page)
        self.assertEqual(self.paper(page), dark)
        self.assertEqual(page.get_attribute("[name=theme-color]", "content"), dark)

        page.click("#theme")  # as the system has it: so it is followed again
        self.assertEqual(self.paper(page), light)
        page.emulate_media(color_scheme="dark")
        self.assertEqual(self.paper(page), dark)
        expect(page.locator("#theme")).to_have_attribute("aria-pressed", "true")


    def test_a_browser_that_remembers_nothing(self):
        page = self.open()
        page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })")
        self.load(page)
        light = self.paper(page)
        page.click("#theme")
        self.assertNotEqual(self.paper(page), light)
        page.press("#temperature", "ArrowRight")
        self.tell(page, "One day", 1)
        self.assertEqual(self.requests()[-1]["temperature"], 0.85)
        expect(page.locator("#history-said")).to_have_text("This browser keeps no more stories.")


if __name__ == "__main__":
    unittest.main()
