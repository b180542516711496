"""Detection of a fluctuating target by a radar that adds up the power of several pulses. Scalars in, scalars out.

Plain Python, compiled by `kernels.py`. The five classical targets are one family: the energy of all N pulses together
is gamma distributed, and its shape says how a target fluctuates.
"""

import math

STEADY = 0
"""Shape of a target that does not fluctuate (its gamma distribution is one point)."""
_SMALLEST = 1e-300
_LEFT = 1e-15


def energy_shape(swerling: int, n_pulses: int) -> float:
    """Shape of the gamma distribution of the echo's energy over all pulses; STEADY for the case 0.

    Cases 1 and 3 fluctuate from look to look, 2 and 4 from pulse to pulse; 1 and 2 with two degrees of freedom (many
    equal scatterers), 3 and 4 with four (one larger among many).
    Source: Swerling's cases as chi-square families (textbook; Weinstock's generalisation).
    """
    if swerling == 1:
        return 1.0
    if swerling == 2:
        return float(n_pulses)
    if swerling == 3:
        return 2.0
    if swerling == 4:
        return 2.0 * n_pulses
    return float(STEADY)


def miss_probability(snr: float, n_pulses: int, threshold: float, shape: float) -> float:
    """Probability that one look misses the target.

    snr: mean ratio of signal to noise of one pulse (not dB); threshold: of the summed power, in units of the noise's
    shape: of `energy_shape`
    Exact, to some 1e-14. Given the energy, the sum of N squared Rician samples is a Poisson mixture of gamma variables:
    of shape N + K, K ~ Poisson(energy). With a gamma distributed energy K is negative binomial. A gamma variable of
    whole shape N + K stays below the threshold if a Poisson variable M of that mean reaches N + K. So the chance is
    sum over m of P(M = m) P(K <= m - N): all its terms are positive, nothing cancels.
    Source: derived here from those textbook identities; the tests hold it against published values and `sdr`.
    """
    energy = n_pulses * snr
    term = 0.0  # P(K = k)
    stay = 0.0
    if shape == STEADY:
        term = math.exp(-energy)
    else:
        stay = energy / (energy + shape)
        term = math.exp(-shape * math.log1p(energy / shape))
    poisson = math.exp(-threshold)  # P(M = m), here of m = 0
    for m in range(1, n_pulses + 1):
        poisson *= threshold / m
    below, k = term, 0
    miss = poisson * below
    m = n_pulses
    while True:
        m += 1
        k += 1
        poisson *= threshold / m
        if shape == STEADY:
            term *= energy / k
        else:
            term *= stay * (shape + k - 1.0) / k
        below += term
        miss += poisson * below
        if (m > threshold and poisson < _LEFT * (m - threshold) / m) or poisson < _SMALLEST:
            return min(1.0, miss)


def detection_probability(snr: float, n_pulses: int, threshold: float, shape: float) -> float:
    """Probability that one look detects the target; see `miss_probability`."""
    return max(0.0, 1.0 - miss_probability(snr, n_pulses, threshold, shape))
