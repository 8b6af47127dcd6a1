from sidecar.engines.vllm_omni.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Clock) -> Breaker:
    breaker = Breaker(clock, faults_to_open=3, rest_s=15)
    for _ in range(3):
        assert breaker.admit()
        breaker.failed()
    return breaker


def test_it_opens_after_so_many_faults_in_a_row() -> None:
    breaker = broken(Clock())
    assert not breaker.closed
    assert not breaker.admit()
    assert breaker.opens_in_s == 15


def test_a_success_between_faults_keeps_it_closed() -> None:
    breaker = Breaker(Clock(), faults_to_open=2)
    for _ in range(5):
        breaker.failed()
        breaker.succeeded()
    assert breaker.admit()


def test_after_its_rest_it_admits_one_request_at_a_time() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 14.9
    assert not breaker.admit()
    clock.now = 15.0
    assert breaker.admit()
    assert not breaker.admit()


def test_the_one_on_trial_closes_it_by_succeeding() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 20.0
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.closed
    assert breaker.admit()
    assert breaker.admit()


def test_the_one_on_trial_opens_it_for_another_rest_by_failing() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 20.0
    assert breaker.admit()
    breaker.failed()
    assert breaker.opens_in_s == 15
    assert not breaker.admit()


def test_one_on_trial_that_is_given_up_leaves_the_trial_to_the_next() -> None:
    clock = Clock()
    breaker = broken(clock)
    clock.now = 20.0
    assert breaker.admit()
    breaker.gave_up()
    assert not breaker.closed
    assert breaker.admit()
