import numpy as np
import pytest

from copilot.sandbox.chance import Chance, poisson_quantile

CHANCE = Chance(5)
KEYS = np.arange(200_000)


def test_a_draw_depends_on_its_keys_alone():
    whole = CHANCE.uniform("a", KEYS[:, None][:50], np.arange(7))
    assert whole.shape == (50, 7)
    assert whole[31, 4] == CHANCE.uniform("a", 31, 4)[0]
    assert (CHANCE.uniform("a", KEYS[100:110]) == CHANCE.uniform("a", KEYS)[100:110]).all()


def test_streams_seeds_and_the_order_of_keys_give_other_numbers():
    one = CHANCE.uniform("a", 1, 2)
    assert (
        len(
            {
                float(u[0])
                for u in (one, CHANCE.uniform("b", 1, 2), Chance(6).uniform("a", 1, 2), CHANCE.uniform("a", 2, 1))
            }
        )
        == 4
    )


@pytest.mark.parametrize(
    ("drawn", "mean", "deviation"),
    [
        (CHANCE.uniform("u", KEYS), 0.5, 12**-0.5),
        (CHANCE.normal("n", KEYS), 0, 1),
        (CHANCE.exponential("e", KEYS), 1, 1),
        (CHANCE.poisson("p", 0.3, KEYS), 0.3, 0.3**0.5),
        (CHANCE.poisson("q", 40.0, KEYS), 40, 40**0.5),
    ],
)
def test_draws_have_the_moments_of_their_distribution(drawn, mean, deviation):
    assert drawn.mean() == pytest.approx(mean, abs=0.012 * max(deviation, 1))
    assert drawn.std() == pytest.approx(deviation, rel=0.02)


def test_neighbouring_keys_are_not_correlated():
    drawn = CHANCE.uniform("u", KEYS)
    assert abs(np.corrcoef(drawn[:-1], drawn[1:])[0, 1]) < 0.01


def test_pick_follows_the_shares_of_each_row():
    shares = np.where(KEYS[:, None] % 2 == 0, [[1.0, 0.0, 3.0]], [[0.0, 1.0, 0.0]])
    picked = CHANCE.pick("s", shares, KEYS)
    assert set(picked[1::2]) == {1}
    assert (picked[::2] == 2).mean() == pytest.approx(0.75, abs=0.01)
    assert set(picked[::2]) == {0, 2}


def test_a_rate_of_zero_gives_nothing():
    assert poisson_quantile(np.array([0.01, 0.999]), np.zeros(2)).tolist() == [0, 0]
