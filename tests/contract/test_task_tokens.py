"""What every ``TaskTokens`` does."""

import pytest

from seriatim.domain.values import ExecutionKey
from seriatim.ports.task_tokens import TaskTokens, TokenClaims

CLAIMS = TokenClaims(ExecutionKey("project", "exec-1"), 3, 2)


def test_a_token_says_what_it_is_bound_to(tokens: TaskTokens) -> None:
    assert tokens.verify(tokens.issue(CLAIMS)) == CLAIMS


def test_ids_may_be_of_any_script(tokens: TaskTokens) -> None:
    claims = TokenClaims(ExecutionKey("🦊" * 128, "تنفيذ" * 25), 10_000_000, 1_000)
    assert tokens.verify(tokens.issue(claims)) == claims


def test_different_attempts_have_different_tokens(tokens: TaskTokens) -> None:
    key = CLAIMS.key
    others = [
        TokenClaims(key, 3, 1),
        TokenClaims(key, 2, 2),
        TokenClaims(ExecutionKey("project", "exec-2"), 3, 2),
        TokenClaims(ExecutionKey("project-2", "exec-1"), 3, 2),
    ]
    assert len({tokens.issue(claims) for claims in (CLAIMS, *others)}) == 5


def test_a_changed_token_is_refused(tokens: TaskTokens) -> None:
    token = tokens.issue(CLAIMS)
    for index, character in enumerate(token):
        changed = token[:index] + ("A" if character != "A" else "B") + token[index + 1 :]
        with pytest.raises(ValueError, match="task token"):
            tokens.verify(changed)
    for cut in range(len(token)):
        with pytest.raises(ValueError, match="task token"):
            tokens.verify(token[:cut])


@pytest.mark.parametrize(
    "token", ["", " ", "x", ".", "...", "st1...", "st1.k1..", "ключ.я.я.я", "\x00", "a" * 100_000]
)
def test_garbage_is_refused(tokens: TaskTokens, token: str) -> None:
    with pytest.raises(ValueError, match="task token"):
        tokens.verify(token)


def test_a_token_with_something_after_it_is_refused(tokens: TaskTokens) -> None:
    token = tokens.issue(CLAIMS)
    for tail in ("=", "\n", ".", " ", "A"):
        with pytest.raises(ValueError, match="task token"):
            tokens.verify(token + tail)
