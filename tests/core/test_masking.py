"""What gives a secret away is masked, and what does not stays as it is."""

from __future__ import annotations

import base64
import html
import json
import pprint
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfkit.core.known_secrets import know
from wfkit.core.masked_facts import masked_error
from wfkit.core.masking import (
    masked,
    masked_bundle,
    masked_code,
    masked_data,
    masked_lines,
    masked_message,
)
from wfkit.core.secret_names import fold, is_sensitive, values

S = "hunter2-xyz"
NAMED = [
    "password=S",
    'password = "S"',
    "password:S",
    "invalid password: S",
    "pwd=S",
    "MYSQL_PWD=S mysql",
    "PGPASSWORD=S psql",
    "db_pass=S",
    "passwd: S",
    "passphrase: correct S battery",
    "export API_TOKEN=S",
    "token: S",
    "my.secret: S",
    "apiKey: S",
    "secretKey=S",
    "AccountName=x;AccountKey=S==;",
    "aws_secret_access_key = S",
    '"aws_session_token": "S"',
    "clientSecret=S&x=1",
    "{'db_password': 'S', 'user': 'x'}",
    '{"password": "S"}',
    '"password":"S"',
    r"{\"password\": \"S\"}",
    r'password="a\"S"',
    "token = '''S\nS'''",
    'token = """S"""',
    'password: str = "S"',
    "password=>'S'",
    'os.environ["TOKEN"] = "S"',
    "db.credentials={'u': 'S'}",
    'secrets=["S", "T"]',
    "[('password', 'S'), ('user', 'x')]",
    '(b"password", b"S")',
    "b'password=S'",
    "<password>S</password>",
    '<db:password type="x">S</db:password>',
    "--password S --user bob",
    "--api-key=S",
    "--db-password S",
    "Authorization: Bearer S.abc",
    "Authorization: Basic S",
    "Authorization: Digest username=x, response=S",
    'curl -H "Authorization: Bearer S"',
    "{'Authorization': 'Bearer S'}",
    "Cookie: a=S; b=S",
    "Set-Cookie: session=S; Path=/",
    "https://x/y?token=S&y=1",
    "https://x/y?sv=1&sig=S%3D",
    "https://x/y?X-Amz-Signature=S",
    "ValueError: wrong password 'S'",
    "CREATE USER u WITH PASSWORD 'S'",
    "CREATE USER u IDENTIFIED BY 'S'",
    'PASSWORD="S',
    "Connection string: S",
]
FORMATS = {
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "AWS for a while": "ASIAIOSFODNN7EXAMPLE",
    "GitHub": "ghp_" + "a1B2" * 9,
    "GitHub, fine": "github_pat_" + "a1B2" * 10,
    "GitLab": "glpat-" + "a1B2-" * 4,
    "Slack": "xoxb-1234567890-abcdefghij",
    "Slack, of an app": "xapp-1-A1B2C3-1234567890",
    "Slack's webhook": "T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX",
    "Discord's webhook": "123456789012345678/abcdefghijklmnop-_",
    "JWT": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    "Google": "AIza" + "b" * 35,
    "Stripe": "sk_live_" + "a1" * 12,
    "OpenAI": "sk-proj-" + "a1B2" * 8,
    "Anthropic": "sk-ant-api03-" + "a1B2" * 8,
    "Hugging Face": "hf_" + "a1B2" * 9,
    "npm": "npm_" + "a1B2" * 9,
    "PyPI": "pypi-AgEIcHlwaS5vcmc" + "a1B2" * 12,
    "SendGrid": "SG." + "a" * 22 + "." + "b" * 43,
    "Telegram": "123456789:AA" + "b" * 33,
    "PEM": "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "URL": "s3cr3t%21",
    "URL with more than one sign": "s3:cr@t",
    "URL without a user": "s3cr3tpart",
    "URL with a token": "0123456789abcdef0123456789abcdef",
    "bearer": "abcDEF123456.xyz",
}
AROUND = {
    "Slack's webhook": "https://hooks.slack.com/services/{}",
    "Discord's webhook": "https://discord.com/api/webhooks/{}",
    "PEM": "-----BEGIN RSA PRIVATE KEY-----\n{}\nQ==\n-----END RSA PRIVATE KEY-----",
    "URL": "postgres://shop:{}@db:5432/sales",
    "URL with more than one sign": "mailto://shop:{}@mail.example.com",
    "URL without a user": "redis://:{}@cache:6379/0",
    "URL with a token": "https://{}@git.example.com/shop.git",
    "bearer": "got Bearer {} back",
}


@pytest.mark.parametrize("text", NAMED)
def test_a_name_gives_its_value_away(text: str) -> None:
    found = masked(_planted(text))
    assert S not in found
    assert "***" in found
    assert masked(found) == found


