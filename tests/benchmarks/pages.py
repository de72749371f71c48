"""Row 12: what article pages say about themselves; against metadata_parser, which reads the same pages' heads."""

from tests.benchmarks import material, parsing
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, ratio

ROW = "12"


def measure(ground: Ground) -> list[Figure]:
    files = material.pages(ground.place("pages"))
    ours, theirs = parsing.against(ground, "webpage:parse_body", "pages", files, rounds=2 if ground.quick else 20)
    n = len(files)
    read = sum(ours.said["entries"].values())
    detail = f"{read} of {n} pages read: {ours.cpu / n * 1e3:.2f} ms a page"
    if theirs:
        detail += f"; metadata_parser {theirs.said['version']} {theirs.cpu / n * 1e3:.2f} ms"
    what = "page metadata: CPU less than metadata_parser"
    return [Figure(row=ROW, what=what, value=ratio(ours, theirs), least=20 if theirs else None, detail=detail)]
