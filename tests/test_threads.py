"""Linear algebra on one thread while topics are answered."""

from threadpoolctl import threadpool_info, threadpool_limits

from search.threads import OneThread


def blas_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_the_last_to_leave_restores() -> None:
    """However those inside overlap: one thread as long as somebody is in, then as many as before."""
    one = OneThread()
    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        one.__enter__()
        one.__enter__()
        one.__exit__()
        assert blas_threads() == {1}
        one.__exit__()
        assert blas_threads() == before == {2}
