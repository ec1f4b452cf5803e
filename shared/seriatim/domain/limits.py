"""Every limit of a definition, by name, unit last; the reason beside it where it is not plain.

An error that a limit causes says the limit and the value. The limits of expressions are in
``expressions.budget``. May import nothing.
"""

from typing import Final

# Text
ID_CHARACTERS_MAX: Final = 128
"""Of a node, a transition, a sequence, a task definition, a pool, a template or a trigger."""
NAME_CHARACTERS_MAX: Final = 256
"""Of anything that is named: sequences, nodes, transitions, variables, inputs, outputs, signals,
error codes.
"""
VERSION_CHARACTERS_MAX: Final = 128
DESCRIPTION_CHARACTERS_MAX: Final = 4_096
URL_CHARACTERS_MAX: Final = 4_096
TEXT_CHARACTERS_MAX: Final = 256_000
"""Of the message of an error that is reported, and of a text that is searched for."""

# Counts in one definition
NODES_MAX: Final = 10_000
TRANSITIONS_MAX: Final = 50_000
VARIABLES_MAX: Final = 1_000
MAPPINGS_PER_NODE_MAX: Final = 1_000
DEPENDENCIES_PER_NODE_MAX: Final = 1_000
CANCELLED_NODES_PER_NODE_MAX: Final = 1_000
POOLS_PER_NODE_MAX: Final = 50
METADATA_KEYS_MAX: Final = 50
SEARCHABLE_KEYS_MAX: Final = 5
"""Of a project's metadata: each costs a write for every execution that has it."""
SEARCHED_KEYS_MAX: Final = 10
"""Of metadata, in one search."""
RETRYABLE_ERRORS_MAX: Final = 100
TEMPLATE_PARAMETERS_MAX: Final = 100
TARGETS_MAX: Final = 100
HEADERS_MAX: Final = 100
BUNDLE_ENTRIES_MAX: Final = 1_000
"""Of each list of a bundle."""

# JSON
JSON_DEPTH_MAX: Final = 32
"""Levels of objects and arrays, the outermost counted as 1."""

# Time
DURATION_SECONDS_MAX: Final = 31_622_400
"""A leap year: time-outs, intervals and durations."""
RETENTION_DAYS_MAX: Final = 3_650
"""How long executions that have ended are kept, if not for ever."""

# Retries
RETRIES_MAX: Final = 1_000
RETRIES_DEFAULT: Final = 3
RETRY_INTERVAL_SECONDS_DEFAULT: Final = 1
RETRY_NEAR_MS_MAX: Final = 10_000
"""During a back-off of so long at most the execution stays ``running``: each change of its status
is written to all lists and published, which costs five times the attempt itself.
"""
BACKOFF_MULTIPLIER_MIN: Final = 1
BACKOFF_MULTIPLIER_MAX: Final = 100
BACKOFF_MULTIPLIER_DEFAULT: Final = 2

# Running
NODE_RUNS_MAX: Final = 10_000_000
NODE_RUNS_DEFAULT: Final = 10_000
"""Runs of one node (in a ``forEach`` body: for one item) before ``LoopLimit``."""
CONCURRENCY_MAX: Final = 1_000_000
STARTS_PER_MINUTE_MAX: Final = 1_000_000
STEPS_PER_DAY_MAX: Final = 1_000_000_000_000
TIMERS_PER_DAY_MAX: Final = 1_000_000_000_000
POOL_CAPACITY_MAX: Final = 1_000_000
PRIORITY_ABS_MAX: Final = 1_000_000_000
FOR_EACH_ITEMS_MAX: Final = 10_000
"""Items of one list inside one execution; a subprocess with ``forEach`` takes more, by child
executions.
"""
FOR_EACH_RUNS_MAX: Final = 100_000
"""Node runs that the items under way of one list may have in the state: items, times nodes of the
body, times items under way of the lists around it. Of a longer list the rest begins as others end.
A run takes some 1.5 KB of a worker's memory.
"""
FOR_EACH_NESTED_ITEMS_MAX: Final = 1_000_000
"""Items of a list within lists, times the items under way of those."""
CHILDREN_MAX: Final = 100_000
"""Child executions of one node run."""
SIGNALS_KEPT_MAX: Final = 2_000
"""Signals of one execution that no node has taken yet."""
GLOBAL_WRITES_MAX: Final = 99
"""Global variables that one step sets: a transaction of DynamoDB has 100 items, the step is one."""
HOPS_MAX: Final = 10
"""Starts in a row, each by a trigger that hears of the one before, or by its failure: a ring of
them comes to an end.
"""
REDRIVE_NODES_MAX: Final = 100
"""Nodes that a redrive is told to go on from."""
TARGET_WEIGHT_MAX: Final = 1_000_000
PERMITS_MAX: Final = 1_000_000
PERCENTAGE_MAX: Final = 100
REVISION_MAX: Final = 1_000_000_000

