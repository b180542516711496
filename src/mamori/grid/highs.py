"""HiGHS called direct: one problem as arrays in, its proven optimum out, or an error that says what it ended with."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from mamori.errors import MamoriError, SolverError
from mamori.language.message import say
from mamori.records import Bools, Floats


class InfeasibleError(MamoriError):
    """Nothing meets all the constraints."""


@dataclass(frozen=True)
class Problem:
    """Minimise cost x + half of x quadratic x subject to low <= x <= high and row_low <= matrix x <= row_high.

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
    """
    import highspy

    solver = highspy.Highs()
    for name, value in (
        ("output_flag", False), ("threads", 1), ("mip_rel_gap", gap), ("time_limit", time_limit_s),
        ("primal_feasibility_tolerance", 1e-8), ("dual_feasibility_tolerance", 1e-8),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    _expect(solver.passModel(_model(highspy, problem)) != highspy.HighsStatus.kError, "passModel")
    ran = solver.run()
    status = solver.getModelStatus()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        raise InfeasibleError(say("nothing meets all the constraints"))
    text = solver.modelStatusToString(status)
    _expect(ran == highspy.HighsStatus.kOk and status == highspy.HighsModelStatus.kOptimal, text)
    solution, info = solver.getSolution(), solver.getInfo()
    is_integer = problem.is_integer is not None and bool(problem.is_integer.any())
    none = np.zeros(0)
    return Optimum(
        x=np.array(solution.col_value),
        objective=float(info.objective_function_value),
        row_price=none if is_integer else np.array(solution.row_dual),
        column_price=none if is_integer else np.array(solution.col_dual),
        gap=float(info.mip_gap) if is_integer else 0.0,
    )


def _expect(is_well: bool, text: str) -> None:  # noqa: FBT001 - the one thing that it is about
    if not is_well:
        raise SolverError(say("HiGHS ended without a proven optimum: {reason}", reason=text))


def _model(highspy: Any, problem: Problem) -> Any:
    model = highspy.HighsModel()
    lp = model.lp_
    matrix = sp.csc_matrix(problem.matrix)
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = problem.cost, problem.low, problem.high
    lp.row_lower_, lp.row_upper_ = problem.row_low, problem.row_high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    if problem.is_integer is not None and problem.is_integer.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(one)] for one in problem.is_integer]
    if problem.quadratic is not None and problem.quadratic.any():
        diagonal = sp.diags(problem.quadratic, format="csc")
        diagonal.eliminate_zeros()
        hessian = model.hessian_
        hessian.dim_, hessian.format_ = lp.num_col_, highspy.HessianFormat.kTriangular
        hessian.start_, hessian.index_, hessian.value_ = diagonal.indptr, diagonal.indices, diagonal.data
    return model
