"""The model alone, without a server: does it know the merge table, and do the dice get there?"""

from model import Column, Model, Table, merge_row, merge_table, row_identity
from steps import Dice, Merge
from test_model import SEEDS, STEPS

K, V, N = Column("k", "INTEGER"), Column("v", "VARCHAR"), Column("n", "INTEGER", 7)


def table(*rows, key=None, columns=(K, V)):
    made = Table("t", list(columns), key)
    for row in rows:
        made.insert(row)
    return made


def merged(base, main, branch, side="branch"):
    result, conflicts, _ = merge_table("t", base, main, branch, side)
    return result and result.values(), len(conflicts)


def test_rows_merge_per_cell():
    assert merge_row((1, "a", 1), (1, "b", 1), (1, "a", 2), "branch") == ((1, "b", 2), False)
    assert merge_row((1, "a", 1), (1, "b", 2), (1, "c", 1), "branch") == ((1, "c", 2), True)
    assert merge_row((1, "a", 1), (1, "b", 2), (1, "c", 1), "main") == ((1, "b", 2), True)


def test_deleted_against_changed_is_a_conflict_and_deleted_on_both_is_not():
    assert merge_row((1, "a"), None, (1, "b"), "branch") == ((1, "b"), True)
    assert merge_row((1, "a"), None, (1, "b"), "main") == (None, True)
    assert merge_row((1, "a"), None, None, "main") == (None, False)


def test_inserted_on_both_conflicts_unless_equal():
    assert merge_row(None, (1, "a"), (1, "a"), "branch") == ((1, "a"), False)
    assert merge_row(None, (1, "a"), (1, "b"), "main") == ((1, "a"), True)


def test_main_unchanged_takes_the_branch_in_its_order():
    base, branch = table((1, "a"), (2, "b")), table((2, "b"), (1, "c"))
    assert merged(base, table((1, "a"), (2, "b")), branch) == ([(2, "b"), (1, "c")], 0)


def test_multisets_without_identity():
    base = table((1, "a"), (1, "a"), (2, "b"))
    main = table((1, "a"), (1, "a"), (2, "b"), (2, "b"))
    branch = table((1, "a"), (2, "b"), (9, "z"))
    result, conflicts = merged(base, main, branch)
    assert sorted(result) == [(1, "a"), (2, "b"), (2, "b"), (9, "z")] and conflicts == 0


def test_both_removed_an_equal_row_is_one_conflict_of_the_table():
    base = table((1, "a"), (1, "a"), (2, "b"))
    main, branch = table((1, "a"), (1, "a")), table((1, "a"), (1, "a"), (2, "c"))
    assert merged(base, main, branch, "branch") == (branch.values(), 1)
    assert merged(base, main, branch, "main") == (main.values(), 1)


def test_a_new_column_takes_its_default_in_the_rows_of_the_other_side():
    base, main = table((1, "a"), key="primary"), table((1, "b"), (2, "x"), key="primary")
    branch = table((1, "a", 5), key="primary", columns=(K, V, N))
    assert merged(base, main, branch) == ([(1, "b", 5), (2, "x", 7)], 0)


def test_drops():
    base, changed = table((1, "a")), table((1, "b"))
    assert merged(base, None, changed, "branch") == ([(1, "b")], 1)
    assert merged(base, None, changed, "main") == (None, 1)
    assert merged(base, changed, None, "branch") == (None, 1)
    assert merged(base, changed, None, "main") == ([(1, "b")], 1)
    assert merged(base, table((1, "a")), None) == (None, 0)
    assert merged(base, None, table((1, "a"))) == (None, 0)


def test_identity_is_the_first_column_unique_in_base_main_and_branch():
    one, two = table((1, "a"), (1, "b")), table((1, "a"), (2, "b"))
    assert row_identity(two, two, two) == "k"
    assert row_identity(two, one, two) == "v"
    assert row_identity(one, one, table((1, None))) is None


def rules_reached(seed, steps):
    """Plays a history on the model alone and notes which rows of the merge table it used."""
    model, dice, reached = Model(), Dice(seed), set()

    def play(step):
        if isinstance(step, Merge):
            _, conflicts, rules = step.plan(model)
            if not step.dry_run and not (step.strategy == "abort" and conflicts):
                reached.update(rules)
        step.apply(model)

    for step in dice.first_steps():
        play(step)
    for _ in range(steps):
        play(dice.next(model))
    return reached


def test_the_default_histories_reach_every_row_of_the_merge_table():
    rows = "rows with identity", "rows without identity"
    rows += "rows and schema with identity", "rows and schema without identity"
    expected = {
        "main unchanged", "branch unchanged, main stays", "branch unchanged, main dropped",
        "dropped in main, changed in the branch", "changed in main, dropped in the branch",
        "created in the branch", "created on both", "dropped in the branch",
        "schema changed on both", "equal change on both",
        *rows, *(f"{row}, conflict" for row in rows),
    }  # fmt: skip
    assert set().union(*(rules_reached(seed, STEPS) for seed in SEEDS)) == expected
