"""The set-up page of a board, against a board that is played here: what it answers is what tests/firmware pins."""

import gzip
import http.server
import json
import re
import threading
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from page_test_case import PHONE, browser
from server import PATIENCE, ROOT

WEB = ROOT / "web"
FILES = sorted((WEB / "setup").iterdir())
POLICY = ("default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
          "object-src 'none'")
TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
NETWORKS = [{"ssid": "Home", "rssi": -48, "secured": True}, {"ssid": "Café <b>", "rssi": -71, "secured": False}]


class Board:
    """Answers as firmware/network/setup_api.cpp does; a test decides what becomes of a wish."""

    def __init__(self):
        self.state = {"state": "portal", "access_point": "thimble-1A2B", "ssid": "", "address": "0.0.0.0",
                      "problem": "none", "trial": False, "trials": 0, "trial_problem": "none", "scanning": False,
                      "scans": 0}
        self.networks = []
        self.joins = []
        self.refusal = None
        board = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if self.path == "/api/wifi":
                    board.look()
                    return self.answer(200, board.state)
                if self.path == "/api/wifi/networks":
                    return self.answer(200, {"networks": board.networks})
                path = WEB / (self.path[1:] + ("index.html" if self.path.endswith("/") else ""))
                self.send(200, TYPES[path.suffix], path.read_bytes())

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Origin"] == board.url.rstrip("/")
                if self.path == "/api/wifi/scan":
                    board.state["scanning"] = True
                elif board.refusal:
                    return self.answer(400, {"error": {"message": board.refusal}})
                else:
                    board.joins.append(body)
                    board.state.update(trial=True, ssid=body["ssid"])
                self.answer(200, board.state)

            def answer(self, status, body):
                self.send(status, "application/json", json.dumps(body).encode())

            def send(self, status, kind, body):
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def look(self):
        """A scan has ended by the time that somebody asks for its end."""
        if self.state["scanning"]:
            self.state.update(scanning=False, scans=self.state["scans"] + 1)
            self.networks = NETWORKS

    def end_trial(self, problem="none"):
        self.state.update(trial=False, trials=self.state["trials"] + 1, trial_problem=problem, problem=problem)
        if problem == "none":
            self.state.update(state="online", address="192.168.0.23")
        else:
            self.state.update(ssid="")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class SetupTest(unittest.TestCase):
    def setUp(self):
        self.board = Board()
        self.addCleanup(self.board.close)
        self.complaints = []
        self.allowed = ()

    def tearDown(self):
        self.assertEqual([c for c in self.complaints if not any(part in c for part in self.allowed)], [])

    def open(self, **options):
        context = browser().new_context(**{**PHONE, "color_scheme": "light", "reduced_motion": "reduce", **options})
        context.set_default_timeout(1000 * PATIENCE)
        self.addCleanup(context.close)
        page = context.new_page()
        page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.board.url + "setup/")
        expect(page.locator("#networks li")).to_have_count(2)
        return page

    def test_joins_a_network_of_the_list(self):
        page = self.open()
        expect(page.locator("#networks li").nth(0)).to_have_text("Homestrong, with a password")
        expect(page.locator("#networks li").nth(1)).to_have_text("Café <b>fair, open")
        page.get_by_text("Home").click()
        expect(page.locator("#name")).to_be_hidden()
        page.get_by_role("textbox", name="Password").fill("secret-7")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#said")).to_have_text("Joining Home …")
        expect(page.locator("#join")).to_be_disabled()
        self.board.end_trial()
        expect(page.get_by_role("heading", level=2)).to_have_text("Joined")
        expect(page.locator("#done-address")).to_have_attribute("href", "http://192.168.0.23/")
        expect(page.locator("#form")).to_be_hidden()
        self.assertEqual(self.board.joins, [{"ssid": "Home", "password": "secret-7"}])

    def test_joins_one_that_hides_its_name(self):
        page = self.open()
        page.get_by_label("Its name").fill("Hidden")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#said")).to_have_text("Joining Hidden …")
        self.assertEqual(self.board.joins, [{"ssid": "Hidden", "password": ""}])

    def test_says_what_went_wrong_and_tries_again(self):
        page = self.open()
        page.get_by_text("Home").click()
        page.get_by_role("textbox", name="Password").fill("wrong-pass")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#said")).to_have_text("Joining Home …")
        self.board.end_trial("wrong_password")
        expect(page.locator("#fault")).to_have_text("It does not accept the password, or is too far away.")
        expect(page.locator("#said")).to_have_text("Not joined.")
        expect(page.locator("#join")).to_be_enabled()
        page.get_by_role("textbox", name="Password").fill("secret-7")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#said")).to_have_text("Joining Home …")
        self.board.end_trial()
        expect(page.locator("#done")).to_be_visible()

    def test_says_what_the_board_refuses(self):
        self.allowed = ("400",)
        self.board.refusal = "a password has 8 to 63 characters"
        page = self.open()
        page.get_by_label("Its name").fill("Home")
        page.get_by_role("textbox", name="Password").fill("short")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#fault")).to_have_text("a password has 8 to 63 characters")

    def test_says_that_the_remembered_network_fails(self):
        self.board.state.update(ssid="Home", problem="not_found")
        page = self.open()
        expect(page.locator("#fault")).to_have_text("Home: No network of that name is in reach.")

    def test_shows_the_password_when_asked(self):
        page = self.open()
        page.get_by_role("textbox", name="Password").fill("secret-7")
        page.get_by_text("Show it").click()
        expect(page.get_by_role("textbox", name="Password")).to_have_attribute("type", "text")

    def test_every_eye_and_hand(self):
        for scheme in ("light", "dark"):
            page = self.open(color_scheme=scheme)
            found = Axe().run(page).response["violations"]
            self.assertEqual([(v["id"], [n["target"] for n in v["nodes"]]) for v in found], [], scheme)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            self.assertFalse(wide, "scrolls sideways")

    def test_files(self):
        sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in FILES}
        self.assertLess(sum(sizes.values()), 6_000, sizes)
        for path in FILES:
            links = set(re.findall(r"https?://[^\s\"'`)<$]+", path.read_text()))
            self.assertLessEqual(links, {"http://thimble.local/"} | {"http://"}, path.name)


if __name__ == "__main__":
    unittest.main()
