"""scripts/flash_image.py and scripts/release_web.py, with builds of random bytes."""

import hashlib
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from make_build import MODEL_OFFSET, make
from partition_table import Partition, binary

ROOT = Path(__file__).resolve().parents[2]


class Release(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def build(self, name: str, *arguments) -> Path:
        make(self.folder / name, *arguments)
        return self.folder / name

    def script(self, name: str, *arguments, refusal: str = "") -> None:
        ran = subprocess.run([sys.executable, ROOT / "scripts" / name, *arguments], capture_output=True, text=True)
        self.assertEqual(ran.returncode, 1 if refusal else 0, ran.stderr)
        self.assertIn(refusal, ran.stderr)
        self.assertEqual(ran.stderr.count("\n"), 1 if refusal else 0, ran.stderr)

    def part(self, build: Path, name: str) -> bytes:
        return next(build.rglob(name)).read_bytes()

    def test_an_image_has_every_part_at_its_place(self):
        for chip, offset in ("esp32s3", 0), ("esp32", 0x1000), ("esp32p4", 0x2000):
            build = self.build(chip, chip, "4MB", 12345)
            self.script("flash_image.py", build, self.folder / "image")
            image = (self.folder / "image").read_bytes()
            bootloader, app = self.part(build, "bootloader.bin"), self.part(build, "app.bin")
            self.assertEqual(len(image), 0x10000 + 12345)
            self.assertEqual(image[:offset], b"\xff" * offset)
            self.assertEqual(image[offset : offset + len(bootloader)], bootloader)
            self.assertEqual(image[offset + len(bootloader) : 0x8000].strip(b"\xff"), b"")
            self.assertEqual(image[0x8000:0x8C00], self.part(build, "partition-table.bin"))
            self.assertEqual(image[0x10000:], app)

    def test_a_model_and_a_table_without_its_partition(self):
        build = self.build("build", "esp32c3", "4MB", 1000)
        (self.folder / "model").write_bytes(b"model" * 100)
        self.script("flash_image.py", build, self.folder / "image", "--model", self.folder / "model", "--whole-flash")
        image = (self.folder / "image").read_bytes()
        self.assertEqual(len(image), 4 << 20)
        self.assertEqual(image[MODEL_OFFSET : MODEL_OFFSET + 500], b"model" * 100)
        self.assertEqual(image[MODEL_OFFSET + 500 :].strip(b"\xff"), b"")

        self.script("flash_image.py", build, self.folder / "image", "--without-partition", "model")
        table = (self.folder / "image").read_bytes()[0x8000:0x8C00]
        left = binary([Partition("nvs", "data", 2, 0x9000, 0x6000), Partition("factory", "app", 0, 0x10000, 0x100000)])
        self.assertEqual(table[:64], left[:64])
        self.assertEqual(table[64:96], b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(left[:64]).digest())

    def test_what_does_not_fit(self):
        (self.folder / "model").write_bytes(bytes(5000))
        small = self.build("small", "esp32", "4MB", 1000, "model_bytes=4096")
        model = ("--model", self.folder / "model")
        self.script("flash_image.py", small, "x", *model, refusal="904 bytes larger than its partition")
        none = self.build("none", "esp32", "4MB", 1000, "no_model")
        self.script("flash_image.py", none, "x", *model, refusal='no partition "model"')
        over = self.build("over", "esp32", "4MB", MODEL_OFFSET - 0x10000 + 7, "with_model")
        self.script("flash_image.py", over, "x", refusal="0x110000 is overlapped by 7 bytes")
        large = self.build("large", "esp32", "4MB", (4 << 20) - 0x10000 + 3)
        self.script("flash_image.py", large, "x", refusal="the flash is 3 bytes too small")
        self.script("flash_image.py", self.folder / "nowhere", "x", refusal="No such file")

    def test_a_release(self):
        builds = [self.build(chip, chip, "4MB", 2000) for chip in ("esp32s3", "esp32", "esp32c3", "esp32p4")]
        out = self.folder / "web"
        self.script("release_web.py", "--version", "1.2.3", "--out", out, *builds)
        manifest = json.loads((out / "manifest.json").read_text())
        self.assertEqual(manifest["version"], "1.2.3")
        families = [build["chipFamily"] for build in manifest["builds"]]
        self.assertEqual(families, ["ESP32-S3", "ESP32", "ESP32-C3", "ESP32-P4"])
        for folder, build in zip(builds, manifest["builds"]):
            (part,) = build["parts"]
            self.assertEqual(part["offset"], 0)
            image = (out / part["path"]).read_bytes()
            self.assertEqual(image[0x10000:], self.part(folder, "app.bin"))
            self.assertIn(f"{hashlib.sha256(image).hexdigest()}  {part['path']}\n", (out / "SHA256SUMS").read_text())
        page = (out / "index.html").read_text()
        for text in "1.2.3", "ESP32-S3, ESP32, ESP32-C3, ESP32-P4", 'manifest="manifest.json"', "https://unpkg.com/":
            self.assertIn(text, page)
        self.assertEqual(len(list(out.iterdir())), 4 + 3)
        self.script("release_web.py", "--version", "1", "--out", out, *builds, refusal="is not empty")

    def test_a_release_that_needs_no_other_server(self):
        build = self.build("build", "esp32", "4MB", 2000)
        tools = self.folder / "tools"
        release = ("release_web.py", "--version", "1", "--out", self.folder / "web", "--esp-web-tools", tools, build)
        self.script(*release, refusal="has no install-button.js")
        tools.mkdir()
        (tools / "install-button.js").write_text("// stub")
        self.script(*release)
        self.assertEqual((self.folder / "web/esp-web-tools/install-button.js").read_text(), "// stub")
        page = (self.folder / "web/index.html").read_text()
        self.assertIn('src="esp-web-tools/install-button.js"', page)
        self.assertNotIn("https://unpkg", page)

    def test_what_is_no_release(self):
        build = self.build("build", "esp32", "4MB", 2000)
        for chip, words in ("esp32", "a second build for esp32"), ("esp8266", "knows no esp8266"):
            other = self.build("other", chip, "4MB", 2000)
            self.script("release_web.py", "--version", "1", "--out", self.folder / "web", build, other, refusal=words)
        self.assertFalse((self.folder / "web").exists())


if __name__ == "__main__":
    unittest.main()
