"""The house keeps its own rules: one direction, small rooms, nothing unsafe, nothing of one machine."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("portrait", "consent", "watermark", "ui")
LEAVES = ("consent", "watermark")
LONGEST = 400  # lines; over that a file is two rooms


def tracked_files() -> list[Path]:
    """Every file git knows, or would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def texts(paths):
    """(relative name, text) of those that are text."""
    for path in paths:
        content = path.read_bytes()
        if b"\0" not in content:
            yield path.relative_to(ROOT).as_posix(), content.decode("utf-8")


MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def test_the_import_contracts_hold():
    program = (
        "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_the_import_contracts_would_notice(tmp_path):
    """A leaf that imports the studio breaks them: the same contracts over a copy with one such line."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    with (tmp_path / "watermark" / "__init__.py").open("a") as leaf:
        leaf.write("\nimport portrait\n")
    program = (
        "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "One direction" in done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_is_one_room(path):
    source = path.read_text("utf-8")
    assert len(source.splitlines()) <= LONGEST
    if source.strip():
        assert ast.get_docstring(ast.parse(source)), "a module says what it is for"


def test_no_room_is_a_lumber_room():
    assert not [path for path in MODULES if path.stem in {"utils", "helpers", "common", "misc"}]


UNSAFE_IMPORTS = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
UNSAFE_CALLS = {"eval", "exec", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load", "tempfile.mktemp"}


def unsafe(tree: ast.AST):
    """Yield what in a module could run code from data or a shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name}" for alias in node.names if alias.name in UNSAFE_IMPORTS)
        elif isinstance(node, ast.ImportFrom) and node.module in UNSAFE_IMPORTS:
            yield f"from {node.module} import"
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            options = {option.arg: ast.unparse(option.value) for option in node.keywords}
            if name in UNSAFE_CALLS:
                yield name
            if name == "torch.load" and options.get("weights_only") != "True":
                yield "torch.load without weights_only=True"
            if name in ("np.load", "numpy.load") and options.get("allow_pickle") == "True":
                yield "np.load(allow_pickle=True)"
            if options.get("shell") == "True":
                yield f"{name}(shell=True)"


def test_nothing_runs_code_from_data():
    found = {
        path.relative_to(ROOT).as_posix(): what
        for path in [*MODULES, *(ROOT / "bench").rglob("*.py")]
        if (what := list(unsafe(ast.parse(path.read_text("utf-8")))))
    }
    assert not found


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from marshal import loads",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run('ls', shell=True)",
        "eval(text)",
    ],
)
def test_the_search_for_unsafe_code_finds_it(line):
    assert list(unsafe(ast.parse(line)))


# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATH = re.compile(
    r"""(?<![\w.$}~/-])/(?:""" + "|".join(["home", "root", "work", "tmp", "mnt", "Users"]) + r")/\w"
)
REGISTRY = re.compile(
    "|".join(["py" + r"pi\.org", "registry" + r"\.npmjs", "python" + "hosted", "index" + "-url"])
)
LEFT_TO_DO = re.compile(
    "|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error", "pragma: no" + " cover"])
)


@pytest.mark.parametrize(
    ("pattern", "where"),
    [(MACHINE_PATH, ""), (REGISTRY, ""), (LEFT_TO_DO, ".py")],
    ids=["a path of one machine", "a registry's host", "something left to do"],
)
def test_no_tracked_file_holds(pattern, where):
    found = [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in texts(tracked_files())
        if name.endswith(where)
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATH, 'OUT = "/' + 'home/ana/out"'),
        (MACHINE_PATH, "see /" + "tmp/x"),
        (REGISTRY, "https://py" + "pi.org/simple"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern, line):
    assert pattern.search(line)


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_leaf_stands_alone(leaf):
    """Imported in a fresh interpreter, whole, it brings neither the studio, the front desk nor torch."""
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / leaf).rglob("*.py")
        if "migrations" not in path.parts
    ]
    others = {"portrait", "ui", "torch", *LEAVES} - {leaf}
    program = (
        f"import sys, importlib\nfor name in {modules!r}: importlib.import_module(name)\n"
        f"print(*({others!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
