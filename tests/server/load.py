"""64 clients at once, half of them slow or vanishing, in rounds: everybody is answered or refused with a reason, texts
are what they would be alone, and nothing is left behind. Usage: load.py THIMBLE [ROUNDS]"""

import json
import sys
import threading
import time

from serving import PATIENCE, Server, WebSocket, expect

CLIENTS = 64
PROMPT = "The little robot"
SEEDS = (1, 2, 3, 4)


def request_of(seed, stream):
    body = json.dumps({"prompt": PROMPT, "seed": seed, "stream": stream}).encode()
    return b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body) + body


def read_all(client, piece=65536, pause=0.0):
    answer = b""
    while data := client.recv(piece):
        answer += data
        time.sleep(pause)
    return answer


def body_of(answer):
    """The body of a response, chunks joined."""
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b"chunked" not in head:
        return rest
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        if int(size, 16) == 0:
            return body
        body, rest = body + rest[:int(size, 16)], rest[int(size, 16) + 2:]
    raise ValueError("the last chunk is missing")


def alone(server, seed):
    return server.post("/v1/completions", {"prompt": PROMPT, "seed": seed})["choices"][0]["text"]


class Tally:
    def __init__(self, stories):
        self.stories = stories
        self.lock = threading.Lock()
        self.answered = self.refused = self.left = 0
        self.wrong = []

    def add(self, kind):
        with self.lock:
            setattr(self, kind, getattr(self, kind) + 1)

    def judge(self, seed, answer):
        """An answer must be the story of its seed, or a refusal with a reason and a time."""
        if answer.startswith(b"HTTP/1.1 503"):
            reason = json.loads(body_of(answer))["error"]
            fine = reason["type"] == "unavailable_error" and b"Retry-After: " in answer
            self.add("refused")
        else:
            body = body_of(answer).decode()
            events = [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: {")]
            events = events or [json.loads(body)]
            fine = "".join(e["choices"][0]["text"] for e in events) == self.stories[seed]
            self.add("answered")
        if not fine:
            self.wrong.append(answer[:400])


def one_client(server, number, tally):
    seed, kind = SEEDS[number % len(SEEDS)], number % 4
    try:
        if kind == 2 and number % 8 == 2:
            return one_page(server, seed, tally)
        client = server.connect(receive_buffer=2048 if kind == 2 else None)
        client.sendall(request_of(seed, stream=kind != 0))
        if kind == 3:  # vanishes, some before they have heard anything
            if number % 8 == 3:
                client.recv(100)
            client.close()
            return tally.add("left")
        tally.judge(seed, read_all(client, 1024, 0.002) if kind == 2 else read_all(client))
        client.close()
    except Exception as error:  # a client's failure is a finding
        tally.wrong.append(f"client {number}: {error!r}")


def one_page(server, seed, tally):
    page = WebSocket(server)
    page.send(json.dumps({"type": "generate", "prompt": PROMPT, "seed": seed}).encode())
    text = ""
    while (message := page.message())["type"] not in ("done", "error"):
        text += message.get("text", "")
        time.sleep(0.005)
    if message["type"] == "error":
        tally.add("refused")
        if message["code"] != 503:
            tally.wrong.append(message)
    else:
        tally.add("answered")
        if text != tally.stories[seed]:
            tally.wrong.append(text)
    page.close()


def one_round(server, tally):
    clients = [threading.Thread(target=one_client, args=(server, i, tally), daemon=True) for i in range(CLIENTS)]
    for client in clients:
        client.start()
    until = time.monotonic() + PATIENCE
    for client in clients:
        client.join(max(0, until - time.monotonic()))
    expect(not any(client.is_alive() for client in clients), "a client waits for ever")


def wait_until_quiet(server, descriptors):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        requests = server.get("/api/info")["requests"]
        if requests["running"] == requests["waiting"] == 0 and server.descriptors() <= descriptors + 1:
            return requests
        time.sleep(0.05)
    expect(False, f"not quiet again: {requests}, {server.descriptors()} descriptors of {descriptors}")


def main():
    thimble, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with Server(thimble, "-q") as server:
        tally = Tally({seed: alone(server, seed) for seed in SEEDS})
        descriptors = server.descriptors()
        memory = []
        for _ in range(rounds):
            one_round(server, tally)
            requests = wait_until_quiet(server, descriptors)
            memory.append(server.memory_kb())
        expect(not tally.wrong, f"{len(tally.wrong)} wrong, the first: {tally.wrong[:1]}")
        total = tally.answered + tally.refused + tally.left
        expect(total == CLIENTS * rounds, f"{total} of {CLIENTS * rounds}")
        expect(tally.answered > 0 and tally.refused > 0, f"{tally.answered} answered, {tally.refused} refused")
        # The first rounds touch pages for the first time.
        spare = 8192 if thimble.endswith("serve_model") else 1024  # sanitizers keep back what was freed
        expect(memory[-1] <= memory[1] + spare, f"memory grows: {memory} kB")
    print(f"{CLIENTS} clients, {rounds} rounds: {tally.answered} answered, {tally.refused} refused, {tally.left} left; "
          f"{descriptors} descriptors before and after; memory {memory} kB; {requests}")


main()
