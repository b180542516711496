import numpy as np

from mamori.maths.sparse import eliminate, pattern, substitute


def test_the_factor_solves_as_a_dense_solver_does():
    rng = np.random.default_rng(1)
    n, n_pairs = 30, 60
    start = rng.integers(0, n, n_pairs)
    end = (start + rng.integers(1, n, n_pairs)) % n
    found = pattern(n, start, end)
    for run in range(3):
        value = rng.uniform(0.5, 2.0, n_pairs) * (rng.random(n_pairs) < 0.8)
        matrix = np.diag(rng.uniform(0.1, 1.0, n))
        for a, b, v in zip(start, end, value, strict=True):
            matrix[[a, b], [a, b]] += v
            matrix[[a, b], [b, a]] -= v
        factor = np.zeros(n + found.row.size)
        factor[found.place] = np.diag(matrix)
        np.subtract.at(factor, found.slot, value)
        right = rng.normal(size=n)
        x = np.empty(n)
        x[found.place] = right
        go, back = (eliminate, substitute) if run else (eliminate.py_func, substitute.py_func)
        go(found.column, found.target, factor)
        back(found.column, found.row, factor, x)
        assert np.allclose(matrix @ x[found.place], right, atol=1e-12)


def test_a_matrix_without_pairs_is_its_diagonal():
    none = np.array([], np.int64)
    found = pattern(3, none, none)
    factor, x = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 1.0])
    eliminate(found.column, found.target, factor)
    substitute(found.column, found.row, factor, x)
    assert x.tolist() == [1.0, 0.5, 0.25]
