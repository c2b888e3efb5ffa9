"""From end to end in a real browser: found, log in, check, be refused with reasons, make a video."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from consent import accounts, cases, facts
from consent.accounts import Role
from portrait import demo
from tests.ui import story
from tests.ui.conftest import FIRST, PASSWORD, PHONE, at_rest, pictures

pytestmark = pytest.mark.browser
RENDERING = 90_000  # ms, far more than a video of six seconds takes


@pytest.fixture
def stranger(tmp_path: Path) -> Path:
    """A video that has nothing to do with Presente."""
    path = tmp_path / "holidays.mp4"
    ramp = np.linspace(0, 200, 320, dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(12):
            pixels = np.broadcast_to(np.roll(ramp, 8 * number)[None, :, None], (240, 320, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), "rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def team(founded):
    """The desk with the three people of a demonstration, who can log in."""
    with founded.archive() as archive:
        if len(accounts.list_all(archive)) == 1:
            story.people(archive, by=FIRST, password=PASSWORD)
    return founded


def give(page: Page, file: Path) -> None:
    page.locator('input[type="file"]').first.set_input_files(file)


def test_the_first_visitor_becomes_coordinator(founded, visit):
    with founded.archive() as archive:
        assert accounts.find(archive, FIRST).role is Role.COORDINATOR
    page = visit()
    expect(page.get_by_role("heading", name="Presente")).to_be_visible()
    expect(page.get_by_text("Presente nunca pide dinero ni datos.")).to_be_visible()
    expect(page.get_by_text("Nombre de la cuenta")).to_have_count(0)


def test_a_wrong_password_is_told_and_opens_nothing(founded, visit):
    page = visit("personas")
    page.get_by_label("Cuenta").fill(FIRST)
    page.get_by_label("Contraseña", exact=True).fill("otra cosa distinta")
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_text("La cuenta, la contraseña o el código no son correctos.")).to_be_visible()
    expect(page.get_by_role("button", name="Salir")).to_have_count(0)


def test_anybody_checks_a_video_on_a_telephone(founded, visit, stranger):
    page = visit("comprobar", size=PHONE)
    give(page, stranger)
    expect(page.get_by_text("No lo reconocemos.")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("No lleva ninguna marca nuestra.")).to_be_visible()
    expect(page.get_by_text("Presente nunca pide dinero ni datos.")).to_be_visible()


def test_the_page_speaks_english_too(founded, visit):
    page = visit("comprobar")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Is it really from Presente?")).to_be_visible()
    expect(page.get_by_text("Presente never asks for money or data.")).to_be_visible()


def test_a_case_is_walked_to_a_refusal_that_says_why(log_in):
    page = log_in()
    page.get_by_text("Abrir un caso").click()
    page.get_by_label("Desaparecida desde").fill("18/05/2021")
    page.get_by_label("Desaparecida desde").press("Tab")  # a form keeps the field when it is left
    at_rest(page)
    page.get_by_role("button", name="Abrir el caso").click()
    expect(page.get_by_text("Falta la fotografía.")).to_be_visible()

    page.get_by_role("button", name="2 · Fotografía").click()
    give(page, demo.PORTRAIT)
    expect(page.get_by_text("Sirve", exact=False).first).to_be_visible(timeout=60_000)
    pictures(page, 0)  # no face unless somebody asks
    page.get_by_role("button", name="Ver el rostro").click()
    pictures(page, 1)
    page.get_by_role("button", name="Usar esta").click()
    expect(page.get_by_text("Este caso tiene una fotografía guardada.")).to_be_visible()
    page.get_by_role("button", name="Continuar").click()
    expect(page.get_by_role("heading", name="3 · Datos verificados")).to_be_visible()
    page.get_by_role("button", name="Continuar").click()

    page.get_by_role("textbox", name="Guion").fill(
        "La buscamos.[^-] Desapareció en Guadalajara el 18 de mayo de 2021.[^fecha]"
    )
    page.get_by_role("button", name="Revisarlo").click()
    expect(page.get_by_text("La frase 2 cita «fecha»", exact=False)).to_be_visible()
    page.get_by_role("button", name="Guardarlo").click()
    expect(page.get_by_text("El guion quedó guardado.")).to_be_visible()
    page.get_by_role("button", name="Continuar").click()
    page.get_by_role("button", name="Usar esta plantilla").click()
    expect(page.get_by_text("Hay una plantilla elegida.")).to_be_visible()

    page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Caso").click()
    expect(page.get_by_text("Todavía no se puede generar el video:")).to_be_visible()
    for reason in ("orden de protección", "folio", "familia"):
        expect(page.get_by_text(reason).first).to_be_visible()
    expect(page.get_by_role("button", name="Generar el video")).to_have_count(0)


def test_nobody_verifies_what_they_brought_in(team, log_in):
    with team.archive() as archive:
        case_id = cases.open_demonstration(archive, actor=FIRST).id
        facts.add_fact(archive, case_id, "retrato", "Grace Hopper", source="Museo", actor=FIRST)
    page = log_in("por-decidir")
    page.get_by_role("button", name="Lo comparé y es así").first.click()
    expect(page.get_by_text("no puede verificar", exact=False)).to_be_visible()
    other = log_in("por-decidir", handle=demo.SECOND)
    other.get_by_role("button", name="Lo comparé y es así").first.click()
    expect(other.get_by_text("Verificado por 1 de 2 personas")).to_be_visible()


@pytest.mark.slow
def test_a_video_is_made_and_recognised(team, log_in, visit, tmp_path):
    with team.archive() as archive:
        case_id = story.demonstration(archive, team.home)
        story.permitted(archive, case_id)
    page = log_in(f"?caso={case_id}", handle=demo.VOLUNTEER)
    page.get_by_role("button", name="Generar el video").click()
    expect(page.get_by_text("El video se está haciendo.", exact=False)).to_be_visible()

    again = log_in(f"?caso={case_id}", handle=demo.SECOND)  # another visitor, or the same one after a reload
    sentence = again.get_by_text("Es una demostración de Presente", exact=False)
    expect(sentence).to_be_visible(timeout=RENDERING)
    expect(page.get_by_role("button", name="Video (MP4)")).to_be_visible()
    expect(again.locator("video")).to_have_count(0)
    pictures(again, 0)
    again.get_by_text("Una imagen fija, en gris").click()
    pictures(again, 1)
    with again.expect_download() as download:
        again.get_by_role("button", name="Video (MP4)").click()
    video = tmp_path / download.value.suggested_filename
    download.value.save_as(video)
    again.get_by_text("El video", exact=True).last.click()
    expect(again.locator("video")).to_have_js_property("paused", True)
    expect(again.locator("video")).to_have_js_property("muted", True)

    checked = visit("comprobar")
    give(checked, video)
    expect(checked.get_by_text("Es una demostración de Presente", exact=False)).to_be_visible(timeout=60_000)
    assert team.strangers == []
