"""What the pages say, without a browser: Streamlit's own test runner over the real entrance."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from consent import accounts, cases, facts, sessions
from consent.accounts import Role
from consent.archive import open_archive
from portrait import demo
from tests.ui import story
from ui import launch

FIRST, PASSWORD = "coord-uno", "una clave bastante larga"
RUN = 60  # seconds a run may take on a busy machine


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of its own for every test."""
    for name in [name for name in os.environ if name.startswith("PRESENTE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PRESENTE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def archive(home: Path):
    """The archive behind the pages, with a first coordinator."""
    with open_archive(home) as opened:
        accounts.create(opened, FIRST, Role.COORDINATOR, password=PASSWORD)
        yield opened


def visit(actor: str | None = None, **address: str) -> AppTest:
    page = AppTest.from_file(str(launch.APP), default_timeout=RUN)
    if actor is not None:
        page.session_state["presente_actor"] = actor
        page.session_state["presente_token"] = session_of(actor)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def session_of(handle: str) -> str:
    """The token of somebody who just logged in; their password is another test's affair."""
    with open_archive(Path(os.environ["PRESENTE_HOME"])) as opened, opened.writing() as work:
        return sessions.begin(work, handle, sessions.LONGEST)[0]


def words(page: AppTest) -> str:
    """Everything the page says, without the marks that keep typed text from being read as markup."""
    said = [*page.title, *page.subheader, *page.markdown, *page.caption, *page.text]
    return "\n".join(str(element.value) for element in said).replace("\\", "")


def test_an_archive_without_accounts_asks_for_the_first(home):
    page = visit()
    assert page.title[0].value == "Le damos la bienvenida"
    page.text_input[0].input("coord-uno")
    page.text_input[1].input(PASSWORD)
    page.text_input[2].input(PASSWORD + "x")
    page.button(key="FormSubmitter:first_run-Crear la cuenta").click().run()
    assert "Las dos contraseñas no son iguales." in words(page)


def test_a_short_password_is_explained(home):
    page = visit()
    page.text_input[0].input("coord-uno")
    page.text_input[1].input("corta")
    page.text_input[2].input("corta")
    page.button(key="FormSubmitter:first_run-Crear la cuenta").click().run()
    assert "12" in words(page)
    assert not page.exception


def test_the_language_changes_with_one_button(archive):
    page = visit()
    page.button(key="language").click().run()
    assert "Did you receive a video?" in words(page)
    assert page.button(key="language").label == "Español"


def test_a_closed_account_is_out_at_once(archive):
    accounts.create(archive, "vol-uno", Role.VOLUNTEER, actor=FIRST)
    page = visit("vol-uno")
    assert page.title[0].value == "Casos"
    accounts.revoke(archive, "vol-uno", actor=FIRST)
    page.run()
    assert page.title[0].value == "Presente"


def test_a_case_that_is_not_there_is_told_calmly(archive):
    page = visit(FIRST, caso="case-nobody")
    assert "case-nobody" in words(page)


def test_the_steps_tell_how_far_they_are(archive, home):
    story.people(archive, by=FIRST)
    case_id = story.demonstration(archive, home)
    page = visit(FIRST, caso=case_id)
    assert "Todavía no se puede generar el video:" in words(page)
    assert "Todavía no se ha preguntado a nadie de la familia." in words(page)
    story.permitted(archive, case_id)
    page.run()
    assert "Dijeron que sí" in words(page)
    assert [button.label for button in page.button].count("Generar el video") == 1


def test_what_people_typed_is_never_read_as_markup(archive):
    case_id = cases.open_demonstration(archive, actor=FIRST).id
    typed = "![x](https://example.org/x.png) :red[**no**] <b>no</b>"
    facts.add_fact(archive, case_id, "lugar", typed, source=typed, actor=FIRST)
    page = visit(FIRST, caso=case_id, paso="datos")
    assert typed in [element.value for element in page.text]
    read_as_markup = [element.value for element in [*page.markdown, *page.caption]]
    assert not [said for said in read_as_markup if "![" in said or ":red[" in said or "<b>" in said]


def test_the_guard_answers_below_each_sentence(archive):
    case_id = cases.open_demonstration(archive, actor=FIRST).id
    page = visit(FIRST, caso=case_id, paso="guion")
    page.text_area[0].input("Llame al 33 1234 5678.[^-]").run()
    assert "teléfono que no está en el directorio verificado" in words(page)


def test_a_volunteer_gives_no_accounts(archive):
    accounts.create(archive, demo.VOLUNTEER, Role.VOLUNTEER, actor=FIRST)
    page = visit(demo.VOLUNTEER)
    assert page.title[0].value == "Casos"
    assert not page.exception
