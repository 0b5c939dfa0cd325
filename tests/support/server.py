"""A web server on this machine that serves ranges well, or badly in one chosen way."""

from __future__ import annotations

import gzip
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

__all__ = ["BEHAVIOURS", "Request", "Server", "serve"]


@dataclass(frozen=True)
class Request:
    """What was asked, as the server saw it."""

    path: str
    """As sent, with its query."""
    headers: dict[str, str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        # Without it each answer waits some 40 ms for the client's acknowledgement.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests.append(Request(self.path, dict(self.headers)))
            n_before = len(self.server.requests) - 1
        content = self.server.files.get(unquote(urlsplit(self.path).path))
        if content is None:
            self.answer(404, b"no such file")
        else:
            BEHAVIOURS[self.server.behaviour](Exchange(self, content, n_before))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        """Send status, headers (underscores read as dashes) and body."""
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in headers.items():
            if value:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep silent."""


class Server(ThreadingHTTPServer):
    """Files by path, one behaviour, and a list of what was asked."""

    request_queue_size = 128
    daemon_threads = True
    block_on_close = False

    def __init__(self, files: dict[str, bytes], behaviour: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.behaviour = behaviour
        self.requests: list[Request] = []
        self.lock = threading.Lock()
        self.release = threading.Event()
        self.tag = '"one"'

    @property
    def url(self) -> str:
        """Address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep silent: clients that hang up are what the tests are about."""


@contextmanager
def serve(files: dict[str, bytes], behaviour: str = "good") -> Iterator[Server]:
    """Serve files, by their paths, until the block ends."""
    server = Server(files, behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Exchange:
    """One request for a file that is there, and the ways to answer it."""

    handler: _Handler
    content: bytes
    n_before: int
    """Requests the server had before."""
    start: int = field(init=False)
    stop: int = field(init=False)

    def __post_init__(self) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.handler.headers.get("Range", ""))
        self.start, last = (int(number) for number in asked.groups()) if asked else (0, 2**63)
        self.stop = min(last + 1, len(self.content))

    @property
    def part(self) -> bytes:
        return self.content[self.start : self.stop]

    def content_range(self, start: int | None = None, stop: int | None = None) -> str:
        first = self.start if start is None else start
        end = self.stop if stop is None else stop
        return f"bytes {first}-{end - 1}/{len(self.content)}"

    def good(self, **headers: str) -> None:
        """Answer as the standard has it."""
        tag = self.handler.server.tag
        wanted = self.handler.headers.get("If-Match")
        if wanted is not None and wanted != tag:
            self.handler.answer(412, b"")
        elif self.start >= len(self.content):
            self.handler.answer(416, b"", Content_Range=f"bytes */{len(self.content)}")
        else:
            headers = {"Content_Range": self.content_range(), "ETag": tag, **headers}
            self.handler.answer(206, self.part, **headers)

    def hang_up(self) -> None:
        """Close the connection without another word."""
        self.handler.wfile.flush()
        self.handler.close_connection = True
        self.handler.connection.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        """Announce everything, send half, hang up."""
        half = self.part[: len(self.part) // 2]
        self.handler.answer(
            206,
            half,
            Content_Range=self.content_range(),
            Content_Length=str(len(self.part)),
            ETag=self.handler.server.tag,
        )
        self.hang_up()

    def chunked(self, body: bytes, **headers: str) -> None:
        """Answer without saying how long the answer is."""
        framed = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n" if body else b"0\r\n\r\n"
        self.handler.answer(206, framed, Content_Length="", Transfer_Encoding="chunked", **headers)


def _whole(exchange: Exchange) -> None:
    # An endless body: whoever reads it before looking at the status never comes back.
    handler = exchange.handler
    handler.send_response(200)
    handler.send_header("Content-Length", str(2**40))
    handler.end_headers()
    while not handler.server.release.is_set():
        handler.wfile.write(bytes(65536))


def _half(exchange: Exchange) -> None:
    """Serve the first half of the range, truthfully."""
    half = max(1, len(exchange.part) // 2)
    exchange.handler.answer(
        206,
        exchange.part[:half],
        Content_Range=exchange.content_range(stop=exchange.start + half),
    )


def _first(n_bad: int, bad: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    return lambda exchange: bad(exchange) if exchange.n_before < n_bad else exchange.good()


def _later(bad: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    """Open well, then behave badly."""
    return lambda exchange: exchange.good() if exchange.n_before == 0 else bad(exchange)


def _status(status: int) -> Callable[[Exchange], None]:
    body = b"" if status == 304 else b"sorry"
    return lambda exchange: exchange.handler.answer(status, body)


def _silent(exchange: Exchange) -> None:
    exchange.handler.server.release.wait(30)


def _redirects(exchange: Exchange) -> None:
    """Send on to another address, as hubs do, and take no tag but one's own."""
    handler = exchange.handler
    if handler.path.endswith("?final"):
        exchange.good()
    elif "If-Match" in handler.headers:
        handler.answer(412, b"")
    else:
        handler.answer(302, b"", Location=f"{handler.path}?final", ETag='"of the hub"')


def _slow(exchange: Exchange) -> None:
    """Send in small pieces with pauses, but send it all."""
    part = exchange.part
    handler = exchange.handler
    handler.send_response(206)
    handler.send_header("Content-Range", exchange.content_range())
    handler.send_header("Content-Length", str(len(part)))
    handler.send_header("ETag", handler.server.tag)
    handler.end_headers()
    step = max(1, len(part) // 4)
    for begin in range(0, len(part), step):
        handler.wfile.write(part[begin : begin + step])
        handler.wfile.flush()
        handler.server.release.wait(0.05)


def _drips(exchange: Exchange) -> None:
    """Send a byte now and then, so that there never is a long silence."""
    handler = exchange.handler
    handler.send_response(206)
    handler.send_header("Content-Range", exchange.content_range())
    handler.send_header("Content-Length", str(len(exchange.part)))
    handler.send_header("ETag", handler.server.tag)
    handler.end_headers()
    for place in range(len(exchange.part)):
        handler.wfile.write(exchange.part[place : place + 1])
        handler.wfile.flush()
        if handler.server.release.wait(0.05):
            return


def _drips_headers(exchange: Exchange) -> None:
    """Begin an answer whose headers never end."""
    handler = exchange.handler
    handler.wfile.write(b"HTTP/1.1 206 Partial Content\r\nX-Patience: ")
    while not handler.server.release.wait(0.05):
        handler.wfile.write(b"a")
        handler.wfile.flush()


def _to(location: str) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.handler.answer(302, b"", Location=location)


BEHAVIOURS: dict[str, Callable[[Exchange], None]] = {
    "good": Exchange.good,
    "no_tag": lambda exchange: exchange.good(ETag=""),
    "weak_tag": lambda exchange: exchange.good(ETag='W/"one"'),
    "chunked": lambda exchange: exchange.chunked(
        exchange.part, Content_Range=exchange.content_range(), ETag='"one"'
    ),
    "slow": _slow,
    "redirects": _redirects,
    "ignores_ranges": _whole,
    "ignores_ranges_later": _later(_whole),
    "other_range": lambda exchange: exchange.good(
        Content_Range=exchange.content_range(exchange.start + 1, exchange.stop + 1)
    ),
    "other_range_later": _later(
        lambda exchange: exchange.good(
            Content_Range=exchange.content_range(exchange.start + 1, exchange.stop + 1)
        )
    ),
    "half_range": _half,
    "half_range_later": _later(_half),
    "no_content_range": lambda exchange: exchange.good(Content_Range=""),
    "nonsense_range": lambda exchange: exchange.good(Content_Range="bytes all/of-it"),
    "unknown_total": lambda exchange: exchange.good(
        Content_Range=exchange.content_range().rpartition("/")[0] + "/*"
    ),
    "short_length": lambda exchange: exchange.handler.answer(
        206, exchange.part[:-1], Content_Range=exchange.content_range()
    ),
    "long_length": lambda exchange: exchange.handler.answer(
        206, exchange.part + b"!", Content_Range=exchange.content_range()
    ),
    "short_chunked": lambda exchange: exchange.chunked(
        exchange.part[:-1], Content_Range=exchange.content_range()
    ),
    "long_chunked": lambda exchange: exchange.chunked(
        exchange.part + b"!", Content_Range=exchange.content_range()
    ),
    "gzip": lambda exchange: exchange.handler.answer(
        206,
        gzip.compress(exchange.part),
        Content_Range=exchange.content_range(),
        Content_Encoding="gzip",
    ),
    "drops": Exchange.cut,
    "drops_later": _later(Exchange.cut),
    "drops_once": _first(1, Exchange.cut),
    "hangs_up": Exchange.hang_up,
    "drips": _drips,
    "drips_later": _later(_drips),
    "drips_headers": _drips_headers,
    "goes_round": lambda exchange: exchange.handler.answer(
        302, b"", Location=exchange.handler.path
    ),
    "to_a_file": _to("file:///etc/passwd"),
    "to_nonsense": _to("http://[bad/secret"),
    "broken_headers": lambda exchange: exchange.handler.answer(
        206, b"", Content_Range=exchange.content_range(), X="a" * 100_000
    ),
    "silent": _silent,
    "silent_once": _first(1, _silent),
    "new_tag_later": _later(lambda exchange: exchange.good(ETag='"two"')),
    "new_total_later": _later(
        lambda exchange: exchange.good(
            Content_Range=exchange.content_range().rpartition("/")[0] + "/999999"
        )
    ),
    "gone_later": _later(_status(404)),
    "refuses": _status(416),
    "forbidden": _status(403),
    "missing": _status(404),
    "busy": _status(503),
    "busy_once": _first(1, _status(503)),
    "teapot": _status(418),
    "not_modified": _status(304),
}
"""Every way to answer, by name."""
