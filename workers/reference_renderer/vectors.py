"""Vector arithmetic on float32 arrays of shape (3, n). Does not know what the vectors mean.

Only + - * / and the square root occur, which IEEE 754 rounds exactly, in a written order. `einsum`, `matmul`, `sum`,
sine and cosine are left out on purpose: their last bit differs between CPUs and libraries.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vectors: TypeAlias = npt.NDArray[np.float32]
Floats: TypeAlias = npt.NDArray[np.float32]
Bools: TypeAlias = npt.NDArray[np.bool_]
Indices: TypeAlias = npt.NDArray[np.int64]

ONE = np.float32(1)
_TINY = np.float32(1e-30)


def dot(a: Vectors, b: Vectors) -> Floats:
    """Scalar products, shape (n,)."""
    products: Floats = a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
    return products


def cross(a: Vectors, b: Vectors) -> Vectors:
    """Vector products, shape (3, n)."""
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def normalise(a: Vectors) -> Vectors:
    """Unit vectors; a zero vector stays zero."""
    lengths: Floats = np.sqrt(np.maximum(dot(a, a), _TINY))
    return a / lengths


def blend(a: Vectors, b: Vectors, c: Vectors, weights: Vectors) -> Vectors:
    """Barycentric combination of three corner values; `weights` has shape (3, n)."""
    blended: Vectors = a * weights[0] + b * weights[1] + c * weights[2]
    return blended


def frame(normal: Vectors) -> tuple[Vectors, Vectors]:
    """Two unit vectors that are perpendicular to the unit vectors given and to each other.

    Source: Duff et al., "Building an Orthonormal Basis, Revisited", JCGT 6(1), 2017.
    """
    x, y, z = normal
    sign = np.copysign(ONE, z)
    a = -ONE / (sign + z)
    b = x * y * a
    return np.stack([ONE + sign * x * x * a, sign * b, -sign * x]), np.stack([b, sign + y * y * a, -y])
