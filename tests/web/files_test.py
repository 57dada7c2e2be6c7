"""What the page costs a small server, and that it asks nobody else."""

import gzip
import re
import unittest
import urllib.request

from playwright.sync_api import expect

from page_test_case import PageTest
from server import BOARD, ROOT

FILES = sorted(path for path in (ROOT / "web").iterdir() if path.is_file())


class FilesTest(PageTest):
    def test_less_than_40_kB(self):
        sizes = {path.name: len(gzip.compress(path.read_bytes(), 9)) for path in FILES}
        print(sizes, sum(sizes.values()))
        self.assertLess(sum(sizes.values()), 40_000)

    def test_the_server_has_them_as_they_are(self):
        for path in FILES:
            with urllib.request.urlopen(self.server.url + path.name) as answer:
                data = answer.read()
                if answer.headers["Content-Encoding"] == "gzip":  # boards have nothing else
                    data = gzip.decompress(data)
                self.assertEqual(data, path.read_bytes(), path.name)
                self.assertEqual(answer.headers["Content-Security-Policy"].split(";")[0], "default-src 'self'")

    def test_nothing_from_elsewhere(self):
        for path in FILES:
            links = set(re.findall(r"https?://[^\s\"'`)]+", path.read_text())) - {"http://www.w3.org/2000/svg"}
            self.assertEqual(links, set(), path.name)

    def test_few_requests(self):
        page = self.open()
        asked = []
        page.on("request", lambda request: asked.append(request.url.removeprefix(self.server.url)))
        self.load(page)
        expect(page.locator("#prompts button")).not_to_have_count(0)
        names = {path.name for path in FILES} - {"index.html"}
        self.assertEqual(set(asked), {*names, "", "api/info", "api/settings", *(["api/models"] if BOARD else [])})
        self.assertLessEqual(len(asked), len(set(asked)) + 1)  # the icon of the tab is asked for by itself

        asked.clear()
        with page.expect_response("**/api/info"):
            self.tell(page, "One day", 1)
        self.assertEqual(asked, ["api/info"])


if __name__ == "__main__":
    unittest.main()
