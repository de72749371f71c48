"""Templates cannot escape, hang or fill the memory; every mistake is reported with file and line."""

import time
from pathlib import Path

import jinja2
import pytest

from syndicator.core.teaser import TeaserRequest, Templates
from syndicator.core.teaser_check import ARTICLES, CAPABILITIES, LINK, channel_for
from syndicator.core.teaser_files import problem_of
from syndicator.errors import TemplateError

ESCAPES = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ article.__class__ }}", "{{ article._article }}",
    "{{ self.__init__.__globals__ }}", "{{ self._TemplateReference__context }}", "{{ cycler.__init__ }}",
    "{{ article.title | attr('__class__') }}", "{{ article.title | map('attr', '__class__') | list }}",
    "{{ '{0.__class__}'.format(article) }}", "{{ '{a.__class__}'.format_map({'a': article}) }}",
    "{% set f = '{0.__class__}'.format %}{{ f(article) }}", "{{ channel.__reduce__() }}",
    "{{ article['__class__'] }}", "{{ ().__class__ }}", "{{ article.title.encode() }}",
    "{{ get_flashed_messages.__globals__ }}", "{{ ''|xmlattr }}", "{% include '../../../etc/passwd' %}",
    "{% import '/etc/passwd' as x %}", "{% extends link %}", "{{ article.tags.append('x') }}",
    "{{ channel.utm.update({'a': 'b'}) }}", "{{ article.summary.__init__ }}", "{{ joiner }}",
    "{{ lipsum.__globals__ }}", "{{ range(9) }}", "{{ dict(a=1) }}", "{{ namespace(a=1) }}",
    "{{ article.title.join.__func__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
]  # fmt: skip

BOMBS = [
    "{{ 'x' * 100000000 }}", "{{ ['x'] * 100000000 }}", "{{ '%1000000000s' % 1 }}",
    "{{ '{0:>999999999}'.format(1) }}", "{{ article.title.ljust(999999999) }}",
    "{{ article.title.center(999999999) }}", "{{ 9 ** 9 ** 9 }}", "{{ article.title | replace('', 'xxxxxxxx') }}",
    "{{ article.title | replace('a', article.summary * 99999) }}",
    "{{ article.published_at.strftime('%99999999d') }}", "{{ article.title | center(999999999) }}",
    "{{ lipsum(9999) }}", "{{ article.title | wordwrap(1) }}", "{{ article.title | indent(99999999) }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% for a in article.summary %}{% for b in article.summary %}{{ article.summary }}{% endfor %}{% endfor %}",
    "{{ article.title | batch(99999999, 'x') | list }}", "{% include 'bad.j2' %}",
]  # fmt: skip


def run(source: str) -> str:
    article = ARTICLES["an ordinary article"]
    request = TeaserRequest(
        article=article, channel=channel_for(article), capabilities=CAPABILITIES[1], template="bad.j2", link=LINK
    )
    return Templates(jinja2.DictLoader({"bad.j2": source})).render(request).text


def said_of(name: str, folder: Path) -> str:
    article = ARTICLES["an ordinary article"]
    request = TeaserRequest(
        article=article, channel=channel_for(article), capabilities=CAPABILITIES[1], template=name, link=LINK
    )
    with pytest.raises(TemplateError) as caught:
        Templates(jinja2.FileSystemLoader(folder)).render(request)
    return str(caught.value)


@pytest.mark.parametrize("source", ESCAPES)
def test_no_escape(source: str) -> None:
    with pytest.raises(TemplateError):
        run(source)


@pytest.mark.parametrize("source", BOMBS)
def test_no_bomb(source: str) -> None:
    began = time.perf_counter()
    with pytest.raises(TemplateError):
        run(source)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("one\ntwo\n{{ nope }}", 3, "'nope' is undefined"),
        ("{{ article.title }}\n{{ article.titel }}", 2, "the Article has no attribute 'titel'"),
        ("\n{% if %}", 2, "Expected an expression"),
        ("\n\n{{ article.title | nofilter }}", 3, "No filter named 'nofilter'"),
        ("{% for x in article.tags %}\n{{ 1 / 0 }}\n{% endfor %}", 2, "division by zero"),
        ("\n{% include 'gone.j2' %}", 2, "there is no template 'gone.j2'"),
        ("{{ article.summary\n   | sentences('x') }}", 2, "not supported"),
    ],
)
def test_mistakes_have_a_line(source: str, line: int, message: str) -> None:
    with pytest.raises(TemplateError, match=f"^bad.j2:{line}: ") as caught:
        run(source)
    assert message in str(caught.value)
    assert (caught.value.template, caught.value.line) == ("bad.j2", line)
    problem = problem_of(caught.value)
    assert (problem.file, problem.key) == ("bad.j2", f"line {line}")
    assert message in problem.message


def test_a_mistake_in_an_included_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "a.j2").write_text("{% include 'b.j2' %}")
    (tmp_path / "b.j2").write_text("\n{{ nope }}")
    assert said_of("a.j2", tmp_path) == "b.j2:2: 'nope' is undefined"


def test_a_mistake_in_a_folder_is_named_with_the_folder(tmp_path: Path) -> None:
    (tmp_path / "twitter").mkdir()
    (tmp_path / "twitter" / "x.j2").write_text("{{ article.title }}\n{% include 'twitter/tail.j2' %}")
    (tmp_path / "twitter" / "tail.j2").write_text("\n\n{{ nope }}")
    (tmp_path / "tail.j2").write_text("fine")
    assert said_of("twitter/x.j2", tmp_path) == "twitter/tail.j2:3: 'nope' is undefined"


def test_check_compiles_and_renders_nothing() -> None:
    loops = "{% for a in 'ab' %}{% for b in 'ab' %}\n{% for c in 'ab' %}{% endfor %}{% endfor %}{% endfor %}"
    deep = "{% if 1 %}" * 150 + "{% endif %}" * 150
    loader = jinja2.DictLoader(
        {"loops.j2": loops, "syntax.j2": "\n{% if %}", "wrong.j2": "{{ nope }}", "deep.j2": deep}
    )
    found = {name: Templates(loader).check(name) for name in [*loader.mapping, "gone.j2"]}
    assert [problem.key for problem in found["loops.j2"]] == ["line 2"]
    assert [problem.key for problem in found["syntax.j2"]] == ["line 2"]
    assert found["wrong.j2"] == []
    assert "too deep" in found["deep.j2"][0].message
    assert "no such template" in found["gone.j2"][0].message


def test_names() -> None:
    assert Templates(jinja2.DictLoader({"b.j2": "", "a.j2": "", "x.txt": ""})).names() == ("a.j2", "b.j2")
    assert Templates(jinja2.FunctionLoader(lambda name: None)).names() == ()
