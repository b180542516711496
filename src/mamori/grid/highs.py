"""HiGHS called direct: one problem as arrays in, its proven optimum out, or an error that says what it ended with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from mamori.errors import InfeasibleError, SolverError
from mamori.language.message import say
from mamori.records import Bools, Floats, Ints

EXACT = 1e-10
"""Relative exactness of an objective with squares."""

RESOLVED = 1e-7
"""What is nearer to its tangent than this is there, ten times what HiGHS calls feasible."""

FIRST_TANGENTS, MOST_ROUNDS = 9, 100


@dataclass(frozen=True)
class Problem:
    """Minimise cost x + half of x quadratic x subject to low <= x <= high, row_low <= matrix x <= row_high.

    cost, quadratic (diagonal), low, high, is_integer: (n,); matrix: (m, n) sparse; row_low, row_high: (m,)
    """

    cost: Floats
    low: Floats
    high: Floats
    matrix: Any
    row_low: Floats
    row_high: Floats
    quadratic: Floats | None = None
    is_integer: Bools | None = None


@dataclass(frozen=True)
class Optimum:
    """x: (n,); objective; row_price, column_price: what one more of a row's or a bound's right side costs (none of an
    integer problem); gap: how far the objective of an integer problem may be from the best, relative."""

    x: Floats
    objective: float
    row_price: Floats
    column_price: Floats
    gap: float


def optimum(problem: Problem, *, gap: float = 1e-6, time_limit_s: float = 600.0) -> Optimum:
    """The optimum of a problem.

    gap: at which an integer problem counts as solved
    Raises InfeasibleError if there is no answer, SolverError if HiGHS ended without a proven one.
    Squares are met by tangents: a linear programme with some for each square, then more where its answer lies, until
    the objective is exact to `EXACT`. HiGHS's own active-set method for squares claimed infeasible answers on published
    cases (1.16, PGLib case200_activ).
    """
    import highspy

    solver = highspy.Highs.__bases__[0]()  # its own constructor writes a banner to stdout before it can be told not to
    for name, value in (
        ("output_flag", False), ("threads", 1), ("mip_rel_gap", gap), ("time_limit", time_limit_s),
        ("primal_feasibility_tolerance", 1e-8), ("dual_feasibility_tolerance", 1e-8),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    n, n_rows = len(problem.cost), len(problem.row_low)
    square = np.zeros(n) if problem.quadratic is None else problem.quadratic
    bent = np.flatnonzero(square)
    _expect(solver.passModel(_model(highspy, problem, len(bent))) != highspy.HighsStatus.kError, "passModel")
    _touch(solver, problem, bent, _starts(problem, bent))
    for _ in range(MOST_ROUNDS):
        _run(highspy, solver)
        solution, info = solver.getSolution(), solver.getInfo()
        x = np.array(solution.col_value)
        missing = 0.5 * square[bent] * x[bent] ** 2 - x[n:]
        objective = float(info.objective_function_value) + missing.sum()
        is_coarse = missing > max(EXACT * abs(objective) / max(1, len(bent)), RESOLVED)
        if not is_coarse.any():
            break
        _touch(solver, problem, bent, [(k, x[bent[k]]) for k in np.flatnonzero(is_coarse).tolist()])
    else:
        raise SolverError(say("HiGHS ended without a proven optimum: {reason}", reason=say("too many tangents")))
    is_integer = problem.is_integer is not None and bool(problem.is_integer.any())
    none = np.zeros(0)
    return Optimum(
        x=x[:n],
        objective=objective,
        row_price=none if is_integer else np.array(solution.row_dual)[:n_rows],
        column_price=none if is_integer else np.array(solution.col_dual)[:n],
        gap=float(info.mip_gap) if is_integer else 0.0,
    )


def least_violation(problem: Problem, n_rows: int) -> float:
    """By how much the first n_rows rows, which are equations, must be missed in all; there always is an answer."""
    n, rest = len(problem.cost), len(problem.row_low) - n_rows
    slack = sp.vstack([sp.eye(n_rows), sp.csr_matrix((rest, n_rows))])
    return optimum(
        Problem(
            cost=np.concatenate([np.zeros(n), np.ones(2 * n_rows)]),
            low=np.concatenate([problem.low, np.zeros(2 * n_rows)]),
            high=np.concatenate([problem.high, np.full(2 * n_rows, np.inf)]),
            matrix=sp.hstack([problem.matrix, slack, -slack], format="csc"),
            row_low=problem.row_low,
            row_high=problem.row_high,
        )
    ).objective


def _run(highspy: Any, solver: Any) -> None:
    """Solve what the solver holds; where its choice of method finds no verdict, by the others."""
    kinds = highspy.HighsModelStatus
    for method in ("choose", "ipm", "simplex"):
        solver.setOptionValue("solver", method)
        ran = solver.run()
        status = solver.getModelStatus()
        if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
            raise InfeasibleError(say("nothing meets all the constraints"))
        if ran == highspy.HighsStatus.kOk and status == kinds.kOptimal:
            return
        solver.clearSolver()
    _expect(False, solver.modelStatusToString(status))  # noqa: FBT003


def _starts(problem: Problem, bent: Ints) -> list[tuple[int, float]]:
    """Where the first tangents of each square touch it: evenly over its range, or at 0 where that has no end."""
    found = []
    for k, (low, high) in enumerate(zip(problem.low[bent].tolist(), problem.high[bent].tolist(), strict=True)):
        start, end = (low, high) if np.isfinite(high - low) else (0.0, 0.0)
        found += [(k, x) for x in np.unique(np.linspace(start, end, FIRST_TANGENTS)).tolist()]
    return found


def _touch(solver: Any, problem: Problem, bent: Ints, points: list[tuple[int, float]]) -> None:
    """Adds tangents: the column of square k is at least the tangent that touches it at x."""
    if not points or problem.quadratic is None:
        return
    k, x = np.array([k for k, _ in points]), np.array([x for _, x in points])
    square = problem.quadratic[bent[k]]
    columns = np.stack([bent[k], len(problem.cost) + k], axis=1).astype(np.int32)
    values = np.stack([-square * x, np.ones(len(x))], axis=1)
    starts = 2 * np.arange(len(x), dtype=np.int32)
    infinite = np.full(len(x), np.inf)
    solver.addRows(len(x), -0.5 * square * x * x, infinite, 2 * len(x), starts, columns.ravel(), values.ravel())


def _expect(is_well: bool, text: str) -> None:  # noqa: FBT001 - the one thing that it is about
    if not is_well:
        raise SolverError(say("HiGHS ended without a proven optimum: {reason}", reason=text))


def _model(highspy: Any, problem: Problem, n_bent: int) -> Any:
    """The linear part, with a column more for each square."""
    model = highspy.HighsModel()
    lp = model.lp_
    matrix = sp.csc_matrix(problem.matrix)
    n_rows, n = matrix.shape
    matrix = sp.hstack([matrix, sp.csc_matrix((n_rows, n_bent))], format="csc")
    lp.num_row_, lp.num_col_ = n_rows, n + n_bent
    lp.col_cost_ = np.append(problem.cost, np.ones(n_bent))
    lp.col_lower_ = np.append(problem.low, np.full(n_bent, -np.inf))
    lp.col_upper_ = np.append(problem.high, np.full(n_bent, np.inf))
    lp.row_lower_, lp.row_upper_ = problem.row_low, problem.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    if problem.is_integer is not None and problem.is_integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(one)] for one in problem.is_integer]
    return model
