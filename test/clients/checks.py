"""Runs checks one after the other and tells of each: "ok NAME", or "FAILED NAME: why"."""

import time
import traceback
from os.path import basename

from botocore.exceptions import ClientError


def run(account, checks):
    """Every check gets the account and raises what is wrong with it. Returns the exit status."""
    failed = 0
    for check in checks:
        name = f"boto3 {check.__name__.replace('_', ' ')}"
        try:
            check(account)
            print(f"ok {name}", flush=True)
        except Exception as error:  # one that fails must not hide the others
            failed += 1
            frame = [one for one in traceback.extract_tb(error.__traceback__) if "boto3_" in one.filename][-1]
            print(f"FAILED {name}: {type(error).__name__}: {error} ({basename(frame.filename)}:{frame.lineno})", flush=True)
    return 1 if failed else 0


def same(seen, expected):
    assert seen == expected, f"{seen!r}, expected {expected!r}"


def until(what, predicate, seconds=60):
    """Asks every 0.2 s, and fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def refused(expected, call, code=None, status=400, words=""):
    """The error of a call that must fail with the exception class `expected`, its code and its words."""
    try:
        call()
    except expected as error:
        if isinstance(error, ClientError):
            answer = error.response
            same(answer["Error"]["Code"], code or type(error).__name__)
            same(answer["ResponseMetadata"]["HTTPStatusCode"], status)
            assert answer["ResponseMetadata"]["RequestId"], "without a request id"
        assert words in str(error), f"{error} does not say {words!r}"
        return error
    raise AssertionError(f"not refused with {code or expected}")
