"""Rules of being told (X13–X16 and the lease): each switched off once."""

from tests.mutations.mutation import Mutation

_HOOK = "tests/push/test_webhook.py::"
_WEBSUB = "tests/push/test_websub.py::"
_LEASE = "tests/push/test_lease.py::"
_SERVER = "tests/push/test_server.py::"

PUSH_RULES = (
    Mutation(
        rule="X13",
        file="push/signature.py",
        off="any signature of the right shape is believed",
        old="    return hmac.compare_digest(expected.encode(), found[2].lower().encode())\n",
        new="    return len(expected) == len(found[2])\n",
        tests=(f"{_HOOK}test_x13_forgeries_are_refused_and_read_nothing",),
    ),
    Mutation(
        rule="X13",
        file="push/webhook.py",
        off="the time of a call is not signed",
        old='f"{at[0]}.{name[0]}.".encode() + body',
        new="body",
        tests=(f"{_HOOK}test_x13_forgeries_are_refused_and_read_nothing",),
    ),
    Mutation(
        rule="X13",
        file="push/webhook.py",
        off="a signature with a time is one of a body as well",
        old="        if _TIMED.match(body) or not",
        new="        if not",
        tests=(f"{_HOOK}test_x13_a_signature_of_one_kind_is_none_of_the_other",),
    ),
    Mutation(
        rule="X13",
        file="push/websub.py",
        off="what a hub brings need not be signed",
        old="        return is_signed(said[0], body, known.secret.encode(), methods=self._methods)\n",
        new="        return True\n",
        tests=(f"{_WEBSUB}test_x13_a_wrong_signature_gets_2xx_and_is_ignored",),
    ),
    Mutation(
        rule="X13",
        file="push/server.py",
        off="what came packed is unpacked before it is looked at",
        old="                auto_decompress=False,\n",
        new="",
        tests=(f"{_HOOK}test_x13_what_is_packed_is_signed_as_it_came",),
    ),
    Mutation(
        rule="X14",
        file="push/seen.py",
        off="a call that was taken is taken again",
        old="        if key in self._known:\n",
        new="        if key in ():\n",
        tests=(f"{_HOOK}test_x14_a_thousand_replays_read_once",),
    ),
    Mutation(
        rule="X14",
        file="push/seen.py",
        off="a restart forgets which calls were taken",
        old="            deliveries.add(conn, batch)\n",
        new="",
        tests=(f"{_HOOK}test_x14_a_replay_after_a_restart_is_known",),
    ),
    Mutation(
        rule="X14",
        file="push/webhook.py",
        off="a call may be of any time",
        old="<= SKEW.total_seconds()",
        new="<= 1e9",
        tests=(f"{_HOOK}test_x13_forgeries_are_refused_and_read_nothing",),
    ),
    Mutation(
        rule="X15",
        file="push/websub.py",
        off="a hub may verify what nobody asked for",
        old="        asked = lease.is_pending(known, now)\n",
        new="        asked = True\n",
        tests=(f"{_WEBSUB}test_x15_what_nobody_asked_for_is_refused",),
    ),
    Mutation(
        rule="X15",
        file="push/websub.py",
        off="a hub may verify another topic",
        old='        if said.get("hub.topic") != known.topic:\n',
        new="        if not known.topic:\n",
        tests=(f"{_WEBSUB}test_x15_a_verification_must_be_of_what_is_pending",),
    ),
    Mutation(
        rule="X15",
        file="push/lease.py",
        off="a lease is renewed when it is over",
        old="(0.5 + 0.3 * part)",
        new="(1.0 + 0.3 * part)",
        tests=(f"{_LEASE}test_x15_leases_are_renewed_at_50_to_80_percent_and_not_all_at_once",),
    ),
    Mutation(
        rule="X16",
        file="push/websub.py",
        off="a hub may be anywhere",
        old="        private = source is not None and source.allow_private\n",
        new="        private = True\n",
        tests=(f"{_WEBSUB}test_x16_a_hub_on_an_inner_address_is_not_asked_for_a_public_source",),
    ),
    Mutation(
        rule="X14",
        file="service/prompt.py",
        off="a hint that comes while a reading is under way is forgotten",
        old="                    self._asked.discard(source.name)\n                    self.readings += 1\n"
        "                    await poll_now(self._hasty, source, fetcher=self._fetcher, backfill=self._backfill)\n",
        new="                    self.readings += 1\n"
        "                    await poll_now(self._hasty, source, fetcher=self._fetcher, backfill=self._backfill)\n"
        "                    await asyncio.sleep(0.3)\n"
        "                    self._asked.discard(source.name)\n",
        tests=(f"{_HOOK}test_pushes_are_read_together_and_never_forgotten",),
    ),
    Mutation(
        rule="X17",
        file="push/websub.py",
        off="one hub that is no address ends the asking of all",
        old="        except ValueError:  # an address that",
        new="        except KeyError:  # an address that",
        tests=(f"{_WEBSUB}test_x17_a_hub_that_only_its_feed_takes_for_an_address_stops_no_other",),
    ),
    Mutation(
        rule="X11",
        file="push/doors.py",
        off="any name for this machine is answered",
        old="            return name in self._names\n",
        new="            return True\n",
        tests=(f"{_SERVER}test_only_our_names_are_answered",),
    ),
)
