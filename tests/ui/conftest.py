"""The real front desk, served on a loopback port from an archive of its own, and a real Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from consent.archive import Archive, open_archive
from ui import launch

ROOT = Path(__file__).resolve().parents[2]
FIRST, PASSWORD = "coord-uno", "una clave bastante larga"
QUIET_CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}
expect.set_options(timeout=45_000)


@dataclass(frozen=True)
class Desk:
    """A running front desk. strangers: requests that went anywhere but to it."""

    url: str
    home: Path
    strangers: list[str]

    def archive(self) -> Archive:
        return open_archive(self.home)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed; `make test` installs it")
        pytest.skip("Chromium is not installed; `make test` installs it")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=QUIET_CHROMIUM)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The server, on an archive that nobody has founded yet."""
    home = tmp_path_factory.mktemp("desk") / "home"
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESENTE_")}
    environment |= {"PRESENTE_HOME": str(home), "PRESENTE_VOICES": str(home / "none")}
    environment["PYTHONPATH"] = os.pathsep.join([environment.get("PYTHONPATH", ""), str(ROOT)])
    with (home.parent / "log").open("wb") as log:
        server = subprocess.Popen(
            launch.command(port), cwd=home.parent, env=environment, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_healthy(f"{url}/_stcore/health", server)
        yield Desk(url, home, [])
    finally:
        server.terminate()
        server.wait(timeout=20)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        assert server.poll() is None, "the server ended"
        if healthy(url):
            return
        pause(server)
    pytest.fail("the server does not answer")


def healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError):
        return False


def pause(server: subprocess.Popen[bytes]) -> None:
    """Wait a moment, or less if the server ends."""
    try:
        server.wait(timeout=0.3)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture
def visit(browser: Browser, desk: Desk) -> Iterator:
    """Return what opens a page of the desk in a fresh browser profile, on a laptop unless said otherwise."""
    contexts = []

    def opened(path: str = "", *, size: dict[str, int] = LAPTOP) -> Page:
        context = browser.new_context(viewport=size, locale="es-MX", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: note_stranger(desk, request.url))
        page.goto(f"{desk.url}/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()


def at_rest(page: Page) -> None:
    """Wait until the page's script has run: what is pressed while it draws itself anew can get lost."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def pictures(page: Page, count: int) -> None:
    """Check that so many pictures are on the page, and that the browser could draw them."""
    shown = page.locator("img[src*='/media/']")
    expect(shown).to_have_count(count)
    for picture in shown.all():
        expect(picture).to_have_js_property("complete", True)
        assert picture.evaluate("picture => picture.naturalWidth") > 0


def note_stranger(desk: Desk, url: str) -> None:
    if not url.startswith((desk.url, desk.url.replace("http", "ws"), "data:", "blob:")):
        desk.strangers.append(url)


@pytest.fixture
def founded(desk: Desk, visit) -> Desk:
    """The desk with its first coordinator, made through the page the first time."""
    if not (desk.home / "founded").exists():
        page = visit()
        page.get_by_label("Nombre de la cuenta").fill(FIRST)
        page.get_by_label("Contraseña de al menos 12 caracteres").fill(PASSWORD)
        page.get_by_label("La misma contraseña otra vez").fill(PASSWORD)
        page.get_by_role("button", name="Crear la cuenta").click()
        expect(page.get_by_role("heading", name="Casos")).to_be_visible()
        (desk.home / "founded").touch()
    return desk


@pytest.fixture
def log_in(founded: Desk, visit):
    """Return what opens a page logged in."""

    def opened(path: str = "", *, handle: str = FIRST, size: dict[str, int] = LAPTOP) -> Page:
        page = visit(path or "entrar", size=size)
        page.get_by_label("Cuenta").fill(handle)
        page.get_by_label("Contraseña", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        expect(page.get_by_role("button", name="Salir")).to_be_visible()
        at_rest(page)
        return page

    return opened
