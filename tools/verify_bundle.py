"""Check an exported log of Presente, or a proof from it, with this one file and Python 3.9 or later.

    python verify_bundle.py log.jsonl [--key VERIFIER_KEY] [--checkpoint FILE ...]
    python verify_bundle.py --proof proof.json [--key VERIFIER_KEY]

It imports nothing but the standard library, and nothing of Presente, so that whoever doubts the program
can read all of what checks it: Ed25519 is RFC 8032's own verification (section 5.1.7), the tree is that of
RFC 9162 (section 2.1), the checkpoints are C2SP signed notes. Verifying in plain Python takes a few
milliseconds a signature, and nothing here is secret, so timing gives nothing away.

An export that was rewritten from end to end and signed with another key is sound in itself. Give the
published key (--key), and checkpoints that were kept elsewhere (--checkpoint): they also show a cut end.

Exit codes: 0 sound; 1 not sound, with the first bad record named; 2 not a file of this kind.
"""

# ruff: noqa: D103 - a file to be read from top to bottom; the names say it
from __future__ import annotations

import argparse
import json
import re
import sys
from base64 import b64decode, b64encode
from hashlib import sha256, sha512
from pathlib import Path

SOUND, UNSOUND, UNREADABLE = 0, 1, 2
ENTRY = re.compile(rb'\{"entry":(\{.*\}),"leaf":"([0-9a-f]{64})"\}')
MEMBERS = {"v", "index", "at", "event", "actor", "case", "data", "commitment"}


class Bad(Exception):  # noqa: N818 - said aloud: the first bad record
    """The first record that is not what it should be."""

    def __init__(self, record, what):
        super().__init__(f"{record}: {what}")


