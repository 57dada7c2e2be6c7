"""Eight clients at a board, half of them slow or vanishing, for some minutes: texts are what they would be alone, its heap
does not shrink, and nobody keeps the engine. Usage: board_load.py THIMBLE ADDRESS [MINUTES]"""

import http.client
import json
import random
import sys
import threading
import time

from serving import Board, WebSocket, expect, tell

CLIENTS = 8
PROMPT = "The little robot"
SEEDS = (1, 2, 3, 4)
TOKENS = 40
PATIENCE = 120  # seconds, for one client


class Client(threading.Thread):
    """One after the other of what clients do, until the time is over."""

    def __init__(self, board, number, stories, until):
        super().__init__(daemon=True)
        self.board, self.number, self.stories, self.until = board, number, stories, until
        self.random = random.Random(number)
        self.answered = self.refused = self.left = 0
        self.wrong = []

    def run(self):
        while time.monotonic() < self.until and not self.wrong:
            seed = self.random.choice(SEEDS)
            try:
                self.vanish(seed) if self.number % 2 else self.random.choice((self.ask, self.watch))(seed)
            except (OSError, http.client.HTTPException):  # a full board closes connections
                self.refused += 1
                time.sleep(0.5)

    def body(self, seed, stream):
        return json.dumps({"prompt": PROMPT, "seed": seed, "stream": stream, "max_tokens": TOKENS}).encode()

    def send(self, seed, stream):
        client = self.board.connect()
        client.settimeout(PATIENCE)
        body = self.body(seed, stream)
        client.sendall(b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                       b"Content-Length: %d\r\n\r\n" % len(body) + body)
        return client

    def vanish(self, seed):
        client = self.send(seed, True)
        time.sleep(self.random.random())
        if self.random.random() < 0.5:
            client.recv(100)
        client.close()
        self.left += 1

    def ask(self, seed):
        client = http.client.HTTPConnection(self.board.host, self.board.port, timeout=PATIENCE)
        client.request("POST", "/v1/completions", self.body(seed, False))
        answer = client.getresponse()
        data = json.loads(answer.read())
        client.close()
        if answer.status == 503:
            return self.refuse()
        self.judge(seed, data["choices"][0]["text"])

    def watch(self, seed):
        page = WebSocket(self.board)
        if page.status != 101:
            return self.refuse()
        page.send(json.dumps({"type": "generate", "prompt": PROMPT, "seed": seed, "max_tokens": TOKENS}).encode())
        text, message = "", {}
        while (message := page.message()) and message["type"] not in ("done", "error"):
            text += message.get("text", "")
        page.close()
        if not message or message["type"] == "error":
            return self.refuse()
        self.judge(seed, text)

    def refuse(self):
        self.refused += 1
        time.sleep(0.5)

    def judge(self, seed, text):
        self.answered += 1
        if text != self.stories[seed]:
            self.wrong.append((seed, text))


def wait_until_quiet(board):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        requests = board.get("/api/info")["requests"]
        if requests["running"] == requests["waiting"] == 0:
            return requests
        time.sleep(0.5)
    expect(False, f"not quiet again: {requests}")


def main():
    thimble, address = sys.argv[1:3]
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 10
    board = Board(address, thimble)
    stories = {seed: tell(thimble, PROMPT, seed, "-n", str(TOKENS)) for seed in SEEDS}
    heap = []
    answered = refused = left = 0
    rounds = max(2, int(minutes * 2))
    for _ in range(rounds):  # looks at the heap in between, when all are gone
        until = time.monotonic() + minutes * 60 / rounds
        clients = [Client(board, number, stories, until) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(minutes * 60 / rounds + 2 * PATIENCE)
            expect(not client.is_alive(), "a client waits for ever")
            expect(not client.wrong, f"another text than alone: {client.wrong}")
            answered, refused, left = answered + client.answered, refused + client.refused, left + client.left
        requests = wait_until_quiet(board)
        heap.append(board.memory_kb())
    expect(answered > 0 and left > 0, f"{answered} answered, {left} left")
    # The first round takes what connections keep; behind that nothing may be lost.
    expect(max(heap[1:]) <= heap[0] + 4, f"the heap shrinks: {heap} KB in use")
    print(f"{CLIENTS} clients, {minutes:g} minutes: {answered} answered, {refused} refused, {left} left; heap in use {heap} KB; "
          f"{requests}")


main()
