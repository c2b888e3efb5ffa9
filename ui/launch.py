"""How the front desk is started: `python -m ui.launch [PORT]`, for this computer only.

Every option is on the command line, so that it holds wherever the command is run from; Streamlit would
look for a configuration in the current folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from ui import theme

DEFAULT_PORT = 8501
LARGEST_UPLOAD = 512  # MB, as much as the vault keeps
APP = Path(__file__).parent / "app.py"
_SERVER = {
    "server.headless": "true",
    "server.address": "127.0.0.1",
    "server.maxUploadSize": str(LARGEST_UPLOAD),
    "server.enableXsrfProtection": "true",
    "server.enableCORS": "true",
    "server.fileWatcherType": "none",
    "server.showEmailPrompt": "false",
    "browser.gatherUsageStats": "false",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "global.developmentMode": "false",
    "runner.magicEnabled": "false",
    "logger.hideWelcomeMessage": "true",
}


def command(port: int = DEFAULT_PORT) -> list[str]:
    """Return the command that serves the front desk on the loopback address at `port`."""
    options = _SERVER | theme.options() | {"server.port": str(port)}
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(APP), *flags]


def main() -> None:
    """Become the server, so that whoever stops this process stops it."""
    line = command(int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_PORT)
    os.execv(line[0], line)  # noqa: S606 - our own interpreter, no shell


if __name__ == "__main__":
    main()
