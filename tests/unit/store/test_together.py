from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from gateway.store.database import Contended, Database, Transaction
from gateway.store.together import Busy, Closed, Together
from tests.databases import SQLITE

pytestmark = pytest.mark.parametrize("kind", [SQLITE])


class Writing:
    """Notes the batches, and does what it is told before."""

    def __init__(self, *problems: Exception) -> None:
        self.batches: list[list[int]] = []
        self.problems = list(problems)
        self.began = threading.Event()
        self.may_go = threading.Event()

    def __call__(self, tx: Transaction, some: Sequence[int]) -> list[int]:
        self.began.set()
        assert self.may_go.wait(20)
        if self.problems:
            raise self.problems.pop(0)
        self.batches.append(list(some))
        return [one * 2 for one in some]


@pytest.fixture
def writing() -> Writing:
    return Writing()


@pytest.fixture
def together(db: Database, writing: Writing) -> Iterator[Together[int, int]]:
    made = Together(db, "test", writing, batch=3, backlog=4)
    yield made
    writing.may_go.set()
    made.close()


def test_what_waits_shares_a_commit(together, writing):
    futures = [together.put(n) for n in range(5)]
    writing.may_go.set()

    assert [future.result(20) for future in futures] == [0, 2, 4, 6, 8]
    assert len(writing.batches) in (2, 3)
    assert max(map(len, writing.batches)) <= 3


def test_threads_and_loops_may_wait_for_one_commit(
    together: Together[int, int], writing: Writing
):
    async def awaited() -> list[int]:
        promised = [together.promise(n) for n in (1, 2)]
        writing.may_go.set()
        return await asyncio.gather(*promised)

    waited = together.put(0)

    assert asyncio.run(awaited()) == [2, 4]
    assert waited.result(20) == 0


def test_a_problem_is_told_to_who_awaits_too(
    together: Together[int, int], writing: Writing
):
    async def awaited() -> int:
        return await together.promise(1)

    writing.problems = [ValueError("no")]
    writing.may_go.set()

    with pytest.raises(ValueError, match="no"):
        asyncio.run(awaited())


def test_what_nobody_awaits_any_more_hinders_nobody(together, writing):
    async def given_up() -> None:
        promised = together.promise(1)
        assert await asyncio.to_thread(writing.began.wait, 20)
        together.promise(2).cancel()
        promised.cancel()
        writing.may_go.set()

    asyncio.run(given_up())

    assert together.put(3).result(20) == 6
    assert writing.batches == [[1], [3]]


def test_a_problem_is_told_to_everybody_in_the_batch(together, writing):
    writing.problems = [ValueError("no")]
    writing.may_go.set()

    with pytest.raises(ValueError, match="no"):
        together.put(1).result(20)
    assert together.put(2).result(20) == 4


def test_who_stood_in_the_way_of_another_tries_again(together, writing):
    writing.problems = [Contended("", {}, Exception())] * 3
    writing.may_go.set()

    assert together.put(1).result(20) == 2


def test_who_stands_in_the_way_too_often_says_so(together, writing):
    writing.problems = [Contended("", {}, Exception())] * 4
    writing.may_go.set()

    with pytest.raises(Contended):
        together.put(1).result(20)


def test_too_many_are_not_let_in(together, writing):
    together.put(0)
    assert writing.began.wait(20)
    for n in range(5):
        together.put(n)

    with pytest.raises(Busy):
        together.put(6)


def test_what_nobody_waits_for_any_more_is_not_written(together, writing):
    first, second = together.put(1), together.put(2)
    cancelled = second.cancel()
    writing.may_go.set()

    assert first.result(20) == 2
    assert not cancelled or writing.batches == [[1]]


def test_nothing_is_taken_in_after_the_end(db, writing):
    made = Together(db, "test", writing, batch=3, backlog=4)
    writing.may_go.set()
    made.close()

    with pytest.raises(Closed):
        made.put(1)


def test_under_load_the_next_commit_waits_for_company(db: Database, writing: Writing):
    writing.may_go.set()
    together = Together(db, "test", writing, batch=9, backlog=9, gather_s=1)
    first = together.put(1).result(20)
    others = [together.put(n) for n in (2, 3)]
    time.sleep(0.05)
    others.append(together.put(4))

    assert first == 2
    assert [other.result(20) for other in others] == [4, 6, 8]
    assert writing.batches == [[1], [2, 3, 4]]
    together.close()
