"""Brings models and programs to a storyteller on a network, and turns its power off in between.

    python3 tests/firmware/storyteller_update.py --model models/story.thm --program BUILD/storyteller.bin \\
        --url http://127.0.0.1:8080/ [--card IMAGE] [--patience SECONDS] -- COMMAND...

COMMAND is an emulator with the whole flash of a chip, which keeps what is written, and holds --program; its port 80 is
at --url. With --card, models are brought to a card, too, which is made there by mkfs.fat and mcopy. Status 1 says what
went otherwise than expected, with the console's output."""

import argparse
import hashlib
import http.client
import json
import re
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlparse

from emulated_card import card_options, make_card
from storyteller_dialogue import READY, Console, Unexpected

MAGIC = b"\x89THM\r\n\x1a\n"  # of a model
PASSWORD = "once upon a time"


class Board:
    """A power-on after the other, of one flash."""

    def __init__(self, command: list[str], url: str, patience: float):
        self.command, self.url, self.patience = command, url, patience
        self.console = None
        self.logs = []

    def power_on(self) -> str:
        if self.console:
            self.console.end()
            self.logs.append(self.console.log)
        self.console = Console(self.command, self.patience)
        return self.started()

    def started(self) -> str:
        """What the log says up to the first story's end and the address of the page."""
        said = self.console.expect(READY) + self.console.expect(r"^> ")
        return said + self.console.expect(r"the page: http://")

    def ask(self, method: str, path: str, body: bytes | None = None, key: str = "") -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.patience) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:  # its words may be lost, since it came before the body was sent
            return refusal.code, refusal.read()

    def send_half(self, path: str, body: bytes) -> http.client.HTTPConnection:
        """Of a request that goes on as long as the connection is kept."""
        connection = http.client.HTTPConnection(urlparse(self.url).netloc, timeout=self.patience)
        connection.putrequest("POST", "/" + path)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[: len(body) // 2])
        return connection

    def log(self) -> str:
        return "\n--- power off ---\n".join([*self.logs, self.console.log if self.console else ""])


def expect(answer, expected) -> None:
    if answer[0] != expected:
        raise Unexpected(f"answered {answer}, expected {expected}")


def expect_said(said: str, words: str) -> None:
    if words not in said:
        raise Unexpected(f"did not say: {words}")


def flipped(bytes_: bytes, at: int) -> bytes:
    return bytes_[:at] + bytes([bytes_[at] ^ 1]) + bytes_[at + 1 :]


def signed(image: bytes) -> bytes:
    """A program with the checksum and the hash that ESP-IDF looks for: esp_app_format.h."""
    at, check = 24, 0xEF
    for _ in range(image[1]):  # segments
        size = int.from_bytes(image[at + 4 : at + 8], "little")
        for byte in image[at + 8 : at + 8 + size]:
            check ^= byte
        at += 8 + size
    end = at | 15  # the checksum ends a line of 16 bytes
    image = image[:end] + bytes([check]) + image[end + 1 :]
    return image[: end + 1] + hashlib.sha256(image[: end + 1]).digest()


def models(board: Board) -> dict[str, dict]:
    status, listed = board.ask("GET", "api/models")
    expect((status,), 200)
    return {model["name"]: model for model in listed["models"]}


def check_programs(board: Board, program: bytes) -> None:
    damaged = flipped(program, len(program) // 2)
    expect(board.ask("POST", "api/update", damaged), 422)
    expect(board.ask("POST", "api/update", b"\xe9" + bytes(5000)), 422)

    # One that starts and cannot tell: the model inside of it is damaged.
    speechless = signed(flipped(program, program.index(MAGIC) + 200_000))
    expect(board.ask("POST", "api/update", speechless), 202)
    board.console.expect(r"on trial until its first story")
    board.console.expect(r"the new program does not do what it should; the one before starts")
    expect_said(board.started(), "note: the program that was tried last did not stay")

    board.console.ask("/allow", "for five minutes")
    expect(board.ask("POST", "api/update", program), 202)
    expect_said(board.started(), "the new program has proved itself, and stays")
    if "on trial" in board.power_on():
        raise Unexpected("the program is on trial for a second time")


def check_models(board: Board, model: bytes) -> None:
    expect(board.ask("POST", "api/models", model), 403)
    board.console.ask("/allow", "for five minutes")
    expect(board.ask("POST", "api/models", flipped(model, len(model) - 9)), 422)
    expect(board.ask("POST", "api/models", b"GIF89a" * 1000), 422)
    if models(board)["model"]["state"] != "absent":
        raise Unexpected("a damaged model was kept")
    expect(board.ask("POST", "api/models", model), 201)
    expect(board.ask("POST", "api/models/select?name=model", b""), 200)
    if not models(board)["model"]["tells"]:
        raise Unexpected("the model that was taken does not tell")
    told = board.ask("POST", "v1/completions", json.dumps({"prompt": "One day", "max_tokens": 8, "seed": 1}).encode())
    expect(told, 200)

    expect_said(board.power_on(), " from partition model,")
    board.console.ask("/allow", "for five minutes")
    expect(board.ask("POST", "api/models", model), 201)  # into the other partition
    expect(board.ask("DELETE", "api/models?name=model"), 409)
    expect(board.ask("POST", "api/models/select?name=model_b", b""), 200)
    expect_said(board.power_on(), " from partition model_b,")
    expect(board.ask("DELETE", "api/models?name=model", key=PASSWORD), 403)


def check_card(board: Board, model: bytes) -> None:
    mine, cut = "/sdcard/mine.thm", "/sdcard/cut.thm"
    board.console.ask("/allow", "for five minutes")
    expect(board.ask("POST", "api/models?to=card&name=mine", flipped(model, len(model) - 9)), 422)
    if mine in models(board):
        raise Unexpected("a damaged model was kept")
    expect(board.ask("POST", "api/models?to=card&name=mine", model), 201)
    expect(board.ask("POST", "api/models?to=card&name=mine", model), 409)  # one of this name is there
    expect(board.ask("POST", f"api/models/select?name={mine}", b""), 200)
    if not models(board)[mine]["tells"]:
        raise Unexpected("the model that was taken does not tell")
    expect(board.ask("DELETE", f"api/models?name={mine}"), 409)

    # The power goes in the middle: what is there then is no model, and the one before tells.
    under_way = board.send_half("api/models?to=card&name=cut", model)
    while board.ask("DELETE", f"api/models?name={cut}")[0] != 409:  # it is being written
        board.console.ask("/mem", "heap: ")
    expect_said(board.power_on(), f" from file {mine},")
    under_way.close()
    board.console.ask("/allow", "for five minutes")
    expect(board.ask("POST", f"api/models/select?name={cut}", b""), 422)
    expect(board.ask("DELETE", f"api/models?name={cut}"), 200)
    if not models(board)[mine]["tells"] or cut in models(board):
        raise Unexpected(f"after the cut there is {models(board)}")
    expect(board.ask("POST", "api/models?to=card&name=cut", model), 201)
    expect(board.ask("POST", "api/models/select?name=built%20in", b""), 200)
    expect(board.ask("DELETE", f"api/models?name={mine}"), 200)
    expect_said(board.power_on(), " from built in,")


def check_password(board: Board, model: bytes) -> None:
    board.console.ask(f"/password {PASSWORD}", "the password is set")
    expect(board.ask("POST", "api/models", model), 401)
    expect(board.ask("POST", "api/models", model, key="wrong password"), 401)
    for _ in range(100):
        status, _ = board.ask("POST", "api/models", model, key=PASSWORD)
        if status != 429:
            break
        time.sleep(1)  # Retry-After; else the board drains up to eight uploads at once, which fills its heap
    expect((status,), 201)
    board.power_on()
    expect(board.ask("GET", "api/info"), 401)
    expect(board.ask("GET", "api/info", key=PASSWORD), 200)
    board.console.send("/factory yes")
    said = board.started()
    expect_said(said, "all settings are forgotten")
    expect(board.ask("GET", "api/info"), 200)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--url", required=True)
    parser.add_argument("--card", type=Path)
    parser.add_argument("--patience", type=float, default=120)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    model = arguments.model.read_bytes()
    if arguments.card:
        make_card(arguments.card, {})
        arguments.command += card_options(arguments.card)
    board = Board(arguments.command, arguments.url, arguments.patience)
    try:
        board.power_on()
        board.console.ask("/allow", "for five minutes")
        check_programs(board, arguments.program.read_bytes())
        check_models(board, model)
        if arguments.card:
            check_card(board, model)
        check_password(board, model)
    except (Unexpected, OSError) as problem:
        print(f"{problem}\n\n{board.log()}")
        return 1
    finally:
        if board.console:
            board.console.end()
    trouble = re.search(r"Guru Meditation|abort\(\)|assert failed|Backtrace:|stack overflow", board.log())
    if trouble:
        print(f"{trouble[0]}\n\n{board.log()}")
        return 1
    print("models and programs come, are refused, tell, stay and go back as they should")
    return 0


if __name__ == "__main__":
    sys.exit(main())
