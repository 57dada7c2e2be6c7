"""`thimble serve` as a process of the test; or a board that serves the model that ships, at the address in THIMBLE_BOARD."""

import os
import queue
import re
import signal
import subprocess
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THIMBLE = ROOT / "build/release/thimble"
STORY = ROOT / "models/story.thm"
BOARD = os.environ.get("THIMBLE_BOARD")  # "http://10.0.2.15/"; tests that need a server of their own are skipped then
PATIENCE = 90 if BOARD else 20  # seconds, for whatever should happen at once


def run(prompt, seed, *options, model=STORY):
    """What `thimble run` generates behind a prompt."""
    command = [THIMBLE, "run", model, "-q", "--no-escape", "-p", prompt, "-s", str(seed), *options]
    return subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE).stdout.decode()


class Board:
    """Is there, and stays."""

    url = BOARD

    def close(self):
        pass


class Server:
    """Listens until it is closed; start() and stop() let it go away and come back at the same address."""

    def __init__(self, *arguments):
        self.arguments = arguments or (STORY,)
        self.port = 0
        self.start()

    def start(self):
        command = [THIMBLE, "serve", *self.arguments, "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, lines), daemon=True).start()
        said = []
        while not (found := re.search(r"http://[^:/]+:(\d+)/", said[-1] if said else "")):
            line = lines.get(timeout=PATIENCE)
            if line is None:
                raise RuntimeError("thimble serve ended: " + "".join(said))
            said.append(line)
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}/"

    @staticmethod
    def _read(process, lines):
        for line in process.stderr:
            lines.put(line)
        lines.put(None)

    def stop(self, how=signal.SIGINT):
        self.process.send_signal(how)
        try:
            self.process.wait(timeout=PATIENCE)
        finally:  # one that does not end by itself fails its test, and disturbs no other
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()

    def close(self):
        if self.process.poll() is None:
            self.stop()