def _planted(text: str) -> str:
    """Put the secret where S stands alone."""
    return re.sub(r"(?<![A-Za-z])S(?![A-Za-z])", S, text)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("around", ["{}", "({})", "got '{}', which is wrong", "url?x={}&y=1"])
def test_a_format_gives_it_away(name: str, around: str) -> None:
    secret = FORMATS[name]
    text = around.format(AROUND.get(name, "{}").format(secret))
    found = masked(text)
    assert secret not in found
    assert masked(found) == found
    assert secret not in masked_code(text)
    assert secret not in masked_message(text)


@pytest.mark.parametrize(
    "text",
    [
        "password must have 8 characters",
        "KeyError: 'password'",
        "tokens: 512",
        "max_tokens=512",
        "token: None",
        "secret=True",
        "token: the",
        "token = login(user)",
        "password = get_password()",
        "key=5",
        "primary_key: identity",
        "passed: 300000 tests",
        "password_length=12345678",
        "Index(['user', 'password', 'email'])",
        "compass: northwest",
        "bypass=1234567",
        "monkey: bananas",
        "keys: alpha, beta",
        "turnkey: solution",
        "passenger: bob.smith",
        'no task is called "token". Did you mean "tokens"?',
        "the param token cannot be stored: TypeError",
        "params: password, region",
        "http://localhost:8888/tree",
        "https://example.com/a?b=c:d@e",
        "ssh://git@host/shop.git",
        "2000-01-01T00:00:00+00:00",
        "mailto:bob@example.com",
        "risk-averse-and-something-else-that-is-long",
        "Basic instructions: see below",
        "single bottom shape",
        "",
        "***",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) == text
    assert masked_code(text) == text


def test_code_keeps_what_is_no_literal() -> None:
    assert masked_code("token=token, password=self.password") == (
        "token=token, password=self.password"
    )
    assert masked_code('login(password="hunter2", url="https://a:b@c")') == (
        'login(password="***", url="https://a:***@c")'
    )


def test_what_is_around_a_secret_stays() -> None:
    assert masked("a password='x y', b={'token': 'z'} at https://u:p@h:1/p?q#f !") == (
        "a password='***', b={'token': '***'} at https://u:***@h:1/p?q#f !"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("password", True),
        ("DB_PASSWORD", True),
        ("dbPassword", True),
        ("api-key", True),
        ("x_api_key", True),
        ("apikey", True),
        ("client_secret", True),
        ("access_token", True),
        ("private_key", True),
        ("aws_access_key_id", True),
        ("smtp_pass", True),
        ("credentials", True),
        ("Authorization", True),
        ("tokens", False),
        ("token_count", False),
        ("primary_key", False),
        ("key", False),
        ("bypass", False),
        ("region", False),
        ("", False),
        (None, False),
        ("password" * 1000, False),
    ],
)
def test_names_that_are_sensitive(name: object, expected: bool) -> None:
    assert is_sensitive(name) is expected


SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": lambda it: repr({"x": it}),
    "ascii": ascii,
    "JSON": json.dumps,
    "JSON, not escaped": lambda it: json.dumps({"a": [it]}, ensure_ascii=False),
    "HTML": lambda it: f"<td>{html.escape(it)}</td>",
    "URL": lambda it: f"https://x?q={quote(it)}&y=1",
    "URL, all of it": lambda it: quote(it, safe=""),
    "form": lambda it: f"a={quote_plus(it)}",
    "bytes": lambda it: repr(it.encode()),
    "hex": lambda it: it.encode().hex(),
    "base64": lambda it: base64.b64encode(it.encode()).decode(),
    "base64 in a URL": lambda it: base64.urlsafe_b64encode(it.encode()).decode(),
    "base64 with a user": lambda it: base64.b64encode(f"bob:{it}".encode()).decode(),
    "base64 within": lambda it: base64.b64encode(f"{{'p': '{it}'}}".encode()).decode(),
    "pprint": lambda it: pprint.pformat({"x": [it] * 3}),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "secret",
    ["correct-horse-42", "a&b<c>\"d'e/f g", "caf\u00e9 \u58f2\u4e0a+100%", "back\\slash\ttab"],
)
def test_a_known_secret_is_found_however_it_is_spelled(spelling: str, secret: str) -> None:
    text = f"before {SPELLINGS[spelling](secret)} after"
    if spelling == "bytes" and not secret.isascii():
        know(secret.encode())
    know(secret)
    found = masked(text)
    assert found.startswith("before ")
    assert found.endswith(" after")
    assert "***" in found
    for way in ("as it is", "repr", "JSON", "URL", "hex", "base64"):
        core = SPELLINGS[way](secret).strip("\"'= ")
        assert core not in found


