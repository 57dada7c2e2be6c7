"""What serving costs: tokens a second of `thimble run` and of `thimble serve` with one client, and the time from a
request to its first event. The runs alternate, so that other work on the machine meets both alike.
Usage: python3 bench/serve.py build/release/thimble [RUNS]"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests/server"))
from serving import MODEL, Server  # noqa: E402

PROMPT, SEED = "Once upon a time", 7


def by_run(thimble):
    said = subprocess.run([thimble, "run", MODEL, "-p", PROMPT, "-s", str(SEED)], check=True, capture_output=True,
                          text=True).stderr
    return float(re.search(r"generated .* ([\d.]+) tok/s", said)[1])


def by_events(client, request):
    """(tokens a second, seconds to the first event)"""
    begin = time.perf_counter()
    client.sendall(request)
    answer, first = b"", None
    while b"[DONE]" not in answer:
        answer += client.recv(65536)
        if first is None and b"data: " in answer:
            first = time.perf_counter() - begin
    return float(re.search(rb'predicted_per_second":([\d.]+)', answer)[1]), first


def show(name, values, unit, best):
    print(f"{name:32} median {statistics.median(values):10.2f}   best {best(values):10.2f} {unit}")


def main():
    thimble, runs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 50
    body = json.dumps({"prompt": PROMPT, "seed": SEED, "stream": True}).encode()
    request = b"POST /v1/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    alone, events, whole, first = [], [], [], []
    with Server(thimble, "-q") as server:
        client = server.connect()
        for _ in range(runs):
            alone.append(by_run(thimble))
            rate, seconds = by_events(client, request)
            events.append(rate)
            first.append(1000 * seconds)
            whole.append(server.post("/v1/completions", {"prompt": PROMPT, "seed": SEED})["timings"]["predicted_per_second"])
    show("thimble run", alone, "tok/s", max)
    show("thimble serve, events", events, "tok/s", max)
    show("thimble serve, whole", whole, "tok/s", max)
    show("from request to first event", first, "ms", min)


main()
