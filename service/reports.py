"""What `passerelle evaluate` prints, for people and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from search.comparison import Difference, intervals
from search.evaluation import MEASURES, Evaluation, Scores

from .terminal import plain

__all__ = ["evaluation_json", "print_comparison", "print_evaluation"]


def print_evaluation(evaluation: Evaluation) -> None:
    """The measures as tables."""
    console = Console(highlight=False)
    table = Table(
        "",
        *MEASURES,
        title=f"{evaluation.topics} answerable topics; recall and MRR count members of grade >= {evaluation.min_grade}",
    )
    _add(table, "all", evaluation.overall)
    bounds = intervals(evaluation)
    table.add_row("95 %", *(f"{bounds[m].low:.3f} to {bounds[m].high:.3f}" for m in MEASURES), style="dim")
    for code, scores in evaluation.by_language.items():
        _add(table, f"topics in {code}", scores)
    for style, scores in evaluation.by_style.items():
        _add(table, f"style {style}", scores)
    console.print(table)
    if evaluation.by_pair:
        pairs = Table(
            "topic -> member", *MEASURES, title="From language to language (members described in one language only)"
        )
        for (topic, member), scores in evaluation.by_pair.items():
            _add(pairs, f"{topic} -> {member}", scores)
        console.print(pairs)
    if evaluation.cross_to_same is not None:
        console.print(f"across / same language: {evaluation.cross_to_same:.2f}")
    if evaluation.no_answer_auc is not None:
        console.print(f"no-answer AUC: {evaluation.no_answer_auc:.3f} ({evaluation.unanswerable} unanswerable topics)")
    if evaluation.missing:
        console.print(f"{evaluation.missing} judged members are not in the store and count as not found")


def _add(table: Table, name: str, scores: Scores) -> None:
    table.add_row(escape(plain(name)), *(f"{scores[measure]:.3f}" for measure in MEASURES))


def print_comparison(compared: Mapping[str, Difference], against: str) -> None:
    """By how much the first is better than `against`, and how sure that is."""
    table = Table("", "better by", "95 %", "p", title=f"Against {escape(against)}, topic by topic")
    for measure, d in compared.items():
        table.add_row(measure, f"{d.mean:+.3f}", f"{d.interval.low:+.3f} to {d.interval.high:+.3f}", f"{d.p_value:.3f}")
    Console(highlight=False).print(table)


def evaluation_json(evaluation: Evaluation, compared: Mapping[str, Difference] | None = None) -> dict[str, object]:
    """The measures under their names, their intervals, then the same by topic language, by style and by language pair."""
    differences = {} if compared is None else {"compared": {name: asdict(d) for name, d in compared.items()}}
    return {
        **evaluation.overall,
        "intervals": {name: asdict(bounds) for name, bounds in intervals(evaluation).items()},
        "topics": evaluation.topics,
        "unanswerable": evaluation.unanswerable,
        "min_grade": evaluation.min_grade,
        "topic_language": dict(evaluation.by_language),
        "style": dict(evaluation.by_style),
        "language_pairs": {
            f"{topic}->{member}": dict(scores) for (topic, member), scores in evaluation.by_pair.items()
        },
        "cross_to_same": evaluation.cross_to_same,
        "no_answer_auc": evaluation.no_answer_auc,
        "missing_members": evaluation.missing,
        **differences,
    }
