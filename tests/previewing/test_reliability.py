"""Split-half reliability, beside what is known of made-up responses."""

from __future__ import annotations

import numpy as np
import pytest

from brainscore_data.previewing.reliability import split_half


@pytest.mark.parametrize(("noise", "repetitions"), [(1.0, 4), (1.0, 10), (3.0, 10), (0.5, 3)])
def test_it_is_near_the_reliability_that_responses_were_made_with(noise, repetitions):
    # Of the mean of n repetitions: signal / (signal + noise / n), in variances.
    random = np.random.default_rng(5)
    signal = random.normal(0, 1, (400, 30))
    responses = np.repeat(signal, repetitions, axis=0)
    responses += random.normal(0, noise, responses.shape)
    stimuli = np.repeat(np.arange(400), repetitions)
    order = random.permutation(len(stimuli))
    found = split_half(responses[order], stimuli[order])
    # An odd number has halves of different sizes, which costs a little.
    assert found.median == pytest.approx(1 / (1 + noise**2 / repetitions), abs=0.03)
    assert found == split_half(responses[order], stimuli[order])


def test_gaps_are_left_out_and_too_few_stimuli_have_none():
    random = np.random.default_rng(0)
    responses = np.repeat(random.normal(0, 1, (20, 2)), 2, axis=0)
    responses[3, 0] = np.nan
    responses[:, 1] = 4.0
    stimuli = np.repeat(np.arange(20), 2)
    assert split_half(responses, stimuli).neuroids == 1
    assert split_half(responses[:4], stimuli[:4]) is None
    assert split_half(responses, np.arange(40)) is None
