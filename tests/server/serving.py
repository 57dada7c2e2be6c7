"""A server under test, and clients made of plain sockets."""

import base64
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import threading
import urllib.request

PATIENCE = 30  # seconds that nothing here may take longer than
MODEL = str(pathlib.Path(__file__).resolve().parents[2] / "models/story.thm")


class Server:
    """`thimble serve` on a free port, ended by SIGTERM. Its log is kept."""

    def __init__(self, thimble, *options):
        self.thimble = thimble
        self.process = subprocess.Popen([thimble, "serve", MODEL, "--port", "0", *options], stdin=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace")
        self.log = []
        self.ready = threading.Event()
        threading.Thread(target=self._read_log, daemon=True).start()
        if not self.ready.wait(PATIENCE) or not self.url:
            self.process.kill()
            raise SystemExit(f"the server does not start: {self.log}")

    def _read_log(self):
        self.url = None
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            if line.startswith("serving"):
                self.url = line.split()[1].rstrip("/")
                self.port = int(self.url.rsplit(":", 1)[1])
                self.ready.set()
        self.ready.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit("the server does not end on SIGTERM")
        expect(code == 0, f"the server ended with {code}: {self.log[-3:]}")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=PATIENCE) as answer:
            return json.load(answer)

    def post(self, path, request):
        data = json.dumps(request).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data), timeout=PATIENCE) as answer:
            return json.load(answer)

    def connect(self, receive_buffer=None):
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(PATIENCE)
        client.connect((getattr(self, "host", "127.0.0.1"), self.port))
        return client

    def raw(self, data):
        """What comes back until the server closes, or nothing more comes for a second."""
        client = self.connect()
        client.settimeout(1)
        answer = b""
        try:
            client.sendall(data)
            while piece := client.recv(65536):
                answer += piece
        except OSError:
            pass
        client.close()
        return answer


class Board:
    """A board that serves the model that ships, at an address such as http://10.0.2.15:80; it is not ours to end."""

    def __init__(self, address, thimble):
        self.url = address.rstrip("/")
        self.host, _, port = self.url.removeprefix("http://").partition(":")
        self.port = int(port or 80)
        self.thimble = thimble
        self.log = []

    get, post, raw = Server.get, Server.post, Server.raw

    def connect(self, receive_buffer=None):
        return Server.connect(self, receive_buffer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def descriptors(self):
        return 0

    def memory_kb(self):
        """What is in use of its heap."""
        regions = {region["region"]: region["used"] for region in self.get("/api/info")["memory"]}
        return regions["heap"] // 1024


class WebSocket:
    """Just enough of RFC 6455 to say what no library would."""

    def __init__(self, server, path="/ws", headers=""):
        self.socket = server.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nConnection: Upgrade\r\n"
                            f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
                            f"{headers}\r\n".encode())
        self.head = b""
        while b"\r\n\r\n" not in self.head and (piece := self._receive(1)):
            self.head += piece
        self.status = int(self.head.split()[1]) if self.head else 0

    def _receive(self, count):
        data = b""
        try:
            while len(data) < count and (piece := self.socket.recv(count - len(data))):
                data += piece
        except ConnectionError:
            pass
        return data

    def send(self, payload, opcode=1, final=True, masked=True):
        length = len(payload)
        head = bytes([opcode | (0x80 if final else 0)])
        mask_bit = 0x80 if masked else 0
        head += (bytes([mask_bit | length]) if length < 126 else bytes([mask_bit | 126]) + struct.pack(">H", length)
                 if length < 65536 else bytes([mask_bit | 127]) + struct.pack(">Q", length))
        mask = os.urandom(4) if masked else b""
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if masked else payload
        self.socket.sendall(head + mask + body)

    def receive(self):
        """(opcode, payload), or None when the server has closed."""
        head = self._receive(2)
        if len(head) < 2:
            return None
        length = head[1] & 0x7F
        if length == 126:
            length = struct.unpack(">H", self._receive(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self._receive(8))[0]
        return head[0] & 0x0F, self._receive(length)

    def message(self):
        frame = self.receive()
        return json.loads(frame[1]) if frame and frame[0] == 1 else None

    def is_closed(self):
        """Whether the server closes, in answer to what was sent."""
        try:
            while frame := self.receive():
                if frame[0] == 8:
                    return True
            return True
        except TimeoutError:
            return False

    def close(self):
        self.socket.close()


def tell(thimble, prompt, seed, *options):
    """What the command line tells."""
    return subprocess.run([thimble, "run", MODEL, "-p", prompt, "-s", str(seed), "-q", *options], check=True,
                          capture_output=True, text=True, timeout=PATIENCE).stdout


def expect(condition, message):
    if not condition:
        raise SystemExit(f"FAILED: {message}")
