"""The models of a chip: what the page does with its routes, which are played here, since the desktop has none."""

import unittest
from urllib.parse import parse_qs, urlparse

from playwright.sync_api import expect

from page_test_case import DESKTOP, PHONE, PageTest
from server import BOARD

PARTITION = {"partition": True, "bytes": 225408}


class ModelsTest(PageTest):
    allowed_complaints = ("409", "422", "403")  # a browser notes every refusal

    def setUp(self):
        super().setUp()
        self.models = [
            {"name": "model", "state": "good", "tells": True, **PARTITION},
            {"name": "model_b", "state": "good", "tells": False, **PARTITION},
            {"name": "/sdcard/damaged.thm", "state": "refused", "tells": False, "card": True, "bytes": 9,
             "why": "corrupt: block 3"},
            {"name": "/littlefs/model.thm", "state": "absent", "tells": False},
        ]
        self.card = False
        self.refusal = None  # what the next request that changes something hears
        self.requests = []

    def play(self, route):
        request = route.request
        path = urlparse(request.url).path
        if path == "/api/info":
            answer = route.fetch()
            return route.fulfill(json={**answer.json(), "manages_models": True})
        if request.method == "GET":
            return route.fulfill(json={"models": self.models, "card": self.card})
        self.requests.append((request.method, path, parse_qs(urlparse(request.url).query), request.post_data_buffer))
        if self.refusal:
            status, message = self.refusal
            return route.fulfill(status=status, json={"error": {"message": message}})
        return route.fulfill(status=202 if path == "/api/update" else 200, json={"name": "model_b"})

    def load(self, page):
        page.route("**/api/{info,models,models/**,update}*", self.play)
        super().load(page)

    def test_they_are_listed(self):
        for size in (PHONE, DESKTOP):
            page = self.open(size)
            if size is PHONE:
                page.click(".for-settings")
            rows = page.locator("#models-list li")
            expect(rows).to_have_count(3)
            expect(rows.nth(0)).to_contain_text("tells, 220 KiB")
            expect(rows.nth(0).locator("button")).to_have_count(0)
            expect(rows.nth(1).locator("button")).to_have_text(["Use", "Delete"])
            expect(rows.nth(2)).to_contain_text("corrupt: block 3")
            expect(rows.nth(2).locator("button")).to_have_text(["Use", "Delete"])
            self.assert_accessible(page)

    def test_another_one_tells(self):
        page = self.open()
        with page.expect_response("**/api/info"):
            page.click("[aria-label='Let model_b tell']")
        expect(page.locator("#models-said")).to_have_text("model_b tells now.")
        with page.expect_response("**/api/info"):
            page.click("[aria-label='Let /sdcard/damaged.thm tell']")
        expect(page.locator("#models-said")).to_have_text("/sdcard/damaged.thm tells now.")
        self.assertEqual([(method, path, query["name"]) for method, path, query, _ in self.requests], [
            ("POST", "/api/models/select", ["model_b"]), ("POST", "/api/models/select", ["/sdcard/damaged.thm"])])

    def test_one_that_is_refused_says_why(self):
        page = self.open()
        self.refusal = (422, "corrupt: self-test")
        page.click("[aria-label='Let model_b tell']")
        expect(page.locator("#models-said")).to_have_text("Corrupt: self-test")
        self.refusal = (409, "this model is in use")
        page.click("[aria-label='Delete model_b']")
        expect(page.locator("#models-said")).to_have_text("This model is in use")

    def test_one_is_deleted(self):
        page = self.open()
        page.click("[aria-label='Delete model_b']")
        expect(page.locator("#models-said")).to_have_text("model_b is deleted.")
        self.assertEqual(self.requests[0][:3], ("DELETE", "/api/models", {"name": ["model_b"]}))

    def upload(self, page, name, content):
        page.set_input_files("#models-file", {"name": name, "mimeType": "", "buffer": content})

    def test_an_upload(self):
        page = self.open()
        self.upload(page, "mine.thm", b"\x89THM" + bytes(5000))
        expect(page.locator("#models-said")).to_have_text("mine.thm is there, as model_b.")
        expect(page.locator("#models-progress")).to_be_hidden()
        expect(page.locator("#models-file")).to_be_enabled()
        self.assertEqual(self.requests[0][:2], ("POST", "/api/models"))
        self.assertEqual(self.requests[0][3], b"\x89THM" + bytes(5000))

    def test_an_upload_that_is_refused(self):
        page = self.open()
        self.refusal = (403, "type /allow on the board's serial console")
        self.upload(page, "mine.thm", bytes(5000))
        expect(page.locator("#models-said")).to_have_text("Type /allow on the board's serial console")
        self.assertTrue(page.locator("#models-said").evaluate("e => e.classList.contains('fault')"))

    def test_an_upload_to_the_card(self):
        page = self.open()
        expect(page.locator("#models-place")).to_be_hidden()  # there is none
        self.card = True
        self.load(page)
        expect(page.locator("#models-place")).to_be_visible()
        self.assert_accessible(page)
        page.select_option("#models-place", "card")
        self.upload(page, "my story & more.thm", bytes(5000))
        expect(page.locator("#models-said")).to_contain_text("my story & more.thm is there, as ")
        self.assertEqual(self.requests[0][:3], ("POST", "/api/models", {"to": ["card"], "name": ["my_story_more.thm"]}))

    def test_a_program(self):
        page = self.open()
        self.upload(page, "storyteller.bin", bytes(100))
        expect(page.locator("#models-said")).to_contain_text("The board starts the new program.")
        self.assertEqual(self.requests[0][:2], ("POST", "/api/update"))


class DesktopTest(PageTest):
    def test_hidden_where_there_are_none(self):
        if BOARD:
            self.skipTest("a board has models to manage")
        page = self.open()
        expect(page.locator("#models")).to_be_hidden()
        expect(page.locator("#models-list li")).to_have_count(0)


if __name__ == "__main__":
    unittest.main()
