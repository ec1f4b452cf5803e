"""What every ``BulkKeys`` does."""

from concurrent.futures import ThreadPoolExecutor

from seriatim.ports.bulk_keys import BulkKeys

NOW = 1_767_225_600_000


def test_a_key_stands_for_the_first_bulk(bulk_keys: BulkKeys, project: str) -> None:
    assert bulk_keys.settle(project, "k", "bulk-1", NOW) == ("bulk-1", NOW)
    assert bulk_keys.settle(project, "k", "bulk-2", NOW + 1) == ("bulk-1", NOW)
    assert bulk_keys.settle(project, "k", "bulk-1", NOW + 2) == ("bulk-1", NOW)


def test_keys_and_projects_are_apart(bulk_keys: BulkKeys, project: str) -> None:
    assert bulk_keys.settle(project, "k", "bulk-1", NOW) == ("bulk-1", NOW)
    assert bulk_keys.settle(project, "l", "bulk-2", NOW) == ("bulk-2", NOW)
    assert bulk_keys.settle(f"{project}-b", "k", "bulk-3", NOW) == ("bulk-3", NOW)


def test_of_many_at_once_one_decides(bulk_keys: BulkKeys, project: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        names = [f"bulk-{number}" for number in range(8)]
        settled = list(pool.map(lambda x: bulk_keys.settle(project, "k", x, NOW), names))
    assert len(set(settled)) == 1
