"""What a report's records say today, for comparing it with the document that was last written."""

from dataclasses import asdict

from rich.console import Console

from scenes.app.request import Request, document_name, open_request
from scenes.app.writing import describe_document, recorded_plan
from scenes.evidence.summary import Summary, judgements, summary_of
from scenes.report.filling import Filler


def recorded_summary(request: Request, console: Console) -> Summary:
    """Return what the document would find that were written now; nothing is trained or written.

    Values without a finished run have no numbers, and claims on them are inconclusive.
    """
    opened = open_request(request, console)
    plan = recorded_plan(opened, console)
    with Filler() as filler:
        judged = filler.judge(describe_document(opened, plan))
    claims = [{"template": one.file, **asdict(one.verdict)} for one in judged]
    return summary_of((document_name(opened), opened.profile), plan, judgements(claims))
