"""The function with one line changed in how it waits for a job: each breaks a law."""

from __future__ import annotations

from customization_job.jobs import lifecycle
from customization_job.results import decide as results
from customization_job.waiting import decide

from tests.lambda_.source_mutations import Mutation

MUTATIONS = {
    "no execution is started": Mutation(
        lifecycle.JobLifecycle._start_waiting, "if WAIT_PROPERTY not in", "if True or WAIT_PROPERTY in"
    ),
    "the end of the job is not signaled": Mutation(
        decide._due_signals, "if job and job.has_ended:", "if False:"
    ),
    "a job is waited for without end": Mutation(decide._due_signals, "if now >= wait.until:", "if False:"),
    "the last signal is not sent": Mutation(
        decide._rest, "range(wait.sent + 1, SIGNALS + 1)", "range(wait.sent + 1, SIGNALS)"
    ),
    "an execution of an earlier operation ends a wait": Mutation(decide.renew, "until > wait.until", "False"),
    "a renewed wait goes on from now": Mutation(
        decide.renew, "stack.changed + longest", "wait.until + longest"
    ),
    "a renewed wait sends only what is missing": Mutation(decide.renew, "sent=0", "sent=wait.sent"),
    "looks go on when nobody waits": Mutation(
        decide._why_nobody_waits, "if is_settled and (wait.looks > 0 or not stack.status):", "if False:"
    ),
    "looks go on when the wait condition is complete": Mutation(
        decide._why_nobody_waits, 'in ("CREATE_COMPLETE", "UPDATE_COMPLETE")', "in ()"
    ),
    "a repeated look signals again": Mutation(
        decide._due_signals, "1-validation-InProgress-{name}", "1-validation-InProgress-{now}"
    ),
    "the wait condition is not given its time": Mutation(
        decide.longest_wait, "min(_LONGEST_MARGIN, seconds / 4)", "seconds / 2"
    ),
    "a job that is complete is waited for": Mutation(
        results.create_or_update, 'if job.status == "Completed":', 'if job.status == "Complete":'
    ),
    "a result hides a failure": Mutation(
        results.create_or_update, "Fail(failure) if desired.fails_on_failure else", ""
    ),
    "a result fails in a rollback": Mutation(results.create_or_update, "if phase.has_failed or", "if"),
}

SEEDS = {
    "an execution of an earlier operation ends a wait": 30,
    "a renewed wait sends only what is missing": 10,
    "a job is waited for without end": 1,
    "a result fails in a rollback": 4,
}
"""Where the search begins that finds a mutation among a few histories; any seed finds it among thousands."""
