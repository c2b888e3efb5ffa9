"""Convolutional code of constraint length 9 and rate 1/4, decoded softly with the Viterbi algorithm.

Generators 463, 535, 733, 745 (octal), free distance 24: the best known of this length (Larsen 1973,
"Short convolutional codes with maximal free distance"). Eight zero bits close the trellis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from watermark.payload import INFORMATION_BITS, Bits

_GENERATORS = (0o463, 0o535, 0o733, 0o745)
_MEMORY = 8
_STATES = 1 << _MEMORY
_STEPS = INFORMATION_BITS + _MEMORY
CODED_BITS = _STEPS * len(_GENERATORS)

# A register is (newest bit, state of 8 older bits); the next state is the register without its oldest bit.
_REGISTER_PARITY = np.array(
    [
        [(register & generator).bit_count() & 1 for generator in _GENERATORS]
        for register in range(2 * _STATES)
    ],
    np.uint8,
)  # (512, 4)
_STATE = np.arange(_STATES)
_CAME_FROM = np.stack(
    [(_STATE << 1) & 0xFF, (_STATE << 1) & 0xFF | 1]
)  # (2, 256): the lost oldest bit is 0 or 1
_CAME_BY = (_STATE >> (_MEMORY - 1)) << _MEMORY | _CAME_FROM  # (2, 256) registers
_BRANCH = 1.0 - 2.0 * _REGISTER_PARITY[_CAME_BY]  # (2, 256, 4): +1 for a coded 0, -1 for a coded 1


def encode(bits: Bits) -> Bits:
    """Encode (88,) information bits into (384,) coded bits."""
    state = 0
    coded = np.empty((_STEPS, len(_GENERATORS)), np.uint8)
    for step in range(_STEPS):
        newest = int(bits[step]) if step < len(bits) else 0
        register = newest << _MEMORY | state
        coded[step] = _REGISTER_PARITY[register]
        state = register >> 1
    return coded.ravel()


def decode(evidence: NDArray[np.float64]) -> Bits:
    """Return the (88,) bits whose codeword agrees best with (384,) evidence.

    Evidence is proportional to log-likelihood ratios, positive where a 0 is likelier; its scale is free.
    """
    score = np.full(_STATES, -np.inf)
    score[0] = 0.0
    survivors = np.empty((_STEPS, _STATES), np.uint8)
    for step, observed in enumerate(evidence.reshape(_STEPS, len(_GENERATORS))):
        rivals = score[_CAME_FROM] + _BRANCH @ observed
        survivors[step] = rivals[1] > rivals[0]
        score = np.maximum(rivals[0], rivals[1])
        if step >= INFORMATION_BITS:
            score[_STATES // 2 :] = -np.inf  # the closing bits are zeros
    state = 0
    bits = np.empty(_STEPS, np.uint8)
    for step in reversed(range(_STEPS)):
        bits[step] = state >> (_MEMORY - 1)
        state = int(_CAME_FROM[survivors[step, state], state])
    return bits[:INFORMATION_BITS]
