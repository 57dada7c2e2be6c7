"""Draws docs/pictures/story.webp: one story, told in a terminal and on the page at the same time.

`thimble run` and `thimble serve` are recorded, each piece of text with its moment, and then drawn slowly enough for the
eye, the page by a browser that hears the messages again; the picture says how much slower, and what it ran on. build/web/venv/bin/python tests/web/moving_picture.py, with the packages
fonts-inter and fonts-urw-base35."""

import codecs
import html
import json
import os
import pty
import re
import time
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import expect
from websockets.sync.client import connect

from server import PATIENCE, ROOT, STORY, THIMBLE, Server
from studio import PICTURES, browser, shot

PROMPT, SEED = "A cat named Whiskers", 8
SIZE = (1000, 660)
PHONE = {"viewport": {"width": 340, "height": 560}, "is_mobile": True, "has_touch": True}
PHONE_AT, PHONE_ROUND = (632, 28), 18
TAKES = 30              # of each; that with the most pieces is drawn, which other programs disturbed least
FRAME = 0.08            # seconds
SHORTEST = 6            # seconds that the telling should take in the picture
BEFORE, AFTER = 1.2, 5  # seconds to look at the beginning, and to read the end

STAGE = """<!doctype html><meta charset="utf-8"><style>
body { margin: 0; width: 1000px; height: 660px; background: #ece6da; font: 15px/1.4 sans-serif; color: #4a453c; }
#terminal { position: absolute; left: 28px; top: 28px; width: 576px; height: 560px; border-radius: 18px; background: #1c1b18;
  color: #ece7db; overflow: hidden; }
#bar { height: 36px; background: #2a2823; display: flex; gap: 8px; align-items: center; padding: 0 16px; }
#bar i { width: 11px; height: 11px; border-radius: 50%; background: #57534a; }
pre { margin: 0; padding: 18px 22px; font: 15.5px/1.55 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }
pre .command { color: #83d1ac; } pre .dim { color: #a39b8c; }
#caption { position: absolute; inset: 602px 28px auto; margin: 0; text-align: center; }
</style><div id="terminal"><div id="bar"><i></i><i></i><i></i></div><pre></pre></div><p id="caption"></p>"""


def record_terminal(command):
    """[(seconds since the first of them, text)], the text as HTML: dimmed where the terminal is told to dim."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "xterm"
        os.execv(command[0], command)
    decoder = codecs.getincrementaldecoder("utf-8")()
    begun = None
    pieces = []
    while True:
        try:
            data = os.read(terminal, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        begun = begun or time.monotonic()
        text = html.escape(decoder.decode(data).replace("\r\n", "\n"))
        text = text.replace("\x1b[2m", "<span class=dim>").replace("\x1b[0m", "</span>")
        pieces.append((time.monotonic() - begun, re.sub(r"\x1b\[[0-9;]*m", "", text)))
    os.waitpid(child, 0)
    os.close(terminal)
    return pieces


def record_service(url):
    """[(seconds since the question, message)], as they come out of the WebSocket that the page listens to."""
    messages = []
    with connect(url.replace("http", "ws") + "ws") as socket:
        begun = time.monotonic()
        socket.send(json.dumps({"type": "generate", "prompt": PROMPT, "seed": SEED}))
        while not messages or json.loads(messages[-1][1])["type"] != "done":
            message = socket.recv(timeout=PATIENCE)
            messages.append((time.monotonic() - begun, message))
    return messages


class Replay:
    """The page again, hearing at each moment what it had heard by then."""

    def __init__(self, opened, url, messages):
        self.messages = list(messages)
        self.socket = None
        self.page = opened.new_context(**PHONE, reduced_motion="reduce").new_page()
        self.page.route_web_socket("**/ws", self.connect)
        self.page.goto(url)
        expect(self.page.locator("#prompts button")).not_to_have_count(0)
        self.page.fill("#prompt", PROMPT)

    def connect(self, socket):
        self.socket = socket
        socket.on_message(lambda _: None)

    def ask(self):
        self.page.press("#prompt", "Enter")

    def advance(self, until):
        while self.messages and self.messages[0][0] <= until:
            self.socket.send(self.messages.pop(0)[1])
        self.page.evaluate("new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 20))")
        return shot(self.page)


class Stage:
    """The terminal, the caption, and a place for the page."""

    def __init__(self, opened, command, pieces, caption):
        self.pieces = pieces
        self.command = html.escape(command)
        self.page = opened.new_page(viewport={"width": SIZE[0], "height": SIZE[1]})
        self.page.set_content(STAGE)
        self.page.evaluate("(html) => { document.getElementById('caption').innerHTML = html; }", caption)
        wide = Image.new("L", tuple(4 * side for side in PHONE["viewport"].values()))
        ImageDraw.Draw(wide).rounded_rectangle((0, 0, *wide.size), 4 * PHONE_ROUND, fill=255)
        self.mask = wide.resize(tuple(PHONE["viewport"].values()), Image.Resampling.LANCZOS)

    def draw(self, until, phone):
        text = "".join(piece for moment, piece in self.pieces if moment <= until)
        self.page.evaluate(
            "(html) => { document.querySelector('pre').innerHTML = html; }",
            f"$ <span class=command>{self.command}</span>\n{text}",
        )
        picture = shot(self.page)
        picture.paste(phone, PHONE_AT, self.mask)
        return picture


def processor():
    names = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{os.uname().machine}, {names[0]}" if names else os.uname().machine


def main():
    command = [str(THIMBLE), "run", str(STORY), "-p", PROMPT, "-s", str(SEED)]
    terminal = max((record_terminal(command) for _ in range(TAKES)), key=len)
    server = Server()
    with browser() as opened:
        messages = max((record_service(server.url) for _ in range(TAKES)), key=len)
        end = max(terminal[-1][0], messages[-1][0])
        slower = next(factor for factor in (1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000) if factor * end >= SHORTEST)
        caption = (
            f"<b>thimble run</b>, and the page of <b>thimble serve</b>: the same seed, the same story.<br>"
            f"It ran on {html.escape(processor())}, and is drawn {slower} times slower than it was."
        )
        stage = Stage(opened, f'thimble run -p "{PROMPT}" -s {SEED}', terminal, caption)
        replay = Replay(opened, server.url, messages)

        frames = [stage.draw(-1, replay.advance(-1))]
        durations = [BEFORE]
        replay.ask()
        moment = 0.0
        while moment < end:
            moment += FRAME / slower
            frames.append(stage.draw(moment, replay.advance(moment)))
            durations.append(FRAME)
        durations[-1] = AFTER
    server.close()

    path = PICTURES / "story.webp"
    frames[0].save(
        path, save_all=True, append_images=frames[1:], duration=[round(1000 * d) for d in durations], loop=0,
        lossless=True, quality=100, method=6, minimize_size=True,
    )
    print(path.relative_to(ROOT), path.stat().st_size, "bytes,", len(frames), "frames,", slower, "times slower")


main()
