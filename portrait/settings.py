"""Where things live and in which language. Read from `PRESENTE_*` variables; no setting weakens the guard."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from platformdirs import user_data_path
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from portrait.errors import N_, UnknownName


class Settings(BaseSettings):
    """The machine's choices.

    home: folder of the archive, its keys and its renders (PRESENTE_HOME).
    database: SQLAlchemy URL; SQLite inside `home` when empty (PRESENTE_DATABASE).
    voices: folder of Kokoro's voice files (PRESENTE_VOICES).
    language: of messages, "es" or "en" (PRESENTE_LANGUAGE).
    """

    model_config = SettingsConfigDict(env_prefix="PRESENTE_", env_ignore_empty=True, extra="ignore")

    home: Path = Field(default_factory=lambda: user_data_path("presente"))
    database: str | None = None
    voices: Path = Field(default_factory=lambda: user_data_path("presente") / "voices")
    language: Literal["es", "en"] = "es"

    @field_validator("language", mode="before")
    @classmethod
    def _known(cls, language: str) -> str:
        """Refuse another language in words; raises UnknownName."""
        if language not in ("es", "en"):
            raise UnknownName(kind=N_("language"), name=language, choices="es, en")
        return language

    @property
    def passphrase(self) -> bytes | None:
        """What opens an archive whose master key is in no file (PRESENTE_PASSPHRASE); read, never kept."""
        return os.environ["PRESENTE_PASSPHRASE"].encode() if os.environ.get("PRESENTE_PASSPHRASE") else None

    @property
    def demo_home(self) -> Path:
        """Folder of the demonstration's own archive; no real case is in it."""
        return self.home / "demo"

    @property
    def templates(self) -> Path:
        """Folder of the motion templates recorded on this machine."""
        return self.home / "templates"

    @property
    def keys(self) -> Path:
        """Folder of the signing keys, beside the archive and outside any repository."""
        return self.home / "keys"
