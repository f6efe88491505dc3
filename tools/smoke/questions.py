"""The questions that only AWS can answer, and the rows of the documentation that each answer settles."""

from __future__ import annotations

from dataclasses import dataclass

FREE_PARTS = ("quotas", "simulator", "names", "signals", "stacks")
"""The parts that start no job, cheapest first."""

JOB_PARTS = ("refusals", "job", "deployment")
"""The parts that send requests for jobs, or need what a job has trained."""

PARTS = (*FREE_PARTS, *JOB_PARTS)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the part of the smoke test that asks it, and what the answer settles.

    Args:
        number: its number, which the documentation refers to.
        text: the question.
        part: the part that asks it.
        failures: rows of `docs/reliability.md`. Default: none.
        documented: rows of the last table of `docs/security.md`. Default: none.
    """

    number: int
    text: str
    part: str
    failures: tuple[str, ...] = ()
    documented: tuple[str, ...] = ()


QUESTIONS = (
    Question(
        1,
        "Which quotas of customized models does Service Quotas list, with which codes and values?",
        "quotas",
        ("55", "102"),
    ),
    Question(
        2,
        "Does IAM's policy simulator accept the conditions on tags of the policies of this library?",
        "simulator",
        (),
        ("D2",),
    ),
    Question(
        3,
        "Which error does Get return for a job, a model or a deployment that does not exist, by name or ARN?",
        "names",
        ("25", "46a", "91"),
    ),
    Question(
        4,
        "Which resource does IAM authorize when a job is read by its name?",
        "names",
        (),
        ("D4",),
    ),
    Question(
        5,
        "From when on does a wait condition accept signals, and how does SignalResource refuse one?",
        "signals",
        ("63", "63a", "71c"),
    ),
    Question(
        6,
        "Does CloudFormation take a response that is put with an empty Content-Type?",
        "stacks",
        ("8",),
    ),
    Question(
        7,
        "Which physical id does the Update of a rollback have after a replacement has succeeded?",
        "stacks",
        ("21",),
    ),
    Question(
        8,
        "Does LastUpdatedTime of the stack change when a rollback begins?",
        "stacks",
        ("18a", "22a"),
    ),
    Question(
        9,
        "What does DescribeStackResource return for a resource while an old id of it is deleted?",
        "stacks",
        ("15a",),
    ),
    Question(
        10,
        "What does a Create read in DescribeStacks when another resource fails, and which id has its Delete?",
        "stacks",
        ("17", "18", "18b"),
    ),
    Question(
        11,
        "Which errors come for a new role, a role that may not read the data, and a key that does not exist?",
        "refusals",
        ("40", "42"),
    ),
    Question(
        12,
        "Is a job found by its name directly after it was created?",
        "job",
        ("17a",),
    ),
    Question(
        13,
        "What does a client token do: the same request, another request, and after a stop?",
        "job",
        ("45", "49"),
    ),
    Question(
        14,
        "Which error does the name of another job cause while that job runs, and after it was stopped?",
        "job",
        ("46", "48"),
    ),
    Question(
        15,
        "Which error does the name of another model cause, and is the model's name of a stopped job free?",
        "job",
        ("46a", "48"),
    ),
    Question(
        16,
        "How long does stopping take, and which error does a Stop of a job that has ended return?",
        "job",
        ("50", "52"),
    ),
    Question(
        17,
        "Can the tags of a job be listed and changed while it runs, after a stop, and after its completion?",
        "job",
        ("56",),
    ),
    Question(
        18,
        "Which phases of a fine-tuning job does Get return, and when do they change?",
        "job",
        ("66c",),
    ),
    Question(
        19,
        "Which events does Bedrock send about a job, with which ARN and which statuses?",
        "job",
        ("67", "74", "75"),
    ),
    Question(
        20,
        "Which files does a job write, and are there metrics while it trains?",
        "job",
        ("163",),
    ),
    Question(
        21,
        "Are the permissions that this library gives to a service role enough for a whole job?",
        "job",
        ("41a",),
        ("D4",),
    ),
    Question(
        22,
        "Does the creation of a deployment need a permission on the deployment itself, or for its tags?",
        "deployment",
        (),
        ("D2",),
    ),
    Question(
        23,
        "Which error does the name of another deployment cause, and when is the name of a deleted one free?",
        "deployment",
        ("92",),
    ),
    Question(
        24,
        "How long do creation, update and deletion of a deployment take, and what does Get return meanwhile?",
        "deployment",
        ("91", "93", "100", "109"),
    ),
    Question(
        25,
        "Does IAM evaluate the tags of a deployment for inference, updates and deletions?",
        "deployment",
        (),
        ("D2", "D3"),
    ),
    Question(
        26,
        "Does a deployment answer while it is updated, and which error has an update during an update?",
        "deployment",
        ("95", "96"),
    ),
    Question(
        27,
        "Can a model be deleted while a deployment serves it, and with which error not?",
        "deployment",
        ("61",),
    ),
    Question(
        28,
        "Does IAM evaluate `aws:TagKeys` when a model is tagged?",
        "deployment",
        ("186",),
        ("D3",),
    ),
)
"""In the order in which the documentation lists them; the parts with lower numbers run first."""


def rows_of(question: Question) -> str:
    """Return the rows that a question settles as the documentation writes them.

    Args:
        question: the question.
    """
    pages = (("reliability.md", question.failures), ("security.md", question.documented))
    return "; ".join(f"[{page}]({page}): {', '.join(rows)}" for page, rows in pages if rows)


def table() -> str:
    """Return the table of all questions for `docs/smoke-test.md`."""
    head = "| # | question | part | settles |\n|---|---|---|---|\n"
    return head + "".join(
        f"| {one.number} | {one.text} | `{one.part}` | {rows_of(one)} |\n" for one in QUESTIONS
    )