# Permits
RESOURCE_POOLS_MAX: Final = 200
"""Of a project: all of them are one document."""
LEDGER_REQUESTS_MAX: Final = 20_000
"""Grants and waiting requests of one ledger: some 5 MB, written anew at each change."""

# What validation reports and how hard it tries
PROBLEMS_MAX: Final = 1_000
"""Problems in one answer; one more says how many were left out."""
HINTED_PROBLEMS_MAX: Final = 200
"""Problems of a document's shape that say what may have been meant."""
CIRCULAR_PATHS_MAX: Final = 100
BLOCKING_CYCLES_MAX: Final = 100
CYCLE_TRANSITIONS_VISITED_MAX: Final = 1_000_000
"""Transitions that the search for circular paths may look at; then it says that there are more."""
BODY_NODES_MAX: Final = 300_000
"""Nodes of all ``forEach`` bodies together, a nested one counted in each that holds it."""
PATH_CHARACTERS_SHOWN_MAX: Final = 4_096
"""Characters of a path that a message spells out; the middle of a longer one is left out."""
SHOWN_VALUE_CHARACTERS_MAX: Final = 60
"""Characters of a wrong value that a message repeats."""
BRANCH_TRANSITIONS_VISITED_MAX: Final = 1_000_000
"""Transitions that the warnings about branches and joins may look at; a wider search stops and says
so.
"""
CERTAINTY_ROUNDS_MAX: Final = 20
"""Passes over the graph to find which nodes surely ran; loops nested deeper give fewer warnings,
never wrong errors.
"""

# Moves to another revision
MOVED_EXECUTIONS_MAX: Final = 200
"""Executions of one call: each is read and gets a step while the caller waits."""
DIFFERENCES_MAX: Final = 2_000
"""Differences between two revisions that one answer lists."""

# Files
FILE_BYTES_MAX: Final = 64 * 1024 * 1024
UPLOAD_BYTES_MAX: Final = 32 * 1024 * 1024
"""Of a document that is uploaded; a sequence of 10,000 nodes and 50,000 transitions has some 7 MB.
"""
YAML_VALUES_MAX: Final = 2_000_000
"""Values of one YAML document with its aliases written out: the bound against alias bombs."""

assert UPLOAD_BYTES_MAX <= FILE_BYTES_MAX, "what can be uploaded can be in a file"
assert NODES_MAX <= TRANSITIONS_MAX, "every node but one needs a way in"
assert FOR_EACH_ITEMS_MAX <= FOR_EACH_RUNS_MAX, "a body of one node runs for all items at once"
assert FOR_EACH_ITEMS_MAX <= FOR_EACH_NESTED_ITEMS_MAX
assert ID_CHARACTERS_MAX <= NAME_CHARACTERS_MAX, "a node without a name is named by its id"
assert 0 <= RETRIES_DEFAULT <= RETRIES_MAX
assert 0 < RETRY_INTERVAL_SECONDS_DEFAULT <= DURATION_SECONDS_MAX
assert BACKOFF_MULTIPLIER_MIN <= BACKOFF_MULTIPLIER_DEFAULT <= BACKOFF_MULTIPLIER_MAX
assert 1 <= NODE_RUNS_DEFAULT <= NODE_RUNS_MAX
assert JSON_DEPTH_MAX >= 8, "a retry policy's list in a bundle's sequence sits at depth 7"
assert CIRCULAR_PATHS_MAX + BLOCKING_CYCLES_MAX < PROBLEMS_MAX, "cycles leave room for the rest"
