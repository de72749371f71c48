"""Templates that would take the machine, by what they try. Each must end as a template's mistake, in a moment.

``self.j2`` is the template itself, ``other.j2`` another one that includes ``self.j2``.
"""

LONG = "{% set s = 'harbour news ' %}" + "{% set s = s ~ s %}" * 12
"""A text of 53,248 characters, made within every limit."""
STORY = "{{ article.title | fit }} {{ link }}"

LOOPS = {
    "loops in loops in loops": LONG + "{% for a in s %}{% for b in s %}{% for c in s %}"
    "{% endfor %}{% endfor %}{% endfor %}",
    "loops that print nothing": LONG + "{% for a in s %}{% for b in s %}{% if a == 'X' %}x{% endif %}"
    "{% endfor %}{% endfor %}",
    "loops in an unused block": LONG + "{% set x %}{% for a in s %}{% for b in s %}{% endfor %}{% endfor %}"
    "{% endset %}",
    "loops by macros": "{% macro a(s) %}{% for x in s %}{{ b(s) }}{% endfor %}{% endmacro %}"
    "{% macro b(s) %}{% for x in s %}{{ c(s) }}{% endfor %}{% endmacro %}"
    "{% macro c(s) %}{% for x in s %}{% endfor %}{% endmacro %}" + LONG + "{{ a(s) }}",
    "sorting over and over": LONG + "{% for a in s %}{% set x = s | sort | list %}{% endfor %}",
    "searching over and over": LONG + "{% for a in s %}{% for b in s %}{% set n = s.find('no') %}"
    "{% endfor %}{% endfor %}",
    "sentences over and over": LONG + "{% for a in s %}{% set x = s | sentences(9999 + loop.index) %}{% endfor %}",
    "emoji over and over": LONG + "{% set s = s ~ '🎉' %}{% for a in s %}{% set x = s | no_emoji %}{% endfor %}",
    "thousands of elastic parts": LONG + "{% for a in s.split()[:4000] %}{{ a | fit }} . {% endfor %}",
}  # fmt: skip
"""What takes processor time."""

ENDLESS_NAMES = LONG + "{% for a in s %}{% include a ~ loop.index ~ '.j2' ignore missing %}{% endfor %}"

MEMORY = {
    "a text doubled for ever": "{% set s = 'x' %}" + "{% set s = s ~ s %}" * 60,
    "a list doubled for ever": "{% set s = ['x'] %}" + "{% set s = s + s %}" * 60,
    "a text added for ever": "{% set s = 'x' %}" + "{% set s = s + s %}" * 60,
    "a number squared for ever": "{% set n = 99999999 %}" + "{% set n = n * n %}" * 60,
    "a block that nobody prints": LONG + "{% set x %}{% for a in s %}{{ s }}{% endfor %}{% endset %}",
    "a joined text": LONG + "{% set x = s | list | join(s) %}",
    "a list of texts": LONG + "{% set l = ['x'] %}" + "{% set l = l + l %}" * 13
    + "{% set x = l | map('replace', 'x', s) | list %}",
    "campaign words": LONG + "{% set s = s ~ s ~ s ~ s ~ s ~ s ~ s ~ s %}{% set s = s ~ s ~ s ~ s ~ s ~ s ~ s ~ s %}"
    "{% set link = utm(a=s, b=s, c=s, d=s, e=s, f=s, g=s, h=s, i=s) %}",
}  # fmt: skip
"""What takes memory, or the time until it would."""

OUTPUT = {
    "a page for every letter": LONG + "{% for a in s %}{{ s }}{% endfor %}",
    "a long text twice": LONG + "{{ s }}{{ s }}",
    "a long text in one piece": LONG + "{{ s ~ s ~ s }}",
}  # fmt: skip

DEPTH = {
    "a macro that calls itself": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a template that includes itself": "{% include 'self.j2' %}",
    "two that include each other": "{% include 'other.j2' %}",
    "one that extends itself": "{% extends 'self.j2' %}",
    "one that imports itself": "{% import 'self.j2' as x %}{{ x.y }}",
    "a loop that calls itself": "{% for x in ['a'] recursive %}{{ loop(['a']) }}{% endfor %}",
    "brackets in brackets": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "lists in lists": "{{ " + "[" * 5000 + "]" * 5000 + " }}",
    "a sum of thousands": "{{ " + "1 + " * 20000 + "1 }}",
    "a text of thousands": "{{ " + "article.title ~ " * 20000 + "link }}",
    "no, no, no": "{{ " + "not " * 20000 + "1 }}",
    "attributes of attributes": "{{ article" + ".title" * 20000 + " }}",
    "conditions in conditions": "{% if link %}" * 200 + "x" + "{% endif %}" * 200,
    "filters upon filters": "{{ link" + " | upper" * 20000 + " }}",
}  # fmt: skip
"""What goes deep: the parser's, the compiler's and the interpreter's stacks."""

NUMBERS = {
    "a range of a billion": "{% for x in range(10**9) %}{% endfor %}",
    "a width of a billion": "{{ '%1000000000d' % 1 }}",
    "a width in braces": "{{ '{:>1000000000}'.format(1) }}",
    "a multiplied text": "{{ 'x' * 10**9 }}",
    "a power": "{{ 9 ** 9 ** 9 }}",
    "a filled text": "{{ article.title.ljust(10000000000) }}",
    "an indented text": "{{ article.title | indent(10000000000) }}",
    "a date's width": "{{ article.published_at.strftime('%9999999999d') }}",
    "lorem ipsum": "{{ lipsum(99999) }}",
    "a text replaced by itself": LONG + "{{ s | replace('h', s) }}",
}  # fmt: skip

ESCAPES = {
    "classes": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the article's own": "{{ article._article.__init__.__globals__ }}",
    "a format": "{{ '{0.__class__.__mro__}'.format(article) }}",
    "a mapped format": "{{ '{a.__class__}'.format_map({'a': article}) }}",
    "an attribute by name": "{{ article | attr('__class__') }}",
    "attributes by map": "{{ [article] | map(attribute='__class__') | first }}",
    "a cycler": "{{ cycler.__init__.__globals__.os.popen('true') }}",
    "a namespace": "{{ namespace.__init__.__globals__ }}",
    "a joiner": "{{ joiner.__init__.__globals__.os }}",
    "lorem ipsum's module": "{{ lipsum.__globals__['os'].popen('true') }}",
    "the template itself": "{{ self.__init__.__globals__ }}",
    "the filters' context": "{{ utm.__globals__ }}",
    "the utm function's link": "{{ utm.__self__._url }}",
    "the channel's class": "{{ channel.__class__.__mro__ }}",
    "a file above": "{% include '../../etc/passwd' %}",
    "a file by its path": "{% include '/etc/passwd' %}",
    "a file of the process": "{% import '/proc/self/environ' as x %}",
    "the names of a macro": "{% macro f() %}{% endmacro %}{{ f.__init__.__globals__ }}",
}  # fmt: skip

HOSTILE = {f"{kind}: {name}": source for kind, sources in (
    ("loops", LOOPS), ("memory", MEMORY), ("output", OUTPUT), ("depth", DEPTH), ("numbers", NUMBERS),
    ("escapes", ESCAPES),
) for name, source in sources.items()}  # fmt: skip
