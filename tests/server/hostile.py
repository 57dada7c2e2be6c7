"""Clients that mean no good: refused in bounded memory and time, while others are served. Usage: hostile.py THIMBLE"""

import concurrent.futures
import json
import socket
import subprocess
import sys
import time

from serving import PATIENCE, Server, WebSocket, expect, tell

LIMIT_S = 15  # the server gives up a client after 10 s
HOST = b"Host: 127.0.0.1\r\n"
POST = b"POST /v1/completions HTTP/1.1\r\n" + HOST


def status(answer):
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0


def check_bodies(server):
    before = server.memory_kb()
    client = server.connect()
    client.sendall(POST + b"Content-Length: 1000000000\r\n\r\n")
    expect(client.recv(4096).startswith(b"HTTP/1.1 413"), "1 GB was not refused at once")
    sent = 0
    try:
        while sent < 1_000_000_000:
            sent += client.send(bytes(1 << 20))
    except OSError:
        pass
    client.close()
    expect(sent < 64 << 20, f"{sent} bytes of a refused body were read")
    expect(server.memory_kb() < before + 2048, "a refused body takes memory")

    long = b"a" * 70000
    for body, wanted in ((b'{"prompt":"\xff\xfe"}', 400), (b'{"prompt":"\xed\xa0\x80"}', 400), (b"[" * 60000, 413),
                         (b'{"a":' * 3000 + b"1" + b"}" * 3000, 413), (b"", 400), (b"\0" * 100, 400),
                         (b'{"prompt":"' + long + b'"}', 413), (b'{"prompt":"x"}garbage', 400)):
        answer = server.raw(POST + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        expect(status(answer) == wanted, f"{body[:20]}: {answer[:100]}")
    expect(status(server.raw(POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")) == 411, "chunked")
    expect(status(server.raw(POST + b"Content-Length: -5\r\n\r\n")) in (0, 400, 413), "a negative length")


def check_heads(server):
    flood = b"".join(b"X-%d: y\r\n" % i for i in range(100_000))
    for head in (b"GET /health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n",
                 b"GET /health HTTP/1.1\r\n" + HOST + flood + b"\r\n",
                 b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
                 b"\0" * 10000, b"\r\n" * 1000, b"GET\r\n\r\n", b"GET /health\r\n\r\n", b"BREW / HTTP/1.1\r\n\r\n",
                 b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"):
        expect(status(server.raw(head)) in (0, 400, 403, 404, 405, 414, 431), f"{head[:30]}")
    expect(status(server.raw(b"GET /health HTTP/1.1\r\nHost: evil.com\r\n\r\n")) == 403, "DNS rebinding")
    expect(status(server.raw(b"GET /health HTTP/1.1\r\n\r\n")) in (400, 403), "no Host")
    expect(status(server.raw(POST + b"Origin: http://evil.com\r\nContent-Length: 2\r\n\r\n{}")) == 403, "Origin")
    two = server.raw((b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n") * 2)
    expect(two.count(b"HTTP/1.1 200") == 2, f"two requests in one piece: {two}")


def check_files(server):
    for path in (b"/../../../../etc/passwd", b"/..%2f..%2f..%2fetc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"//etc/passwd",
                 b"/index.html/../../etc/passwd", b"/./etc/passwd", b"/index.html%00.txt", b"/models/story.thm",
                 b"/proc/self/environ", b"file:///etc/passwd", b"\\..\\..\\etc\\passwd"):
        answer = server.raw(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        expect(status(answer) in (0, 400, 403, 404) and b"root:" not in answer, f"{path}: {answer[:100]}")


def check_sockets(server):
    expect(WebSocket(server, headers="Origin: http://evil.com\r\n").status == 403, "/ws for a foreign page")
    expect(WebSocket(server, path="/other").status == 404, "a WebSocket elsewhere")
    own = WebSocket(server, headers=f"Origin: http://127.0.0.1:{server.port}\r\n")
    expect(own.status == 101, "/ws for our page")
    for messages in ([(b"\xff\xfe", {})], [(b"{}", {"opcode": 2})], [(b"a" * 70000, {})],
                     [(b"a" * 60000, {"final": False}), (b"a" * 60000, {"opcode": 0, "final": False})],
                     [(b"a", {"opcode": 3})], [(b"a" * 200, {"opcode": 9})]):
        client = WebSocket(server)
        try:
            for payload, options in messages:
                client.send(payload, **options)
        except OSError:
            pass
        expect(client.is_closed(), f"{messages[0][0][:10]} {messages[0][1]}")
        client.close()
    noisy = WebSocket(server)
    for _ in range(300):
        noisy.send(b'{"type":"nonsense"}')
    expect(noisy.message()["code"] == 400, "nonsense")
    noisy.close()


def check_drips(server):
    """Who sends a byte now and then, or nothing at all, is closed in time; others are served meanwhile."""

    def drip(begin, byte):
        client = server.connect()
        started = time.monotonic()
        answer = b""
        try:
            client.sendall(begin)
            client.settimeout(0.5)
            while time.monotonic() - started < LIMIT_S + 5:
                try:
                    client.sendall(byte)
                    piece = client.recv(4096)
                    if not piece:
                        break
                    answer += piece
                except TimeoutError:
                    pass
        except OSError:
            pass
        client.close()
        return time.monotonic() - started, answer

    begins = [(b"GET /health HTTP/1.1\r\nX: ", b"a"), (b"", b""), (POST, b""), (b"P", b""),
              (POST + b"Content-Length: 1000\r\n\r\n{", b" "), (POST + b"Content-Length: 1000\r\n\r\n", b"")] * 10
    with concurrent.futures.ThreadPoolExecutor(len(begins)) as pool:
        drips = [pool.submit(drip, *begin) for begin in begins]
        for _ in range(20):
            expect(server.post("/v1/completions", {"prompt": "x", "max_tokens": 3})["usage"]["completion_tokens"] == 3,
                   "others are not served")
            time.sleep(0.2)
        for (begin, _), done in zip(begins, drips):
            seconds, answer = done.result()
            expect(seconds < LIMIT_S, f"{begin[-20:]}: held for {seconds:.0f} s")


def check_loopback(server):
    """Nobody reaches it from the network."""
    addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with socket.socket(family) as client:
            client.settimeout(2)
            expect(client.connect_ex((address, server.port)) != 0, f"reached by {address}")


def main():
    thimble = sys.argv[1]
    with Server(thimble) as server:
        prompt, want = "Once upon a time", tell(thimble, "Once upon a time", 5)
        server.get("/health")
        descriptors, memory = server.descriptors(), server.memory_kb()
        check_bodies(server)
        checks = (check_heads, check_files, check_sockets, check_drips, check_loopback)
        with concurrent.futures.ThreadPoolExecutor(len(checks)) as pool:
            for check in [pool.submit(check, server) for check in checks]:
                check.result()
        answer = server.post("/v1/completions", {"prompt": prompt, "seed": 5})
        expect(answer["choices"][0]["text"] == want, "another text than before")
        until = time.monotonic() + PATIENCE
        while server.descriptors() > descriptors + 1 and time.monotonic() < until:
            time.sleep(0.1)
        expect(server.descriptors() <= descriptors + 1, f"{server.descriptors()} descriptors, {descriptors} before")
        expect(server.memory_kb() < memory + 8192, f"{server.memory_kb()} kB, {memory} before")
        expect(not any(prompt in line for line in server.log), "a prompt is in the log")
        expect(all(line.isprintable() for line in server.log), "control characters are in the log")
        print(f"memory {memory} -> {server.memory_kb()} kB, descriptors {descriptors} -> {server.descriptors()}")
    expect(subprocess.run([thimble, "serve", "--port", "70000"], capture_output=True).returncode == 2, "port 70000")


main()