def test_known_bytes_are_found_as_they_are_printed() -> None:
    secret = b"\x00\xffbinary\n"
    know(secret)
    for text in (repr(secret), secret.hex(), base64.b64encode(secret).decode()):
        assert "***" in masked(text)
        assert text not in masked(text)


def test_a_secret_within_another_does_not_break_it() -> None:
    know("horse-42")
    know("correct-horse-42-battery")
    assert masked("correct-horse-42-battery and horse-42") == "*** and ***"


def test_lines_of_a_known_secret_are_found_one_by_one() -> None:
    know("first line of it\nsecond line of it\nshort")
    assert masked_lines(["x first line of it", "second line of it", "short"]) == [
        "x ***",
        "***",
        "short",
    ]


PEM = [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    *["b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"] * 3,
    "abcd",
    "-----END OPENSSH PRIVATE KEY-----",
]


def test_a_private_key_over_many_lines_is_masked_to_its_end() -> None:
    assert masked_lines(["before", *PEM, "abcd", "after"]) == [
        "before",
        *["***"] * len(PEM),
        "abcd",
        "after",
    ]


def test_a_private_key_without_an_end_takes_no_other_lines_along() -> None:
    cut = [*PEM[:3], "done", "x" * 40 + "!"]
    assert masked_lines(cut) == ["***"] * 3 + cut[3:]
    assert masked_lines(PEM[:1]) == ["***"]


def test_lines_without_a_secret_are_the_very_same() -> None:
    lines = ["one", "two"]
    assert all(a is b for a, b in zip(masked_lines(lines), lines, strict=True))
    assert masked_lines([]) == []


def test_data_is_masked_in_its_texts_and_by_its_names() -> None:
    data = {
        "user": "bob",
        "password": "x",
        "apiKey": 12345,
        "token": None,
        "secret": True,
        "nested": [{"client_secret": ["a", "b"]}, ("https://a:b@c", 3)],
        "text": "password=hunter2",
    }
    assert masked_data(data) == {
        "user": "bob",
        "password": "***",
        "apiKey": "***",
        "token": None,
        "secret": True,
        "nested": [{"client_secret": "***"}, ["https://a:***@c", 3]],
        "text": "password=***",
    }


def test_data_that_holds_itself_ends() -> None:
    data: dict[str, object] = {"password": "x"}
    data["again"] = data
    found = masked_data(data)
    for _ in range(20):
        assert found["password"] == "***"
        found = found["again"]


def test_pictures_of_dots_are_left_alone() -> None:
    dots: str = "eyJ" * 30
    metadata: dict[str, object] = {"image/png": {"width": 3}}

    def bundle(value: str) -> dict[str, dict[str, object]]:
        shown = {"text/html": f"<b>pwd={value}</b>", "image/svg+xml": f"<text>pwd={value}</text>"}
        return {"data": {**shown, "image/png": dots}, "metadata": metadata}

    assert masked_bundle(bundle("hunter2")) == bundle("***")


def test_an_error_is_recorded_without_the_secrets_in_its_code() -> None:
    clean = ["your code, line 3, in load", "    return rows"]
    leaky = ["your code, line 4, in get", f'    login(password="{S}")']
    error = {"type": "ValueError", "message": "no rows", "line": None}
    assert masked_error({**error, "traceback": clean})["traceback"] == clean
    found = masked_error({**error, "traceback": [*clean, *leaky]})["traceback"]
    assert found == [*clean, leaky[0], '    login(password="***")']


@given(st.text(), st.text(min_size=1))
def test_masking_is_done_once(before: str, after: str) -> None:
    found = masked(f"{before}password={S} {after}")
    assert S not in found or S in before + after
    assert masked(found) == found


@given(st.text(alphabet="pasword=:'\"\\ tokenkey[{(<>-,;&?/@\n\u0130\u00df"))
def test_spans_lie_in_the_text_and_in_order(text: str) -> None:
    end = 0
    folded = fold(text)
    assert len(folded) == len(text)
    for start, after in values(folded):
        assert end <= start < after <= len(text)
        end = after


ENDLESS = ["a.b-c_", "--token-", "password", "secret=[", "password : ", "<password ", "token:"]
ENDLESS += ["-----BEGIN PRIVATE KEY-----", "authorization", "eyJ", "://", "://a:", "password='"]
ENDLESS += ["password='\\", 'password="', "('token", 'key="""', "Bearer ", "ghp_a"]


@pytest.mark.slow
@pytest.mark.parametrize("piece", ENDLESS)
def test_no_text_takes_for_ever(piece: str) -> None:
    # Where the time grew with the square of the length, this would not come back.
    text = piece * (500_000 // len(piece))
    assert len(masked(text)) <= len(text) + 3
