"""Members on a plane: those with like capabilities near each other.

t-SNE as scikit-learn has it (van der Maaten and Hinton 2008, "Visualizing Data using t-SNE"). UMAP keeps as many neighbours and needs
a compiler at run time; see docs/quality.md for both.
"""

import numpy as np
from numpy.typing import NDArray

from .members import nearest

__all__ = ["neighbours_kept", "place"]

DIRECTIONS = 50
"""Principal directions that are looked at; the rest changes no picture."""
PERPLEXITY = 30
"""About how many neighbours each point is placed by."""
LARGE, STEPS, STEPS_IF_LARGE = 1_000, 1_000, 500

Vectors = NDArray[np.float32]


def place(vectors: Vectors) -> Vectors:
    """Coordinates without unit, the same every time on one machine: shape (n, 2), float32, between -1 and 1.

    vectors: shape (n, dim), float32. Some ten seconds for 3,000 rows, growing with n log n; beyond some tens of thousands, take a sample.
    Near on the plane means alike; far means little, and neither axis means anything.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    count, dim = vectors.shape
    spread = vectors - vectors.mean(axis=0)
    if count < 4 or np.linalg.matrix_rank(spread) < 2:
        flat = np.zeros((count, 2), np.float32)
        flat[:, 0] = np.linspace(-1, 1, count) if count > 1 else 0
        return flat
    with threadpool_limits(1):  # sums taken by several threads differ from run to run
        reduced = PCA(min(DIRECTIONS, count - 1, dim), random_state=0).fit_transform(spread)
        steps = STEPS if count <= LARGE else STEPS_IF_LARGE
        model = TSNE(perplexity=min(PERPLEXITY, (count - 1) / 3), init="pca", max_iter=steps, random_state=0)
        points = np.asarray(model.fit_transform(reduced), np.float32)
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    return np.asarray(points / np.abs(points).max(), np.float32)


def neighbours_kept(vectors: Vectors, points: Vectors, k: int = 10) -> float:
    """How far a map can be believed: the share, in 0..1, of the k nearest of each row of `vectors` that are among its k nearest `points`.

    vectors: shape (n, dim), unit rows; points: shape (n, 2); both float32.
    """
    true = nearest(vectors, k)
    shown = nearest(points, k, handicap=np.asarray((points**2).sum(axis=1) / 2, np.float32))  # by distance, then
    return float(np.mean([len(np.intersect1d(a, b)) / len(a) for a, b in zip(true, shown, strict=True)]))
