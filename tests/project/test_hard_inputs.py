"""Every hard input has a defined outcome, and a test that proves it: this table says which.

A row is a place where something hard can come in; each of its items names the tests, as
`file: test test; file: test`, without `tests/`, `.py` and `test_`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

Table = dict[str, dict[str, str]]
HARD: Table = {
    "Graph": {
        "cycle": "core/test_graph: shortest_cycle_is_told_the_first_by_name_of_equals "
        "long_cycle_is_shortened; notebook/test_declaring: cycle_is_refused",
        "self-dependency": "core/test_graph: self_dependency_names_the_task; "
        "notebook/test_declaring: task_that_reads_itself_is_refused",
        "missing upstream": "core/test_graph: missing_upstream_names_the_nearest; "
        "api/test_run: missing_upstream_is_refused_before_anything_runs",
        "same name from two cells": "notebook/test_ledger: same_name_from_another_cell_is_refused",
        "redefinition during a run": "api/test_run: run_keeps_its_tasks_when_the_dag_changes; "
        "engine/test_process_executor_stop: a_run_keeps_the_code_that_it_began_with",
        "upstream removed": "api/test_dag: remove_forgets_the_task_and_what_read_it_waits",
        "empty Dag": "api/test_run: empty_dag_is_refused",
        "100,000-task chain": "core/test_graph: chain_of_100_000_tasks_needs_no_recursion; "
        "core/test_machine: failure_in_a_deep_chain_needs_no_recursion",
        "duplicate edge": "core/test_graph: duplicate_edge_counts_once",
        "unknown trigger rule": "core/test_task: misspelt_error_and_rule_are_corrected; "
        "notebook/test_declaring: wrong_flags_change_nothing",
    },
    "Cell": {
        "syntax error": "notebook/test_declaring: syntax_errors_have_the_learners_line "
        "syntax_error_keeps_the_old_version",
        "empty cell": "notebook/test_declaring: empty_cell_is_refused",
        "no def": "notebook/test_declaring: no_function_shows_how_the_lines_should_be",
        "keyword/builtin/dunder names": "core/test_task: hard_name_is_refused "
        "no_keyword_is_a_name; notebook/test_declaring: functions_that_cannot_be_tasks "
        "syntax_errors_have_the_learners_line",
        "emoji, RTL override, zero width, NUL, newline, 5,000 characters": "core/test_task: "
        "hard_name_is_refused; notebook/test_declaring: syntax_errors_have_the_learners_line "
        "functions_that_cannot_be_tasks",
        "NFKC twins": "core/test_task: names_are_compared_in_their_normal_form; "
        "core/test_graph: normal_form_twins_are_the_same_name; "
        "notebook/test_declaring: name_is_normalised",
        "names differing by case only": "core/test_graph: "
        "names_that_differ_only_in_case_are_refused; "
        "notebook/test_ledger: names_that_differ_in_case_only_are_refused",
        "async def, generators": "notebook/test_declaring: async_function_is_a_task "
        "functions_that_cannot_be_tasks; "
        "core/test_task: function_that_cannot_be_fed_by_name_is_refused",
        "unknown option": "notebook/test_declaring: wrong_flags_change_nothing; "
        "core/test_task: changed_options_are_a_new_value",
        "option of the wrong type": "core/test_task: wrong_value_is_refused_naming_the_option; "
        "api/test_dag: wrong_option_is_refused_naming_it",
    },
    "Output": {
        "unpicklable": "api/test_hard_outputs: what_cannot_be_stored_is_told_in_three_lines "
        "in_memory_everything_can_be_returned",
        "2 GB": "api/test_hard_outputs: what_is_too_large_is_refused_before_it_is_stored "
        "what_lies_about_its_size_is_measured; "
        "engine/test_process_executor_shipping: a_result_over_the_limit_is_refused",
        "endless generator": "api/test_hard_outputs: "
        "an_endless_generator_is_refused_and_not_read an_odd_list_is_not_expanded; "
        "engine/test_attempt: endless_iterator_is_not_exhausted",
        "None, NaN, NaT, surrogates": "api/test_hard_outputs: "
        "hard_values_make_the_round_trip a_table_with_gaps_makes_the_round_trip",
        "__repr__, _repr_html_, __eq__ that raise, loop or are 100 MB": "api/test_hard_outputs: "
        "nobody_looks_at_what_a_task_returns a_branch_can_name_anything params_need_no_text; "
        "notebook/test_odd_displays: what_cannot_be_shown_disturbs_no_cell; "
        "engine/test_fingerprint: an_odd_constant_has_a_stable_print",
        "mutation of a shared input": "engine/test_runner: "
        "siblings_cannot_change_what_the_other_reads; "
        "engine/test_attempt: inputs_come_by_name_and_are_copies; "
        "api/test_hard_outputs: nobody_can_change_what_others_read",
        "class redefined between run and resume": "api/test_hard_outputs: "
        "a_class_of_the_same_shape_takes_over "
        "a_class_that_no_longer_fits_fails_only_who_reads_it "
        "a_result_that_nobody_reads_may_be_unreadable "
        "params_that_cannot_be_read_back_are_told_at_resume",
    },
    "Runtime": {
        "sys.exit(0), own KeyboardInterrupt, BaseException": "api/test_hard_runtime: "
        "an_error_of_any_kind_fails_its_task_and_nothing_else",
        "os._exit, SIGSEGV": "engine/test_process_executor_death: "
        "a_dead_process_loses_only_its_own_attempt a_crash_names_the_learners_line",
        "exception whose __str__ raises, unpicklable exception": "api/test_hard_runtime: "
        "an_error_of_any_kind_fails_its_task_and_nothing_else",
        "RecursionError, MemoryError": "api/test_hard_runtime: "
        "an_error_of_any_kind_fails_its_task_and_nothing_else",
        "a forked child that outlives the task": "api/test_hard_runtime: "
        "a_forked_child_does_not_go_on_with_the_run; engine/test_process_executor_death: "
        "a_forked_child_is_no_worker threads_and_processes_that_outlive_a_task_are_ended; "
        "engine/test_beside: a_child_that_is_forked_while_others_begin_does_not_hang",
        "a thread that outlives the task": "api/test_hard_runtime: "
        "a_thread_that_outlives_its_task_is_told; engine/test_process_executor_death: "
        "threads_and_processes_that_outlive_a_task_are_ended",
        "chdir, env, locale, logging, sys.stdout": "api/test_hard_runtime: "
        "what_a_task_changes_is_put_back_and_told in_the_background_too "
        "the_default_store_stays_where_the_run_began "
        "what_the_notebook_changes_beside_a_task_stays; "
        "engine/test_process_executor_leaks: nothing_leaks_into_the_next_attempt",
        "random": "api/test_hard_runtime: "
        "chance_goes_on_in_the_notebook_as_if_no_task_had_drawn; "
        "engine/test_process_executor_leaks: chance_goes_its_own_way_in_each_attempt",
        "closed stdout": "api/test_hard_runtime: "
        "closed_streams_are_only_closed_for_who_closes_them; "
        "engine/test_process_executor_output: closed_streams_come_back",
        "100 MB of prints": "api/test_hard_runtime: of_endless_output_head_and_tail_are_kept",
        "surrogates, NUL, ANSI, carriage returns": "api/test_hard_runtime: "
        "hard_characters_are_kept_and_shown_harmlessly",
        "a 50 MB line": "api/test_hard_runtime: of_endless_output_head_and_tail_are_kept",
        "input()": "api/test_hard_runtime: nobody_answers_a_task; "
        "notebook/test_kernel: a_task_that_asks_gets_no_box_to_type_into",
        "a Dag run inside a task": "api/test_hard_runtime: a_run_inside_of_a_task",
        'timeout 0, negative, NaN, "5"; retries -1, 1.5, True, 10**9': "core/test_task: "
        "wrong_value_is_refused_naming_the_option; core/test_options: "
        "what_is_no_duration_is_told_so count_is_a_whole_number_within_bounds",
        "concurrency 0, -1": "api/test_dag: wrong_option_is_refused_naming_it",
        "the task deletes or truncates the store": "api/test_hard_stores: "
        "a_task_that_hurts_the_history_ends_its_run_and_not_the_kernel "
        "a_task_that_deletes_the_index_of_the_history_does_no_harm",
        "an asyncio loop already running": "api/test_hard_runtime: "
        "where_an_event_loop_runs_already",
        "a body that refuses to end": "engine/test_beside: "
        "a_body_that_refuses_to_end_does_not_burn_a_core; "
        "engine/test_process_executor_stop: a_stubborn_body_is_killed_after_the_grace",
    },
    "Schedule": {
        "cron with 4, 6, 7 fields": "api/test_schedule: schedule_that_says_nothing_is_refused; "
        "core/test_cron: refusal_of_a_text_as_a_whole",
        "60, */0, unicode digits": "api/test_schedule: schedule_that_says_nothing_is_refused; "
        "core/test_cron: refusal_shows_what_is_wrong_and_what_to_write "
        "any_text_is_understood_or_refused_in_three_lines",
        "10^5 characters": "api/test_schedule: schedule_that_says_nothing_is_refused; "
        "core/test_cron: endless_text_is_refused_before_it_is_read",
        "unknown zone, ../../etc/passwd as zone": "api/test_schedule: "
        "zone_that_there_is_not_is_refused",
        "naive and aware mixed": "api/test_schedule: naive_and_aware_dates_can_be_mixed",
        "start after end": "api/test_schedule: dates_that_are_not_in_order_are_refused; "
        "api/test_simulate: what_cannot_be_played_is_told; "
        "api/test_backfill: a_range_that_is_not_possible_is_refused",
        "a backfill of 5 million runs": "api/test_backfill: "
        "a_range_that_is_not_possible_is_refused a_limit_takes_the_oldest_of_five_million",
        "wall clock going back": "engine/test_scheduler: "
        "a_clock_that_is_set_back_fires_nothing_twice; engine/test_agenda: "
        "whatever_the_clock_does_no_date_comes_twice_or_out_of_order; api/test_due: "
        "whatever_clocks_and_schedulers_do_no_date_comes_twice_or_early",
        "suspend": "engine/test_scheduler: after_a_sleep_of_the_machine_catchup_decides; "
        "engine/test_agenda: who_was_away_makes_up_for_all_or_for_the_newest",
        "SIGKILL, SIGTERM, restart": "api/test_service_killed: "
        "killed_in_a_run_it_goes_on_and_catches_up_once "
        "what_was_caught_up_is_not_caught_up_again "
        "stopped_in_a_run_it_ends_cleanly_and_goes_on_when_begun_again",
        "two schedulers on one store": "api/test_service_killed: "
        "one_process_at_a_time_serves_a_store",
        "a schedule that changes": "api/test_due: "
        "another_schedule_never_brings_again_what_has_run; "
        "api/test_service_changes: what_is_declared_anew_is_served_from_then_on "
        "what_cannot_be_followed_changes_nothing",
        "a scheduler that dies": "api/test_service_changes: "
        "a_scheduler_that_died_says_so_and_can_be_begun_again; "
        "test_cli: a_scheduler_that_dies_ends_serve_with_its_cause",
        "a busy machine": "engine/test_scheduler: "
        "what_comes_late_does_not_make_the_next_one_late; api/test_service_beats: "
        "a_quick_beat_loses_nothing_and_brings_nothing_twice",
        "half a file, many files at once": "api/test_service_files: "
        "a_file_in_two_writes_is_one_run_that_learns_it a_hundred_files_at_once_are_one_run",
        "the ends of the calendar": "api/test_moments: moment_beyond_all_plans_is_refused; "
        "engine/test_timetable: calendar_ends_where_it_ends",
    },
    "Store": {
        "corrupt": "engine/test_stores: corrupt_pages_are_told "
        "what_is_no_history_is_refused_and_left_alone; api/test_hard_outputs: "
        "a_result_file_that_is_damaged_is_told",
        "truncated": "api/test_hard_stores: what_is_no_history_is_refused_before_anything_runs; "
        "engine/test_store_trouble: a_history_that_was_cut_short_is_noticed_at_once",
        "zero-length": "engine/test_stores: empty_file_becomes_a_history",
        "another application's, newer schema": "api/test_hard_stores: "
        "what_is_no_history_is_refused_before_anything_runs",
        "read-only or full disk": "api/test_hard_stores: "
        "a_disk_that_takes_no_more_fails_the_run_and_keeps_what_was_acknowledged "
        "a_broken_run_is_written_off_for_whoever_looks "
        "a_place_where_nothing_can_be_written_is_refused_before_anything_runs; "
        "engine/test_store_trouble: a_step_that_fails_takes_its_whole_transaction_along",
        "two kernels on one store": "engine/test_stores: "
        "second_process_is_told_who_holds_the_store; "
        "api/test_hard_stores: a_second_kernel_is_told_before_anything_is_recorded",
        "network disk": "engine/test_disks: the_nearest_mount_decides "
        "a_history_on_a_network_disk_has_no_write_ahead_log",
        "SIGKILL, restart": "api/test_crash: resume_finishes_without_running_a_success_again; "
        "notebook/test_crash: a_killed_kernel_loses_only_what_was_under_way; "
        "engine/simulation/test_simulation: stories_survive_sigkill",
        "copied elsewhere": "api/test_hard_stores: a_copied_folder_is_a_history_of_its_own "
        "a_copy_without_its_files_says_what_is_gone",
        "cache directory foreign or world-writable": "engine/test_store_trouble: "
        "what_others_can_write_is_not_unpickled what_belongs_to_somebody_else_is_not_unpickled",
    },
    "Alerts": {
        "newline in a header": "core/test_addresses: "
        "what_is_no_address_is_refused_without_repeating_it; "
        "engine/test_postman: no_header_can_be_added",
        "SSRF targets": "engine/test_guard: "
        "services_of_the_machine_and_its_network_are_never_allowed "
        "private_networks_are_allowed_where_somebody_says_so a_guard_looks_at_every_connection",
        "redirects": "engine/test_postman: a_redirect_is_not_followed",
        "slow answers": "engine/test_postman: a_slow_server_has_its_time_and_no_more; "
        "api/test_alerting: a_slow_server_delays_no_run",
        "huge answers": "engine/test_postman: a_huge_answer_is_not_read_to_its_end",
        "a failing alert": "engine/test_alerts: a_postman_that_raises_does_not_end_the_outbox "
        "a_function_that_raises_or_hangs_harms_nobody a_history_that_is_gone_stops_nothing",
        "50 failures in a minute": "api/test_alerting: "
        "of_fifty_failures_in_a_minute_the_first_arrives_at_once_the_rest_as_one_digest",
        "secrets": "api/test_alerting: none_of_200_planted_secrets_is_in_an_alert; "
        "engine/test_postman: what_goes_wrong_names_nothing_secret",
    },
    "Export": {
        "path with ../, absolute": "api/test_exporting: "
        "a_path_upwards_is_where_the_user_says places_that_cannot_be_are_refused "
        "a_folder_that_cannot_be_written_to_is_told",
        "existing": "api/test_exporting: a_file_is_written_once_and_replaced_on_demand "
        "a_folder_takes_the_files_of_all",
        "quotes, {{ }}, triple quotes in names and params": "export/test_by_chance: "
        "hostile_names_params_and_docstrings a_value_is_written_as_code_that_makes_it "
        "a_text_is_quoted_as_code_that_makes_it",
        "a task that uses notebook globals": "export/test_carried: "
        "everything_that_cannot_go_is_listed_in_three_lines "
        "what_belongs_to_a_function_around_a_task_is_refused; "
        "notebook/test_exports: a_task_that_leans_on_the_notebook_is_refused",
        "<script> in docs": "notebook/test_exports: "
        "nothing_of_the_learners_comes_alive_on_the_page",
        "secrets": "export/test_carried: a_secret_is_never_written_into_a_file",
        "a schedule that meets a change of clocks": "export/test_differences: "
        "a_schedule_that_meets_a_change_of_clocks_warns only_a_schedule_that_can_meet_one_warns",
    },
}
ITEMS = [pytest.param(proof, id=item) for row in HARD.values() for item, proof in row.items()]


def named(proof: str) -> Iterator[tuple[Path, str]]:
    for part in proof.split("; "):
        file, _, names = part.partition(": ")
        for name in names.split():
            yield TESTS / f"{file}.py", f"test_{name}"


@cache
def names_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def marked_long(path: Path) -> frozenset[str]:
    """The tests of a file that `-m long` runs."""
    text = path.read_text("utf-8")
    if "pytestmark = pytest.mark.long" in text:
        return names_in(path)
    functions = (it for it in ast.walk(ast.parse(text)) if isinstance(it, ast.FunctionDef))
    return frozenset(
        it.name for it in functions if "pytest.mark.long" in map(ast.unparse, it.decorator_list)
    )


@pytest.fixture(scope="module")
def collected(request: pytest.FixtureRequest) -> set[tuple[Path, str]]:
    items = [it for it in request.session.items if isinstance(it, pytest.Function)]
    return {(it.path, it.originalname) for it in items}


@pytest.mark.parametrize("proof", ITEMS)
def test_a_hard_input_has_its_tests(proof: str, collected: set[tuple[Path, str]]) -> None:
    files = {path for path, _ in collected}
    for path, name in named(proof):
        assert name in names_in(path), f"{path.name} has no {name}"
        is_left_out = (path, name) not in collected and path in files
        assert not is_left_out or name in marked_long(path), f"{name} is not collected"
