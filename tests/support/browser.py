"""Headless Chromium over its debugging protocol: any width, the console, and what is cut off."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
_LOOK = """
(async () => {
  const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  for (const one of document.querySelectorAll("details")) one.open = true;
  for (const one of document.querySelectorAll(".choice > input")) {
    one.click();
    await wait(200);
  }
  for (const one of document.querySelectorAll(".choice")) one.querySelector("input").click();
  await wait(900);
  const wide = document.documentElement.clientWidth;
  const kept = ".scroll, pre, .visually-hidden, .skip, svg, .choice > input";
  const held = (node) => node.closest(kept);
  const cut = [...document.querySelectorAll("body *")].filter((node) => {
    const box = node.getBoundingClientRect();
    if (!box.width || held(node)) return false;
    const hidden = getComputedStyle(node).overflowX === "hidden"
      && node.scrollWidth > node.clientWidth + 1;
    return hidden || box.right > wide + 1 || box.left < -1;
  }).map((node) => node.tagName + "." + node.className + " " + node.textContent.slice(0, 40));
  const plots = [...document.querySelectorAll(".plot")];
  const spilt = plots.filter((plot) => {
    const outer = plot.querySelector("svg")?.getBoundingClientRect();
    return outer && [...plot.querySelectorAll("svg text")].some((word) => {
      const box = word.getBoundingClientRect();
      return box.width && (box.right > outer.right + 2 || box.left < outer.left - 2);
    });
  }).map((plot) => "words leave the figure: " + plot.getAttribute("aria-label").slice(0, 60));
  return {
    overflow: document.documentElement.scrollWidth - wide,
    cut: [...cut, ...spilt].slice(0, 10),
    plots: plots.length,
    drawn: plots.filter((plot) => plot.querySelector("svg, canvas")).length,
  };
})()
"""


@dataclass(frozen=True)
class Seen:
    """What a visit of a page showed."""

    console: list[str]
    overflow: int
    cut: list[str]
    plots: int
    drawn: int


def visit(
    page: Path, profile: Path, *, width: int, picture: Path | None = None, dark: bool = False
) -> Seen:
    """Open a page at a width, unfold everything, throw every switch, and look."""
    assert CHROMIUM is not None
    process = subprocess.Popen(
        [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        port = _port(profile)
        seen, shot = asyncio.run(_visit(page.resolve().as_uri(), port, width, dark=dark))
    finally:
        process.terminate()
        process.wait(20)
    if picture is not None:
        picture.write_bytes(shot)
    return seen


async def _visit(page: str, port: int, width: int, *, dark: bool) -> tuple[Seen, bytes]:
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/json") as answer:
            targets = await answer.json()
        address = next(one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page")
        async with session.ws_connect(address, max_msg_size=0) as socket:
            talk = _Talk(socket)
            for domain in ("Page", "Runtime", "Log"):
                await talk.call(f"{domain}.enable")
            metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
            await talk.call("Emulation.setDeviceMetricsOverride", **metrics)
            if dark:
                feature = {"name": "prefers-color-scheme", "value": "dark"}
                await talk.call("Emulation.setEmulatedMedia", features=[feature])
            await talk.call("Page.navigate", url=page)
            await talk.until("Page.loadEventFired")
            looked = await talk.call(
                "Runtime.evaluate", expression=_LOOK, awaitPromise=True, returnByValue=True
            )
            shot = await talk.call("Page.captureScreenshot", captureBeyondViewport=True)
            seen = Seen(console=talk.console, **looked["result"]["value"])
            return seen, base64.b64decode(shot["data"])


def _port(profile: Path) -> int:
    file = profile / "DevToolsActivePort"
    for _ in range(200):
        if file.is_file() and file.read_text().strip():
            return int(file.read_text().splitlines()[0])
        time.sleep(0.1)
    raise TimeoutError("Chromium did not start")


class _Talk:
    """Calls and events of one page."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self._events: list[str] = []
        self.console: list[str] = []

    async def call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        await self._socket.send_str(
            json.dumps({"id": self._number, "method": method, "params": parameters})
        )
        while True:
            message = await self._next()
            if message.get("id") == self._number:
                assert "error" not in message, message
                return message["result"]

    async def until(self, event: str) -> None:
        while event not in self._events:
            await self._next()

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self._socket.receive(timeout=60)).data)
        method, found = message.get("method", ""), message.get("params", {})
        self._events.append(method)
        if method == "Runtime.consoleAPICalled":
            self.console.append(str([one.get("value") for one in found["args"]]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(found["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.console.append(str(found["entry"]))
        return message
