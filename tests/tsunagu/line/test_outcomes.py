from tsunagu.line.outcomes import Outcome, outcome_of


def test_every_status_has_exactly_the_outcome_that_line_documents() -> None:
    for status in range(200, 600):
        expected = Outcome.UNKNOWN
        if status < 300 or status == 409:
            expected = Outcome.ACCEPTED
        elif status == 429:
            expected = Outcome.SLOW_DOWN
        elif status < 500 and status != 408:
            expected = Outcome.REFUSED
        assert expected == outcome_of(status), status


def test_a_429_about_the_month_is_not_about_the_second() -> None:
    assert Outcome.OVER_QUOTA == outcome_of(429, '{"message":"You have reached your monthly limit."}')
    assert Outcome.SLOW_DOWN == outcome_of(429, '{"message":"The API rate limit has been exceeded."}')


def test_no_answer_at_all_is_unknown() -> None:
    assert Outcome.UNKNOWN == outcome_of(0)
