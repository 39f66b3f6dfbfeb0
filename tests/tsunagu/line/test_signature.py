from tsunagu.line.signature import is_valid, sign

# The vector LINE publishes with its documentation.
SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BODY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_the_published_vector_is_signed_alike() -> None:
    assert SIGNATURE == sign(SECRET, BODY)
    assert is_valid(SECRET, BODY, SIGNATURE)


def test_one_changed_byte_is_noticed() -> None:
    assert not is_valid(SECRET, BODY + b" ", SIGNATURE)
    assert not is_valid(SECRET + "0", BODY, SIGNATURE)


def test_a_signature_that_is_not_ascii_is_only_wrong() -> None:
    assert not is_valid(SECRET, BODY, "署名")
    assert not is_valid(SECRET, BODY, "\udcff")
    assert not is_valid(SECRET, BODY, "")
