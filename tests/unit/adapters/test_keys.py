"""Keys: in order, apart, and within what DynamoDB takes."""

from hypothesis import given
from hypothesis import strategies as st

from seriatim.adapters.dynamodb import keys
from seriatim.domain.values import ExecutionKey

IDS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="#/"),
    min_size=1,
    max_size=128,
)


@given(IDS, IDS)
def test_keys_of_the_longest_ids_fit(project: str, execution: str) -> None:
    partition = keys.log_partition(ExecutionKey(project, execution))
    assert len(partition.encode()) <= keys.PARTITION_KEY_BYTES_MAX


def test_ids_of_four_bytes_a_character_fit() -> None:
    longest = "🦊" * 128
    partition = keys.log_partition(ExecutionKey(longest, longest))
    assert len(partition.encode()) <= keys.PARTITION_KEY_BYTES_MAX
    assert len(f"{keys.ordered_time(0)}#{longest}".encode()) <= keys.SORT_KEY_BYTES_MAX


@given(IDS, IDS, IDS, IDS)
def test_different_executions_have_different_keys(a: str, b: str, c: str, d: str) -> None:
    one, other = ExecutionKey(a, b), ExecutionKey(c, d)
    assert (keys.log_partition(one) == keys.log_partition(other)) == (one == other)


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_steps_sort_by_number_and_a_snapshot_right_after_its_step(a: int, b: int) -> None:
    assert (keys.step_key(a) < keys.step_key(b)) == (a < b)
    assert keys.step_key(a) < keys.snapshot_key(a) < keys.step_key(a + 1) < keys.LAST_STEP
    assert keys.step_key(a) > keys.FIRST_STEP