# Ed25519 over edwards25519 in extended coordinates (X, Y, Z, T), after RFC 8032, section 6.

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(one, two):
    a, b = (one[1] - one[0]) * (two[1] - two[0]) % P, (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(times, point):
    total = (0, 1, 1, 0)
    while times:
        if times & 1:
            total = add(total, point)
        point = add(point, point)
        times >>= 1
    return total


def same(one, two):
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 == (one[1] * two[2] - two[1] * one[2]) % P


def recover_x(y, sign):
    """The x of the point with this y and sign, or None where the curve has none (section 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point_of(encoded):
    number = int.from_bytes(encoded, "little")
    y = number & (1 << 255) - 1
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signature_holds(public, message, signature):
    """Whether an Ed25519 signature (64 bytes) over `message` is that of `public` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, commitment = point_of(public), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= Q:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % Q
    return same(multiply(scalar, BASE), add(commitment, multiply(challenge, key)))


# The tree.


def leaf_of(data):
    return sha256(b"\x00" + data).digest()


def node_of(left, right):
    return sha256(b"\x01" + left + right).digest()


def push(peaks, size, leaf):
    """Append a leaf to the roots of the perfect subtrees of a tree that has `size` leaves."""
    while size & 1:
        leaf = node_of(peaks.pop(), leaf)
        size >>= 1
    peaks.append(leaf)


def root_of(peaks):
    if not peaks:
        return sha256(b"").digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_of(peak, root)
    return root


def climb(position, last, path, starts):
    """Lead hashes up a path; `starts` is [new] for an entry, [old, new] for growth. None: it does not fit."""
    for sibling in path:
        if last == 0:
            return None
        if position & 1 or position == last:
            starts = [node_of(sibling, start) for start in starts]
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            starts[-1] = node_of(starts[-1], sibling)
        position, last = position >> 1, last >> 1
    return starts if last == 0 else None


def grows(old_size, old_root, size, root, path):
    """RFC 9162, section 2.1.4.2."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not path and old_root == root
    steps = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    return bool(steps) and climb(position, last, steps[1:], [steps[0], steps[0]]) == [old_root, root]


# Signed notes.


def decoded(text):
    raw = b64decode(text, validate=True)
    if b64encode(raw).decode() != text:
        raise ValueError("not the one base64 form")
    return raw


def hint_of(name, public):
    return sha256(name.encode() + b"\n\x01" + public).digest()[:4]


def read_key(text, known):
    if known is not None and text != known:
        raise Bad("header", "names another key than the published one")
    try:
        name, hint, encoded = text.split("+", 2)
        raw = decoded(encoded)
        if raw[:1] != b"\x01" or hint_of(name, raw[1:]).hex() != hint:
            raise ValueError
    except ValueError:
        raise Bad("header", "holds no Ed25519 key") from None
    return raw[1:]


def read_checkpoint(note, origin, public):
    """Return (size, root) of a checkpoint that the log's key signed."""
    try:
        name, size, root, empty, line, end = note.split("\n")
        text = f"{name}\n{int(size)}\n{b64encode(decoded(root)).decode()}\n"
        dash, signer, encoded = line.split(" ")
        signature = decoded(encoded)
        if (dash, signer, empty, end) != ("—", name, "", "") or not note.startswith(text):
            raise ValueError
    except ValueError:
        raise Bad("checkpoint", "is not a signed note") from None
    by_key = signature[:4] == hint_of(name, public) and signature_holds(public, text.encode(), signature[4:])
    if name != origin or not by_key:
        raise Bad("checkpoint", "was not signed by the key of this log")
    return int(size), decoded(root)


# The two kinds of file.


def members(line, record, names):
    try:
        value = json.loads(line.decode("utf-8"))
    except ValueError:
        raise Bad(record, "is not JSON") from None
    canonical = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    if not isinstance(value, dict) or set(value) != names or canonical != line:
        raise Bad(record, "is not as an export writes it")
    return value


def checked_leaf(line, index):
    record = f"entry {index}"
    match = ENTRY.fullmatch(line)
    if match is None:
        raise Bad(record, "is not an entry")
    leaf = leaf_of(match[1])  # the very bytes that were hashed when it was written
    if leaf.hex().encode() != match[2]:
        raise Bad(record, "does not have the hash it was recorded with")
    try:
        body = json.loads(match[1].decode("utf-8"))
    except ValueError:
        raise Bad(record, "is not JSON") from None
    if set(body) != MEMBERS or body["index"] != index:
        raise Bad(record, "is out of place")
    return leaf


def check_bundle(path, known, kept):
    lines = path.read_bytes().split(b"\n")
    if len(lines) < 3 or not lines[0].startswith(b'{"format":'):
        raise ValueError("not an exported log")
    header = members(lines[0], "header", {"format", "key", "origin"})
    if header["format"] != "presente-log-1":
        raise Bad("header", "is of another format")
    public = read_key(header["key"], known)
    notes = [members(lines[-2], "checkpoint", {"checkpoint"})["checkpoint"], *kept]
    bound = {}
    for size, root in (read_checkpoint(note, header["origin"], public) for note in notes):
        if bound.setdefault(size, root) != root:
            raise Bad("checkpoint", "two checkpoints of one size differ: the log was forked")
    size, root = check_entries(lines[1:-2], bound)
    if lines[-1]:
        raise Bad("checkpoint", "is not the end of the file")
    return f"sound: {size} entries of {header['origin']}, root {root.hex()}"


def check_entries(lines, bound):
    peaks, last = [], 0
    for index, line in enumerate(lines):
        push(peaks, index, checked_leaf(line, index))
        size = index + 1
        if size in bound:
            if bound[size] != root_of(peaks):
                span = f"entry {last}" + (f" to {index}" if index > last else "")
                raise Bad(span, "was rewritten: the signed checkpoint over it says otherwise")
            last = size
    if any(size > len(lines) for size in bound):
        raise Bad(f"entry {len(lines)}", "is missing: a signed checkpoint covers more entries than there are")
    return len(lines), root_of(peaks)


def check_proof(path, known):
    proof = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(proof, dict) or proof.get("format") != "presente-proof-1":
        raise ValueError("not a proof")
    public = read_key(proof["key"], known)
    size, root = read_checkpoint(proof["checkpoint"], proof["origin"], public)
    steps = [bytes.fromhex(step) for step in proof["path"]]
    if proof["proves"] == "growth":
        old = proof["old_size"]
        if not grows(old, bytes.fromhex(proof["old_root"]), size, root, steps):
            raise Bad("path", "does not lead to both roots")
        return f"sound: the log only grew from {old} to {size} entries"
    index, leaf = proof["index"], leaf_of(proof["entry"].encode())
    if not 0 <= index < size or climb(index, size - 1, steps, [leaf]) != [root]:
        raise Bad("path", "does not lead from the entry to the signed root")
    return f"sound: entry {index} of {size} is {proof['entry']}"


def main():
    parser = argparse.ArgumentParser(description="Check an exported log of Presente, or a proof from it.")
    parser.add_argument("bundle", nargs="?", type=Path)
    parser.add_argument("--proof", type=Path)
    parser.add_argument("--key", help="the archive's published verifier key")
    parser.add_argument("--checkpoint", type=Path, action="append", default=[], help="kept elsewhere")
    given = parser.parse_args()
    if (given.bundle is None) == (given.proof is None):
        parser.error("give an exported log, or a proof")
    try:
        kept = [path.read_text(encoding="utf-8") for path in given.checkpoint]
        if given.proof is not None:
            sentence = check_proof(given.proof, given.key)
        else:
            sentence = check_bundle(given.bundle, given.key, kept)
    except Bad as bad:
        sys.stdout.write(f"NOT SOUND, {bad}\n")
        return UNSOUND
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stdout.write(f"this cannot be read: {error}\n")
        return UNREADABLE
    sys.stdout.write(f"{sentence}\n")
    return SOUND


if __name__ == "__main__":
    sys.exit(main())
