"""
The level that a port's rate wanders about, as a chain of a few states: what the hours so far say of it.

Knows nothing of rises.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

N_STATES = 7
WIDEST = 2.5
"""How many standard deviations the outermost states lie away."""


@dataclass(frozen=True, slots=True)
class Level:
    """
    A hidden Markov chain that stands for an Ornstein-Uhlenbeck process of the log level.

    Attributes:
        factors: float64[N_STATES], the level of each state over the usual, lowest first.
        moves: float64[N_STATES, N_STATES], probabilities of going from one to another within an hour.
        usual: float64[N_STATES], probabilities when nothing is known.
    """

    factors: Floats
    moves: Floats
    usual: Floats

    @classmethod
    def of(cls, sd: float, memory: float) -> "Level":
        """
        The chain of a standard deviation of the log level and *memory*, the hours over which it forgets where it was.

        An hour moves it less than from state to state, so it steps to neighbours only, with the mean and the variance
        that the process has (for memories down to about five hours; shorter ones are taken as five).
        """
        z = np.linspace(-WIDEST, WIDEST, N_STATES)
        stay = np.exp(-1.0 / max(memory, 5.0))
        drift = (stay - 1.0) * z / (z[1] - z[0])
        spread = (1.0 - stay**2) / (z[1] - z[0]) ** 2 + drift**2
        up, down = (np.clip((spread + drift) / 2, 0, 0.5), np.clip((spread - drift) / 2, 0, 0.5))
        up[-1], down[0] = 0.0, 0.0
        moves = np.diag(1.0 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)
        # Detailed balance of a chain that only steps to neighbours.
        usual = np.concatenate([[1.0], np.cumprod(up[:-1] / down[1:])])
        return cls(np.exp(sd * z), moves, usual / usual.sum())

    def forward(self, logs: Floats) -> tuple[Floats, Floats]:
        """
        What the hours before each hour say.

        Args:
            logs: float64[n, N_STATES], log likelihood of every hour's count in each state.

        Returns:
            float64[n + 1, N_STATES], probabilities of the states at each hour given those before it; float64[n + 1],
            log likelihood of the counts before it.
        """
        state, total = self.usual, 0.0
        states, totals = np.empty((len(logs) + 1, N_STATES)), np.empty(len(logs) + 1)
        for t, log in enumerate(logs):
            states[t], totals[t] = state, total
            joint = state * np.exp(log - log.max())
            total += float(log.max() + np.log(joint.sum()))
            state = joint / joint.sum() @ self.moves
        states[-1], totals[-1] = state, total
        return states, totals
