"""Time, the network and the platform: everything that happens without us."""

from collections.abc import Iterator

from tests.model.decisions import Answer
from tests.model.setup import Accepts, Setup
from tests.model.world import IDLE, NO_WINDOW, Request, Row, Step, Worker, World, put, without

# --- time -----------------------------------------------------------------------------------------------------------


def tick(world: World, setup: Setup) -> Iterator[Step]:
    """Let one tick pass on every clock; what is bounded and too old is gone."""
    wire = tuple(sorted(aged for request in world.wire if (aged := _aged_request(request, setup)) is not None))
    later = world._replace(
        row=_aged_row(world.row, setup),
        past=tuple(_aged_row(row, setup) for row in world.past),
        wire=wire,
        live=tuple((draft, min(age + 1, setup.lag or 0)) for draft, age in world.live),
        workers=tuple(sorted(_aged_worker(worker, setup) for worker in world.workers)),
    )
    yield ("time passes",), None, later


def _aged_row(row: Row, setup: Setup) -> Row:
    if row.window == NO_WINDOW or row.window >= setup.settle:
        return row
    return row._replace(window=row.window + 1)


def _aged_request(request: Request, setup: Setup) -> Request | None:
    if request.kind in ("draft", "job"):
        return request
    if request.place == "wire" and setup.signature is not None:
        return request._replace(signed=min(request.signed + 1, setup.signature + 1))
    bound = setup.queue if request.place == "queue" else setup.network
    if bound is None:
        return request
    return None if request.age >= bound else request._replace(age=request.age + 1)


def _aged_worker(worker: Worker, setup: Setup) -> Worker:
    if worker.step == "fenced" and setup.deadline is not None:
        return worker._replace(age=min(worker.age + 1, setup.deadline + 1))
    if worker.step == "signed":
        if setup.signature is not None:
            return worker._replace(signed=min(worker.signed + 1, setup.signature + 1))
        if setup.pause is not None:  # the connection does not outlive the pause
            return IDLE if worker.age >= setup.pause else worker._replace(age=worker.age + 1)
    if worker.step == "looked" and worker.age < setup.settle:
        return worker._replace(age=worker.age + 1)
    return worker


# --- requests -------------------------------------------------------------------------------------------------------


def platform_steps(world: World, setup: Setup) -> Iterator[Step]:
    """Give what may become of each request."""
    for index, request in enumerate(world.wire):
        if index and world.wire[index - 1] == request:
            continue
        if request.kind == "job":
            yield from _finish(world, index, request)
            continue
        gone = world._replace(wire=without(world.wire, index))
        yield ("the request of attempt {} is lost", request.token), None, gone
        if request.kind == "draft":
            yield from _draft(gone, setup, request)
        elif request.place == "queue":
            yield from _apply(gone, setup, request)
        else:
            yield from _receive(world, gone, setup, index, request)


def _answered(world: World, request: Request, said: str, *answers: Answer) -> Iterator[Step]:
    """Give the step once with its answer lost, and once for each answer that may reach a waiting worker."""
    yield (said + " (answer lost)", request.token), None, world
    index = next((i for i, one in enumerate(world.workers) if (one.step, one.token) == ("waiting", request.token)), -1)
    for answer in answers if index >= 0 else ():
        worker = Worker("answered", request.token, word=answer)
        yield (said + " (the answer: {1})", request.token, answer), None, put(world, index, worker)


def _receive(world: World, gone: World, setup: Setup, index: int, request: Request) -> Iterator[Step]:
    if setup.signature is not None and request.signed > setup.signature:
        yield from _answered(gone, request, "the platform finds the signature of attempt {0} too old", Answer.LATER)
        return
    # Koala #422: called a duplicate although nothing is live; koala #699 the other way round.
    answers = (Answer.REFUSED, Answer.LATER, Answer.DUPLICATE, Answer.ODD)
    yield from _answered(gone, request, "the platform creates nothing for attempt {0}", *answers)
    if setup.queue is None and setup.network is None and setup.signature is None:
        # Two waits without a bound are one.
        yield from _apply(gone, setup, request)
        return
    queued = request._replace(place="queue", age=0, signed=0)
    accepted = world._replace(wire=without(world.wire, index, queued))
    yield ("the platform accepts the request of attempt {}", request.token), None, accepted


def _apply(gone: World, setup: Setup, request: Request) -> Iterator[Step]:
    if setup.accepts is Accepts.PLATFORM:
        job = gone._replace(wire=tuple(sorted((*gone.wire, Request("job", request.token)))))
        yield from _answered(job, request, "the platform takes attempt {0} on", Answer.ACCEPTED, Answer.ODD)
        return
    # X 28278: refused as a duplicate although (or because) the platform applied it itself.
    answers = (Answer.RECEIPT, Answer.ODD, Answer.DUPLICATE)
    if request.draft and any(draft == request.draft for draft, _ in gone.live):
        yield from _answered(gone, request, "the draft of attempt {0} is live already", *answers)
        return
    live = gone._replace(live=tuple(sorted((*gone.live, (request.draft, 0)))))
    yield from _answered(live, request, "the post of attempt {0} GOES LIVE", *answers)


def _draft(gone: World, setup: Setup, request: Request) -> Iterator[Step]:
    if gone.drafts >= setup.attempts + 1:
        return
    number = gone.drafts + 1
    # R18: a platform that ignores "unpublished" shows the draft at once.
    live = tuple(sorted((*gone.live, (number, 0)))) if "R18" in setup.off else gone.live
    made = gone._replace(drafts=number, live=live)
    yield ("draft {} is created for attempt {} (answer lost)", number, request.token), None, made
    for index, worker in enumerate(made.workers):
        if (worker.step, worker.token) == ("drafting", request.token):
            told = put(made, index, worker._replace(step="staged", item=number))
            yield ("draft {} is created for attempt {}", number, request.token), None, told
            return


def _finish(world: World, index: int, job: Request) -> Iterator[Step]:
    gone = world._replace(wire=without(world.wire, index))
    live = gone._replace(live=tuple(sorted((*gone.live, (0, 0)))))
    yield ("the platform finishes attempt {}: it GOES LIVE", job.token), None, live
    yield ("the platform gives attempt {} up", job.token), None, gone
