"""Rules of the kinds of source: identity, validators, what is gone, what a document must not do (F01–F28)."""

from tests.mutations.mutation import Mutation

_KINDS = "tests/sources/contract/test_kinds.py::"
_BLOG = "tests/sources/test_wordpress.py::"
_MAP = "tests/sources/test_sitemap.py::"

KIND_RULES = (
    Mutation(
        rule="F01",
        file="sources/_posts.py",
        off="a guid of the REST API stays as HTML writes it",
        old='guid=html.unescape(_rendered(post, "guid"))',
        new='guid=_rendered(post, "guid")',
        tests=("tests/sources/test_wordpress_posts.py::test_a_guid_is_decoded_as_the_feed_decodes_it",),
    ),
    Mutation(
        rule="F07",
        file="sources/wordpress.py",
        off="a post that is missing in a list is gone, without asking for it",
        old="return frozenset(asked) - shown",
        new="return frozenset(missing)",
        tests=(
            f"{_BLOG}test_a_stale_page_takes_nothing_away",
            f"{_BLOG}test_a_post_that_is_only_filed_elsewhere_is_not_gone",
        ),
    ),
    Mutation(
        rule="F07",
        file="sources/wordpress.py",
        off="the site's own count of posts is not watched",
        old="if not known or (counted and not missing):",
        new="if not known or not missing:",
        tests=(f"{_BLOG}test_f07_a_post_deep_in_the_archive_is_missed_by_the_sites_own_count",),
    ),
    Mutation(
        rule="F07",
        file="sources/_posts.py",
        off="a post behind a password is a post",
        old=' and not _dict(value.get("excerpt")).get("protected")',
        new="",
        tests=(f"{_BLOG}test_f07_a_post_behind_a_password_is_gone",),
    ),
    Mutation(
        rule="F09",
        file="sources/sitemap.py",
        off="pages that were there before the first reading are new later",
        old="self.met.note(place.url, place.changed, _met.IGNORED)\n            chosen",
        new="pass\n            chosen",
        tests=(f"{_MAP}test_the_first_reading_is_a_baseline",),
    ),
    Mutation(
        rule="F10",
        file="sources/wordpress.py",
        off="only the list by date of change is read",
        old='return await self._list("date", size=size, enough=enough)',
        new='return await self._list("modified", size=size, enough=enough)',
        tests=(f"{_BLOG}test_a_scheduled_post_appears_with_an_old_date_of_change",),
    ),
    Mutation(
        rule="F13",
        file="sources/sitemap.py",
        off="the validators of a sitemap are kept while pages of it are still to be read",
        old="kept = walk.kept if not pages.left else {}",
        new="kept = walk.kept",
        tests=(f"{_MAP}test_a_plain_sitemap_reads_the_pages_that_are_new",),
    ),
    Mutation(
        rule="F13",
        file="sources/sitemap.py",
        off="the validators of a sitemap that was read in part are kept",
        old="if not found.reading.complete:",
        new="if not found:",
        tests=(f"{_MAP}test_a_damaged_sitemap_is_fetched_in_full_again",),
    ),
    Mutation(
        rule="F15",
        file="sources/feed.py",
        off="where a feed was, a page's other feed is read",
        old="None if earlier_ones else ",
        new="",
        tests=("tests/sources/test_alternates.py::test_f15_where_a_feed_was_a_page_is_a_trouble",),
    ),
    Mutation(
        rule="F15",
        file="sources/webpage.py",
        off="anything with markup is an article's page",
        old='if _looks.look(text).kind != "webpage":',
        new='if "<" not in text:',
        tests=(f"{_KINDS}TestWebpage::test_f15_the_documents_of_other_kinds_are_named",),
    ),
    Mutation(
        rule="F21",
        file="sources/_sitemaps.py",
        off="a sitemap may define entities",
        old="    _hostile.refuse_entities(text)\n",
        new="",
        tests=("tests/sources/test_sitemaps.py::test_f21_entities_are_refused",),
    ),
    Mutation(
        rule="F28",
        file="sources/_sitemaps.py",
        off="any address is a place",
        old='url = absolute(_said(element, "loc") or str(element.text or "").strip(), base=base)',
        new='url = _said(element, "loc") or str(element.text or "").strip()',
        tests=("tests/sources/test_sitemaps.py::test_f28_only_web_addresses_are_places",),
    ),
    Mutation(
        rule="X16",
        file="sources/sitemap.py",
        off="an index may lead to another host",
        old="children = [place for place in found.places if same_site(place.url, fetched.url)]",
        new="children = list(found.places)",
        tests=(f"{_MAP}test_nothing_is_read_on_another_host",),
    ),
)
